"use strict";
// Gates: on the map, and the card of one with who may pass, what is reached from it and what hangs on it.

const GATE = { color: "#4d4a44", weight: 1.3, fillColor: "#ffffff", fillOpacity: 1 };
const GATES_FROM = 15;
const NUMBERED_FROM = 16.25;
const LOSSES = 5;
// Gates so near to each other hide each other on the map, however near one looks.
const ONE_SPOT_M = 10;

// A square, with its number where one is near enough to read it.
const GateMark = Mark.extend({
  outline(ctx, { x, y }, r) {
    ctx.rect(x - r, y - r, 2 * r, 2 * r);
  },
  _updatePath() {
    Mark.prototype._updatePath.call(this);
    const { _renderer: { _ctx: ctx, _drawing: drawing }, _point: { x, y } } = this;
    if (!drawing || this._empty() || this._map.getZoom() < NUMBERED_FROM) return;
    Object.assign(ctx, { globalAlpha: 1, fillStyle: GATE.color, font: "600 9.5px sans-serif", textAlign: "center", textBaseline: "middle" });
    ctx.fillText(this.options.what.i + 1, x, y + 0.5);
  },
});

function createGates(page) {
  const { data, map, points, renderers } = page;
  const marks = L.featureGroup(points.gates.map((at, i) => new GateMark(at, { ...GATE, renderer: renderers.places, what: gateFocus(page, i) })));
  chosenByClick(page, marks);
  marks.bindTooltip(({ options: { what } }) => tip(gateName(data, what.i), [t(`access_${accessOf(data, what.i)}`), outsideText(data, what.i)].filter(Boolean).join(" · ")));
  const show = () => {
    const zoom = map.getZoom();
    marks[zoom < GATES_FROM ? "remove" : "addTo"](map);
    marks.eachLayer((mark) => mark.setRadius(zoom < NUMBERED_FROM ? 3.5 : 8));
  };
  map.on("zoomend", show);
  show();
}

function gateFocus({ points }, i) {
  const { lat, lng } = points.gates[i];
  return { kind: "gate", i, lat, lng };
}

function gateName({ gates }, i) {
  return gates.name[i] ?? t("gate_n", { n: i + 1 });
}

// What a gate is called that a change speaks of; nothing for one that is not on this page.
function gateCalled({ data, points }, at) {
  const i = points.gates.findIndex((gate) => gate.distanceTo(at) < 1);
  return i < 0 ? "" : gateName(data, i);
}

function accessOf({ gates }, i) {
  return gates.access[i] ?? "public";
}

// How far outside the boundary a gate stands; nothing of one in it, or in its wall.
function outsideText({ gates }, i) {
  return gates.outside_m?.[i] ? t("gate_outside", { m: number(gates.outside_m[i]) }) : "";
}

// The other gates on the spot of one, each to be chosen.
function gatesBeside(page, { i }) {
  const { gates } = page.points;
  const others = gates.map((_, other) => other).filter((other) => other !== i && gates[other].distanceTo(gates[i]) <= ONE_SPOT_M);
  if (!others.length) return null;
  const box = element("p", "beside", t("gates_here") + t("colon"));
  box.append(...others.map((other) => button(`gate-${other}`, `${gateName(page.data, other)} (${other + 1})`,
    () => page.store.set({ focus: gateFocus(page, other) }))));
  return box;
}

function gateCard(page, focus) {
  const { data } = page;
  const { i } = focus;
  const { gates } = data;
  const about = [gates.name[i] && t("gate_n", { n: i + 1 }), t(`access_${accessOf(data, i)}`), gates.hours[i],
    outsideText(data, i), t(gates.own[i] === "1" ? "gate_own" : "gate_osm")];
  const reach = page.reachOf(focus);
  return [
    cardTitle(gateName(data, i)),
    line(about.filter(Boolean).join(" · "), "quiet"),
    gatesBeside(page, focus),
    ...closingParts(page, focus),
    ...(reach ? reachParts(page, reach, null) : [line(t(page.engine ? "spot_off" : "spot_unknown"))]),
  ];
}

// What closing a gate would change, and a button that tries it.
function closingParts(page, { lat, lng }) {
  const { changes, result } = page.store.state;
  const change = page.engine && closing(page, [lat, lng]);
  if (change?.what !== "gate") return [];
  if (changes.some(({ what, change: how, at }) => what === "gate" && how === "close" && at === change.at)) return [line(t("gate_shut"))];
  const after = page.engine.run([...changes, change]);
  const farther = lengthened(page, result, after);
  const heads = headsOf(page, farther);
  const box = element("div", "box");
  box.append(...[element("b", "", t("gate_closing")),
    line(farther.length ? [t("gate_farther"), t("places_here", { n: farther.length }), ...heads].join(" · ") : t("gate_nobody")),
    line(lossText(page, result, after)),
    button("try", t("gate_try"), () => {
      tryChange(page, change);
      page.store.set({ tab: "plan" });
    })].filter(Boolean));
  return [box];
}

// Places with a longer walk than before to the nearest of something that they are judged by.
function lengthened({ data }, before, after) {
  return data.demand.kind_of.map((_, i) => i).filter((i) => concerns(data, i).some((k) =>
    before.mm[k][i] >= 0 && (after.mm[k][i] < 0 || after.mm[k][i] > before.mm[k][i])));
}

// Who falls out of the norm of what, the most first.
function lossText({ data }, before, after) {
  const losses = data.categories.map((category, k) => ({ category, lost: shares(data, before, k).amounts.covered - shares(data, after, k).amounts.covered }))
    .filter(({ lost }) => lost > 0).sort((a, b) => b.lost - a.lost)
    .map(({ category, lost }) => `${named(category)} ${number(lost)} ${unit(category)}`);
  if (!losses.length) return "";
  return t("gate_loses", { list: losses.slice(0, LOSSES).join(t("comma")) + (losses.length > LOSSES ? t("and_others") : "") });
}
