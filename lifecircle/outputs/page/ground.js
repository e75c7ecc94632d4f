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
  ["gate", { fill: "#f7f5f0", line: "#6d675d", width: 1, from: 15.5 }],
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
const UNIT_ZOOM = 20;
const SHORTEST_PX = 0.6;

// A coded layer as typed arrays: vertices in pixels at UNIT_ZOOM from an origin, where each string begins, and its box.
class Shapes {
  constructor(code, origin) {
    const [counts, vertices, steps] = [unpacked(code.strings), unpacked(code.vertices), unpacked(code.xy)];
    const scale = 10 ** code.digits;
    const world = 256 * 2 ** UNIT_ZOOM;
    this.count = counts.length;
    this.feature = new Int32Array(vertices.length);
    this.start = new Int32Array(vertices.length + 1);
    this.xy = new Float32Array(steps.length);
    this.box = new Float32Array(4 * vertices.length);
    for (let i = 0, string = 0; i < counts.length; i++) for (let n = 0; n < counts[i]; n++) this.feature[string++] = i;
    let [at, lon, lat] = [0, 0, 0];
    for (let string = 0; string < vertices.length; string++) {
      let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let n = vertices[string]; n > 0; n--, at += 2) {
        lon += steps[at];
        lat += steps[at + 1];
        const x = (lon / scale / 360 + 0.5) * world - origin.x;
        const sine = Math.sin(lat / scale * Math.PI / 180);
        const y = (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * world - origin.y;
        this.xy[at] = x;
        this.xy[at + 1] = y;
        west = Math.min(west, x); east = Math.max(east, x); north = Math.min(north, y); south = Math.max(south, y);
      }
      this.start[string + 1] = at / 2;
      this.box.set([west, north, east, south], 4 * string);
    }
  }

  // Calls visit(string) for those that a view meets and that are larger than `least` pixels.
  each(view, least, visit) {
    const { box } = this;
    const { west, north, east, south } = view;
    const small = least / view.scale;
    for (let string = 0, i = 0; i < box.length; string++, i += 4) {
      if (box[i] > east || box[i + 2] < west || box[i + 1] > south || box[i + 3] < north) continue;
      if (box[i + 2] - box[i] < small && box[i + 3] - box[i + 1] < small) continue;
      visit(string);
    }
  }

  // Adds a string to a path, less the vertices that lie within SHORTEST_PX of the one before.
  trace(path, string, { scale, x: left, y: top }) {
    const { xy } = this;
    const [first, last] = [2 * this.start[string], 2 * this.start[string + 1] - 2];
    let [x, y] = [xy[first] * scale + left, xy[first + 1] * scale + top];
    path.moveTo(x, y);
    for (let i = first + 2; i <= last; i += 2) {
      const [u, v] = [xy[i] * scale + left, xy[i + 1] * scale + top];
      if (i < last && Math.abs(u - x) < SHORTEST_PX && Math.abs(v - y) < SHORTEST_PX) continue;
      path.lineTo(u, v);
      x = u;
      y = v;
    }
  }

  // Vertices of a string in pixels of a view.
  points(string, { scale, x, y }) {
    const points = [];
    for (let i = 2 * this.start[string]; i < 2 * this.start[string + 1]; i += 2) {
      points.push([this.xy[i] * scale + x, this.xy[i + 1] * scale + y]);
    }
    return points;
  }

  path(view, least = 0) {
    const path = new Path2D();
    this.each(view, least, (string) => this.trace(path, string, view));
    return path;
  }
}

// A canvas that draws itself anew whenever the map has moved, in the pixels of the screen.
const Sheet = L.Renderer.extend({
  options: { padding: 0.3 },
  initialize(draw, options) {
    L.Renderer.prototype.initialize.call(this, options);
    this._draw = draw;
  },
  getEvents() {
    return { ...L.Renderer.prototype.getEvents.call(this), move: this._follow };
  },
  redraw() {
    if (this._map) this._update();
  },
  _initContainer() {
    this._container = L.DomUtil.create("canvas");
    this._container.setAttribute("aria-hidden", "true");
  },
  _destroyContainer() {
    this._container.remove();
  },
  // While the map is dragged: as soon as what is drawn no longer covers what is seen.
  _follow() {
    const map = this._map;
    if (map._animatingZoom || this._zoom !== map.getZoom()) return;
    const corner = map.containerPointToLayerPoint([0, 0]);
    if (!this._bounds.contains(L.bounds(corner, corner.add(map.getSize())))) this._update();
  },
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const [{ min, max }, size, ratio] = [this._bounds, this._bounds.getSize(), window.devicePixelRatio];
    Object.assign(this._container, { width: Math.round(ratio * size.x), height: Math.round(ratio * size.y) });
    Object.assign(this._container.style, { width: `${size.x}px`, height: `${size.y}px` });
    L.DomUtil.setPosition(this._container, min);
    const ctx = this._container.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, -min.x * ratio, -min.y * ratio);
    this._draw(ctx, min, max);
  },
});

// How shapes lie on the screen: layer point = units * scale + (x, y).
function viewOf(map, origin, min, max) {
  const zoom = map.getZoom();
  const scale = 2 ** (zoom - UNIT_ZOOM);
  const corner = map.getPixelOrigin();
  const [x, y] = [origin.x * scale - corner.x, origin.y * scale - corner.y];
  const metre = 2 ** zoom * 256 / 40075016.686 / Math.cos(map.getCenter().lat * Math.PI / 180);
  return { zoom, scale, x, y, metre, min, max,
    west: (min.x - x) / scale, east: (max.x - x) / scale, north: (min.y - y) / scale, south: (max.y - y) / scale };
}

function pixels({ metres, width, least = 0, most = Infinity }, view) {
  return width ?? Math.min(most, Math.max(least, metres * view.metre));
}

function stroke(ctx, path, colour, width, dash = []) {
  Object.assign(ctx, { strokeStyle: colour, lineWidth: width, lineJoin: "round", lineCap: dash.length ? "butt" : "round" });
  ctx.setLineDash(dash);
  ctx.stroke(path);
}

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

function pane(map, name, zIndex) {
  Object.assign(map.createPane(name).style, { zIndex, pointerEvents: "none" });
  return name;
}

// Beneath the tiles of a named server, so that it stays where they do not load; names give way to those on tiles.
function drawGround(map, data) {
  const origin = L.CRS.EPSG3857.latLngToPoint(L.latLngBounds(data.bounds).getCenter(), UNIT_ZOOM);
  const shapes = Object.fromEntries(Object.entries(data.base).map(([name, code]) => [name, new Shapes(code, origin)]));
  const boundary = new Shapes(data.boundary, origin);
  new Sheet((ctx, min, max) => {
    const view = viewOf(map, origin, min, max);
    drawLand(ctx, shapes, view);
    drawStreets(ctx, shapes, view);
    drawRails(ctx, shapes, view);
  }, { pane: pane(map, "land", 150) }).addTo(map);
  new Sheet((ctx, min, max) => drawFrame(ctx, boundary, viewOf(map, origin, min, max)), { pane: pane(map, "frame", 400) }).addTo(map);
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
