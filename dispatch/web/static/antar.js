// Every page works without this file; with it, pages follow along by themselves and tables listen to the keyboard.
"use strict";

// A whole NIK never becomes part of an address: the search field sends it in the body instead.
document.addEventListener("submit", (event) => {
  const { byNik, token } = event.target.dataset;
  if (!byNik || !/^\d{16}$/.test(event.target.elements.q.value.replace(/\s/g, ""))) return;
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "csrf_token", value: token });
  event.target.append(field);
  Object.assign(event.target, { method: "post", action: byNik });
});

// A form is sent once, however often its button is pressed; one that downloads stays as it is.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || "stays" in event.target.dataset) return;
  for (const button of event.target.querySelectorAll("button")) {
    // after this tick, so that the pressed button's own value still travels
    setTimeout(() => { button.disabled = true; });
  }
});
// A page taken from the browser's memory has its buttons back.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("button[disabled]").forEach((button) => { button.disabled = false; });
});

// <section data-live="/plans/…/live" data-every="1500">: fetched again until the answer says it is finished.
function follow(section) {
  const every = Number(section.dataset.every) || 2000;
  let misses = 0;
  const again = () => setTimeout(look, document.hidden ? every * 4 : every * (1 + Math.min(misses, 5)));
  async function look() {
    try {
      const answer = await fetch(section.dataset.live, { headers: { Accept: "text/html" } });
      if (answer.redirected || answer.status === 401 || answer.headers.get("X-Finished")) return location.reload();
      if (answer.ok) {
        const text = await answer.text();
        if (!section.contains(document.activeElement) || document.activeElement.tagName !== "INPUT") section.innerHTML = text;
        misses = 0;
      } else misses += 1;
    } catch { misses += 1; }
    again();
  }
  again();
}
document.querySelectorAll("[data-live]").forEach(follow);

// j and k walk the rows of a table, enter opens the one reached, / goes to the search field.
const walkable = () => [...document.querySelectorAll("table[data-walk] tbody tr")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, summary")) return;
  if (event.key === "/") {
    const field = document.querySelector(".find input");
    if (field) { event.preventDefault(); field.focus(); }
    return;
  }
  if (event.key !== "j" && event.key !== "k" && event.key !== "Enter") return;
  const rows = walkable();
  const at = rows.findIndex((row) => row.classList.contains("is-at"));
  if (event.key === "Enter") {
    if (at >= 0 && !event.target.closest("a, button")) rows[at].querySelector("a, button")?.click();
    return;
  }
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))];
  if (!next) return;
  rows[at]?.classList.remove("is-at");
  next.classList.add("is-at");
  next.scrollIntoView({ block: "nearest" });
});

// Files may be dropped on the box around a file field.
for (const box of document.querySelectorAll(".pick")) {
  const field = box.querySelector("input[type=file]");
  const name = box.querySelector("[data-name]");
  const tell = () => { if (name && field.files.length) name.textContent = field.files[0].name; };
  field.addEventListener("change", tell);
  for (const kind of ["dragenter", "dragover"]) {
    box.addEventListener(kind, (event) => { event.preventDefault(); box.classList.add("is-over"); });
  }
  box.addEventListener("dragleave", () => box.classList.remove("is-over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("is-over");
    if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; tell(); }
  });
}

// <button data-tick="name">: ticks every box of that name in its form, or none.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tick]");
  if (!button) return;
  const boxes = [...button.form.querySelectorAll(`input[name="${button.dataset.tick}"]`)];
  const all = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !all;
  button.textContent = all ? "Centang semua" : "Kosongkan";
});

// <button data-copy="id of a field">: its text goes to the clipboard.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try { await navigator.clipboard.writeText(field.value); button.textContent = "Tersalin"; } catch { document.execCommand("copy"); }
  }
  // an open menu closes when something else is clicked
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  const side = document.querySelector(".side:target");
  if (side) side.querySelector("[data-close]").click();
});

// A side panel gives the focus back to the link that opened it.
document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (!close) return;
  event.preventDefault();
  const id = close.closest(".side").id;
  const { scrollX, scrollY } = window;
  location.hash = "";
  scrollTo(scrollX, scrollY);
  document.querySelector(`[data-side][href="#${CSS.escape(id)}"]`)?.focus();
});

// What scrolls inside the page can be reached by keyboard in every browser, and is announced by its heading.
for (const frame of document.querySelectorAll(".table-frame:not([tabindex])")) {
  if (frame.scrollWidth <= frame.clientWidth && frame.scrollHeight <= frame.clientHeight) continue;
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", frame.closest("section, details")?.querySelector("h2, summary")?.textContent.trim() || document.title);
}
