// Keeps the page itself on the phone, so that it opens without a network. The route and everything personal lies in
// IndexedDB and never here. BUILD and KEPT are told by the server above this line.
const SHELF = "antar-" + BUILD;
const DECODER = "/static/vendor/jsqr/";

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const shelf = await caches.open(SHELF);
    await shelf.addAll(KEPT.map((path) => new Request(path, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== SHELF) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const path = new URL(request.url).pathname;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (KEPT.indexOf(path) >= 0 || path.indexOf(DECODER) === 0) event.respondWith(fromShelf(request, path));
  else if (request.mode === "navigate" && path === "/c/route") event.respondWith(orTheApp(request));
});

async function fromShelf(request, path) {
  const kept = await caches.match(path);
  if (kept) return kept;
  const fresh = await fetch(request);
  // the decoder is large, so it is kept only once a camera asked for it
  if (fresh.ok && path.indexOf(DECODER) === 0 && (await caches.has(SHELF))) await (await caches.open(SHELF)).put(path, fresh.clone());
  return fresh;
}

async function orTheApp(request) {
  try {
    return await fetch(request);
  } catch (error) {
    return (await caches.match("/c/app")) || Response.error();
  }
}
