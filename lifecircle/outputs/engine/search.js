"use strict";
// Searches over the network. A walk is one exact number, its key: millimetres times `scale` plus the facility's row,
// so that of two walks as long the one to the lower row is the shorter.

const [PRIVATE, ATTACHABLE, TRUSTED] = [1, 2, 4];

// Rows grouped by a number below `count`: those of group g are row[start[g]] to row[start[g + 1] - 1].
function grouped(of, count) {
  const start = new Int32Array(count + 1);
  for (const group of of) start[group + 1]++;
  for (let group = 0; group < count; group++) start[group + 1] += start[group];
  const [row, next] = [new Int32Array(of.length), start.slice()];
  for (let i = 0; i < of.length; i++) row[next[of[i]]++] = i;
  return { start, row };
}

// Private ways may begin or end a walk, not carry one through: a node of theirs stands thrice, among those that lead
// out of private ways, as itself among the public ones, and among those that lead in. What stood in the graph of the
// network before keeps its number.
function graphOf(network) {
  network.graph ??= grownGraph(network, network.before ? graphOf(network.before) : { size: 0, own: [], out: [], into: [] });
  return network.graph;
}

function grownGraph(network, before) {
  const { nodes, u, v, flags } = network;
  const layer = (old) => {
    const numbers = new Int32Array(nodes).fill(-1);
    numbers.set(old);
    return numbers;
  };
  const [own, out, into] = [layer(before.own), layer(before.out), layer(before.into)];
  let { size } = before;
  for (let n = before.own.length; n < nodes; n++) own[n] = size++;
  const apart = (n) => {
    if (out[n] < 0) [out[n], into[n]] = [size++, size++];
  };
  for (let e = 0; e < u.length; e++) {
    if (!(flags[e] & PRIVATE)) continue;
    apart(u[e]);
    apart(v[e]);
  }
  return withArcs({ network, own, out, into, size });
}

// Calls visit(tail, head, forth) for the arcs of an edge.
function arcsOf({ network: { u, v, flags }, own, out, into }, e, visit) {
  for (const layer of flags[e] & PRIVATE ? [out, into] : [own]) {
    visit(layer[u[e]], layer[v[e]], 1);
    visit(layer[v[e]], layer[u[e]], 0);
  }
}

// The graph with its arcs, those from node n start[n] to start[n + 1] - 1; `past` is the node that a node of private
// ways, or one they lead to, is reached from without a step: -1 for none.
function withArcs(graph) {
  const { network: { nodes, u, mm }, own, out, into, size } = graph;
  const [start, past] = [new Int32Array(size + 1), new Int32Array(size).fill(-1)];
  const each = (visit) => {
    for (let e = 0; e < u.length; e++) arcsOf(graph, e, (tail, head, forth) => visit(tail, head, mm[e], e, forth));
    for (let n = 0; n < nodes; n++) {
      if (out[n] < 0) continue;
      visit(out[n], own[n], 0, -1, 1);
      visit(own[n], into[n], 0, -1, 1);
    }
  };
  each((tail, head, length, e) => {
    start[tail + 1]++;
    if (e < 0) past[head] = tail;
  });
  for (let n = 0; n < size; n++) start[n + 1] += start[n];
  const next = start.slice();
  const [from, to, lengths, edge] = [0, 1, 2, 3].map(() => new Int32Array(start[size]));
  const ahead = new Uint8Array(start[size]);
  each((tail, head, length, e, forth) => {
    const a = next[tail]++;
    [from[a], to[a], lengths[a], edge[a], ahead[a]] = [tail, head, length, e, forth];
  });
  return { ...graph, start, past, tail: from, head: to, mm: lengths, edge, forth: ahead };
}

// Where walks from a point on an edge begin: at its end `n`, among the nodes that lead out where the edge is private.
function startNode({ network, own, out }, e, n) {
  return network.flags[e] & PRIVATE ? out[n] : own[n];
}

