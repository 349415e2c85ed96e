// Before leaving: each batch into the bag, ticked or scanned. What is missing is asked about once more.
import { h, hour, icon, show } from "./dom.js";
import { sending } from "./route_screen.js";
import { canScan, scan } from "./scan.js";

let ticked = new Set();
let asked = false;

export function loadScreen(view, act) {
  const route = view.route;
  const total = route.load.length;
  const counted = h("p", { class: "hint" });
  const button = h("button", { type: "button", class: "go" });
  const boxes = {};

  function count() {
    const left = total - ticked.size;
    counted.textContent = asked && left
      ? "Yang kosong tinggal di kantor."
      : ticked.size + " dari " + total + " batch ada di tas.";
    button.textContent = asked && left ? "Berangkat tanpa yang kosong" : "Berangkat";
    for (const batch of route.load) boxes[batch.id].closest("label").classList.toggle("is-asked", asked && !ticked.has(batch.id));
  }

  function tick(batch, isThere) {
    if (isThere) ticked.add(batch.id); else ticked.delete(batch.id);
    boxes[batch.id].checked = isThere;
    count();
  }

  const rows = route.load.map((batch) => {
    const box = h("input", { type: "checkbox", checked: ticked.has(batch.id) });
    boxes[batch.id] = box;
    box.addEventListener("change", () => tick(batch, box.checked));
    return h("li", {}, h("label", { class: "load-row" }, box, h("span", { class: "load-code" }, batch.code),
      h("span", { class: "load-name" }, batch.place), h("span", { class: "load-count" }, h("b", {}, String(batch.documents)), " dok.")));
  });

  const onRead = (text) => {
    const batch = route.load.find((one) => one.code.toUpperCase() === text.toUpperCase());
    if (!batch) return "Label ini bukan batch rute ini.";
    tick(batch, true);
    return ticked.size === total ? null : batch.code + " masuk. Tinggal " + (total - ticked.size) + ".";
  };

  button.addEventListener("click", async () => {
    if (!ticked.size) { counted.textContent = "Belum ada batch yang dicentang."; return; }
    if (ticked.size < total && !asked) { asked = true; loadScreen(view, act); return; }
    button.disabled = true;
    const taken = route.load.filter((batch) => ticked.has(batch.id)).map((batch) => batch.id);
    const missing = route.load.filter((batch) => !ticked.has(batch.id)).map((batch) => batch.id);
    await act.confirm({ kind: "loaded", taken, missing }, { position: 0, place: "Tas" }, {}, 0);
    ticked = new Set();
    asked = false;
  });

  const left = total - ticked.size;
  const heading = asked && left
    ? [h("h1", {}, left + " batch belum dicentang"), h("p", {}, "Cari lagi di meja dan di tas. Kalau memang ", h("b", {}, "tidak ada"), ", biarkan kosong lalu berangkat.")]
    : [h("h1", {}, "Hitung tas dulu"), h("p", {}, "Masukkan satu per satu ke tas, lalu centang atau pindai labelnya.")];
  const documents = route.load.reduce((sum, batch) => sum + batch.documents, 0);
  show("Rute " + route.number + ": hitung tas", { parts: [
    h("p", { class: "top-name" }, "Rute " + route.number),
    h("p", { class: "top-sub" }, route.stops.length + " tujuan · " + documents + " dokumen · berangkat\u00a0" + hour(route.leaves_s)),
  ] }, act.notice(), sending(view.items, act), ...heading,
    canScan() ? h("button", { type: "button", class: "side is-wide", onclick: () => scan("Pindai label batch", onRead) }, icon("scan"), "Pindai label") : null,
    h("ul", { class: "load" }, ...rows),
    h("div", { class: "foot" }, counted, button));
  count();
}
