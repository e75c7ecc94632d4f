"use strict";
// The printed sheet, A3 landscape: the map on the left, summary and legend on the right, nothing to press.

function createSheet(page, legend) {
  let back = null;
  byId("print").addEventListener("click", () => window.print());
  window.addEventListener("beforeprint", () => { back ??= laidOut(page, legend); });
  window.addEventListener("afterprint", () => {
    back?.();
    back = null;
  });
}

// Lays the page out as a sheet; the answer puts everything back.
function laidOut(page, legend) {
  const { map, data } = page;
  fillTable(page);
  const view = [map.getCenter(), map.getZoom()];
  const bounds = map.getBounds();
  const [corner, open, sharp] = [legend.parentElement, legend.open, L.Browser.retina];
  document.documentElement.classList.add("sheet");
  byId("index").after(legend);
  legend.open = true;
  L.Browser.retina = true;
  map.invalidateSize({ animate: false });
  map.fitBounds(bounds.contains(data.bounds) ? data.bounds : bounds, { animate: false, padding: [12, 12] });
  const plan = planSheet(page);
  const picture = oneCanvas(map.getContainer());
  const rest = shortenNotes();
  return () => {
    document.documentElement.classList.remove("sheet");
    corner.append(legend);
    legend.open = open;
    L.Browser.retina = sharp;
    picture.remove();
    plan?.remove();
    rest();
    map.invalidateSize({ animate: false });
    map.setView(...view, { animate: false });
  };
}

// A second sheet: what a scenario changes and what that makes of the numbers; nothing without one.
function planSheet(page) {
  if (!page.store.state.changes.length) return null;
  const box = element("section", "plan");
  const [proposed, changed] = [proposalParts(page), changeParts(page)].map((parts) => {
    const column = element("div");
    column.append(...parts);
    return column;
  });
  box.append(element("h1", "", page.data.site.name), proposed, changed);
  document.body.append(box);
  return box;
}

// Canvases drawn during printing may come out blank: all of them as one, of pictures of them.
function oneCanvas(box) {
  const picture = element("canvas", "picture");
  const frame = box.getBoundingClientRect();
  Object.assign(picture, { width: 2 * frame.width, height: 2 * frame.height });
  const ctx = picture.getContext("2d");
  ctx.scale(2, 2);
  box.querySelectorAll(".leaflet-pane canvas").forEach((canvas) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    ctx.drawImage(canvas, left - frame.left, top - frame.top, width, height);
  });
  box.append(picture);
  return picture;
}

// Notes that the sheet has no room for are counted, not cut.
function shortenNotes() {
  const notes = [...byId("notes").children];
  const floor = () => byId("foot").getBoundingClientRect().bottom > byId("panel").getBoundingClientRect().bottom;
  const more = element("li");
  let left = 0;
  while (floor() && left < notes.length) {
    notes[notes.length - ++left].hidden = true;
    more.textContent = t("more_notes", { n: left });
    byId("notes").append(more);
  }
  return () => {
    more.remove();
    notes.forEach((note) => { note.hidden = false; });
  };
}
