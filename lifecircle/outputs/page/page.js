"use strict";
// The page as a whole: one state, and the parts that show it.

function lifecircle(map) {
  const data = JSON.parse(byId("lifecircle-data").textContent);
  const engine = data.walk ? createEngine(data) : null;
  const before = engine ? engine.base : statedResult(data);
  const page = { data, engine, map, renderers: panes(map), points: middles(data), store: createStore({ before }) };
  Object.assign(page, reaching(page));
  arrange(page);
  createOverview(page);
  createBeside(page);
  createTabs(page);
  const legend = createLegend(page);
  createCredit(page);
  createSlider(page);
  createSurface(page);
  createPlaces(page);
  createGates(page);
  createFocus(page);
  createInspector(page);
  createWhatIf(page);
  createProposals(page);
  createPlan(page);
  createChanges(page);
  createVoice(page);
  createSheet(page, legend);

  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  language = data.lang;
  page.store.set(opening(page));
  fit(page, legend);
  drawGround(map, data);
}

// The state that the page opens with.
function opening(page) {
  const { data, engine, store } = page;
  const { before } = store.state;
  const changes = engine ? openingChanges(page) : [];
  const result = changes.length ? engine.run(changes) : before;
  const chosen = subject(page, changes, result) ?? widestGap(data, before);
  return { language, chosen, category: chosen, order: "gap", reading: "classes", minutes: 15, tab: changes.length ? "plan" : "overview",
    focus: null, hinted: null, step: null, tool: null, several: false, moving: null, refused: null, draft: [], past: [], future: [],
    changes, result };
}

// What a scenario is about: the kind of its first facility, else the one that changes most; null where nothing does.
function subject({ data, store }, changes, result) {
  const { facilities } = result;
  const first = changes.find(({ what }) => what === "facility");
  const own = first && (first.category ? data.categories.findIndex(({ id }) => id === first.category)
    : facilities.category[facilities.id.indexOf(first.id)]);
  if (own >= 0) return own;
  const covered = (of, k) => shares(data, of, k).covered;
  const moved = data.categories.map((_, k) => Math.abs(covered(result, k) - covered(store.state.before, k)));
  const most = Math.max(...moved);
  return most > 0 ? moved.indexOf(most) : null;
}

// The box to open with: that of the changes and what is near them, else the site's.
const NEARBY_M = 500;

function frameOf(page) {
  const { data, store } = page;
  const { changes, chosen, result: { facilities } } = store.state;
  const spots = changes.flatMap(({ at, line, id }) => (at ? [at] : line ?? [page.facilityAt(facilities.id.indexOf(id))]));
  const around = spots.map((spot) => L.latLng(spot).toBounds(2 * Math.min(NEARBY_M, data.categories[chosen].norm_m)));
  return around.length ? around.reduce((box, other) => box.extend(other)) : data.bounds;
}

// The middle of every place, facility and gate.
function middles(data) {
  const of = (code) => decode(code).map((strings) => L.latLngBounds(strings.flat()).getCenter());
  return { demand: of(data.demand.shape), facilities: of(data.facilities.point), planned: of(data.planned.point),
    gates: of(data.gates.point) };
}

function speak(page, name) {
  language = name;
  page.store.set({ language });
}

// The panel first, as it is read; the map after it. Escape puts down the tool, else closes the card.
function arrange({ map, store }) {
  const box = map.getContainer();
  box.setAttribute("role", "region");
  document.body.append(box);
  document.querySelector("meta[name=viewport]").content = "width=device-width, initial-scale=1";
  document.querySelectorAll("[data-lang]").forEach((button) =>
    button.addEventListener("click", () => speak({ store }, button.dataset.lang)));
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    store.set(store.state.tool ? { tool: null, draft: [], moving: null, refused: null } : { focus: null });
  });
}

// The widest gap is shown first, of those that are no gap everywhere.
function widestGap(data, result) {
  const ranked = data.categories.map((_, k) => shares(data, result, k)).sort(ORDERS.gap);
  return (ranked.find((item) => item.covered && item.gap) ?? ranked[0]).k;
}

function fit(page, legend) {
  const { map } = page;
  map.invalidateSize({ animate: false });
  const frame = map.getContainer().getBoundingClientRect();
  const bar = byId("minutes").getBoundingClientRect();
  const beside = legend.open ? legend.offsetWidth + 24 : 18;
  const below = Math.max(24, frame.bottom - bar.top + 12);
  map.fitBounds(frameOf(page), { animate: false, paddingTopLeft: [18, 18], paddingBottomRight: [beside, below] });
}
