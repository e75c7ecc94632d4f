"use strict";
// Large layers: shapes in typed arrays, drawn on canvases of their own.

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

  // The smallest feature that a point lies in, or comes within its reach in pixels of; -1 for none.
  pick(view, x, y, reach) {
    const [hits, { box, feature }] = [new Map(), this];
    for (let string = 0, i = 0; i < box.length; string++, i += 4) {
      const spare = reach(feature[string]) / view.scale;
      if (x < box[i] - spare || x > box[i + 2] + spare || y < box[i + 1] - spare || y > box[i + 3] + spare) continue;
      const size = (box[i + 2] - box[i]) * (box[i + 3] - box[i + 1]);
      if (size > 0 ? !this._holds(string, x, y) : Math.hypot(x - box[i], y - box[i + 1]) > spare) continue;
      // A hole takes away what its outer ring gave.
      if (!hits.delete(feature[string])) hits.set(feature[string], size);
    }
    return [...hits].reduce((best, hit) => (hit[1] <= best[1] ? hit : best), [-1, Infinity])[0];
  }

  _holds(string, x, y) {
    const { xy, start } = this;
    let odd = false;
    for (let i = 2 * start[string], before = 2 * start[string + 1] - 2; i < 2 * start[string + 1]; before = i, i += 2) {
      if ((xy[i + 1] > y) === (xy[before + 1] > y)) continue;
      if (x < (xy[before] - xy[i]) * (y - xy[i + 1]) / (xy[before + 1] - xy[i + 1]) + xy[i]) odd = !odd;
    }
    return odd;
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

// A printed sheet is drawn as sharp as a good screen.
function pixelRatio() {
  return Math.max(window.devicePixelRatio, document.documentElement.classList.contains("sheet") ? 2 : 1);
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
  // All of it, or what lies in a part of the layer: nothing where that is null.
  redraw(part) {
    if (!this._map || part === null) return;
    if (!part) this._update();
    else if (!this._map._animatingZoom) this._mend(part);
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
    const [{ min, max }, size, ratio] = [this._bounds, this._bounds.getSize(), pixelRatio()];
    Object.assign(this._container, { width: Math.round(ratio * size.x), height: Math.round(ratio * size.y) });
    Object.assign(this._container.style, { width: `${size.x}px`, height: `${size.y}px` });
    L.DomUtil.setPosition(this._container, min);
    const ctx = this._container.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, -min.x * ratio, -min.y * ratio);
    this._draw(ctx, min, max);
  },
  _mend(part) {
    const [min, max] = [0, 1].map((end) => L.point(["x", "y"].map((axis) =>
      Math.max(this._bounds.min[axis], Math.min(this._bounds.max[axis], (end ? part.max : part.min)[axis])))));
    const ctx = this._container.getContext("2d");
    ctx.save();
    ctx.beginPath();
    ctx.rect(min.x, min.y, max.x - min.x, max.y - min.y);
    ctx.clip();
    ctx.clearRect(min.x, min.y, max.x - min.x, max.y - min.y);
    if (max.x > min.x && max.y > min.y) this._draw(ctx, min, max);
    ctx.restore();
  },
});

// A box that holds another too; null is an empty one.
function around(box, [west, north, east, south]) {
  return box ? [Math.min(box[0], west), Math.min(box[1], north), Math.max(box[2], east), Math.max(box[3], south)] : [west, north, east, south];
}

// A line of [lat, lng] as shapes have them: vertices in units, and its box.
function unitLine(latlngs, origin) {
  const xy = new Float32Array(2 * latlngs.length);
  let box = null;
  latlngs.forEach((at, i) => {
    const { x, y } = unitsAt(at, origin);
    xy.set([x, y], 2 * i);
    box = around(box, [x, y, x, y]);
  });
  return { xy, box };
}

// The part of a layer that a box in units covers, and some pixels around it, on a grid that whole pixels of the screen
// fall on.
const GRID_PX = 4;

function partOf(map, origin, box, spare) {
  if (!box) return null;
  const { scale, x, y } = viewOf(map, origin, L.point(0, 0), L.point(0, 0));
  const snap = (value, round) => GRID_PX * round(value / GRID_PX);
  return { min: L.point(snap(box[0] * scale + x - spare, Math.floor), snap(box[1] * scale + y - spare, Math.floor)),
    max: L.point(snap(box[2] * scale + x + spare, Math.ceil), snap(box[3] * scale + y + spare, Math.ceil)) };
}

// Where all shapes of a page are measured from: vertices as 32-bit floats are exact to a hundredth of a pixel near it.
function originOf(data) {
  return L.CRS.EPSG3857.latLngToPoint(L.latLngBounds(data.bounds).getCenter(), UNIT_ZOOM);
}

function unitsAt(latlng, origin) {
  return L.CRS.EPSG3857.latLngToPoint(L.latLng(latlng), UNIT_ZOOM).subtract(origin);
}

function latLngAt(x, y, origin) {
  return L.CRS.EPSG3857.pointToLatLng(origin.add([x, y]), UNIT_ZOOM);
}

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
