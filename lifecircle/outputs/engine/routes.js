"use strict";
// Walks from one spot, the routes they take, and whom a facility serves.

// What one walks to from a place (its number), a spot ([lat, lng]) or a gate ({gate: [lat, lng]}); null where that
// joins nothing.
function walksFrom(site, result, where) {
  const { network, state: { doors }, walks: { graph } } = result;
  const rows = startRows(site, result.state, where);
  if (!rows) return null;
  const found = search(graph, seedsOf(graph, rows.edge, rows.offset_mm, rows.connector_mm, 1), 1, site.limit_mm,
    { track: true });
  const onEdge = (e) => Array.from(rows.edge.keys()).filter((r) => rows.edge[r] === e)
    .map((r) => ({ offset_mm: rows.offset_mm[r], mm: rows.connector_mm[r] }));
  const toPoint = (e, offset) => onEdge(e).reduce((least, { offset_mm, mm }) =>
    Math.min(least, Math.abs(offset_mm - offset) + mm), keyOnEdge(found, e, offset));
  // The walk to a facility: {mm, latlngs}; null beyond the limit. Inside one enclosure it takes no street.
  const route = (facility) => {
    let [best, least] = [-1, Infinity];
    doors.of.forEach((of, d) => {
      if (of !== facility) return;
      const mm = toPoint(doors.edge[d], doors.offset_mm[d]) + doors.connector_mm[d];
      if (mm < least) [best, least] = [d, mm];
    });
    const within = site.shared.filter((pair) => pair.place === where && pair.facility === facility);
    for (const { mm } of within) if (mm <= least) [best, least] = [-1, mm];
    if (least > site.limit_mm) return null;
    const latlngs = [];
    const visit = (x, y) => latlngs.push(site.latlng(x, y));
    if (best >= 0) traced(network, found, rows, onEdge, doors.edge[best], doors.offset_mm[best], visit);
    return { mm: least, latlngs };
  };
  const nearest = result.reached.map((of, k) => (typeof where === "number"
    ? { k, mm: of.mm[where], facility: of.nearest[where] } : { k, ...nearestTo(site, of, rows) }));
  return { perCategory: nearest, route, metres: metresAlong(site, network, found, onEdge) };
}

function startRows(site, state, where) {
  if (typeof where !== "number") {
    const join = where.gate ? gateJoin(site, state, where.gate) : joined(site, state, site.point(where)).join;
    return join ? { edge: [join.edge], offset_mm: [join.offset_mm], connector_mm: [join.connector_mm] } : null;
  }
  const chosen = Array.from(state.rows.of.keys()).filter((r) => state.rows.of[r] === where);
  const column = (name) => chosen.map((r) => state.rows[name][r]);
  return { edge: column("edge"), offset_mm: column("offset_mm"), connector_mm: column("connector_mm") };
}

// The row of a gate: to the street that those behind it walk to through it, else to the nearest.
function gateJoin(site, state, at) {
  const gate = gateNear(site, at);
  if (gate < 0) return joined(site, state, site.point(at)).join;
  const xy = site.gates.hold.xy[gate];
  const through = [state.rows, state.doors].flatMap((rows) => listed(rows).filter((_, r) => rows.gate[r] === site.gates.rows[gate]));
  const joins = through.map(({ edge, offset_mm }) => {
    let connector_mm = 0;
    alongEdge(state.network, edge, offset_mm, offset_mm, (x, y) => { connector_mm = between(xy, [x, y]); });
    return { edge, offset_mm, connector_mm };
  });
  return joins.sort((a, b) => a.connector_mm - b.connector_mm)[0] ?? joined(site, state, xy).join;
}

// The nearest facility of a category from one row.
function nearestTo(site, { found, doorsOn }, { edge: [e], offset_mm: [offset], connector_mm: [connector] }) {
  const { scale } = found;
  const least = doorsOn(e).reduce((best, { offset_mm, mm, facility }) =>
    Math.min(best, (Math.abs(offset_mm - offset) + mm) * scale + facility), keyOnEdge(found, e, offset)) + connector * scale;
  const mm = Math.floor(least / scale);
  return mm <= site.limit_mm ? { mm, facility: least - mm * scale } : { mm: -1, facility: -1 };
}

// The places within a facility's norm, and those that have no other of its category within it.
function servedBy(site, { state, walks, facilities }, facility) {
  const k = facilities.category[facility];
  const norm_mm = site.categories[k].norm_m * 1000;
  const members = membersOf(walks, k);
  const within = (some) => reach(site, state, walks, some).mm.map((mm) => (mm >= 0 && mm <= norm_mm ? 1 : 0));
  const [own, others] = [within([facility]), within(members.filter((f) => f !== facility))];
  const served = Array.from(own.keys()).filter((i) => own[i]);
  return { served, only: served.filter((i) => !others[i]) };
}

