"use strict";
// Decoding the arrays of the page's data, and drawing them on canvas.

const STATE = ["unknown", "covered", "gap"];
const COLOURS = {
  minutes: ["#bddf26", "#4fc36b", "#21908c", "#365d8d", "#440154"], unknown: "#8d949a", beyond: "#c9c4b8",
  covered: "#4a86ad", gap: "#c8501e", ink: "#22313a", paper: "#fcfbf8",
};
const BASE = [
  ["farmland", { fillColor: "#f1f0e0" }], ["commercial", { fillColor: "#f2e9e4" }],
  ["residential", { fillColor: "#f1ebdf" }], ["industrial", { fillColor: "#eae8ee" }],
  ["green", { fillColor: "#dde7d3" }], ["water", { fillColor: "#c9dde6", stroke: true, color: "#c9dde6", weight: 1 }],
  ["building", { fillColor: "#dfdad0", stroke: true, color: "#cfc9bc", weight: 0.6 }],
  ["wall", { fill: false, stroke: true, color: "#9b9284", weight: 1 }],
  ["gate", { fillColor: "#f7f5f0", stroke: true, color: "#6d675d", weight: 1 }],
  ["railway", { fill: false, stroke: true, color: "#aaa59b", weight: 1.4, dashArray: "6 4" }],
  ["path", { fill: false, stroke: true, color: "#d6d0c3", weight: 1 }],
  ["minor", { fill: false, stroke: true, color: "#d9d4c8", weight: 2.4 }],
  ["major", { fill: false, stroke: true, color: "#d0cabc", weight: 3.8 }],
];

// A coded layer -> features, each a list of strings, each a list of LatLng.
function decode(code) {
  const scale = 10 ** code.digits;
  const xy = code.xy;
  let [at, string, lon, lat] = [0, 0, 0, 0];
  const vertex = () => { lon += xy[at++]; lat += xy[at++]; return L.latLng(lat / scale, lon / scale); };
  return code.strings.map((strings) => Array.from({ length: strings }, () =>
    Array.from({ length: code.vertices[string++] }, vertex)));
}

// Panes from the ground up; only the last takes the pointer.
function panes(map) {
  const renderers = {};
  ["ground", "areas", "streets", "focus", "places"].forEach((name, i) => {
    const pane = map.createPane(name);
    pane.style.zIndex = 400 + 10 * i;
    if (name !== "places") pane.style.pointerEvents = "none";
    renderers[name] = L.canvas({ pane: name, padding: 0.3, tolerance: 3 });
  });
  return renderers;
}

function drawGround(map, data, renderer) {
  const options = { renderer, interactive: false };
  if (data.tiles.length) {
    data.tiles.forEach((layer) => tileLayer(layer).addTo(map));
  } else {
    for (const [name, style] of BASE) {
      if (!data.base[name]) continue;
      const filled = style.fill !== false;
      const look = { stroke: false, fillOpacity: 1, fillRule: "nonzero", ...style, ...options };
      const strings = decode(data.base[name]).flat();
      (filled ? L.polygon(strings.map((ring) => [ring]), look) : L.polyline(strings, look)).addTo(map);
    }
  }
  const outline = decode(data.boundary)[0];
  const world = [[-85, -360], [-85, 360], [85, 360], [85, -360]];
  L.polygon([world, ...outline], { ...options, stroke: false, fillColor: "#f7f5f0", fillOpacity: 0.55 }).addTo(map);
  L.polygon(outline, { ...options, fill: false, color: COLOURS.ink, weight: 1.6, dashArray: "7 4" }).addTo(map);
}
