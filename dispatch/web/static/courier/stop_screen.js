// At a stop: who takes the documents, with which proofs; or why not.
import { check, triesLeft } from "./code.js";
import { h, icon, km, show } from "./dom.js";
import { metresFrom, position } from "./place.js";
import { smaller } from "./photo.js";
import { contents, reach } from "./route_screen.js";
import { canScan, scan } from "./scan.js";
import { signaturePad } from "./signature.js";

export function stopScreen(stop, view, act) {
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const say = (text) => { trouble.textContent = text; trouble.hidden = !text; if (text) trouble.scrollIntoView({ block: "center" }); };
  const parts = {
    photo: wants(stop, "photo") ? photoPart(stop) : null,
    signature: wants(stop, "signature") ? signaturePart(stop) : null,
    code: wants(stop, "code") && stop.lock ? codePart(stop) : null,
    scan: wants(stop, "scan") && canScan() ? scanPart(stop) : null,
  };
  const name = h("input", { name: "received_by", maxlength: 120, autocomplete: "off", autocapitalize: "words", value: stop.contact });
  const relation = h("select", { name: "relation" }, ...stop.relations.map((word) => h("option", {}, word)));
  const cards = cardsPart(stop);
  const button = h("button", { type: "submit", class: "go" }, "Serahkan");

  async function handOver(event) {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say("");
    const wrong = await deliver(stop, parts, { name: name.value.trim(), relation: relation.value, cards: cards.count(), note: cards.note() }, act).catch(() => NO_ROOM);
    if (wrong) { say(wrong); button.disabled = false; }
  }

  const far = h("p", { class: "word is-far", role: "status", hidden: true });
  act.onPlace = () => {
    const metres = metresFrom(stop);
    far.hidden = metres === null || metres <= act.farM;
    if (!far.hidden) far.textContent = "HP ini " + km(metres) + " dari tujuan. Sudah di tempat yang benar?";
  };
  show(stop.place, { isThin: true, parts: [h("a", { class: "back", href: "#" }, "‹ Rute " + view.route.number)] },
    act.notice(), h("h1", {}, stop.place), h("p", { class: "where" }, "Kec. " + stop.district), contents(stop), far,
    h("form", { novalidate: true, onsubmit: handOver },
      parts.photo && parts.photo.element, parts.scan && parts.scan.element,
      h("label", { class: "field" }, "Diterima oleh", name), h("label", { class: "field" }, "Sebagai", relation),
      parts.code && parts.code.element, parts.signature && parts.signature.element, cards.element, trouble, button),
    failing(stop, act),
    h("details", { class: "cannot is-quiet" }, h("summary", {}, "Petunjuk dan telepon"), reach(stop)));
  act.onPlace();
}

const NO_ROOM = "HP tidak dapat menyimpan. Kosongkan sedikit tempat di HP, lalu tekan lagi.";

function wants(stop, kind) {
  return stop.proofs[kind] !== "off";
}

function must(stop, kind) {
  return stop.proofs[kind] === "required";
}

// Empty when the hand-over lies on the phone; else what is missing, in words.
async function deliver(stop, parts, said, act) {
  if (!said.name) return "Isi nama yang menerima.";
  if (said.cards < stop.cards_due && !said.note) return "Terima " + stop.cards_due + " KTP lama, atau tulis mengapa tidak ada.";
  const pictures = {};
  const photo = parts.photo && parts.photo.blob();
  if (photo) pictures.photo_sha = photo; else if (must(stop, "photo")) return "Ambil foto serah terima dulu.";
  const drawing = parts.signature && (await parts.signature.blob());
  if (drawing) pictures.signature_sha = drawing; else if (must(stop, "signature")) return "Minta tanda tangan penerima dulu.";
  const isScanned = Boolean(parts.scan && parts.scan.isScanned());
  if (must(stop, "scan") && parts.scan && !isScanned) return "Pindai label batch dulu.";
  const fields = { kind: "delivered", stop_id: stop.id, received_by: said.name, relation: said.relation, scanned: isScanned, old_cards: said.cards, note: said.note };
  const code = parts.code ? parts.code.typed() : "";
  if (code) {
    const verdict = await check(stop.id, code, stop.lock, act.tries);
    if (verdict !== "right") return parts.code.wrong(verdict);
    fields.code = code;
  } else if (must(stop, "code") && parts.code) return "Minta kode 6 angka dari penerima.";
  await act.confirm(Object.assign(fields, position()), { position: stop.position, place: stop.place }, pictures, act.undoS);
  act.open("");
  return "";
}

function photoPart(stop) {
  let kept = null;
  const words = "Foto serah terima" + (must(stop, "photo") ? "" : " (boleh)");
  const told = h("span", {}, words);
  const input = h("input", { type: "file", accept: "image/*", capture: "environment" });
  const picture = icon("camera");
  const box = h("label", { class: "photo" }, input, picture, told);
  input.addEventListener("change", async () => {
    const file = input.files[0];
    const old = box.querySelector("img");
    if (old) { URL.revokeObjectURL(old.src); old.remove(); }
    kept = null;
    if (file) {
      told.textContent = "Mengecilkan…";
      kept = await smaller(file);
      box.prepend(h("img", { alt: "", src: URL.createObjectURL(kept) }));
    }
    box.classList.toggle("has-photo", Boolean(kept));
    picture.style.display = kept ? "none" : "";
    told.textContent = kept ? "Foto ada. Ganti?" : words;
  });
  return { element: box, blob: () => kept };
}

