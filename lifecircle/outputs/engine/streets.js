"use strict";
// The streets as they are drawn: vertices inside the boundary, close enough to be coloured by minutes.

const DRAWN_MM = 15_000;
const MOST_DRAWN = 150_000;
const MOST_BANDS = 256;

// Whether a point is inside the rings of a boundary (in millimetres), looked for in bands from south to north.
function insideOf(rings) {
  const lows = rings.map((ring) => ring.reduce((least, [, y]) => Math.min(least, y), Infinity));
  const south = Math.min(...lows);
  const north = rings.reduce((most, ring) => ring.reduce((high, [, y]) => Math.max(high, y), most), -Infinity);
  const bands = Math.min(MOST_BANDS, Math.ceil(rings.flat().length / 8));
  const band = (y) => Math.floor(((y - south) / (north - south + 1)) * bands);
  const sides = Array.from({ length: bands }, () => []);
  for (const ring of rings) {
    ring.forEach(([x, y], i) => {
      const [px, py] = ring[(i || ring.length) - 1];
      for (let b = band(Math.min(y, py)); b <= band(Math.max(y, py)); b++) sides[b].push([px, py, x, y]);
    });
  }
  return (x, y) => y >= south && y <= north && sides[band(y)].reduce((inside, [ax, ay, bx, by]) =>
    ((ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !inside : inside), false);
}

// Points of an edge between two offsets, ends included, on from one to the other: visit(x, y, offset).
function alongEdge(network, e, from, to, visit, step = Infinity) {
  const { start, x, y, at } = network;
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const points = [];
  for (let i = start[e] + 1; i < start[e + 1]; i++) {
    const [begin, end] = [Math.max(low, at[i - 1]), Math.min(high, at[i])];
    if (begin > end || (begin === end && low < high)) continue;
    const parts = Math.max(1, Math.ceil((end - begin) / step));
    for (let part = points.length ? 1 : 0; part <= parts; part++) {
      const offset = Math.round(begin + ((end - begin) * part) / parts);
      const share = at[i] > at[i - 1] ? (offset - at[i - 1]) / (at[i] - at[i - 1]) : 0;
      points.push([x[i - 1] + share * (x[i] - x[i - 1]), y[i - 1] + share * (y[i] - y[i - 1]), offset]);
    }
  }
  for (const point of from > to ? points.reverse() : points) visit(...point);
}

// Lines of an edge inside the boundary: {edge, latlngs, offsets}.
function drawnLines(site, network, e, step) {
  const [lines, points] = [[], []];
  let line = null;
  alongEdge(network, e, 0, network.mm[e], (...point) => points.push(point), step);
  for (let i = 1; i < points.length; i++) {
    const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
    if (!site.inside((ax + bx) / 2, (ay + by) / 2)) {
      line = null;
      continue;
    }
    if (!line) {
      line = { edge: e, latlngs: [], offsets: [] };
      lines.push(line);
    }
    for (const [x, y, offset] of line.latlngs.length ? [points[i]] : [points[i - 1], points[i]]) {
      line.latlngs.push(site.latlng(x, y));
      line.offsets.push(offset);
    }
  }
  return lines;
}

// The drawn streets of a network, edge by edge; those of edges that are still what they were before are kept.
function drawn(site, network) {
  if (network.drawn) return network.drawn;
  const before = network.before && drawn(site, network.before);
  const step = before ? before.step : drawnStep(site, network);
  const of = Array.from(network.mm, (mm, e) => (before && !network.changed.has(e) ? before.of[e] : near(site, network, e)
    ? drawnLines(site, network, e, step) : []));
  const all = of.flat();
  const offsets = new Int32Array(all.reduce((sum, line) => sum + line.offsets.length, 0));
  let at = 0;
  for (const line of all) {
    offsets.set(line.offsets, at);
    at += line.offsets.length;
  }
  network.drawn = { step, of, lines: all.map((line) => line.latlngs), edge: all.map((line) => line.edge), offsets };
  return network.drawn;
}

function near(site, { start, x, y }, e) {
  const [west, south, east, north] = site.bounds;
  let [out_w, out_s, out_e, out_n] = [true, true, true, true];
  for (let i = start[e]; i < start[e + 1]; i++) {
    out_w &&= x[i] < west;
    out_s &&= y[i] < south;
    out_e &&= x[i] > east;
    out_n &&= y[i] > north;
  }
  return !(out_w || out_s || out_e || out_n);
}

function drawnStep(site, network) {
  const length = network.mm.reduce((sum, mm, e) => (near(site, network, e) ? sum + mm : sum), 0);
  return Math.max(DRAWN_MM, length / MOST_DRAWN);
}

// Walking metres from each drawn vertex by a search; NaN beyond the limit. doorsOf(e): {offset_mm, mm} on an edge.
function metresAlong(site, network, found, doorsOf) {
  const { edge, lines, offsets } = drawn(site, network);
  const metres = new Float32Array(offsets.length);
  let at = 0;
  lines.forEach((line, i) => {
    const e = edge[i];
    const mmAt = walkAlong(network, found, e, doorsOf(e));
    for (let j = 0; j < line.length; j++, at++) {
      const mm = mmAt(offsets[at]);
      metres[at] = mm <= site.limit_mm ? mm / 1000 : NaN;
    }
  });
  return metres;
}

// The walk in mm that a search found from a point on an edge, by its offset: over the edge's ends, or to a door on it.
function walkAlong(network, found, e, doors) {
  const from_u = Math.floor(keyAtEnd(found, e, network.u[e], -1) / found.scale);
  const from_v = Math.floor(keyAtEnd(found, e, network.v[e], -1) / found.scale);
  return (offset) => {
    let mm = Math.min(from_u + offset, from_v + network.mm[e] - offset);
    for (const door of doors) mm = Math.min(mm, Math.abs(door.offset_mm - offset) + door.mm);
    return mm;
  };
}
