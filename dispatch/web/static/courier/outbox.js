// Making a confirmation: its id, its words, its signature, and its place on the phone before anything else happens.
import { change } from "./store.js";
import { sign } from "./keys.js";

export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

export async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await new Response(blob).arrayBuffer());
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("");
}

// `said`: the fields of the confirmation as the office reads them. `about`: what the phone shows of it.
// `pictures`: blobs by the name of the field that names them. Resolved when it lies on the phone for good.
export async function confirm(said, about, pictures, undoSeconds) {
  const now = Date.now();
  const item = Object.assign({ event_id: newId(), device_at: new Date(now).toISOString() }, said);
  const blobs = [];
  for (const field of Object.keys(pictures)) {
    const sha = await sha256(pictures[field]);
    item[field] = sha;
    blobs.push({ sha256: sha, blob: pictures[field], is_uploaded: false });
  }
  const text = JSON.stringify(item);
  const signature = await sign(text);
  await change(async ({ outbox, pictures: place }) => {
    const before = await outbox.all();
    for (const blob of blobs) place.put(blob);
    outbox.put(Object.assign({
      event_id: item.event_id,
      number: before.reduce((most, one) => Math.max(most, one.number), 0) + 1,
      kind: item.kind,
      stop_id: item.stop_id || "",
      text,
      signature,
      pictures: blobs.map((blob) => blob.sha256),
      tapped_ms: now,
      send_after_ms: now + undoSeconds * 1000,
      undo_s: undoSeconds,
      state: "waiting",
      reason: "",
      failures: 0,
    }, about));
  });
  return item.event_id;
}

// Until then the rider may take it back. A clock that was moved in between makes nobody wait.
export function waitsMs(item) {
  const left = item.send_after_ms - Date.now();
  return left > item.undo_s * 1000 ? 0 : Math.max(0, left);
}

export function mayUndo(item) {
  return item.state === "waiting" && waitsMs(item) > 0;
}

// Take a confirmation back that was not sent yet, or put a refused one away. False when it was sent in the meantime.
export async function remove(eventId) {
  return change(async ({ outbox, pictures }) => {
    const items = await outbox.all();
    const item = items.find((one) => one.event_id === eventId);
    if (!item || !(mayUndo(item) || item.state === "refused")) return false;
    dropWithPictures(items, item, outbox, pictures);
    return true;
  });
}

export function dropWithPictures(items, item, outbox, pictures) {
  outbox.drop(item.event_id);
  for (const sha of item.pictures) {
    if (!items.some((one) => one !== item && one.pictures.indexOf(sha) >= 0)) pictures.drop(sha);
  }
}
