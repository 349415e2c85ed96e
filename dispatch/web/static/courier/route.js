// The route as the phone knows it: what the office sent last, and on top of it what was confirmed here since.
import { change, kept } from "./store.js";

// Ask the office. "ended": the link opens nothing any more; null: no network, what the phone has stays good.
export async function refresh() {
  let reply;
  try {
    reply = await fetch("/c/data", { credentials: "same-origin", headers: { Accept: "application/json" }, cache: "no-store" });
  } catch (error) {
    return null;
  }
  if ([401, 404, 410].indexOf(reply.status) >= 0) return "ended";
  if (!reply.ok) return null;
  let route;
  try { route = await reply.json(); } catch (error) { return null; }
  return route;
}

export function isOver(route) {
  return route.state !== "planned" && route.stops.length === 0;
}

// Keep what the office said. What it already knows needs no line of its own on the phone.
export async function keepRoute(route) {
  await change(async ({ kept: place }) => {
    const before = await place.get("route");
    if (before && before.id !== route.id) place.drop("done");
    place.put(route, "route");
  });
}

// A receipt came: in the same breath as the confirmation its stop leaves the phone. `place`: the store of kept things.
export async function afterReceipt(place, item, receipt) {
  const route = await place.get("route");
  if (!route) return;
  const done = (await place.get("done")) || [];
  if (item.kind === "loaded") {
    place.put(withLoad(route, JSON.parse(item.text)), "route");
    return;
  }
  if (item.kind === "arrived") {
    const stops = route.stops.map((stop) => (stop.id === item.stop_id && stop.state === "pending" ? Object.assign({}, stop, { state: "arrived" }) : stop));
    place.put(Object.assign({}, route, { stops }), "route");
    return;
  }
  const stop = route.stops.find((one) => one.id === item.stop_id);
  place.drop("tries:" + item.stop_id);
  if (stop) place.put(withoutStop(route, stop, item.kind), "route");
  place.put(done.concat([{ position: item.position, kind: item.kind, at: receipt.received_at, is_conflict: receipt.is_conflict }]), "done");
}

function withoutStop(route, stop, kind) {
  return Object.assign({}, route, {
    stops: route.stops.filter((one) => one.id !== stop.id),
    visited: route.visited + 1,
    to_bring_back: route.to_bring_back + (kind === "failed" ? stop.documents : 0),
  });
}

// As after the load check: what stayed in the office is on nobody's way.
function withLoad(route, load) {
  const inBag = (batch) => load.taken.indexOf(batch.id) >= 0;
  const documents = {};
  for (const batch of route.load) documents[batch.id] = batch.documents;
  const stops = [];
  for (const stop of route.stops) {
    const batches = stop.batches.filter(inBag);
    if (!batches.length) continue;
    const count = batches.reduce((sum, batch) => sum + (documents[batch.id] || 0), 0);
    stops.push(Object.assign({}, stop, { batches, documents: count }));
  }
  return Object.assign({}, route, { state: "under_way", load: [], stops, total: stops.length + route.visited });
}

// What the screens show: {route, items, done, next, later}. Refused confirmations change nothing: their stop is open.
export function seen(route, items, done) {
  let now = route;
  for (const item of items) {
    if (item.state === "refused" || !now) continue;
    if (item.kind === "loaded" && now.state === "planned") now = withLoad(now, JSON.parse(item.text));
    const stop = now.stops.find((one) => one.id === item.stop_id);
    if (!stop) continue;
    if (item.kind === "arrived") {
      const arrived = Object.assign({}, stop, { state: "arrived" });
      now = Object.assign({}, now, { stops: now.stops.map((one) => (one === stop ? arrived : one)) });
    } else if (item.kind !== "loaded") now = withoutStop(now, stop, item.kind);
  }
  const open = now ? now.stops.slice().sort((a, b) => (b.state === "arrived") - (a.state === "arrived") || a.position - b.position) : [];
  return { route: now, items, done, next: open[0] || null, later: open.slice(1).sort((a, b) => a.position - b.position) };
}

export async function known() {
  return { route: await kept("route"), done: (await kept("done")) || [] };
}
