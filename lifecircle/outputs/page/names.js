"use strict";
// Names on the map: at points, or along streets and rivers; none touches another.

const FONT = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", sans-serif';
// From the first served to the last. Areas are named once they are `room` pixels wide, lines and points by zoom.
const KINDS = [
  ["town", { size: 15, weight: 600, colour: "#3c4a52", to: 15 }],
  ["station", { size: 11.5, weight: 600, colour: "#4d5a66", from: 13.5, dot: true }],
  ["suburb", { size: 13, colour: "#56626a", spaced: 1.2, from: 11, to: 16 }],
  ["estate", { size: 12, colour: "#5f5870", room: 52 }],
  ["water", { size: 12, colour: "#3f7088", slant: true, room: 60 }],
  ["park", { size: 11.5, colour: "#47693f", room: 44 }],
  ["river", { size: 11.5, colour: "#3f7088", slant: true, along: true, from: 13 }],
  ["motorway", { size: 11.5, colour: "#5d5546", along: true, from: 12.5 }],
  ["major", { size: 11.5, colour: "#4e4a42", along: true, from: 13 }],
  ["medium", { size: 11, colour: "#57534b", along: true, from: 14 }],
  ["minor", { size: 10.5, colour: "#625e56", along: true, from: 15.25 }],
  ["quarter", { size: 11.5, colour: "#6a757c", spaced: 1, from: 13.5, to: 17 }],
];
const HALO = "rgba(252, 251, 248, 0.92)";
const EVERY_PX = 520;
const SAME_PX = 260;
const STRAIGHT_PX = 2.5;
const SHARPEST = 0.6;
const CELL_PX = 4;
const HAN = /^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{N}\p{P}\p{sc=Latin}]+$/u;
const SIMPLE = /^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}\p{N}\p{P}\p{Zs}]+$/u;
const UPRIGHT = /\p{sc=Han}/u;

// Which cells of the sheet are taken. Of names, those that the edge of what is seen would cut have no room.
class Room {
  constructor(min, max, seen) {
    this.min = min;
    this.seen = seen;
    this.columns = Math.ceil((max.x - min.x) / CELL_PX);
    this.rows = Math.ceil((max.y - min.y) / CELL_PX);
    this.taken = new Uint8Array(this.columns * this.rows);
  }

  // Cells of boxes [left, top, right, bottom]; null where one leaves the sheet.
  cells(boxes) {
    const cells = [];
    for (const [left, top, right, bottom] of boxes) {
      const [a, b, c, d] = [left - this.min.x, top - this.min.y, right - this.min.x, bottom - this.min.y]
        .map((at) => Math.floor(at / CELL_PX));
      if (a < 0 || b < 0 || c >= this.columns || d >= this.rows) return null;
      for (let row = b; row <= d; row++) for (let column = a; column <= c; column++) cells.push(row * this.columns + column);
    }
    return cells;
  }

  // Whether boxes are all seen, or none of them is.
  whole(boxes) {
    const [west, north, east, south] = this.seen;
    return boxes.every(([a, b, c, d]) => a >= west && b >= north && c <= east && d <= south)
      || !boxes.some((box) => overlaps(box, this.seen));
  }

  // Whether boxes are free; then they are taken.
  take(boxes) {
    const cells = this.whole(boxes) && this.cells(boxes);
    if (!cells || cells.some((cell) => this.taken[cell])) return false;
    cells.forEach((cell) => { this.taken[cell] = 1; });
    return true;
  }
}

function overlaps(one, other) {
  return one[0] < other[2] && one[2] > other[0] && one[1] < other[3] && one[3] > other[1];
}

// What is seen of the map in its own points, and what its controls and the bar of minutes hide of it.
function seenOf(map) {
  const { left, top } = map.getContainer().getBoundingClientRect();
  const { x, y } = map.containerPointToLayerPoint([0, 0]);
  const boxOf = (box) => [box.left - left + x, box.top - top + y, box.right - left + x, box.bottom - top + y];
  const [seen, ...hidden] = [map.getContainer(), ...document.querySelectorAll(".leaflet-control, #minutes")]
    .map((node) => boxOf(node.getBoundingClientRect()));
  return { seen, hidden: hidden.filter((box) => overlaps(box, seen)) };
}

function square(x, y, half) {
  return [x - half, y - half, x + half, y + half];
}

