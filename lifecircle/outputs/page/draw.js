"use strict";
// Decoding the arrays of the page's data, and drawing them on canvas.

const STATE = ["unknown", "covered", "gap"];
const COLOURS = {
  minutes: ["#bddf26", "#4fc36b", "#21908c", "#365d8d", "#440154"], unknown: "#8d949a", beyond: "#c9c4b8",
  covered: "#4a86ad", gap: "#c8501e", added: "#b3123f", ink: "#22313a", paper: "#fcfbf8",
};
const { unpacked } = createEngine;

// A coded layer -> features, each a list of strings, each a list of LatLng.
function decode(code) {
  const scale = 10 ** code.digits;
  const [counts, vertices, xy] = [unpacked(code.strings), unpacked(code.vertices), unpacked(code.xy)];
  let [at, string, lon, lat] = [0, 0, 0, 0];
  const vertex = () => { lon += xy[at++]; lat += xy[at++]; return L.latLng(lat / scale, lon / scale); };
  return Array.from(counts, (strings) => Array.from({ length: strings }, () =>
    Array.from({ length: vertices[string++] }, vertex)));
}

// Panes from the ground up, land below the tiles (200); only that of places takes the pointer.
const PANES = { land: 150, frame: 400, areas: 410, streets: 420, focus: 430, demand: 440, places: 450, names: 460 };

// Leaflet's own canvases, for what is no large layer.
function panes(map) {
  for (const [name, zIndex] of Object.entries(PANES)) {
    Object.assign(map.createPane(name).style, { zIndex, pointerEvents: name === "places" ? "" : "none" });
  }
  return Object.fromEntries(["focus", "places"].map((pane) =>
    [pane, L.canvas({ pane, padding: 0.3, tolerance: 3 }).addTo(map)]));
}
