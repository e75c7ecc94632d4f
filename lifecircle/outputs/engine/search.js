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
// out of private ways, as itself among the public ones, and among those that lead in.
function graphOf(network) {
  const { nodes, u, v, mm, flags } = network;
  const twin = new Int32Array(nodes).fill(-1);
  let twins = 0;
  for (let e = 0; e < u.length; e++) {
    if (!(flags[e] & PRIVATE)) continue;
    if (twin[u[e]] < 0) twin[u[e]] = twins++;
    if (twin[v[e]] < 0) twin[v[e]] = twins++;
  }
  const size = nodes + 2 * twins;
  const [tail, head, length, edge, forth] = [[], [], [], [], []];
  const both = (a, b, e) => {
    tail.push(a, b);
    head.push(b, a);
    length.push(mm[e], mm[e]);
    edge.push(e, e);
    forth.push(1, 0);
  };
  for (let e = 0; e < u.length; e++) {
    if (flags[e] & PRIVATE) {
      for (const layer of [nodes, nodes + twins]) both(layer + twin[u[e]], layer + twin[v[e]], e);
    } else {
      both(u[e], v[e], e);
    }
  }
  for (let n = 0; n < nodes; n++) {
    if (twin[n] < 0) continue;
    tail.push(nodes + twin[n], n);
    head.push(n, nodes + twins + twin[n]);
    length.push(0, 0);
    edge.push(-1, -1);
    forth.push(1, 1);
  }
  const { start, row } = grouped(tail, size);
  const sorted = (values) => row.map((arc) => values[arc]);
  return { network, twin, twins, size, start, tail: sorted(tail), head: sorted(head), mm: sorted(length),
    edge: sorted(edge), forth: sorted(forth) };
}

// Where walks from a point on an edge begin: at its end `n`, among the nodes that lead out where the edge is private.
function startNode(graph, e, n) {
  return graph.network.flags[e] & PRIVATE ? graph.network.nodes + graph.twin[n] : n;
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
  const { start, head, mm, size } = graph;
  const first = new Float64Array(size).fill(Infinity);
  const second = owner && new Float64Array(size).fill(Infinity);
  const arc = track ? new Int32Array(size).fill(-1) : null;
  const [open, end] = [heap(), (limit_mm + 1) * scale];
  const ownerOf = (key) => owner[key - Math.floor(key / scale) * scale];
  const reach = (node, key, by) => {
    if (key >= end) return;
    if (key < first[node]) {
      if (second && first[node] < Infinity && ownerOf(first[node]) !== ownerOf(key)) second[node] = first[node];
      first[node] = key;
      if (arc) arc[node] = by;
    } else if (second && key < second[node] && key > first[node] && ownerOf(key) !== ownerOf(first[node])) {
      second[node] = key;
    } else {
      return;
    }
    open.push(key, node);
  };
  for (let i = 0; i < seeds.node.length; i++) reach(seeds.node[i], seeds.key[i], -1);
  while (open.pop()) {
    const { key, node } = open.top;
    if (key !== first[node] && !(second && key === second[node])) continue;
    for (let a = start[node]; a < start[node + 1]; a++) {
      const next = key + mm[a] * scale;
      if (second || next < first[head[a]]) reach(head[a], next, a);
    }
  }
  return { graph, scale, first, second, arc, ownerOf };
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
  return found.second && own >= 0 && key < Infinity && found.ownerOf(key) === own ? found.second[node] : key;
}

// The same where one arrives at the end `n` of an edge: of a private one among the nodes that lead out, or in.
function keyAtEnd(found, e, n, own) {
  const { network: { nodes, flags }, twin, twins } = found.graph;
  if (!(flags[e] & PRIVATE)) return keyOfOther(found, n, own);
  const out = nodes + twin[n];
  return Math.min(keyOfOther(found, out, own), keyOfOther(found, out + twins, own));
}

// The same at a point on an edge, by way of the edge's ends.
function keyOnEdge(found, e, offset_mm, own = -1) {
  const { u, v, mm } = found.graph.network;
  return Math.min(keyAtEnd(found, e, u[e], own) + offset_mm * found.scale,
    keyAtEnd(found, e, v[e], own) + (mm[e] - offset_mm) * found.scale);
}
