"use strict";
// What a search proposes to build: ranked, each to be looked at and tried without, and what every step brings as a chart.

const FLIGHT_S = 0.6;
const BADGE_PX = 13;
const LOOK = { disc: COLOURS.added, rim: COLOURS.paper, digit: COLOURS.paper };

// The rank of a proposal, beside its spot rather than on it; of several on one spot beside each other.
const Badge = Rank.extend({
  _updatePath() {
    const aside = L.point(BADGE_PX * (1 + 1.5 * this.options.beside), -BADGE_PX);
    this._point = this._point.add(aside);
    Rank.prototype._updatePath.call(this);
    this._point = this._point.subtract(aside);
  },
});

function createProposals(page) {
  const { data, map, renderers, store } = page;
  page.steps = readSteps(data);
  if (!page.steps.length) return;
  const options = { renderer: renderers.places, interactive: false, radius: 6 * BADGE_PX, ...LOOK };
  const badges = L.layerGroup().addTo(map);
  store.on("changes tab", ({ changes, tab }) => {
    badges.clearLayers();
    const shown = page.steps.filter((step) => tab === "plan" && takes(changes, step));
    shown.forEach((step, i) => new Badge(step.at, { ...options, rank: step.rank,
      beside: shown.slice(0, i).filter(({ at }) => at.equals(step.at)).length }).addTo(badges));
  });
}

// The steps of what a search found, each with its changes and what all up to it bring.
function readSteps({ proposals, scenario }) {
  let [from, people, sure, spent] = [0, 0, 0, 0];
  return (proposals?.steps ?? []).map((step, i) => {
    const changes = scenario.changes.slice(from, (from += step.changes));
    [people, sure, spent] = [people + step.gain, sure + step.sure_gain, spent + step.cost];
    return { ...step, rank: i + 1, changes, people, sure, spent, at: L.latLng(step.lonlat[1], step.lonlat[0]) };
  });
}

// A change told by what it does, so that one from a link or file is known again.
function toldChange({ what, change, category, id, at, line }) {
  return JSON.stringify([what, change, category ?? "", id ?? "", at ?? line ?? []]);
}

function takes(changes, step) {
  const told = new Set(changes.map(toldChange));
  return step.changes.every((change) => told.has(toldChange(change)));
}

// Takes a step in or out: the steps in their order, then what else was changed.
function turnStep(page, step, on) {
  const { changes } = page.store.state;
  const taken = page.steps.filter((other) => (other === step ? on : takes(changes, other))).flatMap((other) => other.changes);
  const proposed = new Set(page.steps.flatMap((other) => other.changes).map(toldChange));
  const others = changes.filter((change) => !proposed.has(toldChange(change)));
  const whole = page.data.scenario.changes;
  page.commit(!others.length && taken.length === whole.length ? whole : [...taken, ...others]);
}

function proposalParts(page) {
  const { data, steps } = page;
  if (!steps.length) return [];
  const list = element("ol", "proposals");
  list.append(...steps.map((step) => proposalRow(page, step)));
  return [element("h2", "", t("proposals")), line(askedText(data), "quiet"), list, line(nowText(page)),
    line(page.engine && t("proposals_try"), "quiet try"),
    stepChart(page), line(proofText(data), "quiet"), line(steps.some(({ robust }) => robust) && t("robust_means"), "quiet"),
    line(rivalText(data), "quiet")].filter(Boolean);
}

function proposalUnit({ proposals: { by, categories } }) {
  return categories.length > 1 ? t("needs") : by[0].split("+").map((kind) => t(kind)).join(" + ");
}

