// When there is no route on this phone: it is finished, its link has ended, or there is no network to fetch it.
import { h, show } from "./dom.js";

function page(title, ...lines) {
  show("Antar", { parts: [h("p", { class: "top-name" }, "Antar"), h("p", { class: "top-sub" }, "Antar dokumen Dukcapil")] },
    h("h1", {}, title), ...lines);
}

export function finishedScreen(route) {
  const bring = route.to_bring_back;
  page(bring ? "Kembali ke kantor" : "Rute selesai",
    bring ? h("p", {}, "Serahkan ", h("b", {}, bring + " dokumen"), " yang dibawa kembali. Kantor akan menghitungnya.") : null,
    h("p", {}, "Semua konfirmasi sudah diterima kantor. Terima kasih."),
    h("p", { class: "hint" }, "Data rute ini sudah dihapus dari HP."));
}

export function endedScreen(unsent, lost) {
  page("Tautan ini sudah berakhir", h("p", {}, h("b", {}, "Minta tautan baru ke kantor.")),
    unsent ? h("p", { class: "word" }, unsent + " konfirmasi masih di HP dan dikirim sendiri bila ada sinyal. Jangan hapus data HP.") : null,
    lost ? h("p", { class: "word is-problem" }, lost + " konfirmasi tidak sempat diterima kantor. Laporkan ke kantor.") : null);
}

export function waitingScreen(act) {
  page("Belum ada rute di HP ini", h("p", {}, "Cari sinyal, lalu coba lagi. Atau buka tautan dari kantor."),
    h("div", { class: "foot" }, h("button", { type: "button", class: "go", onclick: act.again }, "Coba lagi")));
}
