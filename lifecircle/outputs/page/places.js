"use strict";
// Places with people, facilities and gap areas: how each looks, and the layers of one category.

// Facilities are diamonds, so that they differ from places without colour.
const Diamond = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) return;
    const { x, y } = this._point;
    const [ctx, r] = [renderer._ctx, this._radius];
    ctx.beginPath();
    ctx.moveTo(x, y - r); ctx.lineTo(x + r, y); ctx.lineTo(x, y + r); ctx.lineTo(x - r, y);
    ctx.closePath();
    renderer._fillStroke(ctx, this);
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
const HOLLOW = { radius: 7, color: COLOURS.ink, weight: 1.8, fillColor: COLOURS.paper, fillOpacity: 1 };

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
    Object.assign(ctx, { globalAlpha: 1, fillStyle: COLOURS.paper, strokeStyle: COLOURS.gap, lineWidth: 1.5 });
    ctx.fill();
    ctx.stroke();
    Object.assign(ctx, { fillStyle: "#8f3410", font: "600 11px sans-serif", textAlign: "center", textBaseline: "middle" });
    ctx.fillText(this.options.rank, x, y + 0.5);
  },
});

// A disc grows with the people it stands for.
function radius(demand, i) {
  const people = PEOPLE.reduce((sum, kind) => sum + (demand[kind]?.[i] ?? 0), 0);
  return 4 + Math.min(8, Math.sqrt(people) / 7);
}

// Places of demand: points as discs, areas by their outline; made once, coloured per category.
function demandLayers(data, renderer) {
  return decode(data.demand.shape).map((strings, i) => {
    const point = strings.every((string) => string.length === 1);
    const options = { renderer, what: { kind: "place", i }, radius: radius(data.demand, i), fillRule: "nonzero" };
    return point ? L.circleMarker(strings[0][0], options) : L.polygon(strings.map((ring) => [ring]), options);
  });
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

// Facilities that only the scenario has.
function addedLayers({ data }, { facilities }, k, options) {
  if (!facilities) return [];
  const rows = Array.from(facilities.category.keys()).slice(data.facilities.name.length);
  return rows.filter((f) => facilities.category[f] === k && facilities.open[f]).map((f) =>
    new Diamond(facilities.latlng[f], { ...options, ...FACILITY, ...ADDED, what: { kind: "facility", frame: "facilities", i: f } }));
}

// Rows of a category's largest gap areas, the one that most people live or work in first.
function rankedAreas(category) {
  const { gaps } = category;
  const rows = gaps.places.map((_, i) => i);
  const heads = (i) => category.main.reduce((sum, kind) => sum + (gaps[kind]?.[i] ?? 0), 0);
  const size = rows.some(heads) ? heads : (i) => gaps.places[i];
  const least = RANKED_SHARE * rows.reduce((sum, i) => sum + size(i), 0);
  return rows.filter((i) => size(i) > 0 && size(i) >= least)
    .sort((a, b) => size(b) - size(a) || gaps.area_ha[b] - gaps.area_ha[a] || a - b).slice(0, RANKED);
}

function areaLayers(category, renderers) {
  const shapes = decode(category.gaps.shape);
  const areas = shapes.map((strings) => L.polygon(strings.map((ring) => [ring]),
    { renderer: renderers.areas, ...AREA, fillRule: "nonzero", interactive: false }));
  const ranks = rankedAreas(category).map((i, rank) => new Rank(middleVertex(shapes[i][0]),
    { renderer: renderers.places, radius: 9, rank: rank + 1, what: { kind: "area", i } }));
  return { areas, ranks: ranks.length > 1 ? ranks : [] };
}

function middleVertex(ring) {
  const middle = L.latLngBounds(ring).getCenter();
  const far = ({ lat, lng }) => (lat - middle.lat) ** 2 + (lng - middle.lng) ** 2;
  return ring.reduce((best, vertex) => (far(vertex) < far(best) ? vertex : best));
}

// All that lies on the streets for the chosen category.
function createPlaces(page) {
  const { data, map, renderers, store } = page;
  const options = { renderer: renderers.places };
  const shapes = Object.fromEntries(["facilities", "planned"].map((frame) =>
    [frame, [decode(data[frame].point), decode(data[frame].outline)]]));
  const demand = L.featureGroup(demandLayers(data, renderers.places)).addTo(map);
  const group = { areas: L.featureGroup().addTo(map), facilities: L.featureGroup().addTo(map), ranks: L.featureGroup().addTo(map) };
  const paint = ({ chosen, reading, minutes, result }) => demand.eachLayer((layer) => {
    const at = reading === "within" ? minutes : "norm";
    const look = PLACE[STATE[stateOf(data, result, chosen, layer.options.what.i, at)]];
    if (layer.options.look !== look) layer.setStyle({ ...look, look });
  });
  store.on("chosen reading minutes result", paint);
  store.on("chosen reading result", ({ chosen, reading, changes, result }) => {
    const category = data.categories[chosen];
    Object.values(group).forEach((layers) => layers.clearLayers());
    const fill = (name, layers) => layers.forEach((layer) => layer.addTo(group[name]));
    if (!changes.length && reading === "classes") {
      const { areas, ranks } = areaLayers(category, renderers);
      fill("areas", areas);
      fill("ranks", ranks);
    }
    fill("facilities", facilityLayers(data, "planned", shapes.planned, category.id, HOLLOW, options));
    fill("facilities", facilityLayers(data, "facilities", shapes.facilities, category.id, FACILITY, options,
      (i) => result.facilities?.open[i] ?? true));
    fill("facilities", addedLayers(page, result, chosen, options));
  });
  [demand, group.facilities, group.ranks].forEach((layers) => layers.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    const { what } = event.layer.options;
    if (page.pick?.(what)) return;
    if (store.state.tool) page.drop(event.latlng);
    else store.set({ focus: what });
  }));
  demand.bindTooltip((layer) => tip(placeName(data, layer.options.what.i), heads(data.demand, layer.options.what.i)));
  group.facilities.bindTooltip(({ options: { what } }) => tip(what.frame === "facilities" ? page.facilityName(what.i) : data.planned.name[what.i] || t("unnamed")));
}

function tip(name, about = "") {
  const box = element("span");
  const title = element("b", "", name);
  title.dir = "auto";
  box.append(title, ...(about ? [element("br"), about] : []));
  return box;
}
