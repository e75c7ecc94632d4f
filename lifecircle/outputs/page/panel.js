"use strict";
// The first leaf of the panel: headline, index, table of categories, the chosen one, notes.

const FUNCTIONS = ["production", "living", "ecology"];
const ORDERS = {
  gap: (a, b) => b.amounts.gap - a.amounts.gap || b.amounts.unknown - a.amounts.unknown || a.k - b.k,
  share: (a, b) => b.covered - a.covered || b.unknown - a.unknown || a.k - b.k,
  standard: (a, b) => a.k - b.k,
};

function byId(id) {
  return document.getElementById(id);
}

function createOverview(page) {
  const { data, store } = page;
  byId("unknowns").addEventListener("click", () => byId("doubts").scrollIntoView());
  store.on("language", () => {
    fillHeader(data);
    fillNotes(data);
    fillUnknown(page);
    page.map.getContainer().setAttribute("aria-label", t("map"));
  });
  store.on("language result", ({ changes, result }) => {
    fillIndex(data, result.index);
    byId("changed").hidden = !changes.length;
    byId("changed").textContent = t("with_changes", { n: changes.length });
  });
  store.on("language result chosen order tab", ({ tab }) => { if (tab === "overview") fillTable(page); });
}

function fillHeader(data) {
  const { site } = data;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  const name = [site.name, site.at && named(site.at)].filter(Boolean).join(" · ");
  document.title = t("title", { name });
  document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = t(node.dataset.t); });
  document.querySelectorAll("[data-lang]").forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.lang === language)));
  byId("tabs").setAttribute("aria-label", t("tabs"));
  byId("name").textContent = name;
  byId("synthetic").hidden = !site.synthetic;
  byId("facts").textContent = t("facts", { ha: number(site.area_ha), standard: named(site.standard),
    profile: named(site.profile), speed: site.profile.speed });
  const people = Object.entries(site.people).filter(([, count]) => count)
    .map(([kind, count]) => `${site.estimated.includes(kind) ? "≈ " : ""}${number(count)} ${t(kind)}`).join(" · ");
  byId("headline").textContent = [people || t("no_heads"), site.people_are && t("people_are", { people: site.people_are }),
    site.estimated.length && t("estimated")].filter(Boolean).join(" · ");
  byId("dates").textContent = datesText(site.dates);
  byId("foot").textContent = t("foot", { version: site.version, hash: site.standard.hash });
}

const UNDATED = 3;

// When the data are of, file by file; those that nobody dates at the end, counted where they are many.
function datesText(dates) {
  const dated = dates.filter(({ date }) => date).map(({ file, date, by }) => t(by === "newest node" ? "date_newest" : "date_of", { file, date }));
  const rest = dates.filter(({ date }) => !date).map(({ file }) => file);
  const undated = rest.length > UNDATED ? t("files", { n: rest.length }) : rest.join(t("comma"));
  return t("dates") + t("colon") + [...dated, undated && t("undated", { files: undated })].filter(Boolean).join(" · ");
}

function range(label, [low, high, mid], text) {
  const row = element("div", "range");
  const track = element("div", "track");
  const bar = element("i");
  bar.style.left = `${Math.min(low * 100, 98)}%`;
  bar.style.width = `${(high - low) * 100}%`;
  track.append(bar);
  if (mid !== null) {
    const mark = element("u");
    mark.style.left = `${mid * 100}%`;
    track.append(mark);
  }
  row.append(element("span", "", label), track, element("b", "", text));
  return row;
}

function whole(value) {
  return String(Math.round(value));
}

// The functions that the standard asks something of.
function functionsOf(data) {
  return FUNCTIONS.filter((name) => data.categories.some((category) => category.function === name));
}

