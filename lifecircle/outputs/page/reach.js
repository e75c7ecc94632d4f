"use strict";
// What is reached from one place or spot, and whom a facility serves: asked of the engine, or read from the file.

function reaching(page) {
  const { data, store } = page;
  return {
    reachOf: (focus) => (focus.kind === "place" ? statedReach(data, store.state.result, focus.i) : null),
    servedBy: (i) => statedServed(data, store.state.result, i),
    facilityName: (i) => data.facilities.name[i] || t("unnamed"),
    showFacility: (i) => store.set({ focus: { kind: "facility", frame: "facilities", i },
      chosen: data.categories.findIndex(({ id }) => id === data.facilities.category[i]) }),
    hint: (k) => store.set({ hinted: k }),
  };
}

function statedReach(data, result, i) {
  return {
    mm: result.mm.map((row) => row[i]),
    minutes: (k) => minutesOf(data, data.categories[k], result.mm[k][i], i),
    lost: (k) => lost(result, k, i),
    edge_m: data.demand.edge_m[i],
    nearest: (k) => (result.nearest[k]?.[i] >= 0 ? [{ facility: result.nearest[k][i], mm: result.mm[k][i] }] : []),
  };
}

// Places within the norm whose nearest facility this is; who else would serve them is not stated.
function statedServed(data, result, facility) {
  const k = data.categories.findIndex(({ id }) => id === data.facilities.category[facility]);
  if (k < 0 || !result.nearest[k]) return null;
  const served = [...result.nearest[k].keys()].filter((i) => result.nearest[k][i] === facility && result.states[k][i] === 1);
  return { served, only: [] };
}
