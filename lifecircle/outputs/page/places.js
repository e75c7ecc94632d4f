"use strict";
// Places with people, facilities and gap areas: how each looks, and the layers of one category.

// A point's mark on canvas that is no disc: `outline` traces it around x, y.
const Mark = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) return;
    renderer._ctx.beginPath();
    this.outline(renderer._ctx, this._point, this._radius);
    renderer._fillStroke(renderer._ctx, this);
  },
});

// Facilities are diamonds, so that they differ from places without colour.
const Diamond = Mark.extend({
  outline(ctx, { x, y }, r) {
    ctx.moveTo(x, y - r); ctx.lineTo(x + r, y); ctx.lineTo(x, y + r); ctx.lineTo(x - r, y);
    ctx.closePath();
  },
});

// A canvas pattern: Leaflet's canvas takes it wherever it takes a colour.
function pattern(kind) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 7;
  const ctx = tile.getContext("2d");
  if (kind === "stripes") {
    ctx.fillStyle = "#eda581";
    ctx.fillRect(0, 0, 7, 7);
  }
  if (kind !== "dots") {
    ctx.strokeStyle = COLOURS.gap;
    ctx.lineWidth = kind === "stripes" ? 2.2 : 1;
    for (const shift of [-7, 0, 7]) { ctx.moveTo(shift, 7); ctx.lineTo(shift + 7, 0); }
    ctx.stroke();
  } else {
    ctx.fillStyle = COLOURS.unknown;
    ctx.fillRect(2, 2, 1.6, 1.6);
  }
  return ctx.createPattern(tile, "repeat");
}

const PATTERNS = { hatch: pattern("hatch"), stripes: pattern("stripes"), dots: pattern("dots") };
const PLACE = {
  covered: { fillColor: "#a8c8dc", fillOpacity: 0.95, color: "#4a7c9c", weight: 0.8, dashArray: null },
  gap: { fillColor: PATTERNS.stripes, fillOpacity: 1, color: "#8f3410", weight: 1.4, dashArray: null },
  unknown: { fillColor: PATTERNS.dots, fillOpacity: 1, color: "#6b7278", weight: 1.2, dashArray: "2 3" },
};
const AREA = { fillColor: PATTERNS.hatch, fillOpacity: 0.55, color: COLOURS.gap, weight: 0.7, opacity: 0.7 };
const FACILITY = { radius: 7, color: COLOURS.paper, weight: 1.5, fillColor: COLOURS.ink, fillOpacity: 1 };
const ADDED = { radius: 9, fillColor: COLOURS.added, weight: 2 };
const OPEN = "1";
const HOLLOW = { radius: 7, color: COLOURS.ink, weight: 1.8, fillColor: COLOURS.paper, fillOpacity: 1 };

const DOT_PX = 2;
// As far as a disc and its line reach.
const DISC = [14, 14];
const RANKED = 9;
const RANKED_SHARE = 0.01;
const PEOPLE = ["beds", "jobs", "people", "families"];

// The rank of an area of gap, beside the vertex of its outline that is nearest to its middle.
const Rank = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) return;
    const { x, y } = this._point;
    const ctx = renderer._ctx;
    ctx.beginPath();
    ctx.arc(x, y, 9, 0, 2 * Math.PI);
    const { disc = COLOURS.paper, rim = COLOURS.gap, digit = "#8f3410" } = this.options;
    Object.assign(ctx, { globalAlpha: 1, fillStyle: disc, strokeStyle: rim, lineWidth: 1.5 });
    ctx.fill();
    ctx.stroke();
    Object.assign(ctx, { fillStyle: digit, font: "600 11px sans-serif", textAlign: "center", textBaseline: "middle" });
    ctx.fillText(this.options.rank, x, y + 0.5);
  },
});

// A disc grows with the people it stands for.
function radius(demand, i) {
  const people = PEOPLE.reduce((sum, kind) => sum + (demand[kind]?.[i] ?? 0), 0);
  return 4 + Math.min(8, Math.sqrt(people) / 7);
}

// Seen from afar, a city's places are drawn finer.
function finer(zoom) {
  return Math.min(1, Math.max(0.3, (zoom - 10.5) / 4));
}

// Places of demand: points as discs, areas by their outline, those too small to see as dots.
function drawPlaces(ctx, shapes, view, radii, states) {
  const paths = STATE.map(() => ({ areas: new Path2D(), dots: new Path2D() }));
  const discs = [];
  shapes.each(view, 0, (string) => {
    const feature = shapes.feature[string];
    const { areas, dots } = paths[states[feature]];
    const [west, north, east, south] = shapes.box.subarray(4 * string, 4 * string + 4);
    const large = Math.max(east - west, south - north) * view.scale;
    if (large === 0) discs.push(string);
    else if (large >= DOT_PX) shapes.trace(areas, string, view);
    else dots.rect(west * view.scale + view.x, north * view.scale + view.y, DOT_PX, DOT_PX);
  });
  paths.forEach(({ areas, dots }, state) => {
    const style = PLACE[STATE[state]];
    paint(ctx, areas, { ...style, weight: style.weight * finer(view.zoom) });
    ctx.fillStyle = COLOURS[STATE[state]];
    ctx.fill(dots);
  });
  for (const string of discs) {
    const [[x, y]] = shapes.points(string, view);
    const disc = new Path2D();
    disc.arc(x, y, radii[shapes.feature[string]] * finer(view.zoom), 0, 2 * Math.PI);
    paint(ctx, disc, PLACE[STATE[states[shapes.feature[string]]]]);
  }
}

