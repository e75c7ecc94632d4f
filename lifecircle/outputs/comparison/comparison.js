"use strict";
// Sorting by a column, differences from a site, small maps, and the language.

const { maps, colours, ink } = JSON.parse(document.getElementById("data").textContent);
const table = document.getElementById("sites");
const heads = [...table.tHead.rows[0].cells];
const figures = document.getElementById("maps");
const values = [...document.querySelectorAll(".value")];
const picked = (id) => document.getElementById(id).value;

// Values, or their differences from a site

const interval = (cell) => ("low" in cell.dataset ? [Number(cell.dataset.low), Number(cell.dataset.high)] : null);
const shares = new Map(values.map((cell) => [`${cell.dataset.of} ${cell.dataset.slug}`, interval(cell)]));
const written = new Map(values.map((cell) => [cell, cell.querySelector("b").textContent]));

function signed(value) {
  const text = Math.abs(value).toFixed(0);
  return text === "0" ? "0" : `${value < 0 ? "−" : "+"}${text}`;
}

function difference(cell, reference) {
  const [own, other] = [interval(cell), shares.get(`${cell.dataset.of} ${reference}`)];
  return own && other && cell.dataset.slug !== reference ? [own[0] - other[1], own[1] - other[0]] : null;
}

function paint(cell, reference) {
  const most = Number(cell.dataset.most ?? 1);
  const given = reference ? difference(cell, reference) : interval(cell);
  const [text, svg] = [cell.querySelector("b"), cell.querySelector("svg")];
  const points = given?.map((value) => value * 100 / most);
  if (!reference) text.textContent = written.get(cell);
  else if (!given) text.textContent = cell.dataset.slug === reference ? "=" : "–";
  else text.textContent = (points[0] <= 0 && points[1] >= 0 ? "≈ " : "") + [...new Set(points.map(signed))].join(" ~ ");
  if (!svg) return;
  const [left, right] = !given ? [50, 50] : reference ? points.map((value) => 50 + value / 2) : points;
  const bar = svg.querySelector(".bar");
  const width = Math.max(1.5, right - left);
  bar.setAttribute("x", Math.min(left, 98));
  bar.setAttribute("width", given ? width : 0);
  bar.setAttribute("fill-opacity", 1 - width / 125);
  bar.classList.toggle("behind", Boolean(reference) && right < 50);
}

function compareWith(reference) {
  document.body.classList.toggle("against", Boolean(reference));
  document.querySelector(".differences").hidden = !reference;
  values.forEach((cell) => paint(cell, reference));
}

// Small maps

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function unpacked(text) {
  const out = [];
  let [value, shift] = [0, 0];
  for (const letter of text) {
    const digit = DIGITS.indexOf(letter);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit < 32) {
      out.push(value % 2 ? -(value + 1) / 2 : value / 2);
      [value, shift] = [0, 0];
    }
  }
  return out;
}

function points(text) {
  const steps = unpacked(text);
  const out = [];
  for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) out.push([x += steps[i], y += steps[i + 1]]);
  return out;
}

function opened(map) {
  if (!map.lines) {
    map.lines = { xy: points(map.streets.xy), vertices: unpacked(map.streets.vertices) };
    map.rings = { xy: points(map.outline.xy), vertices: unpacked(map.outline.vertices) };
  }
  return map;
}

function classes(text) {
  const runs = unpacked(text);
  return runs.flatMap((value, i) => (i % 2 ? [] : Array(value).fill(runs[i + 1])));
}

// Calls move(x, y) for the first vertex of each string and line(x, y, i) for the others.
function trace({ xy, vertices }, move, line) {
  let i = 0;
  for (const count of vertices) {
    for (const end = i + count, first = i; i < end; i++) (i === first ? move : line)(xy[i], i);
  }
}

