// Reading a batch's label with the camera. Phones without a reader of their own get the one we carry, when asked for.
import { h, icon } from "./dom.js";

const DECODER = "/static/vendor/jsqr/jsQR.js";
const SIDE = 640;
const EVERY_MS = 200;

export function canScan() {
  return Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
}

function loaded(path) {
  return new Promise((done, failed) => {
    const script = h("script", { src: path });
    script.onload = done;
    script.onerror = () => failed(new Error("decoder"));
    document.head.append(script);
  });
}

// A function from a canvas to the text it shows, or null.
async function reader() {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).indexOf("qr_code") >= 0) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (canvas) => {
      const found = await detector.detect(canvas);
      return found.length ? found[0].rawValue : null;
    };
  }
  if (!window.jsQR) await loaded(DECODER);
  return async (canvas) => {
    const picture = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = window.jsQR(picture.data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" });
    return found ? found.data : null;
  };
}

// Show what the camera sees until it is closed. `onRead(text)` says what to tell the rider, or null to close.
export async function scan(title, onRead) {
  const video = h("video", { playsinline: true, muted: true });
  const told = h("p", { class: "scan-word", role: "status" }, "Arahkan ke kode QR di label.");
  let isOpen = true;
  const close = () => { isOpen = false; };
  const frame = h("div", { class: "scan", role: "dialog", "aria-label": title }, h("p", { class: "scan-title" }, icon("scan"), title), video, told,
    h("button", { type: "button", class: "go", onclick: close }, "Selesai memindai"));
  document.body.append(frame);
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    video.srcObject = stream;
    await video.play();
    const read = await reader();
    const canvas = document.createElement("canvas");
    while (isOpen) {
      const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight, 1));
      canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
      canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
      canvas.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0, canvas.width, canvas.height);
      const text = await read(canvas).catch(() => null);
      if (text) {
        const words = onRead(text.trim());
        if (words === null) break;
        told.textContent = words;
        if (navigator.vibrate) navigator.vibrate(80);
      }
      await new Promise((done) => setTimeout(done, EVERY_MS));
    }
  } catch (error) {
    told.textContent = "Kamera tidak bisa dipakai. Centang saja dengan tangan.";
    await new Promise((done) => { frame.querySelector("button").addEventListener("click", done); });
  } finally {
    if (stream) for (const track of stream.getTracks()) track.stop();
    frame.remove();
  }
}
