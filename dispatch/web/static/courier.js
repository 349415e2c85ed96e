// The pages work without this. It adds: the phone's own ids and time, position, a smaller photo, and sending again.
"use strict";

const LONGEST_SIDE = 1600;
const NO_SIGNAL = "Tidak ada sinyal. Isian Anda tetap di layar ini. Dikirim lagi sendiri bila sinyal ada, atau tekan lagi.";
let position = null;

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function put(form, name, value) {
  let field = form.elements.namedItem(name);
  if (!field) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    form.append(field);
  }
  field.value = value;
}

// said once, when first sent: the same confirmation sent again is word for word the same
function stamp(form) {
  if (form.dataset.stamped) return;
  form.dataset.stamped = "1";
  put(form, "device_at", new Date().toISOString());
  if (position) {
    put(form, "lat", position.latitude.toFixed(6));
    put(form, "lon", position.longitude.toFixed(6));
    put(form, "accuracy_m", position.accuracy.toFixed(0));
  }
}

function trouble(form, words) {
  const place = form.querySelector(".trouble");
  place.textContent = words;
  place.hidden = !words;
}

async function send(form) {
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  form.dataset.waiting = "";
  stamp(form);
  const button = form.querySelector("button");
  const label = form.dataset.label || button.textContent;
  form.dataset.label = label;
  button.textContent = "Mengirim…";
  trouble(form, "");
  try {
    const body = new FormData(form);
    if (form.smaller) body.set("photo", form.smaller, "foto.jpg");
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (answer.ok) return void location.assign(told.next);
    if ((told.errors || []).some((e) => e.field === "event_id") || answer.status === 409 || answer.status === 410) {
      return void location.assign("/c/route");
    }
    trouble(form, [told.sentence, ...(told.errors || []).map((e) => e.reason + ".")].join(" "));
    if (answer.status === 503 || answer.status === 429) form.dataset.waiting = "1";
    else delete form.dataset.stamped;
  } catch {
    form.dataset.waiting = "1";
    trouble(form, NO_SIGNAL);
  }
  button.textContent = label;
  delete form.dataset.busy;
}

async function shrink(input) {
  const form = input.form;
  const file = input.files[0];
  const box = input.closest(".photo");
  form.smaller = null;
  box.querySelector("img")?.remove();
  box.classList.toggle("has-photo", Boolean(file));
  box.querySelector("svg").style.display = file ? "none" : "";
  box.querySelector("[data-photo-word]").textContent = file ? "Foto ada. Ganti?" : "Foto serah terima";
  if (!file) return;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const smaller = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    if (smaller && (smaller.size < file.size || file.type !== "image/jpeg")) form.smaller = smaller;
  } catch {
    form.smaller = null; // an old phone sends the photo as it is
  }
  const image = document.createElement("img");
  image.alt = "";
  image.src = URL.createObjectURL(form.smaller || file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  box.prepend(image);
}

for (const form of document.querySelectorAll("form[data-proof]")) {
  put(form, "event_id", newId());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

for (const input of document.querySelectorAll("[data-photo]")) {
  input.addEventListener("change", () => shrink(input));
}

window.addEventListener("online", () => {
  for (const form of document.querySelectorAll("form[data-proof]")) if (form.dataset.waiting) send(form);
});

for (const form of document.querySelectorAll("form[data-count]")) {
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    form.querySelector("[data-counted]").textContent = `${ticked} dari ${boxes.length} batch ada di tas.`;
    for (const field of form.querySelectorAll("[data-missing]")) {
      field.disabled = boxes.some((box) => box.value === field.value && box.checked);
    }
  };
  form.addEventListener("change", count);
  form.addEventListener("submit", () => put(form, "device_at", new Date().toISOString()));
  count();
}

if (document.querySelector("form[data-proof]") && "geolocation" in navigator) {
  navigator.geolocation.watchPosition((found) => { position = found.coords; }, () => { position = null; },
    { enableHighAccuracy: true, maximumAge: 60000, timeout: 20000 });
}
