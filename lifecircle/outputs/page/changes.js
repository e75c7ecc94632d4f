"use strict";
// What a scenario makes of a site, by the rules of scenario.py, in whole millimetres.

const JOINT_MM = 2_000;
const CLOSE_MM = 25_000;
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

// A network with edges cut at some offsets and others added. cuts: {edge, offset_mm, xy, apart}, apart where nobody
// passes. added: {u, v, points: [[x, y, mm], ...], flags} with the nodes of joints given as {edge, offset_mm}.
function rebuilt(network, cuts, added) {
  const edges = new Map();
  for (const cut of cuts) {
    if (!edges.has(cut.edge)) edges.set(cut.edge, []);
    const there = edges.get(cut.edge);
    if (!there.some(({ offset_mm }) => offset_mm === cut.offset_mm)) there.push(cut);
  }
  let nodes = network.nodes;
  const changed = new Set();
  const pieces = Array.from(network.u, (_, e) => ({ e, u: network.u[e], v: network.v[e] }));
  const [appended, place] = [[], new Map()];
  for (const [e, there] of Array.from(edges).sort(([a], [b]) => a - b)) {
    there.sort((a, b) => a.offset_mm - b.offset_mm);
    changed.add(e);
    let piece = pieces[e];
    piece.from = 0;
    const last = network.v[e];
    place.set(e, [{ number: e, until: Infinity, from: 0 }]);
    for (const { offset_mm, xy, apart } of there) {
      const [left, right] = apart ? [nodes++, nodes++] : [nodes, nodes++];
      if (offset_mm === 0) {
        pieces[e].u = apart ? left : pieces[e].u;
        continue;
      }
      if (offset_mm === network.mm[e]) {
        piece.v = apart ? left : last;
        continue;
      }
      Object.assign(piece, { v: left, until: offset_mm, end: xy });
      const number = network.u.length + appended.length;
      place.get(e).at(-1).until = offset_mm;
      place.get(e).push({ number, until: Infinity, from: offset_mm });
      piece = { e, u: right, v: last, from: offset_mm, begin: xy };
      appended.push(piece);
      changed.add(number);
    }
  }
  const nodeAt = ({ edge, offset_mm }) => {
    if (offset_mm === 0) return pieces[edge].u;
    if (offset_mm === network.mm[edge]) return network.v[edge];
    const { number } = place.get(edge).find(({ until }) => offset_mm <= until);
    return number === edge ? pieces[edge].v : appended[number - network.u.length].v;
  };
  const all = [...pieces, ...appended];
  const flags = all.map(({ e }) => network.flags[e]);
  const lines = all.map((piece) => (piece.from === undefined ? null : pieceLine(network, piece)));
  const ends = all.map(({ u, v }) => [u, v]);
  for (const line of added) {
    const end = (joint) => (joint ? nodeAt(joint) : nodes++);
    changed.add(ends.length);
    ends.push([end(line.u), end(line.v)]);
    lines.push(line.points);
    flags.push(line.flags);
  }
  const counts = lines.map((line, i) => (line ? line.length : network.start[i + 1] - network.start[i]));
  const start = new Int32Array(ends.length + 1);
  counts.forEach((count, e) => { start[e + 1] = start[e] + count; });
  const [x, y, at] = [0, 0, 0].map(() => new Int32Array(start[ends.length]));
  lines.forEach((line, e) => {
    if (line) {
      line.forEach((point, i) => [x, y, at].forEach((column, c) => { column[start[e] + i] = point[c]; }));
    } else {
      [[x, network.x], [y, network.y], [at, network.at]].forEach(([column, old]) =>
        column.set(old.subarray(network.start[e], network.start[e + 1]), start[e]));
    }
  });
  const after = { nodes, u: Int32Array.from(ends, ([u]) => u), v: Int32Array.from(ends, ([, v]) => v),
    mm: Int32Array.from(ends, (_, e) => at[start[e + 1] - 1]), flags: Uint8Array.from(flags), start, x, y, at,
    before: network, changed };
  return { network: after, place };
}

// The vertices of a piece of an edge, each with its distance from the piece's first.
function pieceLine({ start, x, y, at, mm }, { e, from, until = mm[e], begin, end }) {
  const points = begin ? [[...begin, 0]] : [];
  for (let i = start[e]; i < start[e + 1]; i++) {
    const inside = (begin ? at[i] > from : at[i] >= from) && (end ? at[i] < until : at[i] <= until);
    if (inside) points.push([x[i], y[i], at[i] - from]);
  }
  return end ? [...points, [...end, until - from]] : points;
}

// Rows after cuts: a row at a cut belongs to the piece that ends there.
function carried(rows, place) {
  if (!place.size) return rows;
  const [edge, offset_mm] = [rows.edge.slice(), rows.offset_mm.slice()];
  edge.forEach((e, r) => {
    if (!place.has(e)) return;
    const { number, from } = place.get(e).find(({ until }) => offset_mm[r] <= until);
    edge[r] = number;
    offset_mm[r] -= from;
  });
  return { ...rows, edge, offset_mm };
}

// Rows with more behind them: [{of, edge, offset_mm, connector_mm}].
function withRows(rows, more) {
  const column = (name) => {
    const grown = new Int32Array(rows.of.length + more.length);
    grown.set(rows[name]);
    more.forEach((row, i) => { grown[rows.of.length + i] = row[name]; });
    return grown;
  };
  return { of: column("of"), edge: column("edge"), offset_mm: column("offset_mm"), connector_mm: column("connector_mm") };
}

// Trusted is what hangs on trusted streets: public streets by public ones, private ones by nodes of these.
function trustSpread(network) {
  const { nodes, u, v } = network;
  const flags = network.flags.slice();
  const spread = (kind, lit) => {
    const parent = Int32Array.from({ length: nodes }, (_, n) => n);
    const root = (n) => {
      let top = n;
      while (parent[top] !== top) top = parent[top] = parent[parent[top]];
      return top;
    };
    for (let e = 0; e < u.length; e++) if ((flags[e] & PRIVATE) === kind) parent[root(u[e])] = root(v[e]);
    const trusted = new Uint8Array(nodes);
    lit((n) => { trusted[root(n)] = 1; });
    for (let e = 0; e < u.length; e++) if ((flags[e] & PRIVATE) === kind && trusted[root(u[e])]) flags[e] |= TRUSTED;
  };
  const eachTrusted = (kind, visit) => {
    for (let e = 0; e < u.length; e++) if ((flags[e] & (PRIVATE | TRUSTED)) === (kind | TRUSTED)) [u[e], v[e]].forEach(visit);
  };
  spread(0, (visit) => eachTrusted(0, visit));
  spread(PRIVATE, (visit) => eachTrusted(0, visit));
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
    return cutAt(state, [{ ...joinAt(state.network, foot), apart: true }]);
  },
};

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
  const more = (column, value) => [...facilities[column], ...added.map(value)];
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
      category: Int32Array.from(more("category", ({ category }) => category)),
      owner: Int32Array.from(more("owner", () => -1)),
      open: Uint8Array.from(more("open", () => 1)),
      stray: Uint8Array.from(more("stray", () => 0)),
    },
  };
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

function cutAt(state, cuts, added = []) {
  const { network, place } = rebuilt(state.network, cuts, added);
  return { ...state, network, rows: carried(state.rows, place), doors: carried(state.doors, place) };
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
  const after = cutAt(state, joints.filter(Boolean), added);
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
