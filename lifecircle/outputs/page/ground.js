"use strict";
// The ground of the map: land, water, buildings and streets from typed arrays on one canvas, names on another.

const LAND = "#f4f2ed";
const WATER = "#c6dce6";
const PAPER = "rgba(252, 251, 248, 0.85)";
const VEIL = "rgba(247, 245, 240, 0.5)";
const CASING = "#cfc8ba";
// From the ground up: colours, and the zoom from which a layer is shown.
const GROUNDS = [
  ["sea", { fill: WATER }], ["farmland", { fill: "#f0f0df" }], ["residential", { fill: "#f0ebe1" }],
  ["commercial", { fill: "#f3eae3" }], ["industrial", { fill: "#eae7ec" }], ["campus", { fill: "#f0ecdb" }],
  ["bare", { fill: "#ece7da" }], ["sand", { fill: "#f3ead2" }], ["green", { fill: "#dbe7d0" }],
  ["pitch", { fill: "#d0e1c6", from: 14 }], ["parking", { fill: "#eae8e4", from: 15 }],
  ["water", { fill: WATER }], ["river", { line: WATER, metres: 5, least: 1 }],
  ["pier", { fill: LAND }], ["jetty", { line: LAND, metres: 5, least: 1 }],
  ["building", { fill: "#dfd8cb", line: "#c5bcab", width: 0.7, from: 13.5 }],
  ["wall", { line: "#9b9284", width: 1, from: 15 }],
];
// Widths in metres, but at least and at most so many pixels.
const STREETS = [
  ["path", { line: "#fbfaf6", metres: 1.6, least: 0.8, most: 5, casing: 0.5, from: 15 }],
  ["minor", { line: "#ffffff", metres: 6, least: 1, most: 16, casing: 0.8, from: 12.5 }],
  ["medium", { line: "#ffffff", metres: 9, least: 1.6, most: 20, casing: 0.9 }],
  ["major", { line: "#fffdf6", metres: 12, least: 2.2, most: 24, casing: 1 }],
  ["motorway", { line: "#f8ecd2", metres: 13, least: 2.4, most: 26, casing: 1.1 }],
];
const RAIL = { line: "#a8a39a", width: 1.6, ties: "#f6f4ef" };
function drawLand(ctx, shapes, view) {
  for (const [name, style] of GROUNDS) {
    if (!shapes[name] || view.zoom < (style.from ?? 0)) continue;
    const path = shapes[name].path(view, style.fill ? SHORTEST_PX : 0);
    if (style.fill) {
      ctx.fillStyle = style.fill;
      ctx.fill(path, "nonzero");
    }
    if (style.line) stroke(ctx, path, style.line, pixels(style, view));
  }
}

// All casings first, so that streets open into each other where they meet.
function drawStreets(ctx, shapes, view) {
  const drawn = STREETS.filter(([name, style]) => shapes[name] && view.zoom >= (style.from ?? 0))
    .map(([name, style]) => ({ ...style, path: shapes[name].path(view), width: pixels(style, view) }));
  drawn.forEach(({ path, width, casing }) => stroke(ctx, path, CASING, width + 2 * casing));
  drawn.forEach(({ path, width, line }) => stroke(ctx, path, line, width));
}

function drawRails(ctx, shapes, view) {
  if (!shapes.railway) return;
  const path = shapes.railway.path(view);
  const width = view.zoom < 14 ? 1 : RAIL.width * Math.min(2, 2 ** ((view.zoom - 15) / 2));
  stroke(ctx, path, RAIL.line, width);
  if (view.zoom >= 14) stroke(ctx, path, RAIL.ties, width * 0.6, [6, 6]);
}

// The site's outline, and a veil over all that is not in it.
function drawFrame(ctx, boundary, view) {
  const path = boundary.path(view);
  const veil = new Path2D();
  veil.rect(view.min.x, view.min.y, view.max.x - view.min.x, view.max.y - view.min.y);
  veil.addPath(path);
  ctx.fillStyle = VEIL;
  ctx.fill(veil, "evenodd");
  stroke(ctx, path, PAPER, 4.5);
  stroke(ctx, path, COLOURS.ink, 1.6, [7, 4]);
}

// Beneath the tiles of a named server, so that it stays where they do not load; names give way to those on tiles.
function drawGround(map, data) {
  const origin = originOf(data);
  const shapes = Object.fromEntries(Object.entries(data.base).map(([name, code]) => [name, new Shapes(code, origin)]));
  const boundary = new Shapes(data.boundary, origin);
  new Sheet((ctx, min, max) => {
    const view = viewOf(map, origin, min, max);
    drawLand(ctx, shapes, view);
    drawStreets(ctx, shapes, view);
    drawRails(ctx, shapes, view);
  }, { pane: "land" }).addTo(map);
  new Sheet((ctx, min, max) => drawFrame(ctx, boundary, viewOf(map, origin, min, max)), { pane: "frame" }).addTo(map);
  const names = createNames(map, data, origin).addTo(map);
  data.tiles.forEach((layer) => tileLayer(layer).once("tileload", () => names.remove()).addTo(map));
  new MutationObserver(() => names.redraw()).observe(document.documentElement, { attributeFilter: ["lang"] });
  northMark().addTo(map);
}

function northMark() {
  const control = L.control({ position: "bottomleft" });
  control.onAdd = () => {
    const box = element("div", "north");
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", "N 北");
    box.innerHTML = '<svg viewBox="0 0 20 30" width="16" height="24"><path d="M10 11 16 29 10 25 4 29Z"/><text x="10" y="9">N</text></svg>';
    return box;
  };
  return control;
}
