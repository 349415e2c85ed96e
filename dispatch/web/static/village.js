// The pages work without this. It adds: an id made here, the sum while counting, and one press that sends once.
"use strict";

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

for (const field of document.querySelectorAll("input[name=event_id]")) field.value = newId();

for (const form of document.querySelectorAll("form[data-lines]")) {
  const button = form.querySelector("button");
  const count = () => {
    const chosen = [...form.querySelectorAll("input[type=radio]:checked")].map((field) => field.value);
    const sum = (value) => chosen.filter((one) => one === value).length;
    const missing = sum("missing");
    const damaged = sum("damaged");
    const parts = [`${sum("received")} ada`];
    if (missing) parts.push(`${missing} tidak ada`);
    if (damaged) parts.push(`${damaged} rusak`);
    form.querySelector("[data-sum]").textContent = parts.join(" · ");
    const isAll = !missing && !damaged && !form.elements.namedItem("extra").value.trim();
    button.textContent = isAll ? button.dataset.all : button.dataset.some;
  };
  form.addEventListener("change", count);
  form.addEventListener("input", count);
  count();
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
