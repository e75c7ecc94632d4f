"use strict";
// What a scenario makes of a site, by the rules of scenario.py, in whole millimetres.

const JOINT_MM = 2_000;
const CLOSE_MM = 25_000;
const GATE_MM = 10_000;
const TOUCH_MM = 500;
const BESIDE_MM = 10;

function rounded(value) {
  return Math.floor(value + 0.5);
}

function between([ax, ay], [bx, by]) {
  return rounded(Math.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay)));
}

// The nearest points on segments a to b of a point, at most limit_mm away, in their order of preference: the nearer,
// the lower rank, the western, the southern, the earlier. each(visit(ax, ay, bx, by, rank, segment)) tells the segments.
function feet([px, py], limit_mm, each) {
  const found = [];
  each((ax, ay, bx, by, rank, segment) => {
    if (Math.min(ax, bx) > px + limit_mm + 1 || Math.max(ax, bx) < px - limit_mm - 1
      || Math.min(ay, by) > py + limit_mm + 1 || Math.max(ay, by) < py - limit_mm - 1) return;
    const [dx, dy] = [bx - ax, by - ay];
    const whole = dx * dx + dy * dy;
    const part = Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / Math.max(whole, 1)));
    const xy = [rounded(ax + part * dx), rounded(ay + part * dy)];
    const mm = between([px, py], xy);
    if (mm <= limit_mm) found.push({ segment, xy, mm, rank });
  });
  return found.sort((a, b) => a.mm - b.mm || a.rank - b.rank || a.xy[0] - b.xy[0] || a.xy[1] - b.xy[1]
    || a.segment - b.segment);
}

// The segments of some edges of a network, by the vertex each begins at; public before private.
function segmentsOf(network, chosen, first = 0) {
  const { start, x, y, flags, u } = network;
  return (visit) => {
    for (let e = first; e < u.length; e++) {
      if (!chosen(flags[e])) continue;
      const rank = flags[e] & PRIVATE ? 1 : 0;
      for (let i = start[e] + 1; i < start[e + 1]; i++) visit(x[i - 1], y[i - 1], x[i], y[i], rank, i - 1);
    }
  };
}

function edgeOf({ start }, vertex) {
  let [low, high] = [0, start.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (start[middle] <= vertex) low = middle;
    else high = middle;
  }
  return low;
}

// A foot as a point on an edge, its offset measured from the western (else the southern) end of its segment.
function joinAt(network, { segment: i, xy, mm }) {
  const { x, y, at } = network;
  const length = at[i + 1] - at[i];
  const backwards = x[i] > x[i + 1] || (x[i] === x[i + 1] && y[i] > y[i + 1]);
  const from = backwards ? [x[i + 1], y[i + 1]] : [x[i], y[i]];
  const along = Math.min(between(xy, from), length);
  return { edge: edgeOf(network, i), offset_mm: at[i] + (backwards ? length - along : along), connector_mm: mm, xy };
}

// Barriers: pieces {ax, ay, bx, by, free}, `free` a bit for each end where a barrier ends. Those near a point.
function piecesNear(pieces, [px, py], limit_mm) {
  return pieces.filter(({ ax, ay, bx, by }) => Math.min(ax, bx) <= px + limit_mm && Math.max(ax, bx) >= px - limit_mm
    && Math.min(ay, by) <= py + limit_mm && Math.max(ay, by) >= py - limit_mm);
}

// Whether a connector, less its ends, leads from one side of a piece to the other, not by a free end.
function barred(from, to, pieces) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const part = TOUCH_MM / Math.max(length, 2 * TOUCH_MM);
  const [ax, ay] = [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
  const [bx, by] = [to[0] + part * (from[0] - to[0]), to[1] + part * (from[1] - to[1])];
  return pieces.some((piece) => {
    if (Math.min(ax, bx) > Math.max(piece.ax, piece.bx) || Math.max(ax, bx) < Math.min(piece.ax, piece.bx)
      || Math.min(ay, by) > Math.max(piece.ay, piece.by) || Math.max(ay, by) < Math.min(piece.ay, piece.by)) return false;
    const [one, other] = sides(piece.ax, piece.ay, piece.bx, piece.by, ax, ay, bx, by);
    if (Math.min(one, other) >= -BESIDE_MM || Math.max(one, other) <= BESIDE_MM) return false;
    const ends = sides(ax, ay, bx, by, piece.ax, piece.ay, piece.bx, piece.by);
    if (ends.some((end, i) => piece.free & (1 << i) && Math.abs(end) <= BESIDE_MM)) return false;
    return Math.min(...ends) <= 0 && Math.max(...ends) >= 0;
  });
}

