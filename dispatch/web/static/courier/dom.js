// Making elements: h("p", {class: "where"}, "Kec. ", district). Texts are always texts, never HTML.
const SVG = "http://www.w3.org/2000/svg";

export function h(tag, settings, ...children) {
  const made = document.createElement(tag);
  for (const name of Object.keys(settings || {})) {
    const value = settings[name];
    if (name.indexOf("on") === 0) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const SHAPES = {
  way: "M12 2 4 21l8-4 8 4z",
  phone: "M6 2h3l2 5-2.5 2a12 12 0 0 0 6.5 6.5l2-2.5 5 2v3a3 3 0 0 1-3 3A17 17 0 0 1 3 5a3 3 0 0 1 3-3z",
  chat: "M12 3a9 9 0 0 0-7.7 13.6L3 21l4.5-1.2A9 9 0 1 0 12 3zm-4 8h2v2H8zm3 0h2v2h-2zm3 0h2v2h-2z",
  camera: "M9 4 7.5 6H4a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-3.5L15 4zm3 5a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
  scan: "M3 3h6v2H5v4H3zm12 0h6v6h-2V5h-4zM3 15h2v4h4v2H3zm16 0h2v6h-6v-2h4zM7 7h4v4H7zm6 0h4v4h-4zm-6 6h4v4H7zm6 0h4v4h-4z",
  pen: "M4 20l1-5L16 4l4 4L9 19zm0 0",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

export function hour(seconds) {
  const minutes = Math.round(seconds / 60);
  return String(Math.floor(minutes / 60) % 24).padStart(2, "0") + "." + String(minutes % 60).padStart(2, "0");
}

export function clock(instant, zone) {
  const time = new Date(instant);
  try {
    return time.toLocaleTimeString("id-ID", { hour: "2-digit", minute: "2-digit", timeZone: zone }).replace(":", ".");
  } catch (error) {
    return time.toTimeString().slice(0, 5).replace(":", ".");
  }
}

export function km(metres) {
  return (metres / 1000).toFixed(metres < 9950 ? 1 : 0).replace(".", ",") + " km";
}

export function show(title, top, ...main) {
  document.title = title;
  const header = document.querySelector("header");
  header.className = top.isThin ? "top is-thin" : "top";
  header.textContent = "";
  header.append(...top.parts);
  const place = document.querySelector("main");
  place.textContent = "";
  place.append(...main.filter(Boolean));
  window.scrollTo(0, 0);
}

export function word(text, isProblem) {
  return h("p", { class: "word" + (isProblem ? " is-problem" : ""), role: "status" }, text);
}