function proposalRow(page, step) {
  const { data, store } = page;
  const own = step.categories.map((id) => data.categories.findIndex((category) => category.id === id)).filter((k) => k >= 0);
  const kinds = own.map((k) => named(data.categories[k])).join(t("comma"));
  const [first] = step.changes;
  const link = first.what !== "facility";
  const name = (link ? [changeText(page, first), nearText(page, step.at)] : [kinds, siteText(page, step)]).filter(Boolean).join(" · ");
  const item = element("li");
  const on = page.engine && takes(store.state.changes, step);
  if (page.engine) {
    const box = check(`step-${step.rank}`, "", on, (checked) => turnStep(page, step, checked));
    box.firstChild.setAttribute("aria-label", `${t("proposal_with")} ${step.rank} ${name}`);
    item.append(box);
  }
  const show = button(`show-${step.rank}`, name, () => {
    if (own.length) store.set({ chosen: own[0] });
    flyThere(page, step.at);
  }, { className: "plain" });
  show.prepend(element("b", "rank step", String(step.rank)));
  const about = element("div", page.engine && !on ? "off" : "");
  about.append(show, ...(link ? [line(t("brings_nearer", { kinds }), "quiet")] : []), line([t("proposal_gain", { n: number(step.gain), unit: proposalUnit(data) }),
    t("proposal_sure", { n: number(step.sure_gain) }), step.robust && t("robust"),
    step.cost !== 1 && t("cost", { n: step.cost })].filter(Boolean).join(" · "), "quiet"),
  line(t("proposal_after", { n: number(step.people), index: indexText(step) }), "quiet"));
  item.append(about);
  return item;
}

// What a site is called; a point along the streets, which has a number only, by what it is near to.
function siteText(page, { site, at }) {
  return (page.data.proposals.apart_m && nearText(page, at)) || site;
}

function flyThere({ map }, at) {
  const zoom = Math.max(map.getZoom(), 16);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) map.setView(at, zoom, { animate: false });
  else map.flyTo(at, zoom, { duration: FLIGHT_S });
}

function indexText({ index_low: low, index_high: high }) {
  return low === null ? "–" : span(low, high, tenth);
}

function askedText({ proposals: { aim, budget, categories, start, value } }) {
  const walks = aim.startsWith("shortest") && t("from_to", { from: number(start), to: number(value) });
  return [t(`aim_${aim}`), walks, budget !== null && t("budget", { n: budget }), categories.length > 1 && t("needs_told")].filter(Boolean).join(" · ");
}

// What the steps that are taken in bring together, as the page computes it.
function nowText(page) {
  const { data, engine, steps, store } = page;
  const { before, changes, result } = store.state;
  if (!engine) return "";
  const covered = (of, id) => shares(data, of, data.categories.findIndex((category) => category.id === id)).amounts.covered;
  const gain = data.proposals.categories.reduce((sum, id) => sum + covered(result, id) - covered(before, id), 0);
  const [low, high] = result.index.value;
  return t("proposals_now", { n: steps.filter((step) => takes(changes, step)).length, all: steps.length,
    gain: number(gain), unit: proposalUnit(data), index: span(low, high, tenth) });
}

function proofText(data) {
  const { aim, apart_m, bound, sites, value } = data.proposals;
  if (bound === null) return t("proof_none", { n: number(sites) });
  const proven = Math.abs(value - bound) < 1e-6 * Math.max(1, Math.abs(bound));
  if (proven && !apart_m) return t("proof_whole", { n: number(sites) });
  const of = aim === "most-covered" ? proposalUnit(data) : t(aim === "all-covered" ? "of_cost" : "of_metres");
  return t(apart_m ? "proof_streets" : "proof_bound", { n: number(sites), bound: `${number(bound)} ${of}` });
}

function rivalText(data) {
  const { rival } = data.proposals;
  return rival ? t("rival", { name: rival.name, n: number(rival.gain), unit: proposalUnit(data), index: indexText(rival) }) : "";
}

// The chart: people covered so far as columns, the index after each step as intervals, over one axis of steps.

const CHART = { width: 364, left: 34, right: 4, people: [30, 100], index: [140, 206], axis: 222, height: 236 };

function svg(tag, attributes = {}, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  node.textContent = text;
  return node;
}