// A line that can be asked for the point at a distance from its beginning.
class Course {
  constructor(points) {
    this.points = points;
    this.at = [0];
    for (let i = 1; i < points.length; i++) {
      this.at.push(this.at[i - 1] + Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1]));
    }
    this.length = this.at[this.at.length - 1];
  }

  point(distance) {
    let [low, high] = [0, this.at.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.at[middle] <= distance) low = middle; else high = middle;
    }
    const share = (distance - this.at[low]) / (this.at[high] - this.at[low] || 1);
    const [[x, y], [u, v]] = [this.points[low], this.points[high]];
    return [x + (u - x) * share, y + (v - y) * share];
  }

  // How far the line strays from the chord between two distances.
  stray(from, to) {
    const [[x, y], [u, v]] = [this.point(from), this.point(to)];
    const chord = Math.hypot(u - x, v - y) || 1;
    return Math.max(0, ...[1, 2, 3, 4, 5, 6, 7].map((i) => {
      const [p, q] = this.point(from + (to - from) * i / 8);
      return Math.abs((u - x) * (y - q) - (x - p) * (v - y)) / chord;
    }));
  }
}

function angle([x, y], [u, v]) {
  return Math.atan2(v - y, u - x);
}

// A name along a course around a distance: its glyphs, each with place and turn; null where the course bends too much.
function along(ctx, name, course, middle, style) {
  const width = ctx.measureText(name).width;
  let [from, to] = [middle - width / 2, middle + width / 2];
  if (from < 2 || to > course.length - 2) return null;
  const turn = angle(course.point(from), course.point(to));
  const steep = HAN.test(name) && UPRIGHT.test(name) && Math.abs(Math.sin(turn)) > 0.8;
  const back = steep ? Math.sin(turn) < 0 : Math.cos(turn) < 0;
  if (!steep && course.stray(from, to) < STRAIGHT_PX) {
    const [x, y] = course.point(middle);
    return [{ text: name, x, y, turn: back ? turn + Math.PI : turn, width }];
  }
  if (!SIMPLE.test(name)) return null;
  const glyphs = [];
  let [at, before] = [0, null];
  for (const text of name) {
    const wide = steep ? style.size * 1.08 : ctx.measureText(text).width;
    const place = (distance) => course.point(back ? to - distance : from + distance);
    if (steep && at + wide > width + style.size) return null;
    const heading = angle(place(Math.max(0, at)), place(Math.min(width, at + wide)));
    if (before !== null && Math.abs(Math.atan2(Math.sin(heading - before), Math.cos(heading - before))) > SHARPEST) return null;
    const [x, y] = place(at + wide / 2);
    glyphs.push({ text, x, y, turn: steep ? heading - Math.PI / 2 : heading, width: wide });
    before = heading;
    at += wide;
  }
  return glyphs;
}

function glyphBoxes(glyphs, size) {
  return glyphs.flatMap(({ x, y, turn, width }) => {
    const steps = Math.max(1, Math.round(width / size));
    return Array.from({ length: steps }, (_, i) => {
      const off = (i + 0.5) / steps * width - width / 2;
      return square(x + off * Math.cos(turn), y + off * Math.sin(turn), size * 0.6);
    });
  });
}

function write(ctx, glyphs, colour) {
  for (const pass of ["strokeText", "fillText"]) {
    for (const { text, x, y, turn } of glyphs) {
      ctx.save();
      ctx.translate(x, y);
      ctx.rotate(turn);
      Object.assign(ctx, { fillStyle: colour, strokeStyle: HALO, lineWidth: 3, lineJoin: "round" });
      ctx[pass](text, 0, 0);
      ctx.restore();
    }
  }
}

// A name at a point, in rows of about one length.
function rowsOf(ctx, name, most) {
  const width = ctx.measureText(name).width;
  const aim = width / Math.ceil(width / most);
  const words = UPRIGHT.test(name) ? [...name] : name.split(/(?<=[ -])/);
  const rows = [""];
  for (const word of words) {
    const row = rows[rows.length - 1];
    if (row && ctx.measureText(row + word.trimEnd()).width > aim * 1.1) rows.push(word);
    else rows[rows.length - 1] += word;
  }
  return rows.map((row) => row.trim());
}

