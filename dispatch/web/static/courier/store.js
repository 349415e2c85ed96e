// What the phone keeps, in IndexedDB. A confirmation lies here before anything is sent and goes only with its receipt.
//
//   kept      "route": the open stops, "done": what the office received, "key": the phone's key, "tries:<stop>"
//   outbox    confirmations by event_id: {event_id, number, kind, stop_id, position, place, text, signature, pictures,
//             tapped_ms, send_after_ms, state: "waiting" | "sent" | "refused", reason, failures}
//   pictures  photos and signatures by sha256: {sha256, blob, is_uploaded}

const NAME = "antar-courier";
let opening = null;
let isWiped = false;

function open() {
  if (isWiped) return Promise.reject(new Error("wiped"));
  if (!opening) {
    opening = new Promise((done, failed) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("kept");
        request.result.createObjectStore("outbox", { keyPath: "event_id" });
        request.result.createObjectStore("pictures", { keyPath: "sha256" });
      };
      request.onsuccess = () => {
        // another tab that wipes the phone is not made to wait
        request.result.onversionchange = () => { request.result.close(); opening = null; };
        done(request.result);
      };
      request.onerror = () => failed(request.error);
    });
    opening.catch(() => { opening = null; });
  }
  return opening;
}

function answer(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

// One transaction over all three stores: `work(stores)` changes them, everything or nothing. Resolved when it is on disk.
export async function change(work) {
  const db = await open();
  const names = ["kept", "outbox", "pictures"];
  const transaction = db.transaction(names, "readwrite", { durability: "strict" });
  const finished = new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onabort = transaction.onerror = () => failed(transaction.error);
  });
  const stores = {};
  for (const name of names) {
    const store = transaction.objectStore(name);
    stores[name] = {
      get: (key) => answer(store.get(key)),
      all: () => answer(store.getAll()),
      put: (value, key) => { store.put(value, key); },
      drop: (key) => { store.delete(key); },
      clear: () => { store.clear(); },
    };
  }
  let found;
  try {
    found = await work(stores);
  } catch (error) {
    try { transaction.abort(); } catch (ended) { /* it had ended by itself */ }
    finished.catch(() => {});
    throw error;
  }
  await finished;
  return found;
}

export async function kept(key) {
  if (isWiped) return undefined;
  const db = await open();
  return answer(db.transaction("kept").objectStore("kept").get(key));
}

export async function keep(key, value) {
  await change(({ kept: place }) => place.put(value, key));
}

export async function outbox() {
  if (isWiped) return [];
  const db = await open();
  const items = await answer(db.transaction("outbox").objectStore("outbox").getAll());
  return items.sort((a, b) => a.number - b.number);
}

export async function picture(sha256) {
  const db = await open();
  return answer(db.transaction("pictures").objectStore("pictures").get(sha256));
}

// The end of a route, or of a link: nothing of it stays on the phone.
export async function wipe() {
  if (opening) {
    const db = await opening.catch(() => null);
    if (db) db.close();
    opening = null;
  }
  isWiped = true; // whatever still runs in this page finds nothing and makes nothing anew
  await new Promise((done) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = request.onerror = request.onblocked = () => done();
  });
  if ("caches" in self) for (const name of await caches.keys()) await caches.delete(name);
  if (navigator.serviceWorker) {
    for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
  }
}
