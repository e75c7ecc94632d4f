"use strict";
// What Python computed, in the page: who reaches what on foot, and what changes when something is added or closed.

const SCALE = 2 ** 20;

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
    const refused = steps.flatMap(({ why }, i) => (why ? [{ i, why }] : []));
    return resultOf(site, steps.at(-1)?.state ?? site.base, refused, base);
  };
  return {
    base,
    run,
    streets: (result) => drawn(site, result.network),
    minutesAlong: (result, k) => metresAlong(site, result.network, result.reached[k].found, result.reached[k].doorsOn),
    from: (result, where) => walksFrom(site, result, where),
    serves: (result, facility) => servedBy(site, result, facility),
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
      touched: new Set(),
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

// All that a state of the site is told by; categories that no change touches are taken from the base.
function resultOf(site, state, refused, base) {
  const { network, doors, facilities, touched } = state;
  network.graph ??= graphOf(network);
  const walking = { graph: network.graph, near: grouped(doors.edge, network.u.length),
    of: grouped(doors.of, facilities.id.length), members: grouped(facilities.category, site.categories.length) };
  const kept = (k) => base && touched && !touched.has(k);
  const reached = site.categories.map((_, k) => (kept(k) ? base.reached[k]
    : reach(site, state, walking, walking.members.row.subarray(walking.members.start[k], walking.members.start[k + 1]))));
  const supplied = suppliedWithin(site, state);
  const stray = site.categories.map((_, k) => strayMm(site, state, k));
  const edge = (k, norm_mm) => {
    const { looked, norm_m } = site.categories[k];
    return looked && norm_mm <= norm_m * 1000
      ? (i) => (looked[i] ? Infinity : site.edge_mm[i]) : (i) => site.edge_mm[i];
  };
  const judged = (k, norm_mm) => judge(reached[k].mm, norm_mm, edge(k, norm_mm), stray[k], state, site.categories[k]);
  const atNorm = site.categories.map((category, k) => (kept(k) ? base.atNorm[k] : judged(k, category.norm_m * 1000)));
  const rows = (k, at) => {
    const found = at === "norm" ? atNorm[k] : judged(k, at * site.speed * 1000);
    return site.weights.map(([by, weight]) => row(by, weight, found));
  };
  return {
    mm: reached.map(({ mm }) => mm),
    nearest: reached.map(({ nearest }) => nearest),
    states: atNorm.map(({ states }) => states),
    reasons: atNorm.map(({ reasons }) => reasons),
    rows,
    index: index(site, state, atNorm, rows, supplied),
    network,
    facilities,
    refused,
    state,
    walking,
    reached,
    atNorm,
  };
}

// Walks from every place to the nearest of some facilities that are open, and the search that found them.
function reach(site, { network, rows, doors, facilities }, { graph, near, of }, members) {
  const { owner, open } = facilities;
  const counts = new Uint8Array(open.length);
  for (const f of members) counts[f] = open[f];
  const chosen = [];
  for (const f of members) if (open[f]) chosen.push(...of.row.subarray(of.start[f], of.start[f + 1]));
  const own = chosen.some((d) => owner[doors.of[d]] >= 0) ? owner : null;
  const key = chosen.map((d) => doors.connector_mm[d] * SCALE + doors.of[d]);
  const seeds = seedsOf(graph, chosen.map((d) => doors.edge[d]), chosen.map((d) => doors.offset_mm[d]), key, SCALE);
  const found = search(graph, seeds, SCALE, site.limit_mm, { owner: own });
  const keys = new Float64Array(site.places).fill(Infinity);
  rows.of.forEach((place, r) => {
    const [e, offset] = [rows.edge[r], rows.offset_mm[r]];
    let least = keyOnEdge(found, e, offset, site.owner[place]);
    for (let i = near.start[e]; i < near.start[e + 1]; i++) {
      const d = near.row[i];
      if (!counts[doors.of[d]] || owner[doors.of[d]] === site.owner[place]) continue;
      const mm = Math.abs(doors.offset_mm[d] - offset) + doors.connector_mm[d];
      least = Math.min(least, mm * SCALE + doors.of[d]);
    }
    keys[place] = Math.min(keys[place], least + rows.connector_mm[r] * SCALE);
  });
  for (const { place, facility, mm } of site.shared) {
    if (!counts[facility] || owner[facility] === site.owner[place]) continue;
    keys[place] = Math.min(keys[place], mm * SCALE + facility);
  }
  const [mm, nearest] = [new Int32Array(site.places).fill(-1), new Int32Array(site.places).fill(-1)];
  keys.forEach((least, place) => {
    if (least >= (site.limit_mm + 1) * SCALE) return;
    mm[place] = Math.floor(least / SCALE);
    nearest[place] = least - mm[place] * SCALE;
  });
  const doorsOn = (e) => Array.from(near.row.subarray(near.start[e], near.start[e + 1])).filter((d) => counts[doors.of[d]])
    .map((d) => ({ offset_mm: doors.offset_mm[d], mm: doors.connector_mm[d], facility: doors.of[d] }));
  return { found, mm, nearest, doorsOn };
}

// Straight distance from each place to the nearest facility of a category that joins no street; null where none is.
function strayMm(site, { facilities }, k) {
  const near = site.stray.filter(({ facility: f }) => facilities.category[f] === k && facilities.open[f] && facilities.stray[f]);
  if (!near.length) return null;
  const least = new Float64Array(site.places).fill(Infinity);
  for (const { places, mm } of near) places.forEach((place, i) => { least[place] = Math.min(least[place], mm[i]); });
  return least;
}

// Facilities of the categories with a supply that some place reaches within their norm.
function suppliedWithin(site, { network, rows, doors, facilities }) {
  const owing = site.categories.map((category) => category.per_head !== undefined && category.heads > 0);
  const mm = new Float64Array(facilities.id.length).fill(Infinity);
  if (owing.some(Boolean)) {
    rows.walks ??= { near: grouped(rows.edge, network.u.length),
      found: search(network.graph, seedsOf(network.graph, rows.edge, rows.offset_mm, rows.connector_mm, 1), 1, site.limit_mm) };
    const { near, found } = rows.walks;
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
  }
  return mm.map((walk, f) => (walk <= site.limit_mm && walk <= site.categories[facilities.category[f]].norm_m * 1000 ? 1 : 0));
}

function index(site, { facilities }, atNorm, told, supplied) {
  const judged = site.categories.map((category, k) => {
    if (category.main[0] === "nobody") return null;
    const { states } = atNorm[k];
    const rows = told(k, "norm").filter(({ by }) => category.main.includes(by));
    const uncounted = new Set(site.uncounted.flatMap(([kind, places]) =>
      (category.main.includes(kind) ? Array.from(places, (place) => states[place]) : [])));
    const sizes = [];
    facilities.category.forEach((of, f) => {
      if (of === k && facilities.open[f] && supplied[f]) sizes.push(facilities.size[f]);
    });
    return { id: category.id, function: category.function, weight: category.weight, share: share(rows, uncounted),
      supply: supply(category, sizes, states) };
  });
  return threeLife(judged, site.function_weights);
}
