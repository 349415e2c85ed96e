// Draws the layers of a map page into the Leaflet groups folium made. Every text in the data is already escaped HTML
// (maps/text.py), so it may be set as HTML; nothing here ever builds HTML out of data in another way.
// Colours are set through the CSSOM and SVG attributes: the page's policy allows no style attribute.
(function () {
  "use strict";

  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const VALUE = new Map([...ALPHABET].map((letter, value) => [letter, value]));
  const ICONS = {
    courier: '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="4" cy="11" r="2.6" fill="none" stroke="currentColor" stroke-width="1.4"/><circle cx="12.4" cy="11" r="2.6" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M4 11h4l2-4.6h2.4M8 11 6 6.6h3M9.6 3.6h1.8l1 7.4" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round" stroke-linecap="round"/></svg>',
    depot: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2 1.8 7.6h1.7V14h3.3v-3.9h2.4V14h3.3V7.6h1.7z" fill="currentColor"/></svg>',
    post: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 4h12v8.5H2zM2.4 4.6 8 9l5.6-4.4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/></svg>',
    waiting: '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 4.9V8l2.2 1.7" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/></svg>',
    unassigned: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 3.2v6M8 11.4v1.6" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/></svg>',
  };
  const VILLAGE_NAMES_FROM = 12.5;
  const DISTRICT_NAMES = [10, 13];
  const ARROW_EVERY = 120;   // pixels along the line
  const CAN_HOVER = matchMedia("(hover: hover)").matches;

  let data;
  const routes = new Map(), stops = new Map();

  // ---- the page around, where there is one of the same origin ---------------------------------------------------

  // Says what is looked at here; the page answers with what is looked at there. Numbers only, and to nobody else.
  function tell(what) {
    if (parent !== window && location.origin !== "null") parent.postMessage({ antarMap: what }, location.origin);
  }

  addEventListener("message", (event) => {
    if (event.origin !== location.origin || event.source !== parent || parent === window) return;
    const asked = event.data && event.data.antarPage;
    if (!asked) return;
    routes.forEach((line, label) => (label === String(asked.route) ? line.rise() : line.fall()));
    const stop = stops.get(asked.route + "/" + asked.stop);
    if (stop) stop.openPopup();
  });

  // ---- small pieces of HTML ------------------------------------------------------------------------------------

  function part(tag, className, escaped) {
    const element = L.DomUtil.create(tag, className);
    if (escaped !== undefined) element.innerHTML = escaped;
    return element;
  }

  function popup(title, lines, colour) {
    const box = part("div", "card");
    if (colour) box.style.setProperty("--colour", colour);
    box.append(part("h2", "", title), ...lines.map((line) => part("p", "", line)));
    return box;
  }

  // Black or white, whichever the eye tells better from the colour (WCAG relative luminance).
  function textOn(colour) {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.19 ? "#10151b" : "#ffffff";
  }

  function coloured(element, colour) {
    element.style.setProperty("--colour", colour);
    element.style.setProperty("--on-colour", textOn(colour));
    return element;
  }

  function pin(marker) {
    const body = coloured(part("span", "pin-body"), marker.colour);
    if (marker.kind === "stop") {
      if (marker.route) body.append(part("span", "pin-route", marker.route));
      body.append(part("span", "pin-label", marker.label));
    } else {
      body.append(part("span", "pin-icon", ICONS[marker.kind]));
      if (marker.label) body.append(part("span", "pin-label", marker.label));
    }
    return body;
  }

  // ---- geometry ------------------------------------------------------------------------------------------------

  function decode(text) {
    const numbers = [];
    let value = 0, scale = 1;
    for (const letter of text) {
      const bits = VALUE.get(letter);
      value += (bits % 32) * scale;
      scale *= 32;
      if (bits < 32) {
        numbers.push(value % 2 ? -(value + 1) / 2 : value / 2);
        value = 0; scale = 1;
      }
    }
    const points = [];
    let lat = 0, lon = 0;
    for (let i = 0; i < numbers.length; i += 2) {
      lat += numbers[i]; lon += numbers[i + 1];
      points.push(L.latLng(lat / 1e5, lon / 1e5));
    }
    return points;
  }

  // Calls back with the point and the unit direction at every `step` along the projected points, from `start` on.
  function walk(points, start, step, visit) {
    let ahead = start;
    for (let i = 1; i < points.length; i++) {
      const from = points[i - 1], leg = points[i].subtract(from), length = from.distanceTo(points[i]);
      for (; length > 0 && ahead <= length; ahead += step) {
        visit(from.add(leg.multiplyBy(ahead / length)), leg.divideBy(length));
      }
      ahead -= length;
    }
  }

  // Arrowheads that keep their size and distance on the screen: one path, laid out again for every zoom.
  const Arrows = L.Polygon.extend({
    initialize(points, options) {
      this._route = points;
      L.Polygon.prototype.initialize.call(this, [], options);
    },
    getEvents() { return { zoomend: this._lay }; },
    onAdd(map) {
      this._setLatLngs(this._heads());
      L.Polygon.prototype.onAdd.call(this, map);
    },
    _lay() { this.setLatLngs(this._heads()); },
    _heads() {
      const map = this._map, zoom = map.getZoom(), heads = [];
      const back = (point) => map.unproject(point, zoom);
      walk(this._route.map((p) => map.project(p, zoom)), ARROW_EVERY / 2, ARROW_EVERY, (at, way) => {
        const tip = at.add(way.multiplyBy(8)), tail = at.subtract(way.multiplyBy(6)), side = L.point(-way.y, way.x).multiplyBy(6);
        heads.push([[tip, tail.add(side), at.subtract(way.multiplyBy(2)), tail.subtract(side)].map(back)]);
      });
      return heads;
    },
  });

  // Where a number on the line is covered by nothing: of nine places, the one farthest from everything else.
  function freePlace(points, taken) {
    const flat = points.map((p) => L.CRS.EPSG3857.latLngToPoint(p, 14));
    const length = flat.slice(1).reduce((sum, p, i) => sum + p.distanceTo(flat[i]), 0);
    let best = null, room = -1;
    walk(flat, length / 10, length / 10, (at) => {
      const near = Math.min(Infinity, ...taken.map((other) => at.distanceTo(other)));
      if (near > room) { best = at; room = near; }
    });
    best = best || flat[0];
    taken.push(best);
    return L.CRS.EPSG3857.pointToLatLng(best, 14);
  }

  // ---- layers --------------------------------------------------------------------------------------------------

  function drawAreas(group, areas) {
    for (const area of areas) {
      const strong = area.border === "strong", filled = area.fill !== null;
      const shape = L.polygon(area.rings.map((polygon) => polygon.map(decode)), {
        pane: filled ? "areas" : "borders",
        interactive: filled,
        className: strong ? "border-strong" : "border-thin",
        color: strong ? "#a89f8a" : "#d8d0bd",
        weight: strong ? 1.4 : 0.8,
        fill: filled,
        fillColor: area.fill || undefined,
        fillOpacity: data.tiles ? (area.fill === data.land ? 0.08 : 0.6) : 1,
        smoothFactor: 0.7,
      });
      if (filled) {
        if (area.title && CAN_HOVER) shape.bindTooltip(area.title, { sticky: true, direction: "right", offset: [12, 0] });
        if (area.lines.length) shape.bindPopup(() => popup(area.title, area.lines));
      }
      group.addLayer(shape);
      if (area.label) group.addLayer(new Name(area, strong));
      if (area.value) group.addLayer(figure(area.middle, area.value));
    }
  }

  // A figure that stands on the land at every scale: whoever prints without colour still reads it.
  function figure(place, escaped) {
    return L.marker(place, {
      pane: "names", interactive: false, keyboard: false,
      icon: L.divIcon({ className: "figure", iconSize: [0, 0], html: part("span", "", escaped) }),
    });
  }

  function drawDots(group, dots) {
    for (const dot of dots) {
      const disc = L.circleMarker([dot.lat, dot.lon], {
        radius: dot.radius, color: "#6d6656", weight: 1, fillColor: dot.fill, fillOpacity: 0.9, className: "dot",
      });
      if (CAN_HOVER) disc.bindTooltip(dot.title, { direction: "top" });
      disc.bindPopup(() => popup(dot.title, dot.lines));
      group.addLayer(disc);
      if (dot.value) group.addLayer(figure([dot.lat, dot.lon], dot.value));
    }
  }

  // A name on the land, there only at the scales where it can be read.
  const Name = L.Layer.extend({
    initialize(area, strong) {
      const range = strong ? DISTRICT_NAMES : [VILLAGE_NAMES_FROM, Infinity];
      this._from = range[0];
      this._to = range[1];
      this._text = L.marker(area.middle, {
        pane: "names", interactive: false, keyboard: false,
        icon: L.divIcon({ className: strong ? "name name-strong" : "name", iconSize: [0, 0], html: part("span", "", area.label) }),
      });
    },
    getEvents() { return { zoomend: this._look }; },
    onAdd() { this._look(); },
    onRemove() { this._text.remove(); },
    _look() {
      const zoom = this._map.getZoom();
      if (zoom >= this._from && zoom < this._to) this._text.addTo(this._map);
      else this._text.remove();
    },
  });

  function drawLine(group, line, taken) {
    const points = decode(line.points);
    const below = L.polyline(points, { color: "#ffffff", weight: 7, opacity: 0.85, interactive: false, smoothFactor: 0.5 });
    const above = L.polyline(points, {
      color: line.colour, weight: 3.5, smoothFactor: 0.5, dashArray: line.dashed ? "9 6" : null, className: "route",
      lineCap: line.dashed ? "butt" : "round",
    });
    const arrows = new Arrows(points, { color: "#ffffff", weight: 1, fillColor: line.colour, fillOpacity: 1, interactive: false, className: "arrow" });
    if (CAN_HOVER) above.bindTooltip(line.title, { sticky: true });
    above.bindPopup(() => popup(line.title, line.lines, line.colour));
    const light = (weight, casing) => () => { above.setStyle({ weight }); below.setStyle({ weight: casing }); };
    const rise = () => { light(6, 10)(); below.bringToFront(); above.bringToFront(); arrows.bringToFront(); };
    const fall = light(3.5, 7);
    group.on("mouseover", () => { rise(); tell({ hovers: line.label }); });
    group.on("mouseout", () => { fall(); tell({ hovers: "" }); });
    routes.set(line.label, { rise, fall });
    [below, above, arrows].forEach((path) => group.addLayer(path));
    if (!line.label) return;
    const number = coloured(part("span", "line-number", line.label), line.colour);
    group.addLayer(L.marker(freePlace(points, taken), {
      interactive: false, keyboard: false, zIndexOffset: 500, icon: L.divIcon({ className: "line-pin", iconSize: [0, 0], html: number }),
    }));
  }

  function drawMarker(group, marker) {
    const point = L.marker([marker.lat, marker.lon], {
      icon: L.divIcon({ className: "pin pin-" + marker.kind, iconSize: [0, 0], html: pin(marker) }),
      zIndexOffset: { courier: 3000, depot: 2000, unassigned: 1000 }[marker.kind] || 0,
      riseOnHover: true,
    });
    // read out as a button with its name; textContent turns the escaped name into plain letters again
    point.on("add", () => point.getElement().setAttribute("aria-label", part("span", "", marker.title).textContent));
    if (CAN_HOVER) point.bindTooltip(marker.title, { direction: "top", offset: [0, -12] });
    point.bindPopup(() => popup(marker.title, marker.lines, marker.colour), { offset: [0, -4] });
    point.on("popupopen", () => point.closeTooltip());
    if (marker.kind === "stop" && marker.route) {
      stops.set(marker.route + "/" + marker.label, point);
      point.on("click", () => tell({ route: marker.route, stop: marker.label }));
    }
    group.addLayer(point);
  }

  function draw(group, index) {
    const layer = data.layers[index];
    drawAreas(group, layer.areas);
    drawDots(group, layer.dots);
    layer.lines.forEach((line) => drawLine(group, line, data.taken));
    layer.markers.forEach((marker) => drawMarker(group, marker));
  }

  // ---- around the map ------------------------------------------------------------------------------------------

  function control(position, element) {
    const box = new L.Control({ position });
    box.onAdd = () => {
      L.DomEvent.disableClickPropagation(element).disableScrollPropagation(element);
      return element;
    };
    return box;
  }

  function heading() {
    const box = part("div", "plate heading");
    box.append(part("h1", "", data.title));
    if (data.subtitle) box.append(part("p", "", data.subtitle));
    return box;
  }

  // Only on a sheet laid out for paper: what is seen is what is printed.
  function printer() {
    const button = part("button", "plate print", data.words.print);
    button.type = "button";
    button.addEventListener("click", () => print());
    return button;
  }

  function legend(open) {
    const box = part("details", "plate legend"), list = part("ul");
    box.open = open;
    for (const kind of data.kinds) {
      const item = part("li"), sample = pin({ kind: kind.kind, label: kind.kind === "stop" ? "5" : "", route: kind.kind === "stop" ? "2" : "", colour: kind.colour });
      const frame = part("span", "pin pin-" + kind.kind);
      frame.append(sample);
      item.append(frame, part("span", "", kind.label));
      list.append(item);
    }
    if (data.legend.length && data.legendTitle) list.append(part("li", "legend-title", data.legendTitle));
    for (const entry of data.legend) {
      const item = part("li");
      item.append(coloured(part("span", "patch"), entry.colour), part("span", "", entry.label));
      list.append(item);
    }
    box.append(part("summary", "", data.words.legend), list);
    return box;
  }

  // folium's map exists, its groups follow: the data, the plates and the scale-dependent look.
  function begin(map) {
    data = JSON.parse(document.getElementById("map-data").textContent);
    data.taken = data.layers.flatMap((layer) => layer.markers.map((m) => L.CRS.EPSG3857.latLngToPoint(L.latLng(m.lat, m.lon), 14)));
    const words = data.words, container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", part("span", "", data.title).textContent);
    control("topleft", heading()).addTo(map);
    L.control.zoom({ position: "topleft", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
    L.control.attribution({ prefix: false }).addAttribution(data.credit).addTo(map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    const onPaper = document.documentElement.classList.contains("paper");
    if (data.kinds.length || data.legend.length) control("bottomleft", legend(onPaper || map.getSize().x >= 1100)).addTo(map);
    if (onPaper) control("topright", printer()).addTo(map);
    map.on("popupopen", (event) => {
      const button = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      if (button) button.setAttribute("aria-label", words.close);
    });
    map.on("zoomend", () => dress(map));
    dress(map);
  }

  // Pins shrink where they would hide the land.
  function dress(map) {
    map.getContainer().classList.toggle("far", map.getZoom() < 11);
    map.getContainer().classList.toggle("very-far", map.getZoom() < 10.1);
    map.getContainer().classList.toggle("close", map.getZoom() >= VILLAGE_NAMES_FROM);
  }

  // The groups and the layer control stand: its words, and the first view beside it.
  function finish(map) {
    const box = map.getContainer().querySelector(".leaflet-control-layers");
    const toggle = box.querySelector(".leaflet-control-layers-toggle");
    toggle.title = data.words.layers;
    toggle.setAttribute("aria-label", data.words.layers);
    const fit = () => {
      const open = box.classList.contains("leaflet-control-layers-expanded");
      map.fitBounds(data.bounds, {
        paddingTopLeft: [28, open ? 40 : 76], paddingBottomRight: [open ? box.offsetWidth + 36 : 28, 48], maxZoom: 15, animate: false,
      });
    };
    // A map in a closed tab or a hidden frame has no size yet: it looks again when it gets one.
    let seen = map.getSize().x > 0;
    fit();
    new ResizeObserver(() => {
      map.invalidateSize();
      if (!seen && map.getSize().x > 0) { seen = true; fit(); }
    }).observe(map.getContainer());
  }

  window.antarMap = { begin, draw, finish };
})();