function fillIndex(data, index) {
  const [low, high, mid] = index.value;
  const figure = byId("index-value");
  figure.textContent = span(low, high, whole);
  figure.append(element("small", "", mid === null || whole(low) === whole(high) ? "/ 100" : `/ 100 · ${t("middle")} ${whole(mid)}`));
  byId("index-undecided").hidden = mid !== null;
  byId("functions").replaceChildren(...functionsOf(data).map((name) =>
    range(t(name), index.functions[name], span(index.functions[name][0], index.functions[name][1], percent))));
  const [d0, d1] = index.coordination;
  const grades = [...new Set(index.grade)].map((grade) => WORDS[language].grades[grade] ?? grade).join(" – ");
  byId("index-remarks").textContent = [
    d0 === null ? "" : t("grade", { value: span(d0, d1, (value) => value.toFixed(2)), grade: grades }),
    index.weakest && t("weakest", { name: t(index.weakest) }),
    ...index.zero.map((name) => t("zero", { name: t(name) })),
  ].filter(Boolean).join(" · ");
}

function stack(item) {
  const bar = element("div", "stack");
  for (const state of ["covered", "gap", "unknown"]) {
    const part = element("i", state);
    part.style.width = `${item[state] * 100}%`;
    bar.append(part);
  }
  return bar;
}

function counts(item) {
  if (!item.total) return t("unjudged");
  const told = ["gap", "unknown"].filter((state) => item.amounts[state] > 0)
    .map((state) => `${t(state === "gap" && item.category.data === "partial" ? "gap_unsure" : state)} ${item.about}${number(item.amounts[state])}`);
  return `${told.join(" · ") || `${item.about}${number(item.total)}`} ${unit(item.category)}`;
}

function shareText(item) {
  return item.total ? item.about + span(item.covered, Math.min(1, item.covered + item.unknown), percent) : "–";
}

function categoryRow(page, item) {
  const { store } = page;
  const chosen = store.state.chosen === item.k;
  const row = element("tr", chosen ? "row on" : "row");
  const head = element("th");
  head.scope = "row";
  const label = element("label");
  const radio = element("input");
  Object.assign(radio, { type: "radio", name: "category", value: item.category.id, checked: chosen });
  label.append(radio, element("span", "", named(item.category)));
  head.append(label);
  const middle = element("td", "counts");
  middle.append(stack(item), element("small", "", counts(item)));
  row.append(head, middle, element("td", "share", shareText(item)));
  row.addEventListener("click", () => { if (!radio.checked) store.set({ chosen: item.k }); });
  radio.addEventListener("change", () => store.set({ chosen: item.k }));
  return row;
}

// The chosen category in full: everyone it was counted by, its gap areas, and where its norm comes from.
function detailRow(page, k) {
  const category = page.data.categories[k];
  const about = [t("norm", { norm: normText(category) }), t(`standing_${category.standing}`), t(`data_${category.data}`)];
  const cell = element("td");
  Object.assign(cell, { colSpan: 3, id: "chosen" });
  cell.append(element("p", "quiet", about.join(" · ")), countsTable(page, k));
  cell.append(...areaList(page, k));
  cell.append(...[named(category.source)].filter(Boolean).map((text) => element("p", "quiet", text)));
  const row = element("tr", "detail");
  row.append(cell);
  return row;
}

function countsTable(page, k) {
  const { changes, result } = page.store.state;
  const stated = page.data.categories[k].rows.filter((row) => row.at === "norm");
  const streets = stated.filter(({ by }) => by === "street_m" && !changes.length);
  const counted = result.rows(k, "norm").filter(({ by }) => by !== "street_m");
  const columns = ["covered", "gap", "unknown", "radius"];
  const titles = element("tr");
  titles.append(element("td"), ...columns.map((key) => heading(t(key))));
  const lines = [...counted, ...streets].filter((row) => row.total).map((row) => {
    const base = stated.find(({ by }) => by === row.by) ?? {};
    const values = { ...row, radius: changes.length ? null : base.radius };
    const line = element("tr");
    line.append(heading(t(`by_${row.by}`), "row"),
      ...columns.map((key) => element("td", "", (base.estimated ? "≈ " : "") + number(values[key]))));
    return line;
  });
  const table = element("table");
  const body = element("tbody");
  body.append(titles, ...lines);
  table.append(body);
  return table;
}