// How far two points lie to the left of a line.
function sides(ax, ay, bx, by, px, py, qx, qy) {
  const length = Math.max(Math.hypot(bx - ax, by - ay), BESIDE_MM);
  const [dx, dy] = [(bx - ax) / length, (by - ay) / length];
  return [dx * (py - ay) - dy * (px - ax), dx * (qy - ay) - dy * (qx - ax)];
}

// A network with edges cut at some points {edge, offset_mm, xy}, and others added: {u, v, points: [[x, y, mm], ...],
// flags}, u and v the cuts they begin and end at, null for a free end. `apart`: nobody passes a cut any more.
// Returns the network and, for each edge that was cut, its parts in their order: {number, from, until}.
function rebuilt(network, cuts, added, apart) {
  const [ends, lines, flags] = [[], [], []]; // of the edges behind those there were
  const [u, v] = [network.u.slice(), network.v.slice()];
  const [place, nodeOf, shortened] = [new Map(), new Map(), new Map()];
  let nodes = network.nodes;
  const key = ({ edge, offset_mm }) => `${edge} ${offset_mm}`;
  const sorted = cuts.slice().sort((a, b) => a.edge - b.edge || a.offset_mm - b.offset_mm)
    .filter((cut, i, all) => !i || key(cut) !== key(all[i - 1]));
  for (const { edge: e, offset_mm, xy } of sorted) {
    if (!place.has(e)) place.set(e, [{ number: e, from: 0, until: Infinity }]);
    if (offset_mm === 0 || offset_mm === network.mm[e]) {
      const end = offset_mm === 0 ? u : v;
      if (apart) end[e] = nodes++;
      nodeOf.set(`${e} ${offset_mm}`, (offset_mm === 0 ? network.u : network.v)[e]);
      continue;
    }
    const parts = place.get(e);
    const last = parts.at(-1);
    const [left, right] = apart ? [nodes, nodes + 1] : [nodes, nodes];
    nodes = right + 1;
    nodeOf.set(`${e} ${offset_mm}`, left);
    last.until = offset_mm;
    last.end = xy;
    last.node = left;
    parts.push({ number: u.length + ends.length, from: offset_mm, until: Infinity, begin: xy });
    ends.push([right, -1]);
    flags.push(network.flags[e]);
    lines.push(null);
  }
  for (const [e, parts] of place) {
    const last = v[e];
    for (const part of parts) {
      const line = pieceLine(network, e, part);
      const node = part.node ?? last;
      if (part.number === e) {
        v[e] = node;
        shortened.set(e, line);
      } else {
        ends[part.number - u.length][1] = node;
        lines[part.number - u.length] = line;
      }
    }
  }
  for (const { u: begin, v: end, points, flags: kind } of added) {
    ends.push([begin, end].map((cut) => (cut ? nodeOf.get(key(cut)) : nodes++)));
    lines.push(points);
    flags.push(kind);
  }
  const edges = u.length + ends.length;
  const counts = new Int32Array(edges);
  for (let e = 0; e < u.length; e++) counts[e] = network.start[e + 1] - network.start[e];
  shortened.forEach((line, e) => { counts[e] = line.length; });
  lines.forEach((line, i) => { counts[u.length + i] = line.length; });
  const start = new Int32Array(edges + 1);
  for (let e = 0; e < edges; e++) start[e + 1] = start[e] + counts[e];
  const columns = [0, 1, 2].map(() => new Int32Array(start[edges]));
  const write = (line, e) => line.forEach((point, i) => columns.forEach((column, c) => { column[start[e] + i] = point[c]; }));
  let from = 0;
  for (const e of [...Array.from(shortened.keys()).sort((a, b) => a - b), u.length]) {
    [network.x, network.y, network.at].forEach((old, c) =>
      columns[c].set(old.subarray(network.start[from], network.start[e]), start[from]));
    from = e + 1;
  }
  shortened.forEach(write);
  lines.forEach((line, i) => write(line, u.length + i));
  const [x, y, at] = columns;
  const mm = longer(network.mm, lines.map((line) => line.at(-1)[2]));
  shortened.forEach((line, e) => { mm[e] = line.at(-1)[2]; });
  const changed = new Set([...shortened.keys(), ...ends.map((_, i) => u.length + i)]);
  return {
    network: { nodes, u: longer(u, ends.map(([begin]) => begin)), v: longer(v, ends.map(([, end]) => end)),
      mm, flags: longer(network.flags, flags), start, x, y, at, before: network, changed },
    place,
  };
}

