"use strict";
// What Python computed, in the page: who reaches what on foot, and what changes when something is added or closed.

const SCALE = 2 ** 20;

// Of so many steps what they came to is kept.
const KEPT = 4;

function createEngine(data) {
  const site = readSite(data);
  const base = resultOf(site, site.base, [], null);
  // A planner adds a change or takes the last one back: the steps before it are those of the run before.
  let steps = [];
  const run = (changes) => {
    const other = changes.findIndex((change, i) => steps[i]?.change !== change);
    steps = steps.slice(0, other < 0 ? changes.length : other);
    changes.slice(steps.length).forEach((change) => {
      const state = steps.at(-1)?.state ?? site.base;
      const after = changedBy(site, state, change);
      steps.push(after.refused ? { change, state, why: after.refused } : { change, state: after });
    });
    const last = steps.at(-1);
    if (!last) return base;
    const refused = steps.flatMap(({ why }, i) => (why ? [{ i, why }] : []));
    last.result ??= resultOf(site, last.state, refused, steps.findLast(({ result }) => result)?.result ?? base);
    for (const step of steps.slice(0, -KEPT)) step.result = null;
    return last.result;
  };
  return {
    base,
    run,
    streets: (result) => drawn(site, result.network),
    // Whether an edge hangs on the streets of the site, rather than on an island too small to trust.
    trusted: ({ network }, e) => (network.flags[e] & TRUSTED) !== 0,
    minutesAlong: (result, k) => metresAlong(site, result.network, result.reached[k].found, result.reached[k].doorsOn),
    from: (result, where) => walksFrom(site, result, where),
    serves: (result, facility) => servedBy(site, result, facility),
    servedAlong: (result, k, places) => servedAlong(site, result, k, places),
    snapStreet: (lat, lng, metres) => snapped(site, base, [lat, lng], metres),
    // Where gates may be put, and those that are there: lists of [lat, lng].
    gates: site.gates ? { candidates: site.gates.candidates, standing: site.gates.hold.xy.map((xy) => site.latlng(...xy)) } : null,
    toGeoJSON,
    fromGeoJSON,
    toFragment,
    fromFragment,
  };
}

createEngine.projection = projection;
createEngine.unpacked = unpacked;

