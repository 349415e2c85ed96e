// The plan's table and its map look at the same thing, and what was open stays open when an edit is shown in place.
// Without this file every link and form does its work all the same.
"use strict";
(() => {
  const frame = () => document.getElementById("peta");

  function tellMap(what) {
    const map = frame();
    if (map && map.contentWindow) map.contentWindow.postMessage({ antarPage: what }, location.origin);
  }

  // hover a row, or walk to it by keyboard: its line thickens
  let told = "";
  function looksAt(target) {
    const row = target.closest && target.closest("[data-route]");
    const route = row ? row.dataset.route : "";
    if (route !== told) { told = route; tellMap({ route }); }
  }
  document.addEventListener("pointerover", (event) => looksAt(event.target));
  document.addEventListener("focusin", (event) => looksAt(event.target));

  // click a stop of the table: the map opens it; click one of the map: the table's link is followed
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-at]");
    if (!link) return;
    const [route, stop] = link.dataset.at.split("/");
    tellMap({ route, stop });
  });
  addEventListener("message", (event) => {
    const map = frame();
    if (event.origin !== location.origin || !map || event.source !== map.contentWindow) return;
    const said = event.data && event.data.antarMap;
    if (!said) return;
    if (said.hovers !== undefined) {
      for (const row of document.querySelectorAll("tr[data-route]")) row.classList.toggle("is-lit", row.dataset.route === String(said.hovers));
    } else if (said.stop) {
      const link = [...document.querySelectorAll("[data-at]")].find((one) => one.dataset.at === `${said.route}/${said.stop}`);
      if (link) { link.closest("details").open = true; link.click(); }
    }
  });

  // the chosen stop is taken note of in the table, and seen
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "terpilih") return;
    const address = event.detail.requestConfig.path;
    for (const row of document.querySelectorAll("tr[data-route]")) {
      row.classList.toggle("is-at", row.querySelector("[data-at]")?.getAttribute("hx-get") === address);
    }
    document.getElementById("terpilih").scrollIntoView({ block: "nearest" });
  });

  // an edit exchanges the page's middle: the same parts are open again
  let open = [];
  document.addEventListener("htmx:beforeSwap", () => {
    open = [...document.querySelectorAll("main details[open][id]")].map((one) => one.id);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.tagName !== "MAIN") return;
    for (const id of open) { const part = document.getElementById(id); if (part) part.open = true; }
    told = "";
  });
})();