function paint(ctx, path, { fillColor, fillOpacity, color, weight, opacity = 1, dashArray }) {
  Object.assign(ctx, { globalAlpha: fillOpacity, fillStyle: fillColor });
  ctx.fill(path, "nonzero");
  ctx.globalAlpha = opacity;
  stroke(ctx, path, color, weight, dashArray?.split(" ").map(Number));
  ctx.globalAlpha = 1;
}

function facilityLayers(data, frame, [points, outlines], id, style, options, open = () => true) {
  const places = data[frame];
  const own = (i) => places.category[i] === id && open(i);
  const size = places.category.filter((name) => name === id).length > 60 ? { radius: 4.5, weight: 1 } : {};
  const what = (i) => ({ kind: "facility", frame, i });
  return [
    ...places.outline_of.flatMap((i, row) => (own(i) ? [L.polygon(outlines[row].map((ring) => [ring]),
      { ...options, what: what(i), fillRule: "nonzero", fill: false, color: COLOURS.ink, weight: 1.2 })] : [])),
    ...points.flatMap((strings, i) => (own(i) ? [new Diamond(strings[0][0], { ...options, ...style, ...size, what: what(i) })] : [])),
  ];
}

// Rows of facilities that only the scenario has.
function addedRows({ data }, { facilities }, k) {
  if (!facilities) return [];
  const rows = Array.from(facilities.category.keys()).slice(data.facilities.name.length);
  return rows.filter((f) => facilities.category[f] === k && facilities.open[f]);
}

function addedLayers({ facilities }, rows, options) {
  return rows.map((f) => new Diamond(facilities.latlng[f], { ...options, ...FACILITY, ...ADDED, what: { kind: "facility", frame: "facilities", i: f } }));
}

// The gap areas of a category: of the site as it is, of the scenario that Python computed, null for changes made here.
function gapsOf({ data, store }, k) {
  const { changes } = store.state;
  if (changes.length && changes !== data.scenario?.changes) return null;
  return (changes.length && data.scenario.gaps[k]) || data.categories[k].gaps;
}

// Rows of a category's largest gap areas, the one that most people live or work in first.
function rankedAreas(category, gaps) {
  const rows = gaps.places.map((_, i) => i);
  const heads = (i) => category.main.reduce((sum, kind) => sum + (gaps[kind]?.[i] ?? 0), 0);
  const size = rows.some(heads) ? heads : (i) => gaps.places[i];
  const least = RANKED_SHARE * rows.reduce((sum, i) => sum + size(i), 0);
  return rows.filter((i) => size(i) > 0 && size(i) >= least)
    .sort((a, b) => size(b) - size(a) || gaps.area_ha[b] - gaps.area_ha[a] || a - b).slice(0, RANKED);
}

function rankLayers(page, k, gaps, shapes, origin, options) {
  const first = new Map();
  shapes.feature.forEach((feature, string) => { if (!first.has(feature)) first.set(feature, string); });
  const ranked = rankedAreas(page.data.categories[k], gaps);
  return ranked.length < 2 ? [] : ranked.map((i, rank) => new Rank(latLngAt(...middleVertex(shapes, first.get(i)), origin),
    { ...options, radius: 9, rank: rank + 1, what: { kind: "area", k, gaps, i } }));
}

function middleVertex(shapes, string) {
  const [west, north, east, south] = shapes.box.subarray(4 * string, 4 * string + 4);
  const far = ([x, y]) => (x - (west + east) / 2) ** 2 + (y - (north + south) / 2) ** 2;
  return shapes.points(string, { scale: 1, x: 0, y: 0 }).reduce((best, vertex) => (far(vertex) < far(best) ? vertex : best));
}

