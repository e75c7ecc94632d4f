"use strict";
// The second leaf: find a place or a facility, and what the clicked one reaches, lacks or serves.

const STEPS = [5, 10, 15];
const NAMED = 10;

function createInspector(page) {
  const { store } = page;
  const leaf = byId("places");
  const finder = createFinder(page);
  const card = element("div");
  card.id = "card";
  leaf.append(finder, card);
  store.on("language focus chosen result tab step", ({ focus, tab }) => {
    if (tab !== "places") return;
    const kept = document.activeElement?.closest("#card [data-k]")?.dataset.k;
    card.replaceChildren(...(focus ? cardOf(page, focus) : lackingMost(page)));
    finder.hidden = Boolean(focus);
    if (kept) card.querySelector(`[data-k="${kept}"]:is(button), [data-k="${kept}"] button`)?.focus({ preventScroll: true });
  });
}

function cardOf(page, focus) {
  const parts = { place: placeCard, spot: spotCard, facility: facilityCard, area: areaCard, gate: gateCard }[focus.kind](page, focus);
  const back = element("button", "plain back", t("back"));
  back.type = "button";
  back.addEventListener("click", () => page.store.set({ focus: null }));
  return [back, ...parts.filter(Boolean)];
}

function cardTitle(text) {
  const title = element("h2", "title", text || t("unnamed"));
  title.dir = "auto";
  return title;
}

function line(text, className = "") {
  return text ? element("p", className, text) : null;
}

// A place with people

function placeCard(page, { i }) {
  const { data, store } = page;
  const kind = data.demand.name[i] && named(data.demand.kind[data.demand.kind_of[i]]);
  return [
    cardTitle(placeName(page, i)),
    line([kind, heads(data.demand, i) || t("no_heads")].filter(Boolean).join(" · "), "quiet"),
    ...reachParts(page, page.reachOf(store.state.focus), i),
  ];
}

function spotCard(page, focus) {
  const reach = page.reachOf(focus);
  const area = areaAt(page, focus);
  return [
    cardTitle(t("spot")),
    line(nearText(page, L.latLng(focus.lat, focus.lng)), "quiet"),
    area && areaBox(page, area),
    ...(reach ? reachParts(page, reach, null) : [line(t(page.engine ? "spot_off" : "spot_unknown"))]),
  ];
}

// Categories that this place is judged by; all of them where nothing says so.
function concerns(data, i) {
  const ks = data.categories.map((_, k) => k);
  const own = ks.filter((k) => data.categories[k].main.some((by) => (by === "places") || data.demand[by]?.[i]));
  return i === null || !own.length ? ks : own;
}

function reachParts(page, reach, i) {
  const { data, store } = page;
  const { result } = store.state;
  const ks = concerns(data, i);
  const state = (k) => (i === null ? spotState(data, reach, k) : result.states[k][i]);
  const named_ = (wanted) => ks.filter((k) => state(k) === wanted).map((k) => named(data.categories[k]));
  const [unknown, , lacks] = [0, 1, 2].map(named_);
  return [
    stepTiles(page, reach, ks),
    lackLine("gap", lacks, ks.length),
    lackLine("unknown", unknown, ks.length),
    line(lacks.length && t("by_norms"), "quiet"),
    circleLine(page, reach),
    reachTable(page, reach, ks, state, i),
  ];
}

// A spot has no state of its own: within the norm, or not as far as anybody knows.
function spotState(data, reach, k) {
  const metres = reach.mm[k] / 1000;
  if (reach.mm[k] >= 0 && metres <= data.categories[k].norm_m) return 1;
  return gapsShow(data, data.categories[k]) ? 2 : 0;
}

// How many categories are reached in 5, 10 and 15 minutes, beside what people of the site reach.
function stepTiles(page, reach, ks) {
  const { data, store } = page;
  const { step } = store.state;
  const within = (minutes) => ks.filter((k) => reach.minutes(k) !== null && reach.minutes(k) <= minutes);
  const box = element("div", "tiles");
  box.append(...STEPS.map((minutes) => {
    const mean = ks.reduce((sum, k) => sum + shares(data, store.state.result, k, minutes).covered, 0);
    const tile = element("button");
    Object.assign(tile, { type: "button", ariaPressed: String(step === minutes) });
    tile.dataset.k = minutes;
    tile.append(element("span", "", t("norm_min", { m: minutes })), element("b", "", `${within(minutes).length}`),
      element("small", "", t("of_kinds", { n: ks.length })), element("small", "", t("site_mean", { n: mean.toFixed(1) })));
    tile.addEventListener("click", () => store.set({ step: step === minutes ? null : minutes }));
    return tile;
  }));
  if (step) box.append(element("p", "", t("reached_in", { n: step, list: within(step).map((k) => named(data.categories[k])).join(t("comma")) || "–" })));
  return box;
}