function atPoint(ctx, name, [x, y], style) {
  const rows = rowsOf(ctx, name, style.size * 9);
  const height = style.size * 1.2;
  const top = y - height * (rows.length - 1) / 2 + (style.dot ? height : 0);
  return rows.map((text, i) => ({ text, x, y: top + i * height, turn: 0, width: ctx.measureText(text).width }));
}

function rowBoxes(rows, size) {
  return rows.map(({ x, y, width }) => [x - width / 2 - 2, y - size * 0.65, x + width / 2 + 2, y + size * 0.65]);
}

// Whether an area that is named is the site itself, by its name and its size.
function isSite({ site }, name, size) {
  return name === site.name || (name.includes(site.name) && size >= 50 * Math.sqrt(site.area_ha));
}

// Every name with its kind; the site's own is not said twice.
function namesOf(data) {
  const { name, zh, en, kind, kinds, size_m: sizes } = data.labels;
  const rank = new Map(KINDS.map(([id], i) => [id, i]));
  const own = (i, tongue) => tongue[i] ?? name[i];
  return name.map((_, i) => ({ i, rank: rank.get(kinds[kind[i]]), style: KINDS[rank.get(kinds[kind[i]])][1],
    room: sizes[i], zh: own(i, zh), en: own(i, en) }))
    .filter((label) => label.style.along || !isSite(data, label.zh, label.room))
    .sort((a, b) => a.rank - b.rank || b.room - a.room || a.i - b.i);
}

function createNames(map, data, origin) {
  const shapes = new Shapes(data.labels.shape, origin);
  const labels = namesOf(data);
  const strings = Array.from({ length: shapes.count }, () => []);
  shapes.feature.forEach((feature, string) => strings[feature].push(string));
  return new Sheet((ctx, min, max) => {
    const view = viewOf(map, origin, min, max);
    const seen = new Set();
    shapes.each(view, 0, (string) => seen.add(string));
    Object.assign(ctx, { textAlign: "center", textBaseline: "middle" });
    const { seen: whole, hidden } = seenOf(map);
    const [room, placed] = [new Room(min, max, whole), new Map()];
    hidden.forEach((box) => room.take([box]));
    for (const label of labels) {
      const { style } = label;
      if (view.zoom < (style.from ?? 0) || view.zoom > (style.to ?? 99) || label.room * view.metre < (style.room ?? 0)) continue;
      const name = label[language];
      for (const string of strings[label.i]) {
        if (!seen.has(string)) continue;
        ctx.font = `${style.slant ? "italic " : ""}${style.weight ?? 400} ${style.size}px ${FONT}`;
        ctx.letterSpacing = `${style.spaced ?? 0}px`;
        if (style.along) nameLine(ctx, name, new Course(shapes.points(string, view)), style, room, placed);
        else namePoint(ctx, name, shapes.points(string, view)[0], style, room);
      }
    }
  }, { pane: "names", padding: 0.15 });
}

function namePoint(ctx, name, point, style, room) {
  const rows = atPoint(ctx, name, point, style);
  const dot = style.dot ? [square(...point, 4)] : [];
  if (!room.take([...rowBoxes(rows, style.size), ...dot])) return;
  write(ctx, rows, style.colour);
  if (!style.dot) return;
  ctx.beginPath();
  ctx.arc(...point, 3, 0, 2 * Math.PI);
  ctx.lineWidth = 1.5;
  ctx.fillStyle = style.colour;
  ctx.strokeStyle = HALO;
  ctx.stroke();
  ctx.fill();
}

// Often enough along a course, at places that do not hang on what is seen of it.
function nameLine(ctx, name, course, style, room, placed) {
  const times = Math.max(1, Math.round(course.length / EVERY_PX));
  const others = placed.get(name) ?? placed.set(name, []).get(name);
  for (let i = 0; i < times; i++) {
    for (const aside of [0, -0.2, 0.2]) {
      const middle = course.length * (i + 0.5 + aside) / times;
      const [x, y] = course.point(middle);
      if (others.some(([u, v]) => Math.hypot(u - x, v - y) < SAME_PX)) continue;
      const glyphs = along(ctx, name, course, middle, style);
      if (!glyphs || !room.take(glyphBoxes(glyphs, style.size))) continue;
      others.push([x, y]);
      write(ctx, glyphs, style.colour);
      break;
    }
  }
}