// All that lies on the streets for the chosen category.
function createPlaces(page) {
  const { data, map, renderers, store } = page;
  const origin = originOf(data);
  const options = { renderer: renderers.places };
  const points = Object.fromEntries(["facilities", "planned"].map((frame) =>
    [frame, [decode(data[frame].point), decode(data[frame].outline)]]));
  const group = Object.fromEntries(["facilities", "added", "ranks"].map((name) => [name, L.featureGroup().addTo(map)]));
  const shown = {};
  // What a group shows is told by a text or a thing: while it is the same, nothing is drawn anew.
  const fill = (name, what, layers) => {
    if (shown[name] === what) return;
    shown[name] = what;
    group[name].clearLayers();
    layers().forEach((layer) => layer.addTo(group[name]));
  };
  const areasOf = createAreas(page, origin);
  createDemand(page, origin);
  store.on("chosen reading result", ({ chosen, reading, result }) => {
    const category = data.categories[chosen];
    const gaps = reading === "classes" && gapsOf(page, chosen);
    fill("ranks", gaps, () => (gaps ? rankLayers(page, chosen, gaps, areasOf(gaps), origin, options) : []));
    const shut = (i) => (data.facilities.opening?.[i] ?? OPEN) !== OPEN;
    const open = (i) => (result.facilities?.open[i] ?? true) && !shut(i);
    const closed = data.facilities.category.map((_, i) => i).filter((i) => !open(i));
    fill("facilities", `${chosen} ${closed}`, () => [
      ...facilityLayers(data, "planned", points.planned, category.id, HOLLOW, options),
      ...facilityLayers(data, "facilities", points.facilities, category.id, HOLLOW, options, shut),
      ...facilityLayers(data, "facilities", points.facilities, category.id, FACILITY, options, open)]);
    const added = addedRows(page, result, chosen);
    fill("added", added.map((f) => `${f} ${result.facilities.latlng[f]}`).join(), () => addedLayers(result, added, options));
  });
  Object.values(group).forEach((layers) => chosenByClick(page, layers));
  const name = ({ options: { what } }) => tip(what.frame === "facilities" ? page.facilityName(what.i) : data.planned.name[what.i] || t("unnamed"));
  [group.facilities, group.added].forEach((layers) => layers.bindTooltip(name));
}

// A click on one of some layers shows its card, again where it was the last, unless a tool is in hand; what lies beneath does not hear of the pointer.
function chosenByClick(page, layers) {
  layers.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    const { what } = event.layer.options;
    if (page.pick?.(what)) return;
    if (page.store.state.tool) page.drop(event.latlng);
    else page.store.set({ focus: { ...what } });
  });
  layers.on("mouseover mouseout", ({ type }) => { page.hovered = type === "mouseover"; });
}

// Areas of gap of the chosen category, read when it is first chosen.
function createAreas(page, origin) {
  const { map, store } = page;
  const read = new Map();
  const areasOf = (gaps) => read.get(gaps) ?? read.set(gaps, new Shapes(gaps.shape, origin)).get(gaps);
  let shown = null;
  const sheet = new Sheet((ctx, min, max) => {
    if (shown !== null) paint(ctx, areasOf(shown).path(viewOf(map, origin, min, max), SHORTEST_PX), AREA);
  }, { pane: "areas" }).addTo(map);
  store.on("chosen reading result", ({ chosen, reading }) => {
    const before = shown;
    shown = reading === "classes" ? gapsOf(page, chosen) : null;
    if (shown !== before) sheet.redraw();
  });
  return areasOf;
}

// Places of demand on a canvas of their own; `page.placeAt` tells which one is at a point.
function createDemand(page, origin) {
  const { data, map, store } = page;
  const shapes = new Shapes(data.demand.shape, origin);
  const radii = data.demand.name.map((_, i) => radius(data.demand, i));
  let states = new Uint8Array(radii.length);
  const sheet = new Sheet((ctx, min, max) =>
    drawPlaces(ctx, shapes, viewOf(map, origin, min.subtract(DISC), max.add(DISC)), radii, states), { pane: "demand" }).addTo(map);
  store.on("chosen reading minutes result", ({ chosen, reading, minutes, result }) => {
    const before = states;
    states = states.map((_, i) => stateOf(data, result, chosen, i, reading === "within" ? minutes : "norm"));
    let box = null;
    shapes.feature.forEach((i, string) => {
      if (states[i] !== before[i]) box = around(box, shapes.box.subarray(4 * string, 4 * string + 4));
    });
    sheet.redraw(partOf(map, origin, box, DISC[0]));
  });
  page.placeAt = (latlng) => {
    const { x, y } = unitsAt(latlng, origin);
    const i = shapes.pick({ scale: 2 ** (map.getZoom() - UNIT_ZOOM) }, x, y, (feature) => radii[feature] * finer(map.getZoom()));
    return i < 0 ? null : { kind: "place", i };
  };
  const name = L.tooltip({ direction: "top", offset: [0, -4] });
  map.on("mousemove mouseout", ({ type, latlng }) => {
    const place = type === "mousemove" && !page.hovered ? page.placeAt(latlng) : null;
    map.getContainer().classList.toggle("pointing", place !== null);
    if (!place) name.remove();
    else name.setLatLng(latlng).setContent(tip(placeName(page, place.i), heads(data.demand, place.i))).addTo(map);
  });
}

function tip(name, about = "") {
  const box = element("span");
  const title = element("b", "", name);
  title.dir = "auto";
  box.append(title, ...(about ? [element("br"), about] : []));
  return box;
}
