"use strict";
// What a scenario changes, drawn on the map: paths, closings, and what is being drawn.

const PATH = [{ color: COLOURS.paper, weight: 6, opacity: 0.9 }, { color: COLOURS.added, weight: 3, opacity: 1, dashArray: "7 4" }];

const CROSS = { radius: 7, color: COLOURS.added, weight: 3, fill: false, opacity: 1 };

// A cross where something is closed.
const Cross = Mark.extend({
  outline(ctx, { x, y }, r) {
    ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x - r, y + r); ctx.lineTo(x + r, y - r);
  },
});

function createChanges(page) {
  const { map, renderers, store } = page;
  const options = { renderer: renderers.focus, interactive: false };
  const [made, drawing, offered] = [0, 1, 2].map(() => L.layerGroup().addTo(map));
  const fill = (group, layers) => {
    group.clearLayers();
    layers.forEach((layer) => layer.addTo(group));
  };
  store.on("result", ({ changes }) => fill(made, changes.flatMap((change) => changeLayers(page, change, options))));
  store.on("tool", ({ tool }) => fill(offered, tool === "gate" ? candidateLayers(page, options) : []));
  store.on("draft", ({ draft }) => fill(drawing, draft.length ? [...path(draft, options),
    ...draft.map((at) => L.circleMarker(at, { ...options, radius: 4, color: COLOURS.added, fillColor: COLOURS.paper, fillOpacity: 1 }))] : []));
}

function path(line, options) {
  return PATH.map((look) => L.polyline(line, { ...options, ...look }));
}

function gateMark(at, options) {
  return L.circleMarker(at, { ...options, radius: 6, color: COLOURS.added, weight: 3, fillColor: COLOURS.paper, fillOpacity: 1 });
}

// Where gates may be opened, while that tool is in hand.
function candidateLayers({ engine }, options) {
  return engine.gates.candidates.map((at) =>
    L.circleMarker(at, { ...options, radius: 2.5, stroke: false, fillColor: COLOURS.added, fillOpacity: 0.75 }));
}

function changeLayers(page, { what, change, at, line, id }, options) {
  if (line) return path(line, options);
  if (what === "gate" && change === "add") return [gateMark(at, options)];
  if (what === "facility" && change === "close") return crosses(page, id, options);
  if (change === "close") return [cross(at, options)];
  return change === "move" ? crosses(page, id, options) : [];
}

function cross(at, options) {
  return new Cross(at, { ...options, ...CROSS });
}

function crosses(page, id, options) {
  const { facilities } = page.store.state.result;
  const row = facilities.id.indexOf(id);
  return row < 0 ? [] : [cross(page.facilityAt(row), options)];
}
