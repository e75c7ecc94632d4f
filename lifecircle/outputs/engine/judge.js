"use strict";
// Coverage and index, by the formulas of coverage.py and index.py in their order of operations.

const [UNKNOWN, COVERED, GAP] = [0, 1, 2];
const REASON = { within_norm: 0, edge_of_data: 1, off_network: 2, island: 3, complete: 4, complete_empty: 5, partial: 6,
  partial_empty: 7, absent: 8, facility_off_network: 9 };
const FUNCTIONS = ["production", "living", "ecology"];
const GRADES = [[0.1, "极度失调"], [0.2, "严重失调"], [0.3, "中度失调"], [0.4, "轻度失调"], [0.5, "濒临失调"],
  [0.6, "勉强协调"], [0.7, "初级协调"], [0.8, "中级协调"], [0.9, "良好协调"], [1, "优质协调"]];

// The sum in numpy's order: by halves, eight by eight.
function total(values, from = 0, count = values.length) {
  if (count > 128) {
    const half = (count >> 1) - ((count >> 1) % 8);
    return total(values, from, half) + total(values, from + half, count - half);
  }
  let [sum, at] = [0, from];
  const end = from + count;
  if (count >= 8) {
    const r = values.slice(from, from + 8);
    for (at += 8; at + 8 <= end; at += 8) for (let j = 0; j < 8; j++) r[j] += values[at + j];
    sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  }
  for (; at < end; at++) sum += values[at];
  return sum;
}

// State and reason of each place: the first rule that holds decides.
// layer: {data (complete, partial or absent), any}; edge_mm, stray_mm: Infinity where nothing is there. With `known`,
// {last, places}, the others stay as they were last.
function judge(mm, norm_mm, edge_mm, stray_mm, places, layer, known = null) {
  const [states, reasons] = known ? [known.last.states.slice(), known.last.reasons.slice()]
    : [new Uint8Array(mm.length), new Uint8Array(mm.length)];
  const [state, reason] = layer.data === "absent" ? [UNKNOWN, REASON.absent]
    : layer.data === "complete" ? [GAP, layer.any ? REASON.complete : REASON.complete_empty]
      : layer.any ? [GAP, REASON.partial] : [UNKNOWN, REASON.partial_empty];
  for (const i of known ? known.places : mm.keys()) {
    const doubt = edge_mm(i) < norm_mm ? REASON.edge_of_data
      : places.off_network[i] ? REASON.off_network
        : places.island[i] ? REASON.island
          : stray_mm && stray_mm[i] <= norm_mm ? REASON.facility_off_network : -1;
    const within = mm[i] >= 0 && mm[i] <= norm_mm;
    states[i] = within ? COVERED : doubt >= 0 ? UNKNOWN : state;
    reasons[i] = within ? REASON.within_norm : doubt >= 0 ? doubt : reason;
  }
  return { states, reasons };
}

// Coverage by one measure. The weights of each state are summed as numpy sums what it has picked out.
function row(by, weight, { states, reasons }) {
  const picked = Array.from({ length: 4 }, () => new Float64Array(weight.length));
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < weight.length; i++) {
    picked[states[i]][counts[states[i]]++] = weight[i];
    if (states[i] === GAP && reasons[i] === REASON.partial) picked[3][counts[3]++] = weight[i];
  }
  const [unknown, covered, gap, low_confidence] = picked.map((values, i) => total(values, 0, counts[i]));
  return { by, total: total(weight), covered, gap, unknown, low_confidence };
}

// C: covered over total, and covered and unknown over total; open where nobody counted the heads of some places.
function share(rows, uncounted) {
  const [all, covered, unknown] = ["total", "covered", "unknown"].map((name) => rows.reduce((sum, r) => sum + r[name], 0));
  if (all === 0) return [0, 1];
  const low = covered / all;
  const high = Math.min(1, low + unknown / all);
  return [[UNKNOWN, GAP].some((state) => uncounted.has(state)) ? 0 : low,
    [UNKNOWN, COVERED].some((state) => uncounted.has(state)) ? 1 : high];
}

// Q: what the facilities within the norm supply, over what all heads served are owed; sizes are null where unknown.
function supply(category, sizes, states) {
  if (category.per_head === undefined) return [1, 1];
  if (!(category.heads > 0)) return [0, 1];
  const low = Math.min(1, total(Float64Array.from(sizes, (size) => size ?? 0)) / (category.heads * category.per_head));
  return [low, sizes.includes(null) || states.includes(UNKNOWN) ? 1 : low];
}

function mean(values, weights, empty) {
  const all = total(weights);
  return values.length && all > 0 ? total(values.map((value, i) => value * weights[i])) / all : empty;
}

function coupling(u) {
  const sum = u.reduce((a, b) => a + b, 0);
  if (sum === 0) return 0;
  const degree = (u.length * u.reduce((a, b) => a * b, 1) ** (1 / u.length)) / sum;
  return Math.sqrt((degree * sum) / u.length);
}

function grade(coordination) {
  return GRADES.find(([bound]) => coordination <= bound + 1e-12)[1];
}

// judged: for each category {id, function, weight, share, supply} or null where nobody is judged by it.
function threeLife(judged, function_weights) {
  const due = judged.filter(Boolean).map((k) => ({ ...k,
    score: [Math.min(k.share[0], k.supply[0]), Math.min(k.share[1], k.supply[1])] }));
  const [functions, known] = [{}, {}];
  for (const name of FUNCTIONS) {
    const own = due.filter((k) => k.function === name);
    const weights = own.map((k) => k.weight);
    known[name] = mean(own.map((k) => 1 - (k.share[1] - k.share[0])), weights, 0);
    const [low, high] = [mean(own.map((k) => k.score[0]), weights, 0), mean(own.map((k) => k.score[1]), weights, 1)];
    functions[name] = [low, high, known[name] >= 0.5 ? (low + high) / 2 : null];
  }
  const power = FUNCTIONS.map((name, f) => [name, function_weights[f]]).filter(([, weight]) => weight > 0);
  const counted = power.map(([name]) => name);
  const interval = (score) => {
    const [low, high] = [0, 1].map((end) => score(counted.map((name) => functions[name][end])));
    return [low, high, counted.some((name) => functions[name][2] === null) ? null : (low + high) / 2];
  };
  const coordination = interval(coupling);
  const highs = counted.map((name) => functions[name][1]).sort((a, b) => a - b);
  return {
    value: interval((u) => 100 * u.reduce((product, score, f) => product * score ** power[f][1], 1)),
    functions,
    categories: Object.fromEntries(due.map((k) => [k.id, k.score])),
    known,
    coordination,
    grade: coordination.slice(0, 2).map(grade),
    weakest: highs.length > 1 && highs[0] < highs[1]
      ? counted.reduce((least, name) => (functions[name][1] < functions[least][1] ? name : least)) : null,
    zero: counted.filter((name) => functions[name][1] === 0),
  };
}
