// On the way: the next stop large, what waits on the phone, and the rest of the route.
import { clock, h, hour, icon, km, show } from "./dom.js";
import { mayUndo, waitsMs } from "./outbox.js";

const DID = { loaded: "sudah dihitung", arrived: "tiba", delivered: "diserahkan", failed: "tidak bisa diserahkan" };

export function routeScreen(view, act) {
  const { route, items, done, next } = view;
  const waiting = items.filter((item) => item.state !== "refused").length;
  show("Rute " + route.number, { parts: [
    h("div", { class: "top-line" }, h("p", { class: "top-name" }, "Rute " + route.number),
      h("p", { class: "chip" + (waiting ? " is-waiting" : "") }, waiting ? waiting + " di HP" : "semua diterima")),
    h("p", { class: "top-sub" }, route.visited + " dari " + route.total + " tujuan selesai"),
    h("progress", { max: Math.max(1, route.total), value: route.visited }),
  ] }, act.notice(), undoBar(items, act), next ? nextStop(next) : backToOffice(route, waiting),
    sending(items, act), laterStops(view.later), received(done, route), installing(act), next ? mainAction(next, act) : null);
}

function nextStop(stop) {
  return h("section", { class: "next" },
    h("p", { class: "label" }, stop.state === "arrived" ? "Anda di sini" : "Berikutnya"),
    h("h1", {}, stop.place),
    h("p", { class: "where" }, "Kec. " + stop.district + (stop.metres ? " · " + km(stop.metres) : "") + " · perkiraan\u00a0" + hour(stop.arrival_s)),
    contents(stop), reach(stop));
}

export function contents(stop) {
  return h("div", {}, house(stop),
    h("p", { class: "what" }, h("b", {}, String(stop.documents)), " dokumen · batch " + stop.batches.map((batch) => batch.code).join(", ")));
}

// Where a home is, in the words people there use.
function house(stop) {
  if (stop.destination !== "home") return null;
  return h("p", { class: "house" }, h("b", {}, stop.address || "Alamat tidak tertulis"),
    stop.landmark ? h("span", {}, "Patokan: " + stop.landmark) : null,
    stop.is_estimate ? h("small", {}, "Peta hanya menunjuk titik desa. Tanyakan rumahnya kepada warga.") : null);
}

// The ways to get there and to talk to somebody there, all through the phone's own apps.
export function reach(stop) {
  const mobile = /^(\+?62|0)8/.test(stop.phone) ? stop.phone.replace(/^\+?62|^0/, "62") : "";
  return h("div", {},
    h("div", { class: "pair" + (mobile ? " is-three" : "") },
      h("a", { class: "side", href: stop.geo_url }, icon("way"), "Petunjuk"),
      stop.phone ? h("a", { class: "side", href: "tel:" + stop.phone }, icon("phone"), "Telepon") : h("span", { class: "side is-off" }, "Belum ada telepon"),
      mobile ? h("a", { class: "side", href: "https://wa.me/" + mobile, rel: "noreferrer" }, icon("chat"), "WA") : null),
    h("p", { class: "small" }, h("a", { href: stop.map_url, rel: "noreferrer" }, "Buka di Google Maps")));
}

function mainAction(stop, act) {
  const isHere = stop.state === "arrived";
  const button = h("button", { type: "button", class: "go" }, isHere ? "Serahkan" : "Tiba");
  button.addEventListener("click", async () => {
    button.disabled = true;
    if (!isHere) await act.arrive(stop);
    act.open(stop.id);
  });
  return h("div", { class: "foot" }, button);
}

function backToOffice(route, waiting) {
  const bring = route.to_bring_back;
  return h("section", { class: "next" }, h("h1", {}, bring ? "Kembali ke kantor" : "Semua tujuan selesai"),
    bring ? h("p", { class: "where" }, "Serahkan ", h("b", {}, bring + " dokumen"), " yang dibawa kembali. Kantor akan menghitungnya.") : null,
    waiting ? h("p", { class: "where" }, h("b", {}, waiting + " konfirmasi masih di HP."), " Biarkan halaman ini terbuka sampai ada sinyal.") : null);
}

// The last confirmation may be taken back for a minute; the seconds count down on the button.
function undoBar(items, act) {
  const open = items.filter(mayUndo);
  if (!open.length) return null;
  const item = open[open.length - 1];
  const button = h("button", { type: "button", class: "undo-button" });
  const tell = () => { button.textContent = "Urungkan " + Math.ceil(waitsMs(item) / 1000); };
  tell();
  button.addEventListener("click", () => { button.disabled = true; act.undo(item); });
  const ticking = setInterval(() => {
    if (!button.isConnected || !mayUndo(item)) { clearInterval(ticking); act.draw(); } else tell();
  }, 1000);
  return h("div", { class: "undo", role: "status" }, h("p", {}, h("b", {}, item.place), ": " + DID[item.kind] + "."), button);
}

// Each confirmation with its state as a word and a dot; what the office refused says why.
export function sending(items, act) {
  if (!items.length) return null;
  const states = { waiting: "di HP", sent: "terkirim", refused: "ditolak kantor" };
  const rows = items.map((item) => h("li", { class: "sending is-" + item.state },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("span", {}, h("b", {}, item.place), " · " + DID[item.kind],
      h("small", {}, states[item.state] + (item.state === "refused" ? ": " + item.reason : ""))),
    item.state === "refused" ? h("button", { type: "button", class: "plain", onclick: () => act.putAway(item) }, "Mengerti") : null));
  return h("section", {}, h("h2", {}, "Konfirmasi di HP ini"), h("ul", { class: "sendings" }, ...rows));
}

function laterStops(later) {
  if (!later.length) return null;
  return h("section", {}, h("h2", {}, "Lalu"), h("ul", { class: "stops" }, ...later.map((stop) => h("li", {},
    h("a", { class: "stop", href: "#" + stop.id }, h("span", { class: "pos" }, String(stop.position)),
      h("span", { class: "stop-name" }, stop.place, h("small", {}, hour(stop.arrival_s) + " · " + stop.documents + " dokumen")))))));
}

function received(done, route) {
  if (!done.length) return null;
  return h("section", {}, h("h2", {}, "Diterima kantor"), h("ul", { class: "stops" }, ...done.map((one) => h("li", {
    class: "stop is-" + (one.kind === "delivered" ? "done" : "failed") },
  h("span", { class: "pos" }, String(one.position)),
  h("span", { class: "stop-name" }, "Tujuan " + one.position + ", " + DID[one.kind],
    h("small", {}, "diterima kantor " + clock(one.at, route.zone) + (one.is_conflict ? ", akan diperiksa" : "")))))));
}

function installing(act) {
  if (!act.install) return null;
  return h("p", { class: "install" }, h("button", { type: "button", class: "side is-wide", onclick: act.install }, "Pasang di layar HP"));
}
