"use strict";
// What is reached from one place or spot, and whom a facility serves: asked of the engine, or read from the file.

const ALTERNATIVES = 4;
const LOOKED_AT = 8;

function reaching(page) {
  const { data, store } = page;
  return {
    reachOf: remembered(store, (focus, result) => (page.engine ? walkedReach(page, result, focus)
      : focus.kind === "place" ? statedReach(data, result, focus.i) : null)),
    servedBy: remembered(store, ({ i }, result) => (page.engine ? page.engine.serves(result, i) : statedServed(data, result, i))),
    facilityName: (i) => (store.state.result.facilities?.name[i] ?? data.facilities.name[i]) || t("unnamed"),
    facilityAt: (i) => (i < data.facilities.name.length ? page.points.facilities[i]
      : L.latLng(store.state.result.facilities.latlng[i])),
    showFacility: (i) => store.set({ focus: { kind: "facility", frame: "facilities", i }, chosen: categoryOf(page, i) }),
  };
}

function categoryOf({ data, store }, i) {
  const { facilities } = store.state.result;
  return facilities ? facilities.category[i] : data.categories.findIndex(({ id }) => id === data.facilities.category[i]);
}

// The last answer is kept while the same is asked of the same result.
function remembered(store, answer) {
  let [asked, of, kept] = [null, null, null];
  return (focus) => {
    const { result } = store.state;
    if (asked !== focus || of !== result) [asked, of, kept] = [focus, result, answer(focus, result)];
    return kept;
  };
}

function walkedReach(page, result, focus) {
  const { data, engine } = page;
  const place = focus.kind === "place" ? focus.i : null;
  const at = [focus.lat, focus.lng];
  const walk = engine.from(result, place ?? (focus.kind === "gate" ? { gate: at } : at));
  if (!walk) return null;
  const mm = walk.perCategory.map((nearest) => nearest.mm);
  return {
    mm,
    minutes: (k) => (mm[k] < 0 ? null : mm[k] / 1000 / data.site.profile.speed),
    lost: (k) => place !== null && lost(result, k, place),
    least: (k) => (place === null ? null : leastOf(data, result, k, place)),
    nearest: (k) => nearestOf(page, result, walk, k, place, focus),
    route: (k) => {
      const { facility } = walk.perCategory[k];
      return facility < 0 ? null : walk.route(facility)?.latlngs;
    },
    streets: engine.streets(result).lines,
    metres: walk.metres,
  };
}

// The nearest facilities of a category in the order of the walk there, of those nearest as the crow flies.
function nearestOf(page, result, walk, k, place, focus) {
  const from = place === null ? L.latLng(focus.lat, focus.lng) : page.points.demand[place];
  const { category, open } = result.facilities;
  const rows = Array.from(category.keys()).filter((f) => category[f] === k && open[f])
    .map((facility) => ({ facility, crow: from.distanceTo(page.facilityAt(facility)) }))
    .sort((a, b) => a.crow - b.crow).slice(0, LOOKED_AT).map(({ facility }) => facility);
  const { facility: first } = walk.perCategory[k];
  return [...new Set(first < 0 ? rows : [first, ...rows])]
    .map((facility) => ({ facility, mm: facility === first ? walk.perCategory[k].mm : walk.route(facility)?.mm ?? -1 }))
    .filter(({ mm }) => mm >= 0).sort((a, b) => a.mm - b.mm).slice(0, ALTERNATIVES);
}

// Streets within the straight circle around a point and within the walk of as many metres, in metres.
function circleAgainstWalk({ streets, metres }, at, norm_m) {
  const [north, east] = [111_195, 111_195 * Math.cos(at.lat * Math.PI / 180)];
  const apart = ([aLat, aLng], [bLat, bLng]) => Math.hypot((aLat - bLat) * north, (aLng - bLng) * east);
  const middle = [at.lat, at.lng];
  let [inside_m, walked_m, v] = [0, 0, 0];
  for (const line of streets) {
    let near = apart(middle, line[0]) <= norm_m;
    for (let i = 1; i < line.length; i++) {
      const next = apart(middle, line[i]) <= norm_m;
      if (near && next) {
        const length = apart(line[i], line[i - 1]);
        inside_m += length;
        if (metres[v + i] <= norm_m && metres[v + i - 1] <= norm_m) walked_m += length;
      }
      near = next;
    }
    v += line.length;
  }
  return { inside_m, walked_m };
}

// Pieces of streets within a walk of some metres.
function reachedLines({ streets, metres }, norm_m) {
  const lines = [];
  let v = 0;
  for (const line of streets) {
    let piece = [];
    line.forEach((vertex) => {
      if (metres[v++] <= norm_m) piece.push(vertex);
      else piece = piece.length > 1 ? (lines.push(piece), []) : [];
    });
    if (piece.length > 1) lines.push(piece);
  }
  return lines;
}

function statedReach(data, result, i) {
  return {
    mm: result.mm.map((row) => row[i]),
    minutes: (k) => minutesOf(data, data.categories[k], result.mm[k][i], i),
    lost: (k) => lost(result, k, i),
    least: (k) => leastOf(data, result, k, i),
    nearest: (k) => (result.nearest[k]?.[i] >= 0 ? [{ facility: result.nearest[k][i], mm: result.mm[k][i] }] : []),
    route: () => null,
  };
}

// Places within the norm whose nearest facility this is; who else would serve them is not stated.
function statedServed(data, result, facility) {
  const k = data.categories.findIndex(({ id }) => id === data.facilities.category[facility]);
  if (k < 0 || !result.nearest[k]) return null;
  const served = [...result.nearest[k].keys()].filter((i) => result.nearest[k][i] === facility && result.states[k][i] === 1);
  return { served, only: null };
}