// How far the card looks: the minutes of the tile pressed, else the chosen category's norm.
function lookedAt_m({ data, store }) {
  const { chosen, step } = store.state;
  return step ? step * data.site.profile.speed : data.categories[chosen].norm_m;
}

function lackLine(state, names, all) {
  if (!names.length) return null;
  const box = element("p", "lacks");
  const rest = names.length > NAMED ? t("and_more") : "";
  box.append(stateMark(state), element("b", "", t(`${state}_kinds`, { n: names.length, all })), ` ${names.slice(0, NAMED).join(t("comma"))}${rest}`);
  return box;
}

function stateMark(state) {
  const mark = element("i", `mark ${state}`);
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", t(state));
  return mark;
}

function circleLine(page, reach) {
  if (!reach.metres) return null;
  const norm_m = lookedAt_m(page);
  const { walked_m, inside_m } = circleAgainstWalk(reach, focusPoint(page, page.store.state.focus), norm_m);
  const walked = (walked_m / 1000).toFixed(1);
  return line(t(walked > 0 ? "circle" : "circle_none", { norm: number(norm_m), walked, inside: (inside_m / 1000).toFixed(1),
    share: inside_m ? percent(walked_m / inside_m) : "–" }), "quiet");
}

function reachTable(page, reach, ks, state, i) {
  const { data } = page;
  const table = element("table", "reach");
  const titles = element("tr");
  titles.append(heading(t("kind")), heading(t("on_foot")), heading(t("site_share")));
  const groups = FUNCTIONS.map((name) => ks.filter((k) => data.categories[k].function === name)).filter((own) => own.length);
  const head = element("thead");
  head.append(titles);
  table.append(head, ...groups.map((own) => {
    const body = element("tbody");
    body.append(...own.flatMap((k) => reachRow(page, reach, k, STATE[state(k)], i)));
    return body;
  }));
  return table;
}

function reachRow(page, reach, k, state, i) {
  const { data, store } = page;
  const row = element("tr", store.state.chosen === k ? "row on" : "row");
  row.dataset.k = k;
  const head = element("th");
  head.scope = "row";
  const button = element("button", "plain", named(data.categories[k]));
  button.type = "button";
  button.prepend(stateMark(state));
  button.setAttribute("aria-pressed", String(store.state.chosen === k));
  head.append(button);
  row.append(head, element("td", "", walkText(data, reach, k)), element("td", "", shareText(shares(data, store.state.result, k))));
  row.addEventListener("click", () => store.set({ chosen: k }));
  const hint = (hinted) => () => store.set({ hinted });
  [["mouseenter", k], ["mouseleave", null], ["focusin", k], ["focusout", null]].forEach(([event, hinted]) =>
    row.addEventListener(event, hint(hinted)));
  return store.state.chosen === k ? [row, nearestRow(page, reach, k, i)] : [row];
}

function walkText(data, reach, k) {
  if (reach.lost(k)) return t("unknown");
  if (data.categories[k].data === "absent" && reach.mm[k] < 0) return t("no_data");
  const metres = reach.mm[k] < 0 ? -1 : reach.mm[k] / 1000;
  const least = reach.least(k);
  if (least !== null && least <= (metres < 0 ? data.site.limit_m : metres)) return `≥ ${number(least)} m`;
  if (metres < 0) return `> ${number(data.site.limit_m)} m`;
  const minutes = reach.minutes(k);
  return minutes === null ? `${number(metres)} m` : t("walk_short", { m: number(metres), min: Math.max(1, Math.round(minutes)) });
}

// Under the chosen category: why its state is what it is, the nearest facility and the next ones.
function nearestRow(page, reach, k, i) {
  const { data } = page;
  const cell = element("td", "nearest");
  cell.colSpan = 3;
  const category = data.categories[k];
  const why = i === null ? "" : WORDS[language].reasons[page.store.state.result.reasons[k][i]];
  cell.append(...[line([t("norm", { norm: normText(category) }), t(`standing_${category.standing}`)].join(" · "), "quiet"), line(why, "quiet")].filter(Boolean));
  const list = element("ol");
  list.append(...reach.nearest(k).map(({ facility, mm }) => {
    const item = element("li");
    const button = element("button", "plain", page.facilityName(facility));
    button.type = "button";
    button.dir = "auto";
    button.addEventListener("click", () => page.showFacility(facility));
    item.append(button, element("span", "quiet", ` ${number(mm / 1000)} m`));
    return item;
  }));
  cell.append(list);
  const row = element("tr", "detail");
  row.append(cell);
  return row;
}

// A facility

