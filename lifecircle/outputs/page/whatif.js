"use strict";
// What if: facilities, footpaths and closings tried in the page, with before and after, undone and done again.

const TOOLS = ["facility", "path", "gate", "close", "move"];
const SNAP_PX = 14;
const GATE_PX = 40;

function createWhatIf(page) {
  const { engine, map, store } = page;
  if (!engine) return;
  // A tool is put down once it has done its work, unless it is wanted for several.
  page.commit = (changes, result = resultOf(page, changes)) => {
    const { past, changes: before, several, tool } = store.state;
    show(page, changes, result, { past: [...past, before], future: [], tool: several ? tool : null });
  };
  page.undo = () => step(page, "past", "future");
  page.redo = () => step(page, "future", "past");
  page.drop = (latlng) => dropped(page, latlng);
  page.pick = (what) => picked(page, what);
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input[type=search], textarea")) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
      event.preventDefault();
      (key === "y" || event.shiftKey ? page.redo : page.undo)();
    }
    if (event.key === "Enter" && store.state.draft.length > 1 && event.target === map.getContainer()) finishPath(page);
  });
  store.on("tool", ({ tool }) => {
    map.getContainer().classList.toggle("aiming", Boolean(tool));
    map.doubleClickZoom[tool ? "disable" : "enable"]();
  });
  map.on("dblclick", () => { if (store.state.tool === "path") finishPath(page); });
}

function resultOf({ engine, store }, changes) {
  return changes.length ? engine.run(changes) : store.state.before;
}

function show(page, changes, result, more) {
  page.store.set({ changes, result, draft: [], moving: null, ...more });
}

// One step back, or forth again.
function step(page, from, to) {
  const { state } = page.store;
  if (!state[from].length) return;
  const changes = state[from].at(-1);
  show(page, changes, resultOf(page, changes), { [from]: state[from].slice(0, -1), [to]: [...state[to], state.changes], tool: null });
}

// A click on the map with a tool in hand; true where it was the tool's.
function dropped(page, { lat, lng }) {
  const { tool, moving, category } = page.store.state;
  const at = [lat, lng];
  if (tool === "facility") tryChange(page, { what: "facility", change: "add", at, category: page.data.categories[category].id });
  else if (tool === "path") page.store.set({ draft: [...page.store.state.draft, snapped(page, lat, lng)] });
  else if (tool === "gate") openGate(page, at);
  else if (tool === "close") closeAt(page, at);
  else if (tool === "move" && moving) tryMove(page, moving, at);
  return Boolean(tool);
}

// A gate opens where one may be: at the candidate nearest to the click.
function openGate(page, at) {
  const candidate = nearestOn(page, page.engine.gates.candidates, at, GATE_PX);
  if (candidate) tryChange(page, { what: "gate", change: "add", at: candidate });
  else page.store.set({ refused: "refused_gate" });
}

// A gate that was opened here is taken back; anything else is closed.
function closeAt(page, at) {
  const { changes } = page.store.state;
  const opened = changes.filter(({ what, change }) => what === "gate" && change === "add");
  const gate = nearestOn(page, opened.map((change) => change.at), at, SNAP_PX);
  if (gate) page.commit(changes.filter((change) => change.at !== gate));
  else tryChange(page, closing(page, at));
}

// What a click of the closing tool closes: the gate there, else the street.
function closing(page, at) {
  const gate = nearestOn(page, page.engine.gates?.standing ?? [], at, SNAP_PX);
  return gate ? { what: "gate", change: "close", at: gate } : { what: "path", change: "close", at };
}

// The nearest of some points to another on the screen, within some pixels; undefined where none is.
function nearestOn({ map }, points, at, pixels) {
  const spot = map.latLngToContainerPoint(at);
  return points.map((point) => ({ point, apart: map.latLngToContainerPoint(point).distanceTo(spot) }))
    .filter(({ apart }) => apart <= pixels).sort((a, b) => a.apart - b.apart)[0]?.point;
}

// A click on a facility with a tool in hand: it is closed, or taken up to be moved.
function picked(page, what) {
  const { tool } = page.store.state;
  if (!["close", "move"].includes(tool) || what.kind !== "facility" || what.frame !== "facilities") return false;
  const id = page.store.state.result.facilities.id[what.i];
  if (tool === "move") page.store.set({ moving: id });
  else if (id.startsWith("scenario/")) page.commit(withoutAdded(page.store.state.changes, id));
  else tryChange(page, { what: "facility", change: "close", id });
  return true;
}

function withoutAdded(changes, id) {
  const row = addedRow(changes, id);
  return changes.filter((_, i) => i !== row);
}

