// The pages work without this. It adds: an id made here, looking for the lines that differ, a drawn signature, a smaller
// photo, and one press that sends once.
"use strict";

const FEW = 12; // so many lines are shown at once; of more only those that differ or are looked for
const LONGEST_SIDE = 1600;

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

for (const field of document.querySelectorAll("input[name=event_id]")) field.value = newId();

for (const form of document.querySelectorAll("form[data-lines]")) {
  const button = form.querySelector(".go");
  const list = form.querySelector(".lines");
  const lines = [...form.querySelectorAll("[data-line]")];
  const finder = form.querySelector("[data-finder]");
  const find = form.querySelector("[data-find]");
  const found = form.querySelector("[data-found]");
  const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const chosen = (line) => line.querySelector("input:checked").value;
  const count = () => {
    const sum = (value) => lines.filter((line) => chosen(line) === value).length;
    const missing = sum("missing");
    const damaged = sum("damaged");
    const extra = form.elements.namedItem("extra").value.trim();
    const parts = [`${sum("received")} ada`];
    if (missing) parts.push(`${missing} tidak ada`);
    if (damaged) parts.push(`${damaged} rusak`);
    if (extra) parts.push(`${extra.split(/[\s,;]+/).length} lebih`);
    form.querySelector("[data-sum]").textContent = parts.join(" · ");
    const isAll = !missing && !damaged && !extra;
    button.textContent = isAll ? button.dataset.all : button.dataset.some;
    const asked = plain(find.value);
    let matches = 0;
    for (const line of lines) {
      const isAsked = asked.length > 1 && plain(line.dataset.line).includes(asked);
      const isDifferent = chosen(line) !== "received";
      matches += isAsked;
      line.classList.toggle("is-different", isDifferent);
      line.classList.toggle("is-shown", isAsked || isDifferent);
    }
    found.textContent = asked.length < 2 ? "" : matches ? `${matches} baris cocok` : "Tidak ada di daftar. Tulis di “lebih dari daftar”.";
  };
  if (lines.length > FEW) {
    finder.hidden = false;
    list.classList.add("is-short");
    form.querySelector("[data-every]").addEventListener("click", (event) => {
      list.classList.remove("is-short");
      event.target.hidden = true;
    });
  }
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  form.addEventListener("change", count);
  form.addEventListener("input", count);
  count();
}

function give(field, blob, name) {
  const bag = new DataTransfer();
  bag.items.add(new File([blob], name, { type: blob.type }));
  field.files = bag.files;
}

for (const pad of document.querySelectorAll("[data-pad]")) {
  const canvas = pad.querySelector("canvas");
  const field = pad.querySelector("input[type=file]");
  const pen = canvas.getContext("2d");
  let isDown = false;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    field.value = "";
  };
  pad.hidden = false;
  pen.lineWidth = 4;
  pen.lineCap = pen.lineJoin = "round";
  clear();
  canvas.addEventListener("pointerdown", (event) => {
    isDown = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  canvas.addEventListener("pointerup", () => {
    isDown = false;
    canvas.toBlob((blob) => give(field, blob, "tanda-tangan.png"), "image/png");
  });
  pad.querySelector("[data-clear]").addEventListener("click", clear);
}

for (const label of document.querySelectorAll("[data-photo]")) {
  const field = label.querySelector("input");
  field.addEventListener("change", async () => {
    const words = label.querySelector("span");
    const file = field.files[0];
    label.classList.toggle("has-photo", Boolean(file));
    if (!file) return;
    words.textContent = "Foto siap";
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => blob && blob.size < file.size && give(field, blob, "foto.jpg"), "image/jpeg", 0.8);
    } catch {
      // a kind of picture this browser cannot open: it is sent as it is, and the office decides
      words.textContent = "Foto dipilih";
    }
  });
}

for (const form of document.querySelectorAll("form[data-forget]")) {
  form.addEventListener("submit", () => history.replaceState(null, "", form.action.replace("/start", "/batches")));
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
  });
}

// back from another page: the form may be sent again, and is then known by its id
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
});
