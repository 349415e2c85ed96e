// Where the phone is, and how far that is from a stop. Nothing is ever blocked for want of it.
let here = null;
let told = () => {};

export function follow(onChange) {
  told = onChange;
  if (!("geolocation" in navigator)) return;
  navigator.geolocation.watchPosition((found) => { here = found.coords; told(); }, () => { here = null; told(); },
    { enableHighAccuracy: true, maximumAge: 60000, timeout: 20000 });
}

// As the fields of a confirmation; nothing when the phone does not know.
export function position() {
  if (!here) return {};
  const rounded = (value) => Number(value.toFixed(6));
  return { lat: rounded(here.latitude), lon: rounded(here.longitude), accuracy_m: Math.round(here.accuracy) };
}

// Metres from a stop, less what the phone is unsure of; null when unknown.
export function metresFrom(stop) {
  if (!here) return null;
  const rad = Math.PI / 180;
  const x = (here.longitude - stop.lon) * rad * Math.cos(((here.latitude + stop.lat) / 2) * rad);
  const y = (here.latitude - stop.lat) * rad;
  return Math.max(0, 6371000 * Math.sqrt(x * x + y * y) - here.accuracy);
}
