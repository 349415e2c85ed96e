// The phone's own key: made here, kept in IndexedDB, and never able to leave the phone (it is not extractable).
import { change, kept, keep } from "./store.js";

const KIND = { name: "ECDSA", namedCurve: "P-256" };

function base64url(buffer) {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// Everything a phone needs to work without a network. Without it the plain pages do.
export function isAble() {
  return Boolean(window.isSecureContext && window.indexedDB && window.crypto && crypto.subtle && navigator.serviceWorker);
}

// The public half, made at the first start; a phone keeps its key while it has anything to send.
export async function publicKey() {
  let pair = await kept("key");
  if (!pair) {
    const made = await crypto.subtle.generateKey(KIND, false, ["sign", "verify"]);
    await keep("key", made);
    pair = made;
  }
  return base64url(await crypto.subtle.exportKey("raw", pair.publicKey));
}

// The signature over exactly this text; empty when the phone lost its key, and then it counts like an unsigned one.
export async function sign(text) {
  const pair = await kept("key");
  if (!pair) return "";
  const bytes = new TextEncoder().encode(text);
  return base64url(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, bytes));
}

// A new route begins: what was kept of the one before goes, what is not sent yet stays.
export async function forgetRoute() {
  await change(({ kept: place }) => { place.drop("route"); place.drop("done"); });
}
