"use strict";
// What is reached, by whom: from the engine where the page holds one, else as the file states it.

// The result where the page cannot compute one itself.
function statedResult(data) {
  const digits = (text) => Uint8Array.from(text, (digit) => parseInt(digit, 36));
  const result = {
    mm: data.categories.map(({ metres }) => unpacked(metres).map((m) => (m < 0 ? -1 : m * 1000))),
    nearest: data.categories.map(({ nearest }) => (nearest === undefined ? null : unpacked(nearest))),
    hoped: data.categories.map(({ hoped }) => (hoped === undefined ? null : unpacked(hoped))),
    states: data.categories.map(({ states }) => digits(states)),
    reasons: data.categories.map(({ reasons }) => digits(reasons)),
    index: data.index,
    rows: (k, at) => statedRows(data, result, k, at),
  };
  return result;
}

function statedRows(data, result, k, at) {
  const name = at === "norm" ? at : `${at} min`;
  const rows = data.categories[k].rows.filter((row) => row.at === name);
  return rows.length ? rows : countedRows(data, result, k, at);
}

function countedRows(data, result, k, at) {
  return data.categories[k].main.filter((by) => by === "places" || data.demand[by]).map((by) => {
    const row = { by, total: 0, covered: 0, gap: 0, unknown: 0 };
    data.demand.kind_of.forEach((_, i) => {
      const heads = by === "places" ? 1 : data.demand[by][i] ?? 0;
      row.total += heads;
      row[STATE[stateOf(data, result, k, i, at)]] += heads;
    });
    return row;
  });
}

// Minutes of a walk of some millimetres from a place; null where none is known.
function minutesOf(data, category, mm, i) {
  if (data.site.timed) return category.minutes?.[i] ?? null;
  return mm < 0 ? null : mm / 1000 / data.site.profile.speed;
}

// Reasons why nothing is known of the walk itself: off the network, on an island.
const LOST = [2, 3];

// Whether what is not found of a category is a gap: the data are complete, or partial and hold one.
function gapsShow(data, { id, data: known }) {
  return known === "complete" || (known === "partial" && data.facilities.category.includes(id));
}

// Metres from a place nearer than which there surely is nothing but what is known: there the data end, or a facility
// stands whose opening hours nobody knows.
function leastOf(data, result, k, i) {
  const [edge, hoped, mm] = [data.demand.edge_m[i], result.hoped?.[k]?.[i] ?? -1, result.mm[k][i]];
  return hoped >= 0 && (mm < 0 || 1000 * hoped < mm) ? Math.min(edge, hoped) : edge;
}

// The state of a place at the norm, or within some minutes.
function stateOf(data, result, k, i, at) {
  const category = data.categories[k];
  if (at === "norm") return result.states[k][i];
  const minutes = minutesOf(data, category, result.mm[k][i], i);
  if (minutes !== null && minutes <= at) return 1;
  const near = leastOf(data, result, k, i) < at * data.site.profile.speed;
  return near || !gapsShow(data, category) || LOST.includes(result.reasons[k][i]) ? 0 : 2;
}

// Shares of a category by whom it is judged by; several kinds of heads are added up. Counted once a result.
const COUNTED = new WeakMap();

function shares(data, result, k, at = "norm") {
  if (!COUNTED.has(result)) COUNTED.set(result, new Map());
  const counted = COUNTED.get(result);
  const key = `${k} ${at}`;
  if (!counted.has(key)) counted.set(key, countedShares(data, result, k, at));
  return counted.get(key);
}

function countedShares(data, result, k, at) {
  const category = data.categories[k];
  const rows = result.rows(k, at).filter((row) => category.main.includes(row.by));
  const sum = (key) => rows.reduce((whole, row) => whole + (row[key] ?? 0), 0);
  const total = sum("total");
  const share = (key) => (total ? sum(key) / total : 0);
  const guessed = category.rows.some((row) => row.at === "norm" && category.main.includes(row.by) && row.estimated);
  return { category, k, total, covered: share("covered"), gap: share("gap"), unknown: share("unknown"),
    amounts: { covered: sum("covered"), gap: sum("gap"), unknown: sum("unknown") }, about: guessed ? "≈ " : "" };
}
