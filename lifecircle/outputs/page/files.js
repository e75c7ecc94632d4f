"use strict";
// A scenario out of the page and into it: as a file, as the fragment of a link, or written in by Python.

function files(page) {
  const { changes } = page.store.state;
  const row = element("div", "tools");
  const choose = element("input");
  Object.assign(choose, { type: "file", accept: ".geojson,.json,application/geo+json", hidden: true });
  choose.addEventListener("change", async () => {
    if (choose.files.length) opened(page, await choose.files[0].text());
  });
  row.append(
    button("export", t("export"), () => exported(page), { disabled: !changes.length }),
    button("import", t("import"), () => choose.click()),
    button("link", t("link"), () => linked(page), { disabled: !changes.length }),
    button("clear", t("clear"), () => page.commit([]), { disabled: !changes.length }),
    choose);
  return group(t("scenario"), [row]);
}

function scenarioName({ data }) {
  return data.scenario?.name || t("scenario_name", { name: data.site.name });
}

function exported(page) {
  const text = JSON.stringify(page.engine.toGeoJSON(page.store.state.changes, scenarioName(page)), null, 1);
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/geo+json" }));
  link.download = "scenario.geojson";
  link.click();
  URL.revokeObjectURL(link.href);
}

function opened(page, text) {
  try {
    const { changes } = page.engine.fromGeoJSON(JSON.parse(text));
    page.commit(changes);
    page.store.set({ refused: null });
  } catch {
    page.store.set({ refused: "refused_file" });
  }
}

// The link is put into the address bar, and copied where the browser lets us.
function linked(page) {
  history.replaceState(null, "", `#${page.engine.toFragment(page.store.state.changes, scenarioName(page))}`);
  navigator.clipboard?.writeText(location.href).catch(() => {});
  byId("live").textContent = t("linked");
  page.store.set({ refused: "linked" });
}

// What the page opens with: the link's scenario, else the one it was written with.
function openingChanges({ data, engine }) {
  const scenario = (location.hash.length > 1 && engine.fromFragment(location.hash.slice(1))) || data.scenario;
  return scenario ? scenario.changes : [];
}
