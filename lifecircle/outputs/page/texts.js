"use strict";
// Short texts about places and walks. Names come from data: they are only ever set as text.

function heads(source, i) {
  return PEOPLE
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
function lost(result, k, i) {
  return result.mm[k][i] < 0 && LOST.includes(result.reasons[k][i]);
}

function placeName(data, i) {
  return data.demand.name[i] || named(data.demand.kind[data.demand.kind_of[i]]);
}

function unit(category) {
  return category.main.map((by) => t(by)).join(" + ");
}