function signaturePart(stop) {
  const pad = signaturePad(h);
  if (must(stop, "signature")) return { element: h("div", { class: "field" }, "Tanda tangan penerima", pad.element), blob: pad.blob };
  return { element: h("details", { class: "more" }, h("summary", {}, icon("pen"), "Tanda tangan (boleh)"), pad.element), blob: pad.blob };
}

function codePart(stop) {
  const input = h("input", { name: "code", inputmode: "numeric", maxlength: 6, autocomplete: "off", placeholder: "6 angka" });
  const hint = h("small", {}, must(stop, "code") ? "Tanyakan ke penerima." : "Bila penerima punya kode.");
  const lock = () => {
    input.value = "";
    input.disabled = true;
    hint.textContent = must(stop, "code") ? "Kode sudah 5 kali salah. Telepon kantor." : "Kode sudah 5 kali salah. Lanjutkan tanpa kode; kantor akan memeriksa.";
  };
  return {
    element: h("label", { class: "field is-code" }, "Kode penerima", input, hint),
    typed: () => input.value.replace(/\D/g, ""),
    wrong: (verdict) => {
      if (verdict === "locked") { lock(); return hint.textContent; }
      triesLeft(stop.id, Number(document.body.dataset.tries)).then((left) => { if (left <= 0) lock(); else hint.textContent = "Masih " + left + " kali."; });
      return "Kode tidak cocok. Tanyakan lagi ke penerima.";
    },
  };
}

function scanPart(stop) {
  const left = new Set(stop.batches.map((batch) => batch.code.toUpperCase()));
  const button = h("button", { type: "button", class: "side is-wide" }, icon("scan"), "Pindai label batch");
  button.addEventListener("click", async () => {
    await scan("Pindai label batch", (text) => {
      if (!stop.batches.some((batch) => batch.code.toUpperCase() === text.toUpperCase())) return "Bukan batch tujuan ini. Jangan serahkan yang itu.";
      left.delete(text.toUpperCase());
      return left.size ? "Cocok. Tinggal " + left.size + "." : null;
    });
    if (!left.size) button.lastChild.textContent = "Label cocok";
    button.classList.toggle("is-good", !left.size);
  });
  return { element: button, isScanned: () => !left.size };
}

// Old cards given back; where the office wants them, a word why there are fewer.
function cardsPart(stop) {
  let count = 0;
  const told = h("output", {}, "0");
  const why = h("input", { name: "why", maxlength: 300, autocomplete: "off" });
  const reason = h("label", { class: "field", hidden: !stop.cards_due }, "Mengapa tidak ada KTP lama?", why);
  const step = (by) => {
    count = Math.min(999, Math.max(0, count + by));
    told.textContent = String(count);
    reason.hidden = count >= stop.cards_due;
  };
  const words = stop.cards_due ? "KTP lama yang diterima (" + stop.cards_due + " diminta)" : "Kartu lama yang diambil kembali";
  const element = h("div", {}, h("div", { class: "field" }, words, h("div", { class: "stepper" },
    h("button", { type: "button", "aria-label": "kurangi", onclick: () => step(-1) }, "−"), told,
    h("button", { type: "button", "aria-label": "tambah", onclick: () => step(1) }, "+"))), reason);
  return { element, count: () => count, note: () => (reason.hidden ? "" : why.value.trim()) };
}

function failing(stop, act) {
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const note = h("input", { name: "note", maxlength: 300, autocomplete: "off" });
  const button = h("button", { type: "submit", class: "go is-problem" }, "Simpan alasan");
  const form = h("form", { novalidate: true },
    h("fieldset", {}, h("legend", {}, "Kenapa?"), ...stop.reasons.map((reason) => h("label", { class: "reason" },
      h("input", { type: "radio", name: "reason", value: reason.code }), reason.words))),
    h("label", { class: "field" }, "Catatan, bila perlu", note), trouble, button,
    h("p", { class: "hint" }, "Dokumennya tetap di tas. Bawa kembali ke kantor."));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = form.querySelector("input[name=reason]:checked");
    trouble.textContent = chosen ? "" : "Pilih satu alasan.";
    trouble.hidden = Boolean(chosen);
    if (!chosen || button.disabled) return;
    button.disabled = true;
    const fields = { kind: "failed", stop_id: stop.id, reason: chosen.value, note: note.value.trim() };
    try {
      await act.confirm(Object.assign(fields, position()), { position: stop.position, place: stop.place }, {}, act.undoS);
      act.open("");
    } catch (error) {
      trouble.textContent = NO_ROOM;
      trouble.hidden = button.disabled = false;
    }
  });
  return h("details", { class: "cannot" }, h("summary", {}, "Tidak bisa diserahkan"), form);
}