// The parts of the page's data that walks are computed from; `base` is the site as it is.
function readSite(data) {
  const walk = data.walk;
  const ids = data.categories.map((category) => category.id);
  const facilities = data.facilities.category.map((id) => ids.indexOf(id));
  const places = data.demand.name.length;
  const owner = new Int32Array(facilities.length).fill(-1);
  const theirs = unpacked(walk.owners.of_facility);
  stepped(walk.owners.facility_steps).forEach((facility, i) => { owner[facility] = theirs[i]; });
  const [place, facility, mm] = walk.shared.map(unpacked);
  const { forward, inverse } = projection(walk.centre);
  const point = ([lat, lng]) => forward(Number(lat.toFixed(7)), Number(lng.toFixed(7))).map((metres) => rint(metres * 1000));
  const [boundary] = readOutlines(walk.boundary);
  const bits = unpacked(walk.yards_sets);
  const sizes = new Array(facilities.length).fill(null);
  for (const category of walk.categories) Object.entries(category.sizes ?? {}).forEach(([f, size]) => { sizes[f] = size; });
  const stray = walk.stray.map(([f, near, far]) => ({ facility: f, places: stepped(near), mm: unpacked(far) }));
  const weights = Object.entries(walk.weights).map(([by, code]) =>
    [by, typeof code === "string" ? wide(code).map((value) => (by === "footprint_m2" ? value / 1e6 : value)) : code]);
  weights.push(["places", new Float64Array(places).fill(1)]);
  return {
    places,
    speed: data.site.profile.speed,
    limit_mm: walk.limit_mm,
    connector_mm: walk.connector_mm,
    point,
    latlng: (x, y) => inverse(x / 1000, y / 1000),
    inside: insideOf(boundary),
    bounds: boundsOf(boundary),
    studied: insideOf(readOutlines(walk.study)[0]),
    centres: readPoints(walk.centres.places),
    barriers: readBarriers(walk),
    gates: walk.gates && { open: readOpenings(walk.gates.open), hold: readOpenings(walk.gates.hold), rows: walk.gates.rows,
      candidates: readPoints(walk.gates.candidates).map(([lng, lat]) => [lat / 1e7, lng / 1e7]) },
    yards: readOutlines(walk.yards).map((rings, i) => ({ inside: insideOf(rings), bits: bits[i] })),
    owner: stepped(walk.owners.place_steps),
    shared: Array.from(place, (p, i) => ({ place: p, facility: facility[i], mm: mm[i] })),
    sharing: grouped(place, places),
    edge_mm: stepped(walk.edge_mm_steps),
    stray,
    weights,
    uncounted: Object.entries(walk.uncounted).map(([kind, text]) => [kind, stepped(text)]),
    function_weights: walk.function_weights,
    categories: walk.categories.map((category, k) => ({
      ...category,
      id: data.categories[k].id,
      function: data.categories[k].function,
      data: data.categories[k].data,
      main: data.categories[k].main,
      looked: category.looked ? marked(category.looked, places) : null,
    })),
    base: {
      network: readNetwork(walk.network),
      rows: readRows(walk.places),
      doors: readRows(walk.doors),
      facilities: { id: walk.ids, name: data.facilities.name, latlng: new Array(facilities.length).fill(null), size: sizes,
        centre: readPoints(walk.centres.facilities), category: Int32Array.from(facilities), owner,
        open: new Uint8Array(facilities.length).fill(1),
        stray: Uint8Array.from(facilities, (_, f) => (stray.some(({ facility }) => facility === f) ? 1 : 0)) },
      added: 0,
      splits: [],
      off_network: marked(walk.off_network, places),
      island: marked(walk.island, places),
    },
  };
}

function boundsOf(rings) {
  const of = (axis, pick) => rings.flat().reduce((best, point) => pick(best, point[axis]), rings[0][0][axis]);
  return [of(0, Math.min), of(1, Math.min), of(0, Math.max), of(1, Math.max)];
}

// All that a state of the site is told by: what is as it was in the result before is taken from there.
function resultOf(site, state, refused, before) {
  const { network, rows, doors, facilities } = state;
  const walks = { graph: graphOf(network), near: grouped(doors.edge, network.u.length),
    of: grouped(doors.of, facilities.id.length), rows: grouped(rows.of, site.places),
    members: grouped(facilities.category, site.categories.length) };
  const apart = before && differences(before, state, walks);
  const reached = site.categories.map((_, k) => reachedBy(site, state, walks, k, before, apart));
  const atNorm = site.categories.map((_, k) => judgedBy(site, state, k, reached[k], before, apart));
  const supplied = suppliedWithin(site, state, walks, before, apart);
  const rowsAt = (k, at) => (at === "norm" ? counted(site, atNorm[k])
    : counted(site, judgedAt(site, state, k, reached[k].mm, at * site.speed * 1000)));
  return {
    mm: reached.map(({ mm }) => mm),
    nearest: reached.map(({ nearest }) => nearest),
    states: atNorm.map(({ states }) => states),
    reasons: atNorm.map(({ reasons }) => reasons),
    rows: rowsAt,
    index: index(site, state, walks, atNorm, supplied.within),
    network,
    facilities,
    refused,
    state,
    walks,
    reached,
    atNorm,
    supplied,
  };
}

