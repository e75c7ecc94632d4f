"use strict";
// The legend, in the corner of the map.

function swatch(draw) {
  const canvas = element("canvas");
  canvas.width = 52;
  canvas.height = 28;
  const ctx = canvas.getContext("2d");
  ctx.scale(2, 2);
  draw(ctx);
  return canvas;
}

function dash(ctx, style) {
  ctx.setLineDash((style.dashArray ?? "").split(" ").filter(Boolean).map(Number));
}

function boxSwatch(style) {
  return swatch((ctx) => {
    ctx.globalAlpha = style.fillOpacity;
    ctx.fillStyle = style.fillColor;
    ctx.fillRect(5, 1.5, 16, 11);
    Object.assign(ctx, { globalAlpha: 1, strokeStyle: style.color, lineWidth: style.weight });
    dash(ctx, style);
    ctx.strokeRect(5, 1.5, 16, 11);
  });
}

function lineSwatch(style) {
  return swatch((ctx) => {
    Object.assign(ctx, { globalAlpha: style.opacity ?? 1, strokeStyle: style.color, lineWidth: style.weight,
      lineCap: style.dashArray ? "butt" : "round" });
    dash(ctx, style);
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
    Object.assign(ctx, { fillStyle: style.fillColor, strokeStyle: style.color, lineWidth: style.weight });
    ctx.fill();
    ctx.stroke();
  });
}

function crossSwatch(style) {
  return swatch((ctx) => {
    Object.assign(ctx, { strokeStyle: style.color, lineWidth: style.weight });
    ctx.beginPath();
    Cross.prototype.outline(ctx, { x: 13, y: 7 }, style.radius - 1.5);
    ctx.stroke();
  });
}

function ringSwatch(styles) {
  return swatch((ctx) => styles.forEach((style) => {
    Object.assign(ctx, { globalAlpha: style.opacity, strokeStyle: style.color, lineWidth: style.weight });
    ctx.beginPath();
    ctx.arc(13, 7, style.radius / 2.2, 0, 2 * Math.PI);
    ctx.stroke();
  }));
}

// Entries: what draws the sample, its style, and what it stands for.
function streetEntries(data, { reading, minutes }) {
  const limit = Math.round(data.site.limit_m / data.site.profile.speed);
  const labels = [t("minutes", { a: 0, b: 5 }), t("minutes", { a: 5, b: 10 }), t("minutes", { a: 10, b: 15 }),
    t("minutes", { a: 15, b: limit }), t("none_reached", { a: number(data.site.limit_m) })];
  const starts = [0, 5, 10, 15, LONGEST];
  const entries = labels.map((label, group) => [lineSwatch, streetStyle(group), label])
    .filter((_, group) => reading === "classes" || starts[group] < minutes);
  if (reading === "within") {
    if (minutes < LONGEST) entries.at(-1)[2] = t("minutes", { a: starts[entries.length - 1], b: minutes });
    entries.push([lineSwatch, streetStyle(BEYOND_CLASS), t("beyond_n", { n: minutes })]);
  }
  return [...entries, [lineSwatch, streetStyle(UNKNOWN_CLASS), t("unknown")]];
}

function placeEntries(page, state) {
  const title = (name) => (state.reading === "within" && name !== "unknown"
    ? t(`within_${name}`, { n: state.minutes }) : t(name));
  return [
    ...["covered", "gap", "unknown"].map((name) => [boxSwatch, PLACE[name], title(name)]),
    ...(state.reading === "within" ? [] : [[boxSwatch, AREA, t(gapsOf(page, state.chosen) ? "legend_areas" : "areas_hidden")]]),
    [diamondSwatch, FACILITY, t("legend_facility")],
    ...changeEntries(state.changes),
    [diamondSwatch, HOLLOW, t(page.data.site.at ? "legend_shut" : "legend_planned")],
    ...(page.points.gates.length ? [[boxSwatch, GATE, t("gate")]] : []),
  ];
}

function changeEntries(changes) {
  if (!changes.length) return [];
  return [
    [diamondSwatch, { ...FACILITY, ...ADDED }, t("legend_added")],
    ...(changes.some(({ line }) => line) ? [[lineSwatch, PATH[1], t("legend_path")]] : []),
    ...(changes.some(({ change }) => change !== "add") ? [[crossSwatch, CROSS, t("legend_closed")]] : []),
  ];
}

// What is lit up for the place, spot, gate or facility that was clicked.
function focusEntries(page, state) {
  const { focus, chosen } = state;
  if (!focused(state)) return [];
  if (focus.kind === "facility" && page.servedBy(focus)?.served.length) {
    return [[ringSwatch, [SERVED], t("legend_served")], [ringSwatch, [SERVED, ONLY], t("legend_only")]];
  }
  if (!BEGINS.includes(focus.kind) || !page.reachOf(focus)?.metres) return [];
  const m = number(lookedAt_m(page));
  return [
    [lineSwatch, REACHED, t("legend_reached", { m })],
    [lineSwatch, CIRCLE, t("legend_circle", { m })],
    [lineSwatch, ROUTE[1], t("legend_route", { name: named(page.data.categories[chosen]) })],
    [lineSwatch, OTHER_ROUTE[0], t("legend_others")],
  ];
}

function createLegend(page) {
  const box = corner(page.map, "topright", "details", "legend");
  box.open = window.innerWidth > 720;
  const samples = new Map();
  const line = ([draw, style, text]) => {
    const what = `${draw.name} ${JSON.stringify(style)}`;
    if (!samples.has(what)) samples.set(what, draw(style));
    const entry = element("div");
    entry.append(samples.get(what), element("span", "", text));
    return entry;
  };
  let shown = "";
  page.store.on("language reading minutes changes chosen focus step tab", (state) => {
    const parts = [["streets", streetEntries(page.data, state)], ["legend_places", placeEntries(page, state)],
      ["legend_from", focusEntries(page, state)]].filter(([, entries]) => entries.length);
    const what = JSON.stringify(parts.map(([key, entries]) => [t(key), entries.map(([, , text]) => text)]));
    if (what === shown) return;
    shown = what;
    const title = box.querySelector("summary") ?? element("summary");
    title.textContent = t("legend");
    box.replaceChildren(title, ...parts.flatMap(([key, entries]) => [element("h3", "", t(key)), ...entries.map(line)]));
  });
  return box;
}

function createCredit(page) {
  const { data } = page;
  const box = corner(page.map, "bottomright", "div", "credit");
  page.store.on("language", () => {
    box.textContent = [...data.site.attribution, ...tileCredits(data.tiles), data.site.synthetic ? t("synthetic") : ""]
      .filter(Boolean).join(" · ");
  });
}

function corner(map, position, tag, className) {
  const box = element(tag, className);
  const control = L.control({ position });
  control.onAdd = () => box;
  control.addTo(map);
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);
  return box;
}