// The vertices of a part of an edge, each with its distance from the part's first.
function pieceLine({ start, x, y, at }, e, { from, until, begin, end }) {
  const points = begin ? [[...begin, 0]] : [];
  for (let i = start[e]; i < start[e + 1]; i++) {
    if ((begin ? at[i] > from : true) && (end ? at[i] < until : true)) points.push([x[i], y[i], at[i] - from]);
  }
  return end ? [...points, [...end, until - from]] : points;
}

// Rows after cuts: a row at a cut belongs to the piece that ends there.
function carried(rows, place) {
  const [edge, offset_mm] = [rows.edge.slice(), rows.offset_mm.slice()];
  edge.forEach((e, r) => {
    if (!place.has(e)) return;
    const { number, from } = place.get(e).find(({ until }) => offset_mm[r] <= until);
    edge[r] = number;
    offset_mm[r] -= from;
  });
  return { of: rows.of, edge, offset_mm, connector_mm: rows.connector_mm, gate: rows.gate };
}

// Rows with more behind them: [{of, edge, offset_mm, connector_mm}].
function withRows(rows, more) {
  const column = (name) => longer(rows[name], more.map((row) => row[name] ?? -1));
  return { of: column("of"), edge: column("edge"), offset_mm: column("offset_mm"), connector_mm: column("connector_mm"),
    gate: column("gate") };
}

// Trusted is what hangs on trusted streets: public streets by public ones, private ones by nodes of these.
function trustSpread(network) {
  const { nodes, u, v } = network;
  const flags = network.flags.slice();
  const lit = new Uint8Array(nodes);
  const edges = Array.from(flags.keys());
  for (const e of edges) if ((flags[e] & (PRIVATE | TRUSTED)) === TRUSTED) lit[u[e]] = lit[v[e]] = 1;
  for (const kind of [0, PRIVATE]) {
    let left = edges.filter((e) => (flags[e] & PRIVATE) === kind);
    for (let before = -1; before !== left.length;) {
      before = left.length;
      left = left.filter((e) => {
        if (!lit[u[e]] && !lit[v[e]]) return true;
        flags[e] |= TRUSTED;
        lit[u[e]] = lit[v[e]] = 1;
        return false;
      });
    }
  }
  return { ...network, flags };
}

// The state after one change, or {refused: why}, a key of the page's words.
function changedBy(site, state, change) {
  const act = ACTIONS[`${change.what} ${change.change}`];
  return act ? act(site, state, change) : { refused: "refused_unknown" };
}

const ACTIONS = {
  "facility add": (site, state, change) => {
    const k = site.categories.findIndex(({ id }) => id === change.category);
    if (k < 0) return { refused: "refused_category" };
    const { unit } = site.categories[k];
    const size = change.capacity ?? (unit === "count" ? 1 : null);
    return placed(site, state, change, [{ category: k, size, name: change.name ?? "" }]);
  },
  "facility move": (site, state, change) => {
    const rows = rowsOf(state, change.id);
    if (!rows.length) return { refused: "refused_facility" };
    const { category, size, name } = state.facilities;
    return placed(site, closedRows(state, rows), change, rows.map((f) => ({ category: category[f], size: size[f], name: name[f] })));
  },
  "facility close": (site, state, change) => {
    const rows = rowsOf(state, change.id);
    return rows.length ? closedRows(state, rows) : { refused: "refused_facility" };
  },
  "path add": (site, state, change) => {
    const line = change.line.map((at) => site.point(at));
    if (!line.every(([x, y]) => site.studied(x, y))) return { refused: "refused_outside" };
    return pathAdded(site, state, line.filter(([x, y], i) => !i || x !== line[i - 1][0] || y !== line[i - 1][1]));
  },
  "path close": (site, state, change) => {
    const point = site.point(change.at);
    if (!site.studied(...point)) return { refused: "refused_outside" };
    const [foot] = feet(point, CLOSE_MM, segmentsOf(state.network, () => true));
    if (!foot) return { refused: "refused_no_street" };
    return cutAt(state, [joinAt(state.network, foot)], [], true);
  },
  "gate add": (site, state, change) => {
    const [lat, lng] = change.at.map((value) => Number(value.toFixed(7)));
    const gate = site.gates ? site.gates.candidates.findIndex((at) => at[0] === lat && at[1] === lng) : -1;
    return gate < 0 ? { refused: "refused_gate" } : gateAdded(site.gates.open, state, gate);
  },
  "gate close": (site, state, change) => {
    const gate = gateNear(site, change.at);
    return gate < 0 ? { refused: "refused_no_gate" } : gateClosed(site.gates, state, gate);
  },
};

