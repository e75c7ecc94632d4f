"use strict";
// Finding places and facilities by name, and the places that lack most.

const MOST = 8;

function createFinder(page) {
  const box = element("div", "finder");
  const label = element("label");
  const input = element("input");
  Object.assign(input, { type: "search", id: "find", autocomplete: "off" });
  label.htmlFor = "find";
  const found = element("ul", "places");
  const fill = () => found.replaceChildren(...matches(page, input.value.trim().toLowerCase()).map(({ text, about, ...state }) => {
    const item = element("li");
    const button = element("button", "plain", text);
    button.type = "button";
    button.dir = "auto";
    button.addEventListener("click", () => {
      page.store.set(state);
      document.querySelector("#overview tr.row.on")?.scrollIntoView({ block: "center" });
    });
    item.append(button, element("span", "quiet", ` ${about}`));
    return item;
  }));
  input.addEventListener("input", fill);
  box.append(element("p", "quiet hint"), label, input, found);
  page.store.on("language", () => {
    box.querySelector(".hint").textContent = t("click_hint");
    label.textContent = t("find");
    fill();
  });
  return box;
}

function matches(page, wanted) {
  if (!wanted) return [];
  const { demand, facilities, categories } = page.data;
  const gates = page.points.gates.map((_, i) => ({ text: gateName(page.data, i), about: t("gate_n", { n: i + 1 }), focus: gateFocus(page, i) }));
  const called = ({ text, about }) => [text, about].some((name) => name.toLowerCase().includes(wanted));
  const rows = (names, make) => names.flatMap((name, i) => (name.toLowerCase().includes(wanted) ? [make(name, i)] : []));
  const k = (i) => categories.findIndex(({ id }) => id === facilities.category[i]);
  return [
    ...rows(categories.map(named), (text, chosen) => ({ text, about: t("category"), chosen, tab: "overview" })),
    ...rows(demand.name, (text, i) => ({ text, about: heads(demand, i), focus: { kind: "place", i } })),
    ...rows(facilities.name, (text, i) => ({ text, about: named(categories[k(i)]), focus: { kind: "facility", frame: "facilities", i }, chosen: k(i) })),
    ...gates.filter(called).map((gate) => (gate.about === gate.text ? { ...gate, about: t("gate") } : gate)),
  ].slice(0, LISTED);
}

// Places in the order of how many categories they lack, then of their people. Those that walk to nothing at all are no
// measure of what is missing around them: they stand apart, behind the others.
function lackingMost(page) {
  const { data, store } = page;
  const { mm, states } = store.state.result;
  const places = data.demand.kind_of.map((_, i) => i);
  const lacks = places.map((i) => concerns(data, i).filter((k) => states[k][i] === 2).length);
  const stays = (i) => mm.every((walks) => walks[i] < 0);
  const nowhere = places.filter(stays);
  const order = places.filter((i) => lacks[i] && !stays(i))
    .sort((a, b) => lacks[b] - lacks[a] || peopleAt(data.demand, b) - peopleAt(data.demand, a) || a - b);
  const bedless = page.data.site.people.beds ? [] : [line(t("no_beds"), "quiet")];
  const about = (i) => [lacks[i] ? t("gap_kinds", { n: lacks[i], all: concerns(data, i).length }) : t("unknown"),
    heads(data.demand, i)].filter(Boolean).join(" · ");
  const kinds = data.demand.kind.map((kind, of) => ({ kind, own: order.filter((i) => data.demand.kind_of[i] === of) }))
    .filter(({ own }) => own.length);
  return [...bedless, ...kinds.flatMap(({ kind, own }) => [
    element("h2", "", t("lacking_most", { kind: named(kind) })), placeList(page, own.slice(0, MOST), about)]),
    ...(nowhere.length ? [element("h2", "", t("walk_nowhere", { m: number(data.site.limit_m) })), placeList(page, nowhere, about)] : [])];
}
