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

// A place without a name is told by its kind and the street that it is near to.
function placeName({ data, points }, i) {
  const { name, kind, kind_of } = data.demand;
  return name[i] || [named(kind[kind_of[i]]), nearText({ data }, points.demand[i])].filter(Boolean).join(" · ");
}

const ROADS = ["motorway", "major", "medium", "minor"];
const NEAR_M = 150;

// "near Calle Quito": the named street next to a point; empty where none is near.
function nearText({ data: { labels } }, { lat, lng }) {
  const [north, east] = [111_195, 111_195 * Math.cos(lat * Math.PI / 180)];
  const flat = (at) => L.point((at.lng - lng) * east, (at.lat - lat) * north);
  const here = L.point(0, 0);
  labels.lines ??= decode(labels.shape).map((strings) => strings.filter((line) => line.length > 1));
  let [least, street] = [NEAR_M, -1];
  labels.lines.forEach((lines, i) => {
    if (!ROADS.includes(labels.kinds[labels.kind[i]])) return;
    for (const line of lines) {
      for (let v = 1; v < line.length; v++) {
        const metres = L.LineUtil.pointToSegmentDistance(here, flat(line[v - 1]), flat(line[v]));
        if (metres < least) [least, street] = [metres, i];
      }
    }
  });
  return street < 0 ? "" : t("near", { name: labels[language][street] ?? labels.name[street] });
}

function unit(category) {
  return category.main.map((by) => t(by)).join(" + ");
}
