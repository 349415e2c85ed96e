// The recipient's code, checked on the phone without a network: a slow salted hash, and few tries.
import { change, kept } from "./store.js";

function bytes(hex) {
  return new Uint8Array(hex.match(/../g).map((pair) => parseInt(pair, 16)));
}

async function slowHash(code, lock) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveBits"]);
  const kind = { name: "PBKDF2", hash: "SHA-256", salt: bytes(lock.salt), iterations: lock.iterations };
  const found = new Uint8Array(await crypto.subtle.deriveBits(kind, key, 256));
  return Array.from(found, (b) => b.toString(16).padStart(2, "0")).join("");
}

export async function triesLeft(stopId, most) {
  return most - ((await kept("tries:" + stopId)) || 0);
}

// "right", "wrong" or "locked". A try is counted before it is looked at, so that closing the page wins nothing.
export async function check(stopId, code, lock, most) {
  const used = await change(async ({ kept: place }) => {
    const before = (await place.get("tries:" + stopId)) || 0;
    if (before < most) place.put(before + 1, "tries:" + stopId);
    return before;
  });
  if (used >= most) return "locked";
  if ((await slowHash(code, lock)) !== lock.hash) return "wrong";
  await change(({ kept: place }) => place.drop("tries:" + stopId));
  return "right";
}
