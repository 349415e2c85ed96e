// The rider's page: what the phone knows is drawn at once; the network is asked on the side and never waited for.
import { endedScreen, finishedScreen, waitingScreen } from "./end_screen.js";
import { change, outbox, wipe } from "./store.js";
import { word } from "./dom.js";
import { loadScreen } from "./load_screen.js";
import { confirm, mayUndo, remove } from "./outbox.js";
import { follow, position } from "./place.js";
import { isOver, keepRoute, known, refresh, seen } from "./route.js";
import { routeScreen } from "./route_screen.js";
import { stopScreen } from "./stop_screen.js";
import { sync, watch } from "./sync.js";

let said = "";
let isDone = false;
let isGone = false;
let drawn = "";
let shown = null;
let taps = 0;

const act = {
  undoS: Number(document.body.dataset.undo),
  farM: Number(document.body.dataset.far),
  tries: Number(document.body.dataset.tries),
  install: null,
  onPlace: () => {},
  async confirm(fields, about, pictures, undoSeconds) {
    await confirm(fields, about, pictures, undoSeconds);
    said = "";
    taps += 1;
    await draw();
    sync();
  },
  async arrive(stop) {
    await act.confirm(Object.assign({ kind: "arrived", stop_id: stop.id }, position()), { position: stop.position, place: stop.place }, {}, 0);
  },
  async undo(item) {
    said = (await remove(item.event_id)) ? "Diurungkan. " + item.place + " terbuka lagi." : "Sudah terkirim; hubungi kantor bila keliru.";
    shown = null; // the stop may have come back on the screen already, without these words
    await draw();
  },
  async putAway(item) { await remove(item.event_id); await draw(); await settle(); },
  open(stopId) { if (location.hash.slice(1) === stopId) draw(); else location.hash = stopId; },
  draw: () => draw(),
  again: () => { begin(); },
  notice() { return said ? word(said, false) : null; }, // stays until the rider does something else
};

// Draw the screen that fits. A form that is being filled in is never drawn over.
async function draw() {
  if (isDone) return;
  const { route, done } = await known();
  if (!route) return;
  const view = seen(route, await outbox(), done);
  const stop = view.route.stops.find((one) => one.id === location.hash.slice(1));
  const screen = view.route.state === "planned" ? "load" : stop ? "stop:" + stop.id : "route";
  const told = JSON.stringify([screen, view.route, view.items.map((item) => [item.event_id, item.state, mayUndo(item)]), done, said, Boolean(act.install)]);
  if (told === drawn) return;
  if (screen === shown && screen !== "route") return;
  drawn = told;
  shown = screen;
  act.onPlace = () => {};
  if (screen === "load") loadScreen(view, act);
  else if (stop) stopScreen(stop, view, act);
  else routeScreen(view, act);
}

// After anything was received: is the route over? Then nothing of it stays on the phone.
async function settle() {
  const { route } = await known();
  const left = await outbox();
  if (isDone || !route || left.length || !isOver(route)) return;
  isDone = true;
  await wipe();
  finishedScreen(route);
}

// The office takes nothing from this phone any more.
async function lost() {
  if (isGone) return;
  const left = await outbox().catch(() => []);
  isDone = isGone = true;
  await wipe();
  endedScreen(0, left.length);
}

// The link opens nothing any more: the route goes from the phone, what was confirmed before is still sent.
async function ended() {
  await change(({ kept }) => { kept.drop("route"); kept.drop("done"); });
  isDone = true;
  await tellEnded();
  if (isGone) return;
  watch(tellEnded, lost);
  await sync();
}

// What is still to be sent; once nothing is, the phone is empty before the screen says so.
async function tellEnded() {
  if (isGone) return;
  const items = await outbox();
  const waiting = items.filter((item) => item.state !== "refused").length;
  if (!waiting) { isGone = true; await wipe(); }
  endedScreen(waiting, items.length - waiting);
}

// What the office says counts only when it knows everything that was confirmed here.
async function ask() {
  const before = taps;
  const found = await refresh();
  if (isDone) return;
  const isBehind = before !== taps || (await outbox()).some((item) => item.state !== "refused");
  if (found === "ended") await ended();
  else if (isBehind) return;
  else if (found && isOver(found) && !(await known()).route) { isDone = true; await wipe(); finishedScreen(found); }
  else if (found) { await keepRoute(found); await draw(); await settle(); }
}

async function begin() {
  watch(async () => { await draw(); await settle(); }, lost);
  await draw();
  await sync();
  if (!isDone) await ask();
  if (isDone) return;
  const { route } = await known();
  if (!route) { await afterFailedStart(); return; }
  navigator.serviceWorker.register("/c/sw.js").catch(() => {}); // without it the page still works while it is open
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
}

// Nothing to show: with something unsent the link may have ended, without it there was no network.
async function afterFailedStart() {
  const left = await outbox();
  if (left.length && (await refresh()) === "ended") await ended();
  else waitingScreen(act);
}

window.addEventListener("hashchange", () => { said = ""; draw(); });
window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  act.install = () => { act.install = null; event.prompt(); draw(); };
  draw();
});
window.addEventListener("online", () => { if (!isDone) ask(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && !isDone) ask(); });
follow(() => act.onPlace());
begin();