// What differs between the state of a result and another: edges, places and facilities whose joins do, facilities that
// opened or closed, and places that are off the network, or on an island, in one of them only.
function differences(before, state, walks) {
  const { state: last, walks: then } = before;
  const { network, rows, doors, facilities, off_network, island } = state;
  const edges = network === last.network ? [] : edgesApart(last.network, network);
  const those = rowsApart([last.doors, then.of], [doors, walks.of]);
  facilities.open.forEach((open, f) => { if (open !== last.facilities.open[f]) those.push(f); });
  return { edges, places: rowsApart([last.rows, then.rows], [rows, walks.rows]), facilities: those,
    doubted: Array.from(off_network.keys()).filter((i) => off_network[i] !== last.off_network[i] || island[i] !== last.island[i]) };
}

function edgesApart(one, other) {
  const edges = [];
  for (let e = 0; e < other.u.length; e++) {
    if (one.u[e] !== other.u[e] || one.v[e] !== other.v[e] || one.mm[e] !== other.mm[e]) edges.push(e);
  }
  return edges;
}

// Those whose rows are not the same in two lists of rows, each with its groups.
function rowsApart([one, of], [other, groups]) {
  if (one === other) return [];
  const same = (a, b) => one.edge[a] === other.edge[b] && one.offset_mm[a] === other.offset_mm[b]
    && one.connector_mm[a] === other.connector_mm[b];
  return Array.from({ length: groups.start.length - 1 }, (_, i) => i).filter((i) => {
    const [from, until] = [groups.start[i], groups.start[i + 1]];
    if (until - from !== of.start[i + 1] - of.start[i]) return true;
    for (let r = from, q = of.start[i]; r < until; r++, q++) if (!same(of.row[q], groups.row[r])) return true;
    return false;
  });
}

function membersOf({ members }, k) {
  return members.row.subarray(members.start[k], members.start[k + 1]);
}

// Walks to a category, and the places whose walks were looked into again; as they were before where nothing differs.
function reachedBy(site, state, walks, k, before, apart) {
  const members = membersOf(walks, k);
  if (!before) return reach(site, state, walks, members);
  const last = before.reached[k];
  const theirs = apart.facilities.filter((f) => state.facilities.category[f] === k);
  if (!theirs.length && !apart.edges.length && !apart.places.length) return { ...last, again: [] };
  return reach(site, state, walks, members, { before, last, apart, theirs });
}

// Walks from every place to the nearest of some facilities that are open, and the search that found them. With `known`,
// what is known of the walks before: {before, last, apart, theirs}, only what may differ is looked into.
function reach(site, state, walks, members, known = null) {
  const { owner, open } = state.facilities;
  const counts = new Uint8Array(open.length);
  for (const f of members) counts[f] = open[f];
  const seeds = doorSeeds(state, walks, members);
  const own = members.some((f) => owner[f] >= 0) ? owner : null;
  const found = known ? searchedAgain(known.last.found, walks.graph, seeds, known.apart.edges, site.limit_mm, own)
    : search(walks.graph, seeds, SCALE, site.limit_mm, { owner: own });
  const again = known ? placesAgain(site, state, walks, found, known) : Array.from(site.owner.keys());
  const answer = (column) => (known ? column.slice() : new Int32Array(site.places).fill(-1));
  const [mm, nearest] = [answer(known?.last.mm), answer(known?.last.nearest)];
  const keyOf = placeKeys(site, state, walks, found, counts);
  for (const place of again) {
    const key = keyOf(place);
    const within = key < (site.limit_mm + 1) * SCALE;
    mm[place] = within ? Math.floor(key / SCALE) : -1;
    nearest[place] = within ? key - mm[place] * SCALE : -1;
  }
  return { found, mm, nearest, doorsOn: (e) => doorsOn(state, walks, counts, e), again };
}

// Where walks to some facilities that are open end on the streets.
function doorSeeds({ doors, facilities }, { graph, of }, members) {
  const chosen = [];
  for (const f of members) if (facilities.open[f]) for (let d = of.start[f]; d < of.start[f + 1]; d++) chosen.push(of.row[d]);
  const key = chosen.map((d) => doors.connector_mm[d] * SCALE + doors.of[d]);
  return seedsOf(graph, chosen.map((d) => doors.edge[d]), chosen.map((d) => doors.offset_mm[d]), key, SCALE);
}

