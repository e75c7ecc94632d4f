"use strict";
// The page as a whole: one state, and the parts that show it.

function lifecircle(map) {
  const data = JSON.parse(byId("lifecircle-data").textContent);
  const before = statedResult(data);
  const page = { data, map, renderers: panes(map), store: createStore({ result: before, before, changes: [] }) };
  Object.assign(page, reaching(page));
  arrange(map);
  createOverview(page);
  createTabs(page);
  const legend = createLegend(page);
  createCredit(page);
  createSlider(page);
  createStreets(page);
  createPlaces(page);
  createFocus(page);
  createInspector(page);
  createVoice(page);
  createSheet(page, legend);
  document.querySelectorAll("[data-lang]").forEach((button) =>
    button.addEventListener("click", () => speak(page, button.dataset.lang)));

  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  language = data.lang;
  page.store.set({ language, chosen: widestGap(page), order: "gap", reading: "classes", minutes: 15, tab: "overview", focus: null,
    hinted: null });
  page.home = () => fit(page, legend);
  page.home();
  drawGround(map, data);
}

function speak(page, name) {
  language = name;
  page.store.set({ language });
}

// The panel first, as it is read; the map after it.
function arrange(map) {
  const box = map.getContainer();
  box.setAttribute("role", "region");
  document.body.append(box);
  document.querySelector("meta[name=viewport]").content = "width=device-width, initial-scale=1";
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") map.fire("escape"); });
}

// The widest gap is shown first, of those that are no gap everywhere.
function widestGap({ data, store }) {
  const ranked = data.categories.map((_, k) => shares(data, store.state.result, k)).sort(ORDERS.gap);
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

function createStreets({ data, map, renderers, store }) {
  const chains = decode(data.streets.lines).map((strings) => strings[0]);
  const streets = new Streets(chains, { renderer: renderers.streets, interactive: false, fill: false });
  store.on("chosen reading minutes result", ({ chosen, reading, minutes }) =>
    streets.paint(streetMinutes(data, chosen), reading === "within" ? classWithin(minutes) : classOf));
  streets.addTo(map);
}