// The nearest of the gates that are there; -1 where none is near.
function gateNear(site, at) {
  const here = site.point(at);
  const far = (site.gates?.hold.xy ?? []).map((xy) => between(here, xy));
  const gate = far.indexOf(Math.min(...far));
  return far[gate] <= GATE_MM ? gate : -1;
}

// The rows of one gate, on the streets as earlier changes have left them; `of` is the gate, or who stands inside.
function rowsThrough(rows, gate, by, splits) {
  const chosen = Array.from(rows.of.keys()).filter((r) => rows[by][r] === gate);
  const column = (name) => Int32Array.from(chosen, (r) => rows[name][r]);
  const taken = { of: column("of"), edge: column("edge"), offset_mm: column("offset_mm"), connector_mm: column("connector_mm"),
    gate: column("gate") };
  return splits.reduce(carried, taken);
}

function listed(rows) {
  return Array.from(rows.of, (of, r) => ({ of, edge: rows.edge[r], offset_mm: rows.offset_mm[r], connector_mm: rows.connector_mm[r] }));
}

// The street points of a gate as cuts.
function linksOf({ links, link_xy }, gate, splits) {
  const xy = link_xy.filter((_, r) => links.of[r] === gate);
  return listed(rowsThrough(links, gate, "of", splits)).map((link, i) => ({ ...link, xy: xy[i] }));
}

function gateAdded(open, state, gate) {
  const links = linksOf(open, gate, state.splits);
  const apart = links.length === 2 && (links[0].edge !== links[1].edge || links[0].offset_mm !== links[1].offset_mm);
  const [here, points] = [open.xy[gate], []];
  const line = apart ? [links[0].xy, here, links[1].xy] : [];
  line.forEach((xy, i) => points.push([...xy, i ? points[i - 1][2] + between(line[i - 1], xy) : 0]));
  const after = cutAt(state, links, apart ? [{ u: links[0], v: links[1], points, flags: TRUSTED }] : [], false);
  const through = (rows) => listed(rowsThrough(rows, gate, "gate", after.splits));
  return settled({ ...after, rows: withRows(after.rows, through(open.places)),
    doors: withRows(after.doors, through(open.facilities)) });
}

function gateClosed({ hold, rows }, state, gate) {
  const after = cutAt(state, linksOf(hold, gate, state.splits), [], true);
  const without = (those) => {
    const kept = Array.from(those.of.keys()).filter((r) => those.gate[r] !== rows[gate]);
    const column = (name) => Int32Array.from(kept, (r) => those[name][r]);
    return { of: column("of"), edge: column("edge"), offset_mm: column("offset_mm"), connector_mm: column("connector_mm"),
      gate: column("gate") };
  };
  return { ...after, rows: without(after.rows), doors: without(after.doors) };
}

function rowsOf({ facilities }, id) {
  return Array.from(facilities.id.keys()).filter((f) => facilities.id[f] === id && facilities.open[f] && !facilities.latlng[f]);
}

function closedRows(state, rows) {
  const open = state.facilities.open.slice();
  for (const f of rows) open[f] = 0;
  return { ...state, facilities: { ...state.facilities, open } };
}

// The state with facilities at one new spot, behind those it has.
function placed(site, state, change, added) {
  const point = site.point(change.at);
  if (!site.studied(...point)) return { refused: "refused_outside" };
  const { join, refused } = joined(site, state, point);
  if (refused) return { refused };
  const { facilities } = state;
  const first = facilities.id.length;
  const id = `scenario/${state.added + 1}`;
  const more = (column, value) => longer(facilities[column], added.map(value));
  return {
    ...state,
    added: state.added + 1,
    doors: withRows(state.doors, added.map((_, i) => ({ of: first + i, ...join }))),
    facilities: {
      id: more("id", () => id),
      name: more("name", ({ name }) => name),
      latlng: more("latlng", () => change.at),
      size: more("size", ({ size }) => size),
      centre: more("centre", () => point),
      category: more("category", ({ category }) => category),
      owner: more("owner", () => -1),
      open: more("open", () => 1),
      stray: more("stray", () => 0),
    },
  };
}

// A column with values behind those it has: of the same type.
function longer(column, values) {
  if (Array.isArray(column)) return column.concat(values);
  const grown = new column.constructor(column.length + values.length);
  grown.set(column);
  grown.set(values, column.length);
  return grown;
}

