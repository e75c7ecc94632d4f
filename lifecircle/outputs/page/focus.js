"use strict";
// What lights up on the map for the place, spot, facility or area that was clicked.

const RING = { color: COLOURS.ink, weight: 2.5, fill: false, opacity: 1 };
const SERVED = { color: COLOURS.ink, weight: 2, fill: false, opacity: 0.9, radius: 10 };
const ONLY = { ...SERVED, weight: 1.2, radius: 13 };
const ROUTE = [{ color: COLOURS.paper, weight: 7, opacity: 0.95 }, { color: "#b3123f", weight: 3.4, opacity: 1 }];
const OTHER_ROUTE = [{ color: "#b3123f", weight: 1.3, opacity: 0.55, dashArray: "3 4" }];
const REACHED = { color: "#22313a", weight: 11, opacity: 0.16 };
// Kinds of focus that walks begin at.
const BEGINS = ["place", "spot", "gate"];
const CIRCLE = { color: COLOURS.ink, weight: 1.4, dashArray: "3 5", fill: false, opacity: 0.8 };

function createFocus(page) {
  const { map, renderers, store } = page;
  const [lit, routes] = [L.layerGroup().addTo(map), L.layerGroup().addTo(map)];
  const options = { renderer: renderers.focus, interactive: false };
  const fill = (group, layers) => {
    group.clearLayers();
    layers.forEach((layer) => layer.addTo(group));
  };
  store.on("focus", ({ focus }) => { if (focus) turnTo(page, focus); });
  store.on("focus chosen result tab step", (state) => fill(lit, focused(state) ? focusLayers(page, state, options) : []));
  store.on("focus chosen result tab hinted", (state) => fill(routes, focused(state) ? routeLayers(page, state, options) : []));
  map.on("click", ({ latlng }) => {
    if (!page.drop?.(latlng)) store.set({ focus: page.placeAt(latlng) ?? { kind: "spot", lat: latlng.lat, lng: latlng.lng } });
  });
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === map.getContainer()) map.fire("click", { latlng: map.getCenter() });
  });
}

// Whether what was clicked is lit up: while its card is seen.
function focused({ focus, tab }) {
  return focus !== null && tab === "places";
}

function turnTo(page, focus) {
  const { map, store } = page;
  store.set({ tab: "places" });
  const at = focusPoint(page, focus);
  if (at && !map.getBounds().pad(-0.05).contains(at)) map.panTo(at, { animate: false });
  if (focus.kind === "area") map.fitBounds(areaBounds(focus), { maxZoom: 16, padding: [60, 100], animate: false });
}

function focusPoint(page, focus) {
  if (focus.kind === "place") return page.points.demand[focus.i];
  if (focus.kind === "gate") return page.points.gates[focus.i];
  if (focus.kind === "spot") return L.latLng(focus.lat, focus.lng);
  if (focus.kind === "facility") return focus.frame === "facilities" ? page.facilityAt(focus.i) : page.points.planned[focus.i];
  return null;
}

function areaBounds({ gaps, i }) {
  return L.latLngBounds(decode(gaps.shape)[i].flat());
}

function focusLayers(page, state, options) {
  const { focus } = state;
  const at = focusPoint(page, focus);
  const layers = at ? [L.circleMarker(at, { ...options, ...RING, radius: 12 })] : [];
  if (focus.kind === "facility" && focus.frame === "facilities") layers.push(...servedLayers(page, focus, options));
  if (!BEGINS.includes(focus.kind)) return layers;
  const reach = page.reachOf(focus);
  if (!reach?.metres) return layers;
  const norm_m = lookedAt_m(page);
  return [L.polyline(reachedLines(reach, norm_m), { ...options, ...REACHED }),
    L.circle(at, { ...options, ...CIRCLE, radius: norm_m }), ...layers];
}

function servedLayers(page, focus, options) {
  const { served, only } = page.servedBy(focus) ?? { served: [], only: [] };
  const ring = (i, look) => L.circleMarker(page.points.demand[i], { ...options, ...look });
  return [...served.map((i) => ring(i, SERVED)), ...(only ?? []).map((i) => ring(i, ONLY))];
}

// The walk to the nearest of the chosen category, or of the one pointed at; those to the others only hinted at.
function routeLayers(page, { focus, chosen, hinted }, options) {
  if (!BEGINS.includes(focus.kind)) return [];
  const reach = page.reachOf(focus);
  if (!reach) return [];
  const told = hinted ?? chosen;
  const others = concerns(page.data, focus.kind === "place" ? focus.i : null).filter((k) => k !== told);
  const lines = (k, looks) => {
    const latlngs = reach.route(k);
    return latlngs?.length > 1 ? looks.map((look) => L.polyline(latlngs, { ...options, ...look })) : [];
  };
  return [...others.flatMap((k) => lines(k, OTHER_ROUTE)), ...lines(told, ROUTE)];
}
