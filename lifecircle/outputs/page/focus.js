"use strict";
// What lights up on the map for the place, spot, facility or area that was clicked.

const RING = { color: COLOURS.ink, weight: 2.5, fill: false, opacity: 1 };
const LIT = { color: COLOURS.ink, weight: 2, fill: false, opacity: 0.9 };

function createFocus(page) {
  const { data, map, renderers, store } = page;
  const lit = L.layerGroup().addTo(map);
  const options = { renderer: renderers.focus, interactive: false };
  const centres = decode(data.demand.shape).map((strings) => L.latLngBounds(strings.flat()).getCenter());
  store.on("focus chosen result hinted", (state) => {
    lit.clearLayers();
    if (state.focus) focusLayers(page, state, centres, options).forEach((layer) => layer.addTo(lit));
  });
  store.on("focus", ({ focus }) => {
    if (!focus) return;
    store.set({ tab: "places" });
    const at = focusPoint(page, focus, centres);
    if (at && !map.getBounds().pad(-0.05).contains(at)) map.panTo(at);
    if (focus.kind === "area") map.fitBounds(areaBounds(page, focus.i), { maxZoom: 16, padding: [60, 100] });
  });
  map.on("click", ({ latlng }) => page.click?.(latlng) ?? store.set({ focus: { kind: "spot", lat: latlng.lat, lng: latlng.lng } }));
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === map.getContainer()) map.fire("click", { latlng: map.getCenter() });
  });
  map.on("escape", () => store.set({ focus: null }));
}

function focusPoint(page, focus, centres) {
  if (focus.kind === "place") return centres[focus.i];
  if (focus.kind === "spot") return L.latLng(focus.lat, focus.lng);
  if (focus.kind === "facility") return facilityPoint(page.data, focus);
  return null;
}

function facilityPoint(data, { frame, i }) {
  return decode(data[frame].point)[i][0][0];
}

function areaBounds(page, i) {
  return L.latLngBounds(decode(page.data.categories[page.store.state.chosen].gaps.shape)[i].flat());
}

function focusLayers(page, state, centres, options) {
  const { focus } = state;
  const at = focusPoint(page, focus, centres);
  const layers = at ? [L.circleMarker(at, { ...options, ...RING, radius: 12 })] : [];
  if (focus.kind === "facility") {
    const { served = [], only = [] } = (focus.frame === "facilities" && page.servedBy(focus.i)) || {};
    layers.push(...served.map((i) => L.circleMarker(centres[i], { ...options, ...LIT, radius: 9 })),
      ...only.map((i) => L.circleMarker(centres[i], { ...options, ...LIT, weight: 4, radius: 9 })));
  }
  return layers;
}
