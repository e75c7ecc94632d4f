"use strict";
// The page's data as typed arrays.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGIT = new Uint8Array(128);
for (let i = 0; i < 64; i++) DIGIT[ALPHABET.charCodeAt(i)] = i;

// Integers of a text as Python's `packed` codes them.
function unpacked(text) {
  return Int32Array.from(wide(text));
}

// The same where they may have more than 32 bits.
function wide(text) {
  const found = new Float64Array(text.length);
  let [count, number, scale] = [0, 0, 1];
  for (let i = 0; i < text.length; i++) {
    const digit = DIGIT[text.charCodeAt(i)];
    number += (digit & 31) * scale;
    scale *= 32;
    if (digit >= 32) continue;
    found[count++] = number % 2 ? -(number + 1) / 2 : number / 2;
    [number, scale] = [0, 1];
  }
  return found.subarray(0, count);
}

// The same where each integer is the step from the one before.
function stepped(text) {
  let sum = 0;
  return unpacked(text).map((step) => (sum += step));
}

function marked(text, count) {
  const found = new Uint8Array(count);
  for (const i of stepped(text)) found[i] = 1;
  return found;
}

function readRows(code) {
  return { of: stepped(code.of_steps), edge: stepped(code.edge_steps), offset_mm: unpacked(code.offset_mm),
    connector_mm: unpacked(code.connector_mm), gate: unpacked(code.gate) };
}

// Edges as polylines: vertices start[e] to start[e + 1] - 1 at x, y, `at` millimetres from the edge's first.
function readNetwork(code) {
  const [u, vertices, extra] = [stepped(code.u_steps), unpacked(code.vertices), unpacked(code.extra)];
  const v = unpacked(code.v_less_u).map((step, e) => u[e] + step);
  const [x, y] = [stepped(code.x_steps), stepped(code.y_steps)];
  const [start, at, mm] = [new Int32Array(u.length + 1), new Int32Array(x.length), new Int32Array(u.length)];
  let segment = 0;
  for (let e = 0; e < u.length; e++) {
    start[e + 1] = start[e] + vertices[e];
    for (let i = start[e] + 1; i < start[e + 1]; i++) {
      at[i] = at[i - 1] + rint(Math.hypot(x[i] - x[i - 1], y[i] - y[i - 1])) + extra[segment++];
    }
    mm[e] = at[start[e + 1] - 1];
  }
  return { nodes: code.nodes, u, v, mm, flags: Uint8Array.from(code.flags, Number), start, x, y, at };
}

function readPoints(code) {
  const [x, y] = code.map(stepped);
  return Array.from(x, (_, i) => [x[i], y[i]]);
}

// What gates open or hold open: {xy, links, link_xy, places, facilities}, rows by the gate.
function readOpenings(code) {
  return { xy: readPoints(code.xy), links: readRows(code.links), link_xy: readPoints(code.link_xy),
    places: readRows(code.places), facilities: readRows(code.facilities) };
}

// Polygons as rings of points.
function readOutlines({ rings, points, xy }) {
  const [counts, all] = [unpacked(points), readPoints(xy)];
  let [ring, at] = [0, 0];
  return Array.from(unpacked(rings), (many) => Array.from({ length: many }, () =>
    all.slice(at, (at += counts[ring++]))));
}

// What stands before facilities (all of it, and what surely does), and before places.
function readBarriers({ barriers: { from_last, along, sets }, firm }) {
  const [[gap_x, gap_y], [dx, dy]] = [from_last.map(unpacked), along.map(unpacked)];
  let [x, y] = [0, 0];
  const pieces = Array.from(unpacked(sets), (bits, i) => {
    const [ax, ay] = [x + gap_x[i], y + gap_y[i]];
    [x, y] = [ax + dx[i], ay + dy[i]];
    return { ax, ay, bx: x, by: y, free: bits >> 3, bits };
  });
  const of = (set) => pieces.filter(({ bits }) => bits & set);
  return { outside: firm ? [of(1), of(2)] : [of(1)], inside: of(4) };
}

// Metres -> whole numbers of millimetres as numpy rounds them: halves to the even one.
function rint(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