// The row of a facility at a point: the nearest street that nothing bars.
function joined(site, { network }, point) {
  const attachable = (flags) => (flags & (ATTACHABLE | TRUSTED)) === (ATTACHABLE | TRUSTED);
  const found = feet(point, site.connector_mm, segmentsOf(network, attachable));
  for (const [i, pieces] of site.barriers.outside.entries()) {
    const around = piecesNear(pieces, point, site.connector_mm);
    const best = found.find((foot) => !barred(point, foot.xy, around));
    if (best) return { join: joinAt(network, best) };
    if (site.yards.some(({ inside, bits }) => bits & (1 << i) && inside(...point))) return { refused: "refused_yard" };
  }
  return { refused: found.length ? "refused_barred" : "refused_no_street" };
}

function cutAt(state, cuts, added, apart) {
  const { network, place } = rebuilt(state.network, cuts, added, apart);
  return { ...state, splits: [...state.splits, place], network, rows: carried(state.rows, place), doors: carried(state.doors, place) };
}

function pathAdded(site, state, line) {
  if (line.length < 2) return { refused: "refused_path" };
  const attachable = segmentsOf(state.network, (flags) => flags & ATTACHABLE);
  const joints = line.map((point) => {
    const [foot] = feet(point, JOINT_MM, attachable);
    return foot && joinAt(state.network, foot);
  });
  if (!joints.some(Boolean)) return { refused: "refused_path" };
  const added = [];
  let points = [];
  const go = (xy) => {
    const last = points.at(-1);
    if (!last) points.push([...xy, 0]);
    else if (last[0] !== xy[0] || last[1] !== xy[1]) points.push([...xy, last[2] + between(last, xy)]);
  };
  let begin = null;
  line.forEach((point, i) => {
    go(point);
    if (!joints[i]) return;
    go(joints[i].xy);
    if (i) added.push({ u: begin, v: joints[i], points, flags: ATTACHABLE });
    [begin, points] = [joints[i], []];
    go(joints[i].xy);
    go(point);
  });
  if (!joints.at(-1)) added.push({ u: begin, v: null, points, flags: ATTACHABLE });
  for (const edge of added) {
    if ([edge.u, edge.v].some((joint) => joint && state.network.flags[joint.edge] & TRUSTED)) edge.flags |= TRUSTED;
  }
  if (added.some(({ flags }) => flags & TRUSTED)) for (const edge of added) edge.flags |= TRUSTED;
  const after = cutAt(state, joints.filter(Boolean), added, false);
  return settled(joinsTo(site, after, after.network.u.length - added.length));
}

// Places and open facilities that are nearer to the edges from `first` on than to what they join now.
function joinsTo(site, state, first) {
  const { network, facilities } = state;
  const segments = segmentsOf(network, () => true, first);
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  segments((ax, ay, bx, by) => {
    [low[0], low[1]] = [Math.min(low[0], ax, bx), Math.min(low[1], ay, by)];
    [high[0], high[1]] = [Math.max(high[0], ax, bx), Math.max(high[1], ay, by)];
  });
  const grown = (rows, centres, counts, pieces) => {
    const least = new Float64Array(centres.length).fill(site.connector_mm + 1);
    rows.of.forEach((of, r) => { least[of] = Math.min(least[of], rows.connector_mm[r]); });
    const more = [];
    centres.forEach((centre, of) => {
      const limit = Math.min(site.connector_mm, least[of] - 1);
      if (limit < 0 || !counts(of) || centre.some((c, axis) => c < low[axis] - limit || c > high[axis] + limit)) return;
      const [foot] = feet(centre, limit, segments);
      if (!foot || barred(centre, foot.xy, piecesNear(pieces, centre, limit))) return;
      more.push({ of, ...joinAt(network, foot) });
    });
    return withRows(rows, more);
  };
  return { ...state,
    rows: grown(state.rows, site.centres, () => true, site.barriers.inside),
    doors: grown(state.doors, facilities.centre, (f) => facilities.open[f], site.barriers.outside[0]) };
}

// What is trusted after a joining, and whom that clears of being off the network.
function settled(state) {
  const network = trustSpread(state.network);
  const clear = (flags, rows) => {
    const left = flags.slice();
    rows.of.forEach((of, r) => { if (network.flags[rows.edge[r]] & TRUSTED) left[of] = 0; });
    return left;
  };
  const { facilities } = state;
  return { ...state, network, off_network: clear(state.off_network, state.rows), island: clear(state.island, state.rows),
    facilities: { ...facilities, stray: clear(facilities.stray, state.doors) } };
}
