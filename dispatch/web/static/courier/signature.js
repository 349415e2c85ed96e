// A signature drawn with a finger: dark strokes on white, sent as a small PNG.
const WIDTH = 600;
const HEIGHT = 260;

// {element, blob()}: blob() gives null while nothing was drawn.
export function signaturePad(h) {
  const canvas = h("canvas", { class: "pad", width: WIDTH, height: HEIGHT, "aria-label": "Tanda tangan di sini" });
  const pen = canvas.getContext("2d");
  let isDrawn = false;
  let isDown = false;

  function clear() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.strokeStyle = pen.fillStyle = "#1c2733";
    pen.lineWidth = 5;
    pen.lineCap = pen.lineJoin = "round";
    isDrawn = false;
  }

  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * WIDTH) / box.width, ((event.clientY - box.top) * HEIGHT) / box.height];
  }

  canvas.addEventListener("pointerdown", (event) => {
    isDown = isDrawn = true;
    try { canvas.setPointerCapture(event.pointerId); } catch (error) { /* a pen that left at once */ }
    pen.beginPath();
    const [x, y] = at(event);
    pen.moveTo(x, y);
    pen.lineTo(x + 0.1, y);
    pen.stroke();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { isDown = false; });
  clear();
  return {
    element: h("div", { class: "sign" }, canvas, h("button", { type: "button", class: "plain", onclick: clear }, "Hapus, ulangi")),
    blob: () => (isDrawn ? new Promise((done) => canvas.toBlob(done, "image/png")) : Promise.resolve(null)),
  };
}
