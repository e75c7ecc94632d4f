"use strict";
// The walking-minute surface: streets coloured by the minutes to the nearest facility, recoloured at once.

// Instead of minutes: a walk within the search's limit, none within it, unknown.
const [FARTHER, NONE, UNKNOWN] = [31, 32, 33];
const CLASS_ENDS = [5, 10, 15, FARTHER, NONE];
const UNKNOWN_CLASS = CLASS_ENDS.length;
const BEYOND_CLASS = UNKNOWN_CLASS + 1;

function classOf(minutes) {
  const group = CLASS_ENDS.findIndex((end) => minutes <= end);
  return group < 0 ? UNKNOWN_CLASS : group;
}

// Beyond the slider's minutes a street is only hinted at; what is unknown stays unknown.
function classWithin(most) {
  return (minutes) => (minutes > most && minutes < UNKNOWN ? BEYOND_CLASS : classOf(minutes));
}

function streetStyle(group, zoom = 16) {
  const weight = Math.min(5, Math.max(0.8, 1.8 + (zoom - 13.5) * 0.65));
  if (group === BEYOND_CLASS) return { color: COLOURS.beyond, weight: Math.max(1, weight * 0.5) };
  if (group === UNKNOWN_CLASS) return { color: COLOURS.unknown, weight: weight * 0.8, dashArray: "1 5" };
  return { color: COLOURS.minutes[group], weight };
}

function unrolled(text) {
  const runs = unpacked(text);
  const values = new Uint8Array(runs.reduce((sum, value, i) => (i % 2 ? sum : sum + value), 0));
  let at = 0;
  for (let i = 0; i < runs.length; i += 2) values.fill(runs[i + 1], at, (at += runs[i]));
  return values;
}

// One layer for all streets: every vertex keeps its place in `minutes`, so nothing is clipped or simplified away.
const Streets = L.Polyline.extend({
  paint(minutes, group) {
    Object.assign(this, { minutes, group });
    return this._map ? this.redraw() : this;
  },
  _update() {
    this._updatePath();
  },
  // Leaflet rounds to whole pixels, which makes dense vertices jagged.
  _projectLatlngs(lines, rings, bounds) {
    const origin = this._map.getPixelOrigin();
    for (const line of lines) {
      const ring = line.map((vertex) => this._map.project(vertex)._subtract(origin));
      ring.forEach((point) => bounds.extend(point));
      rings.push(ring);
    }
  },
  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || !this.minutes) return;
    const pens = this._pens();
    [BEYOND_CLASS, UNKNOWN_CLASS, ...COLOURS.minutes.keys()].filter((group) => pens[group])
      .forEach((group) => strokePath(renderer._ctx, pens[group].path, streetStyle(group, this._map.getZoom())));
  },
  // A piece between two vertices is parted in its middle where they differ.
  _pens() {
    const pens = [];
    let at = 0;
    for (const line of this._rings) {
      let [a, own] = [line[0], this.group(this.minutes[at++])];
      for (let i = 1; i < line.length; i++) {
        const [b, next] = [line[i], this.group(this.minutes[at++])];
        if (own === next) {
          draw(pens, own, a, b);
        } else {
          const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
          draw(pens, own, a, middle);
          draw(pens, next, middle, b);
        }
        [a, own] = [b, next];
      }
    }
    return pens;
  },
});

function draw(pens, group, a, b) {
  const pen = (pens[group] ??= { path: new Path2D(), at: null });
  if (pen.at !== a) pen.path.moveTo(a.x, a.y);
  pen.path.lineTo(b.x, b.y);
  pen.at = b;
}

function strokePath(ctx, path, { color, weight, dashArray }) {
  Object.assign(ctx, { strokeStyle: color, lineWidth: weight, lineCap: dashArray ? "butt" : "round" });
  ctx.setLineDash((dashArray ?? "").split(" ").filter(Boolean).map(Number));
  ctx.stroke(path);
  ctx.setLineDash([]);
}

// Minutes at the drawn vertices of a scenario's streets. What was unknown stays so where nothing is within the norm.
const CELL = 3000;

function cellOf([lat, lng]) {
  return Math.round(lat * CELL) * 1e7 + Math.round(lng * CELL);
}

function scenarioMinutes({ data, engine }, result, k, unknown) {
  const metres = engine.minutesAlong(result, k);
  const { norm_m } = data.categories[k];
  const { speed } = data.site.profile;
  let v = 0;
  const minutes = new Uint8Array(metres.length);
  for (const line of engine.streets(result).lines) {
    for (const vertex of line) {
      const m = metres[v];
      const told = m / speed;
      minutes[v++] = !(m <= norm_m) && unknown.has(cellOf(vertex)) ? UNKNOWN
        : told <= LONGEST ? Math.max(1, Math.ceil(told)) : Number.isNaN(m) ? NONE : FARTHER;
    }
  }
  return minutes;
}

function createSurface(page) {
  const { data, map, renderers, store } = page;
  const options = { renderer: renderers.streets, interactive: false, fill: false };
  const chains = decode(data.streets.lines).map((strings) => strings[0]);
  const own = new Streets(chains, options).addTo(map);
  let other = null;
  const unknownCells = remembered(store, (k) => {
    const minutes = unrolled(data.streets.minutes[k]);
    return new Set(chains.flat().filter((_, v) => minutes[v] === UNKNOWN).map(({ lat, lng }) => cellOf([lat, lng])));
  });
  store.on("result", ({ changes, result }) => {
    other?.remove();
    other = changes.length ? new Streets(page.engine.streets(result).lines.map((line) => line.map((at) => L.latLng(at))), options) : null;
    (other ?? own).addTo(map);
    if (other) own.remove();
  });
  store.on("chosen reading minutes result", ({ chosen, changes, reading, minutes, result }) => {
    const found = changes.length ? scenarioMinutes(page, result, chosen, unknownCells(chosen)) : unrolled(data.streets.minutes[chosen]);
    (other ?? own).paint(found, reading === "within" ? classWithin(minutes) : classOf);
  });
}
