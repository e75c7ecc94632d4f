"use strict";
// What stands beside the index, of the site as it is: policy checks, the scorecard, moments of the week, what the index hangs on.

function createBeside({ data, store }) {
  store.on("language", () => {
    const open = [...byId("beside").children].map((part) => part.open);
    byId("beside").parentElement.hidden = !besideParts(data.beside).length;
    byId("beside").replaceChildren(...besideParts(data.beside).map(([title, rows], i) => besidePart(title, rows, open[i])));
  });
}

// Titles with their rows: a name, a value, and a word on it.
function besideParts({ checks, goals, moments = [], choices, widest }) {
  return [
    ["checks", checks.map((row) => [named(row), besideValue(row), t(row.result)])],
    ["goals", goals.map((row) => [named(row), named(row.told), ""])],
    ["moments", moments.map((row) => [named(row), span(row.low, row.high, percent), ""])],
    ["choices", choices.map((row) => [named(row), span(row.low, row.high, whole), ""])],
    ["widest", widest.map((row) => [named(row), t("index_points", { n: row.points.toFixed(1) }), ""])],
  ].filter(([, rows]) => rows.length);
}

// What was found, and in brackets what is asked for.
function besideValue({ low, high, least, most, unit }) {
  const write = unit === "share" ? percent : (value) => String(Math.round(value * 100) / 100);
  const found = low === null ? "–" : high === null ? `≥ ${write(low)}` : span(low, high, write);
  const asked = [least !== null && `≥ ${write(least)}`, most !== null && `≤ ${write(most)}`].filter(Boolean);
  return `${found} (${asked.join(", ")})`;
}

function besidePart(title, rows, open = false) {
  const part = element("details");
  part.open = open;
  const table = element("table");
  table.setAttribute("aria-label", t(title));
  const body = element("tbody");
  body.append(...rows.map(([name, value, word]) => {
    const line = element("tr");
    line.append(heading(name, "row"), element("td", "", value), element("td", "", word));
    return line;
  }));
  table.append(body);
  part.append(element("summary", "", t(title)), table);
  return part;
}