function addedRow(changes, id) {
  const rows = changes.map((_, i) => i).filter((i) => changes[i].what === "facility" && changes[i].change !== "close");
  return rows[Number(id.split("/")[1]) - 1];
}

function tryMove(page, id, at) {
  const { changes } = page.store.state;
  if (!id.startsWith("scenario/")) return tryChange(page, { what: "facility", change: "move", id, at });
  const row = addedRow(changes, id);
  return tryChanges(page, changes.map((change, i) => (i === row ? { ...change, at } : change)), row);
}

function tryChange(page, change) {
  const changes = [...page.store.state.changes, change];
  tryChanges(page, changes, changes.length - 1);
}

// What cannot be done is said, and not done.
function tryChanges(page, changes, row) {
  const result = resultOf(page, changes);
  const refused = result.refused.find(({ i }) => i === row);
  page.store.set({ refused: refused ? refused.why : null });
  if (!refused) page.commit(changes, result);
}

function snapped(page, lat, lng) {
  const { map, engine } = page;
  const metres = SNAP_PX * map.distance([lat, lng], map.containerPointToLatLng(map.latLngToContainerPoint([lat, lng]).add([1, 0])));
  const street = engine.snapStreet(lat, lng, metres);
  return street ? [street.lat, street.lng] : [lat, lng];
}

function finishPath(page) {
  const { draft } = page.store.state;
  const line = draft.filter(([lat, lng], i) => !i || lat !== draft[i - 1][0] || lng !== draft[i - 1][1]);
  if (line.length > 1) tryChange(page, { what: "path", change: "add", line });
  page.store.set({ draft: [] });
}

// Where one more facility of a category helps most: whom it would serve is counted at every vertex of the streets, and
// the best of these, apart from each other, are tried. Of a city only some places count, where most are.
const WALKERS = 1000;
const STARTS = 200;
const SPOTS = 12;
const APART_M = 30;

function bestSpot(page) {
  const { data, engine, store } = page;
  const { category: k, changes, result } = store.state;
  const { lines } = engine.streets(result);
  const spots = lines.flat();
  const heads = engine.servedAlong(result, k, crowded(page, k));
  const ranked = Array.from(spots.keys()).filter((v) => heads[v]).sort((a, b) => heads[b] - heads[a]);
  const apart = metresApart(spots.map(([lat, lng]) => ({ lat, lng })));
  const chosen = [];
  for (const v of ranked) {
    if (chosen.length === SPOTS) break;
    if (chosen.every((w) => apart(v, w) > APART_M)) chosen.push(v);
  }
  const covered = (after) => (after.refused.length > result.refused.length ? -1 : shares(data, after, k).amounts.covered);
  const [best] = chosen.map((v) => {
    const change = { what: "facility", change: "add", at: spots[v], category: data.categories[k].id };
    const after = engine.run([...changes, change]);
    return { change, after, covered: covered(after) };
  }).sort((a, b) => b.covered - a.covered);
  if (best && best.covered > shares(data, result, k).amounts.covered) page.commit([...changes, best.change], best.after);
  else store.set({ refused: "no_better_spot" });
}

// Places that lack a category with their heads: all, or WALKERS at most, from where most of them are.
function crowded({ data, points, store }, k) {
  const { main, norm_m } = data.categories[k];
  const { states } = store.state.result;
  const weight = (i) => main.reduce((sum, by) => sum + (by === "places" ? 1 : data.demand[by]?.[i] ?? 0), 0);
  const open = points.demand.map((_, i) => [i, weight(i)]).filter(([i, heads]) => states[k][i] !== 1 && heads);
  if (open.length <= WALKERS) return open;
  const apart = metresApart(points.demand);
  const around = ([i]) => open.reduce((sum, [j, heads]) => (apart(i, j) <= norm_m * 0.75 ? sum + heads : sum), 0);
  const step = Math.ceil(open.length / STARTS);
  const ranked = open.filter((_, n) => n % step === 0).map((start) => [start, around(start)]).sort((a, b) => b[1] - a[1]);
  const chosen = new Set();
  for (const [[i]] of ranked) {
    if (chosen.size < WALKERS) open.filter(([j]) => apart(i, j) <= norm_m).forEach((place) => chosen.add(place));
  }
  const thinned = Math.ceil(chosen.size / WALKERS);
  return [...chosen].filter((_, n) => n % thinned === 0);
}

// Metres between two of some points, by the straight line on a plane.
function metresApart(points) {
  const degree = 111320;
  const across = degree * Math.cos((points[0]?.lat ?? 0) * Math.PI / 180);
  const xy = points.map(({ lat, lng }) => [lng * across, lat * degree]);
  return (i, j) => Math.hypot(xy[i][0] - xy[j][0], xy[i][1] - xy[j][1]);
}