function drawMap(canvas, map, category, across) {
  const side = canvas.clientWidth;
  const sharp = Math.max(2, window.devicePixelRatio || 1);
  canvas.width = canvas.height = side * sharp;
  const ctx = canvas.getContext("2d");
  ctx.scale(sharp, sharp);
  const perMetre = (side - 12) / across;
  const [west, south] = [(side - map.size[0] * perMetre) / 2, (side + map.size[1] * perMetre) / 2];
  const at = ([x, y]) => [west + x * perMetre, south - y * perMetre];
  opened(map);
  const outline = new Path2D();
  trace(map.rings, (p) => outline.moveTo(...at(p)), (p) => outline.lineTo(...at(p)));
  ctx.fillStyle = "#ffffff";
  ctx.fill(outline, "evenodd");
  const own = map.classes[category] ? classes(map.classes[category]) : [];
  const paths = colours.map(() => new Path2D());
  trace(map.lines, () => {}, (p, i) => {
    const path = paths[own[i - 1]];
    if (!path) return;
    path.moveTo(...at(map.lines.xy[i - 1]));
    path.lineTo(...at(p));
  });
  for (let group = colours.length - 1; group >= 0; group--) {
    const unknown = group === colours.length - 1;
    ctx.setLineDash(unknown ? [1.5, 2.5] : []);
    ctx.lineWidth = unknown ? 0.9 : 1.5;
    ctx.strokeStyle = colours[group];
    ctx.stroke(paths[group]);
  }
  ctx.setLineDash([]);
  ctx.lineWidth = 0.9;
  ctx.strokeStyle = ink;
  ctx.stroke(outline);
  const facilities = points(map.facilities[category] ?? "");
  const r = facilities.length > 40 ? 1.8 : 3;
  ctx.fillStyle = ink;
  ctx.strokeStyle = "#ffffff";
  for (const [x, y] of facilities.map(at)) {
    const sign = new Path2D(`M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`);
    ctx.stroke(sign);
    ctx.fill(sign);
  }
  scaleBar(ctx, side, perMetre);
}

function scaleBar(ctx, side, perMetre) {
  const longest = side / 3 / perMetre;
  const power = 10 ** Math.floor(Math.log10(longest));
  const metres = power * [5, 2, 1].find((step) => step * power <= longest);
  ctx.fillStyle = ink;
  ctx.fillRect(6, side - 7, metres * perMetre, 1.6);
  ctx.font = "10px sans-serif";
  ctx.fillText(metres >= 1000 ? `${metres / 1000} km` : `${metres} m`, 6, side - 11);
}

function drawMaps() {
  const category = picked("shown");
  const together = document.getElementById("scale").getAttribute("aria-pressed") === "true";
  const widest = Math.max(...Object.values(maps).map((map) => Math.max(...map.size)));
  for (const figure of figures.children) {
    const { slug } = figure.dataset;
    const cell = values.find((each) => each.dataset.of === category && each.dataset.slug === slug);
    const share = cell ? written.get(cell) : "–";
    figure.querySelector("b").textContent = share;
    const canvas = figure.querySelector("canvas");
    if (!canvas) continue;
    const option = document.getElementById("shown").selectedOptions[0];
    canvas.setAttribute("aria-label", `${figure.querySelector("bdi").textContent}: ${option.textContent} ${share}`);
    drawMap(canvas, maps[slug], category, together ? widest : Math.max(...maps[slug].size, 1));
  }
  document.querySelectorAll("[data-show]").forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.show === category)));
}

// Sorting: the small maps follow the table

function key(row, column) {
  const cell = row.cells[column];
  return "key" in cell.dataset ? Number(cell.dataset.key) : cell.textContent.trim();
}

function compare(a, b) {
  return typeof a === "number" ? a - b : a.localeCompare(b, "zh");
}

heads.forEach((head, column) => {
  const button = head.querySelector("button");
  button.addEventListener("click", () => {
    const first = button.dataset.first === "down" ? "descending" : "ascending";
    const other = first === "descending" ? "ascending" : "descending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => sign * compare(key(a, column), key(b, column)));
    table.tBodies[0].append(...rows);
    figures.append(...rows.map((row) => [...figures.children].find((each) => each.dataset.slug === row.dataset.slug)));
  });
});

// Controls

function speak(button) {
  const { to } = button.dataset;
  document.documentElement.dataset.lang = to;
  document.documentElement.lang = button.lang;
  document.querySelectorAll("[data-zh]").forEach((node) => { node.textContent = node.dataset[to]; });
  document.querySelectorAll("[data-label-zh]").forEach((node) => {
    const label = node.dataset[to === "zh" ? "labelZh" : "labelEn"];
    if (node.tagName === "OPTGROUP") node.label = label;
    else node.setAttribute("aria-label", label);
  });
  document.title = `${document.querySelector(`h1 .${to}`).textContent} · lifecircle`;
  document.querySelectorAll("[data-to]").forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
  drawMaps();
}

document.querySelectorAll("[data-to]").forEach((button) => {
  button.setAttribute("aria-pressed", String(button.dataset.to === document.documentElement.dataset.lang));
  button.addEventListener("click", () => speak(button));
});
document.getElementById("reference").addEventListener("change", () => compareWith(picked("reference")));
document.getElementById("shown").addEventListener("change", drawMaps);
document.getElementById("scale").addEventListener("click", ({ currentTarget }) => {
  currentTarget.setAttribute("aria-pressed", String(currentTarget.getAttribute("aria-pressed") !== "true"));
  drawMaps();
});
document.querySelectorAll("[data-show]").forEach((button) => button.addEventListener("click", () => {
  document.getElementById("shown").value = button.dataset.show;
  drawMaps();
}));
window.addEventListener("resize", drawMaps);
drawMaps();
