// Sending: pictures first, then confirmations in lists; each goes from the phone only with its own receipt.
//
// A confirmation is "di HP" (waiting), "terkirim" (sent, no receipt yet) or gone from here because the office has it.
// What fails is tried again later and later, a little differently on each phone. One that the office refuses is kept
// with the reason until the rider has read it. If a whole list fails in the office, its items go one by one.
import { change, outbox, picture } from "./store.js";
import { dropWithPictures, waitsMs } from "./outbox.js";
import { afterReceipt } from "./route.js";

const AT_ONCE = 20;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 5 * 60 * 1000;
const PATIENCE_MS = 60 * 1000;
const ENDED = [401, 410]; // a 404 is a lost cookie: a new link for the same route still takes what is here

let told = () => {};
let ended = () => {};
let timer = 0;
let failures = 0;
let isRunning = false;
let isAskedAgain = false;

class Later extends Error {
  constructor(waitMs) { super("later"); this.waitMs = waitMs || 0; }
}
class Ended extends Error {}

// `onChange` is told after everything that changed; `onEnded` when the office takes nothing from this phone any more.
export function watch(onChange, onEnded) {
  told = onChange;
  ended = onEnded;
  window.addEventListener("online", () => { failures = 0; sync(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { failures = 0; sync(); } });
}

// Send whatever is due. Called as often as one likes: only one runs, and a call meanwhile makes it look once more.
export async function sync() {
  if (isRunning) { isAskedAgain = true; return; }
  isRunning = true;
  clearTimeout(timer);
  try {
    do {
      isAskedAgain = false;
      await alone(() => round(false));
    } while (isAskedAgain);
    failures = 0;
  } catch (error) {
    if (error instanceof Ended) await ended();
    else failures = isAskedAgain ? 1 : failures + 1; // somebody asked meanwhile: the network came back
    await plan(error.waitMs || 0);
    return;
  } finally {
    isRunning = false;
    await told();
  }
  await plan(0);
}

// Send everything now, also what could still be taken back; for the moment before another link replaces this one.
export async function flush() {
  try { await alone(() => round(true)); } catch (error) { /* what is left is counted by who asked */ }
}

async function plan(atLeastMs) {
  const items = (await outbox()).filter((item) => item.state !== "refused");
  if (!items.length) return;
  const back = failures ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * Math.pow(2, failures - 1)) : 0;
  const due = Math.min(...items.map(waitsMs));
  const wait = Math.max(atLeastMs, back * (0.5 + Math.random() / 2), due);
  clearTimeout(timer);
  timer = setTimeout(sync, wait + 50);
}

// Two tabs of one phone do not send the same thing at once (if they did, the office would still count it once).
function alone(work) {
  if (navigator.locks) return navigator.locks.request("antar-sync", work);
  return work();
}

async function round(everything) {
  const items = (await outbox()).filter((item) => item.state !== "refused" && (everything || !waitsMs(item)));
  if (!items.length) return;
  const ready = [];
  let trouble = null;
  for (const item of items) {
    try {
      if (await sendPictures(item)) ready.push(item);
    } catch (error) {
      if (error instanceof Ended) throw error;
      trouble = error; // its pictures wait; the others go on
    }
  }
  for (let at = 0; at < ready.length; at += AT_ONCE) {
    const part = ready.slice(at, at + AT_ONCE);
    if (await sendList(part)) continue;
    for (const item of part) if (!(await sendList([item]))) trouble = trouble || new Later(0);
  }
  if (trouble) throw trouble;
}

async function post(path, body, type) {
  const patience = new AbortController();
  const alarm = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    return await fetch(path, {
      method: "POST", body, credentials: "same-origin", signal: patience.signal, redirect: "error",
      headers: { "Content-Type": type, Accept: "application/json" },
    });
  } catch (error) {
    throw new Later(0);
  } finally {
    clearTimeout(alarm);
  }
}

function refuseWhole(reply) {
  if (ENDED.indexOf(reply.status) >= 0) throw new Ended();
  if (reply.status === 429 || reply.status === 503) throw new Later(1000 * (Number(reply.headers.get("Retry-After")) || 0));
}

async function sendPictures(item) {
  for (const sha of item.pictures) {
    const kept = await picture(sha);
    if (!kept || kept.is_uploaded) continue;
    const reply = await post("/c/photos", kept.blob, kept.blob.type || "application/octet-stream");
    refuseWhole(reply);
    if (reply.status === 413 || reply.status === 422) {
      await refuse(item, await reply.json());
      return false;
    }
    if (!reply.ok) throw new Later(0);
    await change(({ pictures }) => pictures.put(Object.assign({}, kept, { is_uploaded: true })));
  }
  return true;
}

async function mark(items, state) {
  await change(async ({ outbox: place }) => {
    const now = await place.all();
    for (const item of items) {
      const kept = now.find((one) => one.event_id === item.event_id);
      if (kept) place.put(Object.assign({}, kept, { state }));
    }
  });
  await told();
}

async function sendList(items) {
  if (navigator.onLine === false) throw new Later(0); // "terkirim" is not said of what cannot have left
  await mark(items, "sent");
  try {
    return await exchange(items);
  } catch (error) {
    if (!(error instanceof Ended)) await mark(items.filter((item) => !item.isSettled), "waiting");
    throw error;
  }
}

// False when the office could not make sense of the list as a whole.
async function exchange(items) {
  const proofs = items.map((item) => ({ signed: item.text, signature: item.signature }));
  const reply = await post("/c/proofs", JSON.stringify({ proofs, phone_now: new Date().toISOString() }), "application/json");
  refuseWhole(reply);
  if (!reply.ok) return false;
  let results;
  try {
    results = (await reply.json()).results;
  } catch (error) {
    throw new Later(0); // cut off on the way
  }
  let isWaiting = 0;
  for (const item of items) {
    const result = results.find((one) => one.event_id === item.event_id);
    if (await settle(item, result || { status: 500 })) item.isSettled = true;
    else isWaiting += 1;
  }
  if (isWaiting) throw new Later(0);
  return true;
}

// What one answer means for one confirmation. False: not now, try again.
async function settle(item, result) {
  const receipt = result.receipt;
  if (result.status === 200 && receipt && receipt.event_id === item.event_id && receipt.receipt_hash) {
    await change(async ({ outbox: place, pictures, kept }) => {
      dropWithPictures(await place.all(), item, place, pictures);
      await afterReceipt(kept, item, receipt);
    });
    return true;
  }
  const fields = ((result.problem || {}).errors || []).map((one) => one.field);
  const lacksPicture = fields.indexOf("photo_sha") >= 0 || fields.indexOf("signature_sha") >= 0;
  const comesTooSoon = result.status === 409 && item.kind !== "loaded"; // its load check has not arrived
  if (result.status === 429 || result.status >= 500 || comesTooSoon || (lacksPicture && item.failures < 3)) {
    await change(async ({ outbox: place, pictures }) => {
      place.put(Object.assign({}, item, { state: "waiting", failures: item.failures + 1 }));
      if (!lacksPicture) return;
      for (const sha of item.pictures) {
        const kept = await pictures.get(sha);
        if (kept) pictures.put(Object.assign({}, kept, { is_uploaded: false }));
      }
    });
    return false;
  }
  await refuse(item, result.problem || {});
  return true;
}

async function refuse(item, problem) {
  const why = [problem.sentence || "Tidak diterima kantor.", ...(problem.errors || []).map((one) => one.reason + ".")];
  await change(({ outbox: place }) => place.put(Object.assign({}, item, { state: "refused", isSettled: true, reason: why.join(" ") })));
}