function heading(text, scope = "col") {
  const cell = element("th", "", text);
  cell.scope = scope;
  return cell;
}

// The largest gap areas, as buttons: the same ranks stand on the map.
function areaList(page, k) {
  const category = page.data.categories[k];
  const gaps = gapsOf(page, k);
  const rows = gaps ? rankedAreas(category, gaps) : [];
  if (rows.length < 2) return [];
  const list = element("ol", "areas");
  list.append(...rows.map((i, rank) => {
    const item = element("li");
    const about = [heads(gaps, i) || t("places_here", { n: gaps.places[i] }), t("area", { ha: gaps.area_ha[i] })];
    const button = element("button", "plain", about.join(" · "));
    button.type = "button";
    button.prepend(element("b", "rank", String(rank + 1)));
    button.addEventListener("click", () => page.store.set({ focus: { kind: "area", k, gaps, i }, tab: "places" }));
    item.append(button);
    return item;
  }));
  return [element("p", "quiet", t("areas_ranked")), list];
}

function categoryGroup(page, name, items) {
  const group = element("tbody", "group");
  const title = element("th", "life", t(name));
  Object.assign(title, { colSpan: 3, scope: "rowgroup" });
  const line = element("tr");
  line.append(title);
  group.append(line, ...items.flatMap((item) =>
    [categoryRow(page, item), ...(page.store.state.chosen === item.k ? [detailRow(page, item.k)] : [])]));
  return group;
}

function fillTable(page) {
  const { data, store } = page;
  const { order, result } = store.state;
  const items = data.categories.map((_, k) => shares(data, result, k)).sort(ORDERS[order]);
  byId("order").setAttribute("aria-label", t("orders"));
  byId("order").replaceChildren(...Object.keys(ORDERS).map((name) =>
    chip(t(`order_${name}`), order === name, () => store.set({ order: name }))));
  const columns = element("colgroup");
  columns.append(element("col"), element("col", "counts"), element("col", "share"));
  const table = byId("categories");
  const focused = table.contains(document.activeElement);
  table.setAttribute("aria-label", t("categories"));
  table.replaceChildren(columns, ...FUNCTIONS.flatMap((name) => {
    const own = items.filter((item) => item.category.function === name);
    return own.length ? [categoryGroup(page, name, own)] : [];
  }));
  if (focused) table.querySelector("input:checked").focus({ preventScroll: true });
}

function fillNotes(data) {
  const items = [
    ...data.dropped.map((key) => t(`dropped_${key}`)),
    ...(data.site.standard.partial ? [named(data.site.standard.partial)] : []),
    ...data.notes.map((note) => `${t(`note_${note.kind}`)}${t("colon")}${named(note)}`),
  ];
  byId("notes").replaceChildren(...items.map((text) => element("li", "", text)));
}

// What is not known of the site as it is: in a line above, and in full before the notes.
function fillUnknown({ data, store }) {
  const all = data.categories.map((_, k) => shares(data, store.state.before, k));
  const names = (items) => items.map(({ category }) => named(category)).join(t("comma"));
  const unknown = all.filter((item) => item.total && item.unknown >= 0.5);
  const low = all.filter(({ category, amounts }) => category.data === "partial" && amounts.gap);
  const norms = all.filter(({ category }) => category.standing !== "verified").length;
  byId("unknowns").textContent = t("not_known") + t("colon") + [unknown.length && t("not_kinds", { n: unknown.length }),
    low.length && t("not_sure", { n: low.length }), t("see_notes")].filter(Boolean).join(" · ");
  byId("unknown").replaceChildren(...[
    unknown.length && `${t("not_kinds", { n: unknown.length })}${t("colon")}${names(unknown)}`,
    low.length && `${t("not_sure_data", { n: low.length })}${t("colon")}${names(low)}`,
    norms && t("not_verified", { n: norms, all: all.length }),
  ].filter(Boolean).map((text) => element("p", "", text)));
}
