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

const STREETS_DOWN = [BEYOND_CLASS, UNKNOWN_CLASS, ...COLOURS.minutes.keys()];
// Half the widest line, in pixels.
const BESIDE_PX = 4;

// Lines with a class at every vertex, {lines, start, groups}: nothing is clipped away, so that each keeps its place.
function drawMinutes(ctx, { lines, start, groups }, view) {
  const pens = [];
  const spare = BESIDE_PX / view.scale;
  lines.forEach(({ xy, box }, i) => {
    if (box[0] > view.east + spare || box[2] < view.west - spare || box[1] > view.south + spare || box[3] < view.north - spare) return;
    traceClasses(pens, xy, groups, start[i], view);
  });
  STREETS_DOWN.filter((group) => pens[group]).forEach((group) => strokePath(ctx, pens[group], streetStyle(group, view.zoom)));
}

// A piece between two vertices is parted in its middle where they differ.
function traceClasses(pens, xy, groups, at, { scale, x: left, y: top }) {
  const penOf = (group) => (pens[group] ??= new Path2D());
  let [x, y, own] = [xy[0] * scale + left, xy[1] * scale + top, groups[at]];
  let pen = penOf(own);
  pen.moveTo(x, y);
  for (let i = 2; i < xy.length; i += 2) {
    const [u, v, next] = [xy[i] * scale + left, xy[i + 1] * scale + top, groups[at + i / 2]];
    if (own !== next) {
      pen.lineTo((x + u) / 2, (y + v) / 2);
      [pen, own] = [penOf(next), next];
      pen.moveTo((x + u) / 2, (y + v) / 2);
    } else if (i < xy.length - 2 && Math.abs(u - x) < SHORTEST_PX && Math.abs(v - y) < SHORTEST_PX) {
      continue;
    }
    pen.lineTo(u, v);
    [x, y] = [u, v];
  }
}

function strokePath(ctx, path, { color, weight, dashArray }) {
  stroke(ctx, path, color, weight, (dashArray ?? "").split(" ").filter(Boolean).map(Number));
}

// The box around all that is drawn otherwise than before; null where nothing is.
function boxApart(one, other) {
  const place = one.lines === other.lines ? null : new Map(one.lines.map((line, i) => [line, i]));
  let box = null;
  const add = (line) => { box = around(box, line.box); };
  other.lines.forEach((line, i) => {
    const before = place ? place.get(line) : i;
    place?.delete(line);
    if (before === undefined || classesDiffer(line.xy.length / 2, one, before, other, i)) add(line);
  });
  place?.forEach((_, line) => add(line));
  return box;
}

function classesDiffer(count, one, i, other, j) {
  for (let v = 0; v < count; v++) if (one.groups[one.start[i] + v] !== other.groups[other.start[j] + v]) return true;
  return false;
}

// The streets of the page's own data as lines.
function statedLines({ streets }, origin) {
  const { xy, start, box } = new Shapes(streets.lines, origin);
  return { start, lines: Array.from({ length: start.length - 1 }, (_, i) =>
    ({ xy: xy.subarray(2 * start[i], 2 * start[i + 1]), box: box.subarray(4 * i, 4 * i + 4) })) };
}

// Streets as the engine draws them, those of edges that no change has touched the same as before.
function engineLines({ engine }, origin) {
  const [known, whole] = [new WeakMap(), new WeakMap()];
  const lineOf = (latlngs) => {
    if (!known.has(latlngs)) known.set(latlngs, { ...unitLine(latlngs, origin), cells: latlngs.map(cellOf) });
    return known.get(latlngs);
  };
  return (result) => {
    const drawn = engine.streets(result);
    if (!whole.has(drawn)) {
      const start = new Int32Array(drawn.lines.length + 1);
      drawn.lines.forEach((line, i) => { start[i + 1] = start[i] + line.length; });
      whole.set(drawn, { start, lines: drawn.lines.map(lineOf) });
    }
    return whole.get(drawn);
  };
}

const CELL = 3000;

function cellOf([lat, lng]) {
  return Math.round(lat * CELL) * 1e7 + Math.round(lng * CELL);
}

// Minutes at the vertices of a scenario's streets. What was unknown stays so where nothing is within the norm, as do
// streets that hang on no other.
function scenarioMinutes({ data, engine }, lines, result, k, unknown) {
  const { edge } = engine.streets(result);
  const metres = engine.minutesAlong(result, k);
  const { norm_m } = data.categories[k];
  const { speed } = data.site.profile;
  const minutes = metres.map((m) => (m / speed <= LONGEST ? Math.max(1, Math.ceil(m / speed)) : Number.isNaN(m) ? NONE : FARTHER));
  let v = 0;
  lines.forEach(({ cells }, i) => {
    const island = !engine.trusted(result, edge[i]);
    if (!island && !unknown.size) v += cells.length;
    else for (const cell of cells) {
      if (!(metres[v] <= norm_m) && (island || unknown.has(cell))) minutes[v] = UNKNOWN;
      v++;
    }
  });
  return minutes;
}

// Cells of the map in which a category's minutes are unknown along all streets, read when they are first asked for.
function createUnknown({ data }) {
  const found = [];
  let cells = null;
  const read = (k) => {
    cells ??= decode(data.streets.lines).flatMap(([line]) => line.map(({ lat, lng }) => cellOf([lat, lng])));
    const minutes = unrolled(data.streets.minutes[k]);
    const known = new Set(cells.filter((_, v) => minutes[v] !== UNKNOWN));
    return new Set(cells.filter((cell) => !known.has(cell)));
  };
  return (k) => (found[k] ??= read(k));
}

function createSurface(page) {
  const { data, map, store } = page;
  const origin = originOf(data);
  const own = statedLines(data, origin);
  const [linesOf, unknownOf] = [engineLines(page, origin), createUnknown(page)];
  const minutesOf = remembered(store, (chosen, result) => (store.state.changes.length
    ? scenarioMinutes(page, linesOf(result).lines, result, chosen, unknownOf(chosen)) : unrolled(data.streets.minutes[chosen])));
  let shown = { ...own, lines: [] };
  const sheet = new Sheet((ctx, min, max) => drawMinutes(ctx, shown, viewOf(map, origin, min, max)), { pane: "streets" }).addTo(map);
  store.on("chosen reading minutes result", ({ chosen, changes, reading, minutes, result }) => {
    const group = reading === "within" ? classWithin(minutes) : classOf;
    const groups = Uint8Array.from({ length: UNKNOWN + 1 }, (_, minute) => group(minute));
    const before = shown;
    shown = { ...(changes.length ? linesOf(result) : own), groups: minutesOf(chosen).map((minute) => groups[minute]) };
    sheet.redraw(partOf(map, origin, boxApart(before, shown), BESIDE_PX));
  });
  // What the first click and the first change would have to wait for, while nobody waits.
  if (page.engine) window.requestIdleCallback?.(() => linesOf(store.state.before));
}