// A heap of keys and nodes; the least key comes first.
function heap() {
  let [keys, nodes, size] = [new Float64Array(1024), new Int32Array(1024), 0];
  const grow = () => {
    const [wider, longer] = [new Float64Array(2 * keys.length), new Int32Array(2 * keys.length)];
    wider.set(keys);
    longer.set(nodes);
    [keys, nodes] = [wider, longer];
  };
  return {
    top: { key: 0, node: 0 },
    push(key, node) {
      if (size === keys.length) grow();
      let at = size++;
      while (at > 0) {
        const above = (at - 1) >> 1;
        if (keys[above] <= key) break;
        keys[at] = keys[above];
        nodes[at] = nodes[above];
        at = above;
      }
      keys[at] = key;
      nodes[at] = node;
    },
    // Takes the least into `top`; false where there is none.
    pop() {
      if (size === 0) return false;
      this.top.key = keys[0];
      this.top.node = nodes[0];
      const [key, node] = [keys[--size], nodes[size]];
      let at = 0;
      for (let below = 1; below < size; below = 2 * at + 1) {
        if (below + 1 < size && keys[below + 1] < keys[below]) below++;
        if (keys[below] >= key) break;
        keys[at] = keys[below];
        nodes[at] = nodes[below];
        at = below;
      }
      keys[at] = key;
      nodes[at] = node;
      return true;
    },
  };
}

// The least key of every node of the graph, from seeds {node, key}, up to a limit; Infinity beyond. With `owner` (of
// each facility, -1 for nobody) `second` is the least key of another owner than the first's. `arc`: how one came.
function search(graph, seeds, scale, limit_mm, { owner = null, track = false } = {}) {
  const found = { graph, seeds, scale, owner, first: new Float64Array(graph.size).fill(Infinity),
    second: owner && new Float64Array(graph.size).fill(Infinity), arc: track ? new Int32Array(graph.size).fill(-1) : null };
  const { reach, settle } = walking(found, limit_mm);
  seeds.node.forEach((node, i) => reach(node, seeds.key[i], -1));
  settle();
  return found;
}

// The same after some edges and seeds have changed: only walks over these are searched anew, those that are shorter
// now, and those that are no more.
function searchedAgain(before, graph, seeds, edges, limit_mm, owner) {
  const [size, old] = [graph.size, before.first.length];
  const longer = (keys) => {
    const grown = new Float64Array(size).fill(Infinity, old);
    grown.set(keys);
    return grown;
  };
  const found = { graph, seeds, scale: before.scale, owner, first: longer(before.first),
    second: before.second && longer(before.second), arc: null };
  const { first, second, scale } = found;
  const { start, head, mm, edge, past } = graph;
  const { reach, settle } = walking(found, limit_mm);
  const pull = (node, from, length) => {
    reach(node, first[from] + length * scale, -1);
    if (second) reach(node, second[from] + length * scale, -1);
  };
  const pullAll = (node) => {
    for (let a = start[node]; a < start[node + 1]; a++) if (edge[a] >= 0) pull(node, head[a], mm[a]);
    if (past[node] >= 0) pull(node, past[node], 0);
  };
  const plant = () => seeds.node.forEach((node, i) => reach(node, seeds.key[i], -1));
  for (let node = old; node < size; node++) pullAll(node);
  for (const e of edges) arcsOf(graph, e, (tail, to) => pull(to, tail, graph.network.mm[e]));
  plant();
  settle();
  const lost = withdrawn(found, before, edges);
  if (lost.size) {
    lost.forEach(pullAll);
    plant();
    settle();
  }
  return found;
}