// The heads of some places, [place, heads], for which a facility at each drawn vertex would be within a category's norm;
// none where nothing may be built: on private streets, and on those that hang on no other.
function servedAlong(site, { network, state: { rows }, walks: { graph, rows: of } }, k, places) {
  const { edge, lines, offsets } = drawn(site, network);
  const norm_mm = site.categories[k].norm_m * 1000;
  const heads = new Float64Array(offsets.length);
  const begin = new Int32Array(lines.length);
  lines.forEach((line, i) => { begin[i] = i ? begin[i - 1] + lines[i - 1].length : 0; });
  const on = grouped(edge, network.u.length);
  const found = { graph, scale: 1, owner: null, first: new Float64Array(graph.size).fill(Infinity), second: null, arc: null };
  const { reach, settle } = walking(found, norm_mm);
  for (const [place, weight] of places) {
    const own = of.row.subarray(of.start[place], of.start[place + 1]);
    const [edges, offset_mm, connector_mm] = ["edge", "offset_mm", "connector_mm"].map((name) => own.map((r) => rows[name][r]));
    const seeds = seedsOf(graph, edges, offset_mm, connector_mm, 1);
    seeds.node.forEach((node, i) => reach(node, seeds.key[i], -1));
    settle();
    const { nodes, touched } = reachedFrom(found, seeds.node, edges);
    for (const e of touched) {
      if ((network.flags[e] & (PRIVATE | ATTACHABLE | TRUSTED)) !== (ATTACHABLE | TRUSTED)) continue;
      const doors = Array.from(own.keys()).filter((i) => edges[i] === e).map((i) => ({ offset_mm: offset_mm[i], mm: connector_mm[i] }));
      const mmAt = walkAlong(network, found, e, doors);
      for (let j = on.start[e]; j < on.start[e + 1]; j++) {
        const i = on.row[j];
        for (let v = begin[i]; v < begin[i] + lines[i].length; v++) if (mmAt(offsets[v]) <= norm_mm) heads[v] += weight;
      }
    }
    for (const node of nodes) found.first[node] = Infinity;
  }
  return heads;
}

// The nodes that a search from some nodes came to, and the edges at them and those it began on.
function reachedFrom({ graph: { start, head, edge }, first }, from, edges) {
  const nodes = new Set(Array.from(from).filter((node) => first[node] < Infinity));
  const touched = new Set(edges);
  for (const node of nodes) {
    for (let a = start[node]; a < start[node + 1]; a++) {
      if (edge[a] >= 0) touched.add(edge[a]);
      if (first[head[a]] < Infinity) nodes.add(head[a]);
    }
  }
  return { nodes, touched };
}

// The nearest street within some metres of a spot: {lat, lng, metres}, or null.
function snapped(site, result, at, metres) {
  const [foot] = feet(site.point(at), Math.round(metres * 1000), segmentsOf(result.network, (flags) => flags & ATTACHABLE));
  if (!foot) return null;
  const [lat, lng] = site.latlng(...foot.xy);
  return { lat, lng, metres: foot.mm / 1000 };
}

// The points of the shortest walk from rows to a point on an edge, in the order one walks.
function traced(network, found, rows, onEdge, edge, offset, visit) {
  const { graph, first, arc } = found;
  const direct = onEdge(edge).find(({ offset_mm, mm }) => Math.abs(offset_mm - offset) + mm <= keyOnEdge(found, edge, offset));
  if (direct) {
    alongEdge(network, edge, direct.offset_mm, offset, visit);
    return;
  }
  const { u, v, mm } = network;
  const ends = [[u[edge], 0], [v[edge], mm[edge]]];
  const [n, from] = ends.reduce((best, end) =>
    (keyAtEnd(found, edge, end[0], -1) + Math.abs(end[1] - offset)
      < keyAtEnd(found, edge, best[0], -1) + Math.abs(best[1] - offset) ? end : best));
  const candidates = network.flags[edge] & PRIVATE ? [graph.out[n], graph.into[n]] : [graph.own[n]];
  let node = candidates.reduce((best, other) => (first[other] < first[best] ? other : best));
  const arcs = [];
  for (; arc[node] >= 0; node = graph.tail[arc[node]]) arcs.unshift(arc[node]);
  const row = Array.from(rows.edge.keys()).find((r) => [[u, rows.offset_mm[r]], [v, mm[rows.edge[r]] - rows.offset_mm[r]]]
    .some(([end, rest]) => startNode(graph, rows.edge[r], end[rows.edge[r]]) === node
      && rows.connector_mm[r] + rest === first[node]));
  const begin = rows.edge[row];
  const towards = startNode(graph, begin, u[begin]) === node && rows.connector_mm[row] + rows.offset_mm[row] === first[node];
  alongEdge(network, begin, rows.offset_mm[row], towards ? 0 : mm[begin], visit);
  for (const a of arcs) {
    const e = graph.edge[a];
    if (e < 0) continue;
    const forth = graph.forth[a];
    alongEdge(network, e, forth ? 0 : mm[e], forth ? mm[e] : 0, visit);
  }
  alongEdge(network, edge, from, offset, visit);
}
