"use strict";
// Decoding the arrays of the page's data, and drawing them on canvas.

const STATE = ["unknown", "covered", "gap"];
const COLOURS = {
  minutes: ["#bddf26", "#4fc36b", "#21908c", "#365d8d", "#440154"], unknown: "#8d949a",
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

function eachRun(runs, visit) {
  let at = 0;
  for (let i = 0; i < runs.length; i += 2) {
    visit(runs[i + 1], at, at + runs[i]);
    at += runs[i];
  }
}

// Facilities are diamonds, so that they differ from places without colour.
const Diamond = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) return;
    const { x, y } = this._point;
    const [ctx, r] = [renderer._ctx, this._radius];
    ctx.beginPath();
    ctx.moveTo(x, y - r); ctx.lineTo(x + r, y); ctx.lineTo(x, y + r); ctx.lineTo(x - r, y);
    ctx.closePath();
    renderer._fillStroke(ctx, this);
  },
});

// A canvas pattern: Leaflet's canvas takes it wherever it takes a colour.
function pattern(kind) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 7;
  const ctx = tile.getContext("2d");
  if (kind === "hatch") {
    ctx.strokeStyle = COLOURS.gap;
    ctx.lineWidth = 1;
    for (const shift of [-7, 0, 7]) { ctx.moveTo(shift, 7); ctx.lineTo(shift + 7, 0); }
    ctx.stroke();
  } else {
    ctx.fillStyle = COLOURS.unknown;
    ctx.fillRect(2, 2, 1.6, 1.6);
  }
  return ctx.createPattern(tile, "repeat");
}

const PATTERNS = { hatch: pattern("hatch"), dots: pattern("dots") };
const PLACE = {
  covered: { fillColor: "#7fabc8", fillOpacity: 0.85, color: "#4a7c9c", weight: 0.8, dashArray: null },
  gap: { fillColor: "#de7d52", fillOpacity: 0.9, color: "#8f3410", weight: 1.4, dashArray: null },
  unknown: { fillColor: PATTERNS.dots, fillOpacity: 1, color: "#6b7278", weight: 1.2, dashArray: "2 3" },
};
const AREA = { fillColor: PATTERNS.hatch, fillOpacity: 0.55, color: COLOURS.gap, weight: 0.7, opacity: 0.7 };
const FACILITY = { radius: 7, color: COLOURS.paper, weight: 1.5, fillColor: COLOURS.ink, fillOpacity: 1 };
const HOLLOW = { radius: 7, color: COLOURS.ink, weight: 1.8, fillColor: COLOURS.paper, fillOpacity: 1 };

function streetStyle(group, zoom = 16) {
  const weight = Math.min(4, Math.max(1.6, 1.6 + (zoom - 13.5) * 0.55));
  return group < COLOURS.minutes.length
    ? { color: COLOURS.minutes[group], weight, opacity: 1 }
    : { color: COLOURS.unknown, weight: weight * 0.8, opacity: 0.9, dashArray: "1 5" };
}

// Panes from the ground up; only the last takes the pointer.
function panes(map) {
  const renderers = {};
  ["ground", "areas", "streets", "places"].forEach((name, i) => {
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

// Streets of one category: one multi-line a class.
function streetLines(chains, runs, options) {
  const lines = [];
  const flat = chains.flatMap((chain) => chain.map((vertex, i) => [vertex, i + 1 < chain.length ? chain[i + 1] : null]));
  eachRun(runs, (group, from, to) => {
    const into = (lines[group] ??= []);
    let line = [];
    for (let i = from; i < to; i++) {
      const [vertex, next] = flat[i];
      line.push(vertex);
      if (next === null || i + 1 === to) {
        if (next !== null) line.push(next);
        if (line.length > 1) into.push(line);
        line = [];
      }
    }
  });
  return lines.flatMap((paths, group) => [L.polyline(paths, { ...options, group })]);
}