// Takes back every key that nothing leads to any more, the least first; returns the nodes that lost one. A key stands
// where a neighbour holds what it continues; those without a step are taken back rather than looked into.
function withdrawn({ graph, seeds, scale, first, second }, before, edges) {
  const { start, head, mm, edge } = graph;
  const [open, lost] = [heap(), new Set()];
  const holds = (node, key) => first[node] === key || (second !== null && second[node] === key);
  const doubt = (node, key) => {
    if (key < Infinity && holds(node, key)) open.push(key, node);
  };
  const stands = (node, key) => {
    for (let a = start[node]; a < start[node + 1]; a++) {
      if (edge[a] >= 0 && mm[a] > 0 && holds(head[a], key - mm[a] * scale)) return true;
    }
    return false;
  };
  const { network } = before.graph;
  for (const e of edges) {
    if (e >= network.u.length) continue;
    arcsOf(before.graph, e, (tail, to) => [before.first, before.second].forEach((keys) =>
      keys && doubt(to, keys[tail] + network.mm[e] * scale)));
  }
  before.seeds.node.forEach((node, i) => {
    if (seeds.node[i] !== node || seeds.key[i] !== before.seeds.key[i]) doubt(node, before.seeds.key[i]);
  });
  while (open.pop()) {
    const { key, node } = open.top;
    if (!holds(node, key) || stands(node, key)) continue;
    (first[node] === key ? first : second)[node] = Infinity;
    lost.add(node);
    for (let a = start[node]; a < start[node + 1]; a++) doubt(head[a], key + mm[a] * scale);
  }
  if (second) lost.forEach((node) => { if (second[node] < first[node]) [first[node], second[node]] = [second[node], Infinity]; });
  return lost;
}

// The facility's owner that a key tells of.
function ownerOf({ owner, scale }, key) {
  return owner[key - Math.floor(key / scale) * scale];
}

// What brings keys to nodes, and from these to all they lead to.
function walking(found, limit_mm) {
  const { graph: { start, head, mm }, scale, first, second, arc } = found;
  const [open, end] = [heap(), (limit_mm + 1) * scale];
  const reach = (node, key, by) => {
    if (key >= end) return;
    if (key < first[node]) {
      if (second && first[node] < Infinity && ownerOf(found, first[node]) !== ownerOf(found, key)) second[node] = first[node];
      first[node] = key;
      if (arc) arc[node] = by;
    } else if (second && key < second[node] && key > first[node] && ownerOf(found, key) !== ownerOf(found, first[node])) {
      second[node] = key;
    } else {
      return;
    }
    open.push(key, node);
  };
  const settle = () => {
    while (open.pop()) {
      const { key, node } = open.top;
      if (key !== first[node] && !(second && key === second[node])) continue;
      for (let a = start[node]; a < start[node + 1]; a++) {
        const next = key + mm[a] * scale;
        if (second || next < first[head[a]]) reach(head[a], next, a);
      }
    }
  };
  return { reach, settle };
}

// Seeds of points on edges: two each, key[i] being the walk from what they stand for to the point.
function seedsOf(graph, edge, offset_mm, key, scale) {
  const { u, v, mm } = graph.network;
  const [node, keys] = [new Int32Array(2 * edge.length), new Float64Array(2 * edge.length)];
  edge.forEach((e, i) => {
    node[2 * i] = startNode(graph, e, u[e]);
    node[2 * i + 1] = startNode(graph, e, v[e]);
    keys[2 * i] = key[i] + offset_mm[i] * scale;
    keys[2 * i + 1] = key[i] + (mm[e] - offset_mm[i]) * scale;
  });
  return { node, key: keys };
}

// The least key at a node, of another owner than `own`.
function keyOfOther(found, node, own) {
  const key = found.first[node];
  return found.second && own >= 0 && key < Infinity && ownerOf(found, key) === own ? found.second[node] : key;
}

// The same where one arrives at the end `n` of an edge: of a private one among the nodes that lead out, or in.
function keyAtEnd(found, e, n, own) {
  const { network: { flags }, own: public_, out, into } = found.graph;
  if (!(flags[e] & PRIVATE)) return keyOfOther(found, public_[n], own);
  return Math.min(keyOfOther(found, out[n], own), keyOfOther(found, into[n], own));
}

// The same at a point on an edge, by way of the edge's ends.
function keyOnEdge(found, e, offset_mm, own = -1) {
  const { u, v, mm } = found.graph.network;
  return Math.min(keyAtEnd(found, e, u[e], own) + offset_mm * found.scale,
    keyAtEnd(found, e, v[e], own) + (mm[e] - offset_mm) * found.scale);
}
