"use strict";
// The page as a whole: one category at a time, in one language.

function swatch(draw) {
  const canvas = element("canvas");
  canvas.width = 52;
  canvas.height = 28;
  const ctx = canvas.getContext("2d");
  ctx.scale(2, 2);
  draw(ctx);
  return canvas;
}

function boxSwatch(style) {
  return swatch((ctx) => {
    ctx.globalAlpha = style.fillOpacity;
    ctx.fillStyle = style.fillColor;
    ctx.fillRect(5, 1.5, 16, 11);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = style.color;
    ctx.lineWidth = style.weight;
    ctx.setLineDash((style.dashArray ?? "").split(" ").filter(Boolean).map(Number));
    ctx.strokeRect(5, 1.5, 16, 11);
  });
}

function lineSwatch(style) {
  return swatch((ctx) => {
    ctx.strokeStyle = style.color;
    ctx.lineWidth = style.weight;
    ctx.lineCap = "round";
    ctx.setLineDash((style.dashArray ?? "").split(" ").filter(Boolean).map(Number));
    ctx.beginPath();
    ctx.moveTo(2, 7);
    ctx.lineTo(24, 7);
    ctx.stroke();
  });
}

function diamondSwatch(style) {
  return swatch((ctx) => {
    ctx.beginPath();
    ctx.moveTo(13, 1); ctx.lineTo(19, 7); ctx.lineTo(13, 13); ctx.lineTo(7, 7);
    ctx.closePath();
    ctx.fillStyle = style.fillColor;
    ctx.strokeStyle = style.color;
    ctx.lineWidth = style.weight;
    ctx.fill();
    ctx.stroke();
  });
}

function fillLegend(box, data) {
  const limit = data.site.limit_m / data.site.profile.speed;
  const labels = [t("minutes", { a: 0, b: 5 }), t("minutes", { a: 5, b: 10 }), t("minutes", { a: 10, b: 15 }),
    t("minutes", { a: 15, b: Math.round(limit) }), t("none_reached", { a: number(data.site.limit_m) }), t("unknown")];
  const entry = (sample, text) => {
    const line = element("div");
    line.append(sample, element("span", "", text));
    return line;
  };
  const title = box.querySelector("summary") ?? element("summary");
  title.textContent = t("legend");
  box.replaceChildren(title,
    element("h3", "", t("streets")),
    ...labels.map((label, group) => entry(lineSwatch(streetStyle(group)), label)),
    element("h3", "", t("legend_places")),
    ...["covered", "gap", "unknown"].map((state) => entry(boxSwatch(PLACE[state]), t(state))),
    entry(boxSwatch(AREA), t("legend_areas")),
    entry(diamondSwatch(FACILITY), t("legend_facility")),
    entry(diamondSwatch(HOLLOW), t("legend_planned")),
  );
}

function fillCredit(box, data) {
  box.textContent = [...data.site.attribution, ...tileCredits(data.tiles), data.site.synthetic ? t("synthetic") : ""]
    .filter(Boolean).join(" · ");
}

function corner(map, position, tag, className) {
  const box = element(tag, className);
  const control = L.control({ position });
  control.onAdd = () => box;
  control.addTo(map);
  L.DomEvent.disableClickPropagation(box);
  return box;
}

// A disc grows with the people it stands for.
function radius(demand, i) {
  const people = ["beds", "jobs", "people", "families"].reduce((sum, kind) => sum + (demand[kind]?.[i] ?? 0), 0);
  return 4 + Math.min(7, Math.sqrt(people) / 8);
}

// Places of demand: points as discs, areas by their outline; made once, coloured per category.
function demandLayers(data, renderer) {
  return decode(data.demand.shape).map((strings, i) => {
    const point = strings.every((string) => string.length === 1);
    const options = { renderer, index: i, radius: radius(data.demand, i), fillRule: "nonzero" };
    return point ? L.circleMarker(strings[0][0], options) : L.polygon(strings.map((ring) => [ring]), options);
  });
}

