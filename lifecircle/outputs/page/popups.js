"use strict";
// What a click or a pointer shows. Names come from data: they are only ever set as text.

function popup(title, lines) {
  const box = element("div");
  const head = element("h3", "", title || t("unnamed"));
  head.dir = "auto";
  box.append(head, ...lines.filter(Boolean).map((line) => element("p", "", line)));
  return box;
}

function heads(source, i) {
  return ["beds", "jobs", "people", "families"]
    .filter((kind) => source[kind] && source[kind][i])
    .map((kind) => `${(source.estimated?.[i] ?? "").split("+").includes(kind) ? "≈ " : ""}${number(source[kind][i])} ${t(kind)}`)
    .join(" · ");
}

function normText(category) {
  return category.norm.m !== null ? t("norm_m", { m: category.norm.m }) : t("norm_min", { m: category.norm.min });
}

// metres: -1 beyond the limit; edge: metres to the edge of the data, behind which something nearer may lie.
// minutes: null where they are not known, which they are not from metres alone where slopes, stairs or signals count.
function distanceText(data, metres, edge = null, minutes = data.site.timed ? null : metres / data.site.profile.speed) {
  const beyond = metres < 0 || metres === null;
  if (edge !== null && edge <= (beyond ? data.site.limit_m : metres)) return t("at_least", { m: number(edge) });
  if (beyond) return t("beyond", { m: number(data.site.limit_m) });
  if (minutes === null) return t("metres", { m: number(metres) });
  return t("distance", { m: number(metres), min: Math.max(1, Math.round(minutes)) });
}

// Joined to no street, or to an island of them: nothing is known of the walk.
function lost(category, i) {
  return category.metres[i] < 0 && ["2", "3"].includes(category.reasons[i]);
}

function placePopup(data, category, i) {
  const state = STATE[category.states[i]];
  const nearest = category.nearest ? category.nearest[i] : -1;
  return popup(data.demand.name[i] || named(data.demand.kind[data.demand.kind_of[i]]), [
    data.demand.name[i] && named(data.demand.kind[data.demand.kind_of[i]]),
    heads(data.demand, i) || t("no_heads"),
    `${named(category)}${t("colon")}${t(state)} · ${t("norm", { norm: normText(category) })} · ${t(`standing_${category.standing}`)}`,
    WORDS[language].reasons[parseInt(category.reasons[i], 36)],
    category.data === "absent" || lost(category, i)
      ? "" : distanceText(data, category.metres[i], data.demand.edge_m[i], category.minutes?.[i]),
    nearest >= 0 && `${t("nearest")}${t("colon")}${data.facilities.name[nearest] || t("unnamed")}`,
  ]);
}

function areaPopup(data, category, i) {
  const gaps = category.gaps;
  const metres = gaps.nearest_m[i];
  return popup(`${t("gap")}${t("colon")}${named(category)}`, [
    t("area", { ha: gaps.area_ha[i] }),
    [t("places_here", { n: gaps.places[i] }), heads(gaps, i)].filter(Boolean).join(" · "),
    t(`confidence_${gaps.confidence[i]}`),
    distanceText(data, metres, gaps.at_least[i] ? metres : null),
    gaps.shortfall_m[i] !== null && t("shortfall", { m: number(gaps.shortfall_m[i]) }),
    gaps.nearest[i] && `${t("nearest")}${t("colon")}${gaps.nearest[i]}`,
  ]);
}

function facilityPopup(places, category, i) {
  const opens = places.opens[i] ? t("opens", { year: places.opens[i] }) : "";
  return popup(places.name[i], [
    [named(category), t(places.status[i]), opens].filter(Boolean).join(" · "),
    places.capacity[i] !== null && t("capacity", { n: number(places.capacity[i]) }),
  ]);
}