function stepChart(page) {
  const { data, steps, store } = page;
  const { index_low, index_high } = data.proposals;
  const columns = [{ people: 0, sure: 0, spent: 0, index_low, index_high }, ...steps];
  const wide = (CHART.width - CHART.left - CHART.right) / columns.length;
  const every = Math.ceil(44 / wide);
  const told = (i) => (columns.length - 1 - i) % every === 0;
  const middle = (i) => CHART.left + (i + 0.5) * wide;
  const of = { columns, wide, told, middle, faded: (i) => (i && page.engine && !takes(store.state.changes, steps[i - 1]) ? " off" : "") };
  const priced = steps.some(({ cost }) => cost !== 1);
  const label = (i) => (priced ? `${columns[i].spent}` : i ? `${i}` : t("today"));
  const box = svg("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, class: "steps", role: "img",
    "aria-label": steps.map((step) => `${step.rank}${t("colon")}${t("proposal_after", { n: number(step.people), index: indexText(step) })}`).join(t("semicolon")) });
  box.append(
    svg("text", { x: 0, y: 10, class: "head" }, t(data.proposals.greedy.length ? "chart_greedy" : "chart_people", { unit: proposalUnit(data) })),
    ...peopleBars(of, sums(data.proposals.greedy)),
    svg("text", { x: 0, y: CHART.index[0] - 20, class: "head" }, t("chart_index")),
    ...indexBars(of),
    ...columns.flatMap((_, i) => (told(i) ? [svg("text", { x: middle(i), y: CHART.axis, class: "mid" }, label(i))] : [])),
    svg("text", { x: CHART.width - CHART.right, y: CHART.height - 1, class: "end" }, t(priced ? "chart_cost" : "chart_steps")),
  );
  return box;
}

// A scale from values to heights, with the lines of its round numbers.
function chartScale([top, bottom], low, high) {
  const step = [1, 2, 5].flatMap((n) => [0.1, 1, 10, 100, 1000, 10000, 100000].map((of) => n * of)).sort((a, b) => a - b)
    .find((size) => (high - low) / size <= 4) ?? high - low;
  const [first, last] = [step * Math.floor(low / step), step * Math.max(Math.ceil(high / step), Math.floor(low / step) + 1)];
  const y = (value) => bottom - (value - first) / (last - first) * (bottom - top);
  const marks = Array.from({ length: Math.round((last - first) / step) + 1 }, (_, i) => first + i * step);
  const lines = marks.flatMap((value) => [
    svg("line", { x1: CHART.left, x2: CHART.width - CHART.right, y1: y(value), y2: y(value), class: "grid" }),
    svg("text", { x: CHART.left - 4, y: y(value) + 3.5, class: "end" }, step < 1 ? value.toFixed(1) : number(value))]);
  return { y, lines, first };
}

// People brought by some steps so far, from none on.
function sums(steps) {
  return steps.reduce((so, { gain }) => [...so, so.at(-1) + gain], [0]);
}

// `greedy` is what the next best each time brings, where that is another order: a broken line.
function peopleBars({ columns, wide, told, middle, faded }, greedy) {
  const { y, lines } = chartScale(CHART.people, 0, Math.max(1, columns.at(-1).people, greedy.at(-1)));
  const track = greedy.slice(0, columns.length).map((people, i) => `${middle(i)},${y(people)}`);
  const bar = (i, from, until, kind) => svg("rect", { x: middle(i) - wide * 0.32, width: wide * 0.64, y: y(until),
    height: Math.max(0, y(from) - y(until)), class: kind + faded(i) });
  return [...lines, ...columns.flatMap(({ people, sure }, i) => [bar(i, 0, sure, "sure"), bar(i, sure, people, "unsure"),
    ...(i && told(i) ? [svg("text", { x: middle(i), y: y(people) - 3, class: "mid" }, number(people))] : [])]),
    ...(greedy.length > 1 ? [svg("polyline", { points: track.join(" "), class: "greedy" })] : [])];
}

function indexBars({ columns, wide, told, middle, faded }) {
  const known = columns.filter(({ index_low }) => index_low !== null);
  if (!known.length) return [];
  const { y, lines } = chartScale(CHART.index, Math.min(...known.map(({ index_low }) => index_low)), Math.max(...known.map(({ index_high }) => index_high)));
  return [...lines, ...columns.flatMap((column, i) => {
    const { index_low: low, index_high: high } = column;
    if (low === null) return [];
    const part = wide * 0.2;
    return [svg("rect", { x: middle(i) - part, width: 2 * part, y: y(high) - 1, height: y(low) - y(high) + 2, class: `interval${faded(i)}` }),
      ...(told(i) ? [svg("text", { x: middle(i), y: y(high) - 4, class: "mid" }, span(low, high, wide < 60 && tenth(low) !== tenth(high) ? whole : tenth))] : [])];
  })];
}