// The least key of a place: over the streets, along its own edge, or inside one enclosure.
function placeKeys(site, { rows, doors, facilities: { owner } }, { rows: of, near }, found, counts) {
  return (place) => {
    const others = (facility) => counts[facility] && owner[facility] !== site.owner[place];
    let least = Infinity;
    for (let i = of.start[place]; i < of.start[place + 1]; i++) {
      const r = of.row[i];
      const [e, offset] = [rows.edge[r], rows.offset_mm[r]];
      let key = keyOnEdge(found, e, offset, site.owner[place]);
      for (let j = near.start[e]; j < near.start[e + 1]; j++) {
        const d = near.row[j];
        if (!others(doors.of[d])) continue;
        key = Math.min(key, (Math.abs(doors.offset_mm[d] - offset) + doors.connector_mm[d]) * SCALE + doors.of[d]);
      }
      least = Math.min(least, key + rows.connector_mm[r] * SCALE);
    }
    for (let i = site.sharing.start[place]; i < site.sharing.start[place + 1]; i++) {
      const { facility, mm } = site.shared[site.sharing.row[i]];
      if (others(facility)) least = Math.min(least, mm * SCALE + facility);
    }
    return least;
  };
}

// Doors of some facilities on an edge.
function doorsOn({ doors }, { near }, counts, e) {
  const those = [];
  for (let i = near.start[e]; i < near.start[e + 1]; i++) {
    const d = near.row[i];
    if (counts[doors.of[d]]) those.push({ offset_mm: doors.offset_mm[d], mm: doors.connector_mm[d], facility: doors.of[d] });
  }
  return those;
}

// Places whose walks may be others than before: those at edges where the search or the doors differ.
function placesAgain(site, { rows, doors }, walks, found, { before, last, apart, theirs }) {
  const { graph } = found;
  const touched = new Uint8Array(graph.network.u.length);
  for (const e of apart.edges) touched[e] = 1;
  for (const n of [...keysApart(last.found.first, found.first), ...keysApart(last.found.second, found.second)]) {
    for (let a = graph.start[n]; a < graph.start[n + 1]; a++) if (graph.edge[a] >= 0) touched[graph.edge[a]] = 1;
  }
  for (const f of theirs) {
    for (const [{ edge }, of] of [[before.state.doors, before.walks.of], [doors, walks.of]]) {
      for (let d = of.start[f]; d < of.start[f + 1]; d++) touched[edge[of.row[d]]] = 1;
    }
  }
  const places = new Set(apart.places);
  rows.edge.forEach((e, r) => { if (touched[e]) places.add(rows.of[r]); });
  for (const { place, facility } of site.shared) if (theirs.includes(facility)) places.add(place);
  return places;
}

// Nodes with another key than before; those that were none before are counted among them.
function keysApart(before, keys) {
  const nodes = [];
  for (let n = 0; keys && n < keys.length; n++) if (keys[n] !== before[n]) nodes.push(n);
  return nodes;
}

// States and reasons of a category at its norm; those before where no walk and no doubt is another.
function judgedBy(site, state, k, { mm, again }, before, apart) {
  const norm_mm = site.categories[k].norm_m * 1000;
  const strays = straysOf(site, state, k);
  if (!before || strays.some((stray, i) => stray !== before.atNorm[k].strays[i]) || strays.length !== before.atNorm[k].strays.length) {
    return judgedAt(site, state, k, mm, norm_mm);
  }
  const last = before.atNorm[k];
  const places = new Set([...again, ...apart.doubted]);
  if (!places.size) return last;
  const now = judgedAt(site, state, k, mm, norm_mm, { last, places });
  for (const i of places) if (now.states[i] !== last.states[i] || now.reasons[i] !== last.reasons[i]) return now;
  return last;
}