function facilityLayers(places, points, outlines, id, style, options) {
  const own = (i) => places.category[i] === id;
  const many = places.category.filter((name) => name === id).length > 60;
  const size = many ? { radius: 4.5, weight: 1 } : {};
  return [
    ...places.outline_of.flatMap((i, row) => (own(i) ? [L.polygon(outlines[row].map((ring) => [ring]),
      { ...options, index: i, places, fillRule: "nonzero", fill: false, color: COLOURS.ink, weight: 1.2 })] : [])),
    ...points.flatMap((strings, i) => (own(i) ? [new Diamond(strings[0][0], { ...options, ...style, ...size, index: i, places })] : [])),
  ];
}

function lifecircle(map) {
  const data = JSON.parse(document.getElementById("lifecircle-data").textContent);
  const renderers = panes(map);
  const shapes = {
    chains: decode(data.streets.lines).map((strings) => strings[0]),
    facilities: [decode(data.facilities.point), decode(data.facilities.outline)],
    planned: [decode(data.planned.point), decode(data.planned.outline)],
  };
  const layers = {
    streets: L.layerGroup().addTo(map),
    areas: L.featureGroup().addTo(map),
    demand: L.featureGroup(demandLayers(data, renderers.places)).addTo(map),
    facilities: L.featureGroup().addTo(map),
  };
  const view = { chosen: null, order: "gap", choose, sort };
  const category = () => data.categories.find((item) => item.id === view.chosen);

  function choose(id) {
    view.chosen = id;
    const k = data.categories.findIndex((item) => item.id === id);
    const places = { renderer: renderers.places };
    layers.streets.clearLayers();
    streetLines(shapes.chains, data.streets.classes[k], { renderer: renderers.streets, interactive: false })
      .forEach((line) => line.addTo(layers.streets));
    widen();
    layers.areas.clearLayers();
    decode(category().gaps.shape).forEach((strings, index) =>
      L.polygon(strings.map((ring) => [ring]), { ...places, ...AREA, fillRule: "nonzero", index }).addTo(layers.areas));
    layers.areas.bringToBack();
    layers.demand.eachLayer((layer) => layer.setStyle(PLACE[STATE[category().states[layer.options.index]]]));
    layers.facilities.clearLayers();
    [...facilityLayers(data.planned, ...shapes.planned, id, HOLLOW, places),
      ...facilityLayers(data.facilities, ...shapes.facilities, id, FACILITY, places)]
      .forEach((layer) => layer.addTo(layers.facilities));
    map.closePopup();
    fillTable(data, view);
  }

  // Wider as one comes closer.
  function widen() {
    layers.streets.eachLayer((line) => line.setStyle(streetStyle(line.options.group, map.getZoom())));
  }

  function sort(name) {
    view.order = name;
    fillTable(data, view);
  }

  const legend = corner(map, "topright", "details", "legend");
  legend.open = window.innerWidth > 720;
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const credit = corner(map, "bottomright", "div", "credit");

  function speak(name) {
    language = name;
    map.closePopup();
    fillHeader(data);
    fillIndex(data);
    fillTable(data, view);
    fillNotes(data);
    fillLegend(legend, data);
    fillCredit(credit, data);
  }

  layers.demand.bindPopup((layer) => placePopup(data, category(), layer.options.index));
  layers.areas.bindPopup((layer) => areaPopup(data, category(), layer.options.index));
  layers.facilities.bindPopup((layer) => facilityPopup(layer.options.places, category(), layer.options.index));
  layers.facilities.bindTooltip((layer) =>
    element("span", "", layer.options.places.name[layer.options.index] || t("unnamed")));
  document.querySelectorAll("[data-lang]").forEach((button) =>
    button.addEventListener("click", () => speak(button.dataset.lang)));

  // The widest gap is shown first, of those that are no gap everywhere.
  const ranked = data.categories.map((item, rank) => shares(item, rank)).sort(ORDERS.gap);
  view.chosen = (ranked.find((item) => item.covered && item.gap) ?? ranked[0]).category.id;
  speak(data.lang);
  const beside = legend.open ? legend.offsetWidth + 24 : 18;
  map.fitBounds(data.bounds, { animate: false, paddingTopLeft: [18, 18], paddingBottomRight: [beside, 30] });
  drawGround(map, data, renderers.ground);
  map.on("zoomend", widen);
  choose(view.chosen);
}
