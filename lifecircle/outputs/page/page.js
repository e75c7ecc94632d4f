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
  const chosen = widestGap(data, before);
  return { language, chosen, category: chosen, order: "gap", reading: "classes", minutes: 15, tab: changes.length ? "plan" : "overview",
    focus: null, hinted: null, tool: null, moving: null, refused: null, draft: [], past: [], future: [],
    changes, result: changes.length ? engine.run(changes) : before };
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

function fit({ map, data }, legend) {
  map.invalidateSize({ animate: false });
  const frame = map.getContainer().getBoundingClientRect();
  const bar = byId("minutes").getBoundingClientRect();
  const beside = legend.open ? legend.offsetWidth + 24 : 18;
  const below = Math.max(24, frame.bottom - bar.top + 12);
  map.fitBounds(data.bounds, { animate: false, paddingTopLeft: [18, 18], paddingBottomRight: [beside, below] });
}