function facilityCard(page, focus) {
  const { data } = page;
  const [places, i] = [data[focus.frame], focus.i];
  const known = focus.frame !== "facilities" || i < places.name.length;
  const category = data.categories[focus.frame === "facilities" ? categoryOf(page, i)
    : data.categories.findIndex(({ id }) => id === places.category[i])];
  const opens = known && places.opens[i] ? t("opens", { year: places.opens[i] }) : "";
  return [
    cardTitle(known ? places.name[i] : page.facilityName(i)),
    line([named(category), known ? t(places.status[i] ?? "existing") : t("scenario"), opens].filter(Boolean).join(" · "), "quiet"),
    line(known && (places.capacity[i] ?? null) !== null && t("capacity", { n: number(places.capacity[i]) }), "quiet"),
    line(known && hoursText(data, category, places, i), "quiet"),
    ...(focus.frame === "facilities" ? servedParts(page, focus) : []),
  ];
}

// When it is open, and whether it is at the moment that the page is about.
function hoursText({ site }, category, places, i) {
  const told = places.hours[i] ? t("hours", { hours: places.hours[i] }) : t(category.always_open ? "hours_always" : "hours_unknown");
  const then = places.opening && places.hours[i] && t(`then_${places.opening[i]}`, { at: named(site.at) });
  return [told, then].filter(Boolean).join(" · ");
}

function servedParts(page, focus) {
  const served = page.servedBy(focus);
  if (!served) return [];
  return [...servedList(page, "serves", served.served), ...(served.only ? servedList(page, "serves_only", served.only) : [])];
}

const LISTED = 12;

function servedList(page, key, places) {
  const { demand } = page.data;
  const title = element("h3", "", t(key));
  const about = line([t("places_here", { n: places.length }), ...headsOf(page, places)].join(" · "));
  return [title, about, placeList(page, places.toSorted((a, b) => peopleAt(demand, b) - peopleAt(demand, a)), (i) => heads(demand, i))];
}

// "230 beds", "40 jobs": the people of some places.
function headsOf({ data: { demand } }, places) {
  return PEOPLE.filter((kind) => demand[kind])
    .map((kind) => [kind, places.reduce((sum, i) => sum + (demand[kind][i] ?? 0), 0)]).filter(([, sum]) => sum)
    .map(([kind, sum]) => `${number(sum)} ${t(kind)}`);
}

function peopleAt(demand, i) {
  return PEOPLE.reduce((sum, kind) => sum + (demand[kind]?.[i] ?? 0), 0);
}

function placeList(page, places, about) {
  const list = element("ul", "places");
  list.append(...places.slice(0, LISTED).map((i) => {
    const item = element("li");
    const button = element("button", "plain", placeName(page, i));
    button.type = "button";
    button.dir = "auto";
    button.addEventListener("click", () => page.store.set({ focus: { kind: "place", i } }));
    item.append(button, element("span", "quiet", ` ${about(i)}`));
    return item;
  }));
  if (places.length > LISTED) list.append(element("li", "quiet", t("more", { n: places.length - LISTED })));
  return list;
}

// A gap area

function areaCard(page, { k, gaps, i }) {
  return [cardTitle(`${t("gap")}${t("colon")}${named(page.data.categories[k])}`), ...areaLines(page, gaps, i)];
}

function areaBox(page, { k, gaps, i }) {
  const box = element("div", "box");
  box.append(element("b", "", `${t("legend_areas")}${t("colon")}${named(page.data.categories[k])}`), ...areaLines(page, gaps, i).filter(Boolean));
  return box;
}

function areaLines(page, gaps, i) {
  const metres = gaps.nearest_m[i];
  return [
    line([t("area", { ha: gaps.area_ha[i] }), t("places_here", { n: gaps.places[i] }), heads(gaps, i)].filter(Boolean).join(" · ")),
    line([distanceText(page.data, metres, gaps.at_least[i] ? metres : null),
      gaps.shortfall_m[i] !== null && t("shortfall", { m: number(gaps.shortfall_m[i]) })].filter(Boolean).join(" · ")),
    line(gaps.nearest[i] && `${t("nearest")}${t("colon")}${gaps.nearest[i]}`),
    line(t(`confidence_${gaps.confidence[i]}`), "quiet"),
  ];
}

// The gap area of the chosen category that holds a spot.
function areaAt(page, { lat, lng }) {
  const k = page.store.state.chosen;
  const gaps = gapsOf(page, k);
  if (!gaps) return null;
  const i = decode(gaps.shape).findIndex((rings) => rings.filter((ring) => holds(ring, lat, lng)).length % 2);
  return i < 0 ? null : { k, gaps, i };
}

function holds(ring, lat, lng) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [a, b] = [ring[i], ring[j]];
    if ((a.lat > lat) !== (b.lat > lat) && lng < a.lng + (lat - a.lat) / (b.lat - a.lat) * (b.lng - a.lng)) inside = !inside;
  }
  return inside;
}
