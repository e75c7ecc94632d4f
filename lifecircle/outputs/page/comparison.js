"use strict";
// Sorting by a column, and the language.

const table = document.getElementById("sites");
const heads = [...table.tHead.rows[0].cells];

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
  });
});

document.querySelectorAll("[data-to]").forEach((button) => {
  button.addEventListener("click", () => {
    document.documentElement.dataset.lang = button.dataset.to;
    document.documentElement.lang = button.lang;
  });
});