function judgedAt(site, state, k, mm, norm_mm, known) {
  const { looked, norm_m } = site.categories[k];
  const edge = looked && norm_mm <= norm_m * 1000 ? (i) => (looked[i] ? Infinity : site.edge_mm[i]) : (i) => site.edge_mm[i];
  const strays = straysOf(site, state, k);
  return { ...judge(mm, norm_mm, edge, strayMm(site, strays), state, site.categories[k], known), strays };
}

// Coverage by all measures, counted once.
function counted(site, found) {
  found.rows ??= site.weights.map(([by, weight]) => row(by, weight, found));
  return found.rows;
}

// Facilities of a category that join no street.
function straysOf(site, { facilities }, k) {
  return site.stray.filter(({ facility: f }) => facilities.category[f] === k && facilities.open[f] && facilities.stray[f]);
}

// Straight distance from each place to the nearest of some facilities that join no street; null where there is none.
function strayMm(site, strays) {
  if (!strays.length) return null;
  const least = new Float64Array(site.places).fill(Infinity);
  for (const { places, mm } of strays) places.forEach((place, i) => { least[place] = Math.min(least[place], mm[i]); });
  return least;
}

// Facilities of the categories with a supply that some place reaches within their norm (a 1 for each in `within`), by
// walks from all places at once: `found`, null where no category has a supply.
function suppliedWithin(site, { network, rows, doors, facilities }, { graph }, before, apart) {
  const owing = site.categories.map((category) => category.per_head !== undefined && category.heads > 0);
  const within = new Uint8Array(facilities.id.length);
  if (!owing.some(Boolean)) return { within, found: null };
  const same = before && !apart.edges.length && rows === before.state.rows;
  const found = same ? before.supplied.found : walksOfAll(site, graph, rows, before, apart);
  const near = same ? before.supplied.near : grouped(rows.edge, network.u.length);
  const mm = new Float64Array(facilities.id.length).fill(Infinity);
  doors.of.forEach((facility, d) => {
    if (!owing[facilities.category[facility]]) return;
    const [e, offset] = [doors.edge[d], doors.offset_mm[d]];
    let least = keyOnEdge(found, e, offset);
    for (let i = near.start[e]; i < near.start[e + 1]; i++) {
      const r = near.row[i];
      least = Math.min(least, Math.abs(rows.offset_mm[r] - offset) + rows.connector_mm[r]);
    }
    mm[facility] = Math.min(mm[facility], least + doors.connector_mm[d]);
  });
  for (const pair of site.shared) mm[pair.facility] = Math.min(mm[pair.facility], pair.mm);
  mm.forEach((walk, f) => { within[f] = walk <= site.limit_mm && walk <= site.categories[facilities.category[f]].norm_m * 1000 ? 1 : 0; });
  return { within, found, near };
}

function walksOfAll(site, graph, rows, before, apart) {
  const seeds = seedsOf(graph, rows.edge, rows.offset_mm, rows.connector_mm, 1);
  return before ? searchedAgain(before.supplied.found, graph, seeds, apart.edges, site.limit_mm, null)
    : search(graph, seeds, 1, site.limit_mm);
}

function index(site, { facilities }, walks, atNorm, within) {
  const judged = site.categories.map((category, k) => {
    if (category.main[0] === "nobody") return null;
    const found = atNorm[k];
    found.share ??= shareOf(site, category, found);
    const sizes = Array.from(membersOf(walks, k)).filter((f) => facilities.open[f] && within[f]).map((f) => facilities.size[f]);
    return { id: category.id, function: category.function, weight: category.weight, share: found.share,
      supply: supply(category, sizes, found.states) };
  });
  return threeLife(judged, site.function_weights);
}

function shareOf(site, { main }, found) {
  const uncounted = new Set(site.uncounted.flatMap(([kind, places]) =>
    (main.includes(kind) ? Array.from(places, (place) => found.states[place]) : [])));
  return share(counted(site, found).filter(({ by }) => main.includes(by)), uncounted);
}
