"use strict";
// The panel beside the map: headline, index, table of categories, the chosen one, notes.

const FUNCTIONS = ["production", "living", "ecology"];
const ORDERS = {
  gap: (a, b) => b.gap - a.gap || b.unknown - a.unknown || a.rank - b.rank,
  share: (a, b) => b.covered - a.covered || b.unknown - a.unknown || a.rank - b.rank,
  standard: (a, b) => a.rank - b.rank,
};

function byId(id) {
  return document.getElementById(id);
}

// Shares of a category by whom it is judged by; several kinds of heads are added up.
function shares(category, rank, at = "norm") {
  const rows = category.rows.filter((row) => row.at === at && category.main.includes(row.by));
  const sum = (key) => rows.reduce((whole, row) => whole + (row[key] ?? 0), 0);
  const total = sum("total");
  const share = (key) => (total ? sum(key) / total : 0);
  return { category, rank, total, covered: share("covered"), gap: share("gap"), unknown: share("unknown"),
    amounts: { gap: sum("gap"), unknown: sum("unknown") }, about: sum("estimated") ? "≈ " : "" };
}

function unit(category) {
  return category.main.map((by) => t(by)).join(" + ");
}

function fillHeader(data) {
  const { site } = data;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = t("title", { name: site.name });
  document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = t(node.dataset.t); });
  document.querySelectorAll("[data-lang]").forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.lang === language)));
  byId("name").textContent = site.name;
  byId("synthetic").hidden = !site.synthetic;
  byId("facts").textContent = t("facts", { ha: number(site.area_ha), standard: named(site.standard),
    profile: named(site.profile), speed: site.profile.speed });
  const people = Object.entries(site.people).filter(([, count]) => count)
    .map(([kind, count]) => `${site.estimated.includes(kind) ? "≈ " : ""}${number(count)} ${t(kind)}`).join(" · ");
  byId("headline").textContent = [people || t("no_heads"), site.people_are && t("people_are", { people: site.people_are }),
    site.estimated.length && t("estimated")].filter(Boolean).join(" · ");
  byId("foot").textContent = t("foot", { version: site.version, hash: site.standard.hash });
}

function range(label, [low, high, mid], scale, text) {
  const row = element("div", "range");
  const track = element("div", "track");
  const bar = element("i");
  bar.style.left = `${Math.min(low / scale * 100, 98)}%`;
  bar.style.width = `${(high - low) / scale * 100}%`;
  track.append(bar);
  if (mid !== null) {
    const mark = element("u");
    mark.style.left = `${mid / scale * 100}%`;
    track.append(mark);
  }
  row.append(element("span", "", label), track, element("b", "", text));
  return row;
}

function fillIndex(data) {
  const { index } = data;
  const whole = (value) => String(Math.round(value));
  const [low, high, mid] = index.value;
  const figure = byId("index-value");
  figure.textContent = span(low, high, whole);
  figure.append(element("small", "", mid === null || whole(low) === whole(high) ? "/ 100" : `/ 100 · ${t("middle")} ${whole(mid)}`));
  byId("index-undecided").hidden = mid !== null;
  byId("functions").replaceChildren(...FUNCTIONS.filter((name) => index.functions[name]).map((name) =>
    range(t(name), index.functions[name], 1, span(index.functions[name][0], index.functions[name][1], percent))));
  const [d0, d1] = index.coordination;
  const two = (value) => value.toFixed(2);
  const grades = [...new Set(index.grade)].map((grade) => WORDS[language].grades[grade] ?? grade).join(" – ");
  byId("index-remarks").textContent = [
    d0 === null ? "" : t("grade", { low: two(d0), high: two(d1), grade: grades }),
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
    .map((state) => `${t(state)} ${item.about}${number(item.amounts[state])}`);
  return `${told.join(" · ") || `${item.about}${number(item.total)}`} ${unit(item.category)}`;
}

function categoryRow(item, view) {
  const row = element("tr", view.chosen === item.category.id ? "row on" : "row");
  const head = element("th");
  head.scope = "row";
  const label = element("label");
  const radio = element("input");
  Object.assign(radio, { type: "radio", name: "category", value: item.category.id, checked: view.chosen === item.category.id });
  label.append(radio, element("span", "", named(item.category)));
  head.append(label);
  const middle = element("td", "counts");
  middle.append(stack(item), element("small", "", counts(item)));
  const share = item.total ? span(item.covered, Math.min(1, item.covered + item.unknown), percent) : "–";
  row.append(head, middle, element("td", "share", item.about + share));
  row.addEventListener("click", () => { if (!radio.checked) view.choose(item.category.id); });
  radio.addEventListener("change", () => view.choose(item.category.id));
  return row;
}

// The chosen category in full: everyone it was counted by, and where its norm comes from.
function detailRow(category) {
  const columns = ["covered", "gap", "unknown", "radius"];
  const titles = element("tr");
  titles.append(element("th"), ...columns.map((key) => element("th", "", t(key))));
  const body = element("tbody");
  body.append(titles, ...category.rows.filter((row) => row.at === "norm" && row.total).map((row) => {
    const line = element("tr");
    const about = row.estimated ? "≈ " : "";
    line.append(element("td", "", t(`by_${row.by}`)), ...columns.map((key) => element("td", "", about + number(row[key]))));
    return line;
  }));
  const table = element("table");
  table.append(body);
  const about = [t("norm", { norm: normText(category) }), t(`standing_${category.standing}`), t(`data_${category.data}`)];
  const within = ["5 min", "10 min", "15 min"].flatMap((at) => {
    const { total, covered, unknown, about } = shares(category, 0, at);
    return total ? [`${t("norm_min", { m: at.split(" ")[0] })} ${about}${span(covered, covered + unknown, percent)}`] : [];
  });
  const cell = element("td");
  Object.assign(cell, { colSpan: 3, id: "chosen" });
  cell.append(element("p", "quiet", about.join(" · ")), table,
    ...[within.length ? `${t("within")}${t("colon")}${within.join(" · ")}` : "", named(category.source)]
      .filter(Boolean).map((text) => element("p", "quiet", text)));
  const row = element("tr", "detail");
  row.append(cell);
  return row;
}

function categoryGroup(name, items, view) {
  const group = element("tbody", "group");
  const title = element("th", "life", t(name));
  Object.assign(title, { colSpan: 3, scope: "rowgroup" });
  const line = element("tr");
  line.append(title);
  group.append(line, ...items.flatMap((item) =>
    [categoryRow(item, view), ...(view.chosen === item.category.id ? [detailRow(item.category)] : [])]));
  return group;
}

function fillTable(data, view) {
  const items = data.categories.map((category, rank) => shares(category, rank)).sort(ORDERS[view.order]);
  byId("order").replaceChildren(...Object.keys(ORDERS).map((name) => {
    const button = element("button", "", t(`order_${name}`));
    button.type = "button";
    button.setAttribute("aria-pressed", String(view.order === name));
    button.addEventListener("click", () => view.sort(name));
    return button;
  }));
  const columns = element("colgroup");
  columns.append(element("col"), element("col", "counts"), element("col", "share"));
  const table = byId("categories");
  const focused = table.contains(document.activeElement);
  table.replaceChildren(columns, ...FUNCTIONS.flatMap((name) => {
    const own = items.filter((item) => item.category.function === name);
    return own.length ? [categoryGroup(name, own, view)] : [];
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
  byId("notes").closest("section").hidden = !items.length;
  byId("notes").parentElement.open = data.dropped.length > 0;
}
