"use strict";
// The third leaf: the tools, the changes made, and what they make of the numbers.

function createPlan(page) {
  const { store } = page;
  const leaf = byId("plan");
  if (!page.engine) {
    store.on("language", () => leaf.replaceChildren(...proposalParts(page), line(t("no_whatif"))));
    return;
  }
  store.on("language tool several category changes past future draft moving refused tab", ({ tab }) => {
    if (tab !== "plan") return;
    const kept = document.activeElement?.dataset?.act;
    leaf.replaceChildren(...planParts(page).filter(Boolean));
    if (kept) leaf.querySelector(`[data-act="${kept}"]`)?.focus({ preventScroll: true });
  });
  store.on("chosen", ({ chosen }) => store.set({ category: chosen }));
}

function planParts(page) {
  const { state } = page.store;
  const hint = state.refused ? t(state.refused) : state.tool ? t(state.moving ? "hint_put" : `hint_${state.tool}`) : t("hint_whatif");
  const said = line(hint, state.refused ? "refused" : "quiet");
  said.setAttribute("role", "status");
  return [...proposalParts(page), toolbar(page), said, ...changeParts(page), files(page)];
}

function button(act, text, press, more = {}) {
  const made = element("button", "tool", text);
  made.type = "button";
  made.dataset.act = act;
  made.addEventListener("click", press);
  return Object.assign(made, more);
}

function toolbar(page) {
  const { data, store } = page;
  const { tool, several, category, past, future, draft } = store.state;
  const select = element("select");
  select.dataset.act = "category";
  select.setAttribute("aria-label", t("category"));
  select.append(...data.categories.map((item, k) => new Option(named(item), k, false, k === category)));
  select.addEventListener("change", () => store.set({ chosen: Number(select.value), category: Number(select.value) }));
  const toggles = TOOLS.filter((name) => name !== "gate" || page.engine.gates?.candidates.length).map((name) => {
    const made = button(name, t(`tool_${name}`), () => store.set({ tool: tool === name ? null : name, draft: [], moving: null, refused: null }));
    made.setAttribute("aria-pressed", String(tool === name));
    return made;
  });
  const first = element("div", "tools");
  first.append(select, toggles[0], button("best", t("tool_best"), () => bestSpot(page)));
  const second = element("div", "tools");
  second.append(...toggles.slice(1), ...(draft.length > 1 ? [button("finish", t("finish"), () => finishPath(page))] : []),
    button("undo", t("undo"), page.undo, { disabled: !past.length, title: "Ctrl+Z" }),
    button("redo", t("redo"), page.redo, { disabled: !future.length, title: "Ctrl+Y" }));
  return group(t("tools"), [first, second, check("several", t("several"), several, (on) => store.set({ several: on }))]);
}

function check(act, text, checked, turn) {
  const label = element("label", "check");
  const input = element("input");
  Object.assign(input, { type: "checkbox", checked });
  input.dataset.act = act;
  input.addEventListener("change", () => turn(input.checked));
  label.append(input, text);
  return label;
}

function group(label, parts) {
  const box = element("div", "group");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  box.append(...parts);
  return box;
}

function changeParts(page) {
  const { changes, result } = page.store.state;
  if (!changes.length) return [];
  const list = element("ol", "changes");
  list.append(...changes.map((change, i) => {
    const item = element("li");
    const refused = result.refused.find((row) => row.i === i);
    item.append(element("span", "", changeText(page, change) + (refused ? ` — ${t(refused.why)}` : "")),
      button(`drop-${i}`, t("remove"), () => page.commit(changes.filter((_, j) => j !== i)), { className: "plain" }));
    item.lastChild.setAttribute("aria-label", `${t("remove")} ${changeText(page, change)}`);
    return item;
  }));
  return [element("h2", "", t("changes")), list, element("h2", "", t("before_after")), beforeAfter(page)];
}

function changeText(page, change) {
  const { data, store } = page;
  const text = t(`did_${change.what}_${change.change}`);
  const category = data.categories.find(({ id }) => id === change.category);
  const { facilities } = store.state.result;
  const row = change.id === undefined ? -1 : facilities.id.indexOf(change.id);
  const gate = change.what === "gate" && gateCalled(page, change.at);
  const near = change.what === "facility" && change.at && nearText(page, L.latLng(change.at));
  return [text, category && named(category), change.name, gate, near, row >= 0 && (facilities.name[row] || t("unnamed"))].filter(Boolean).join(" ");
}

// Before and after side by side: the index, its functions, and every category that changes.
function beforeAfter(page) {
  const { data, store } = page;
  const { before, result } = store.state;
  const table = element("table", "compare");
  const head = element("tr");
  head.append(heading(t("kind")), heading(t("before")), heading(t("after")), heading(t("difference")));
  const [old, now] = [before.index, result.index];
  const points = (value) => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0");
  const rows = [
    comparedRow(t("index"), span(old.value[0], old.value[1], tenth), span(now.value[0], now.value[1], tenth),
      points(Number((tenth(now.value[0]) - tenth(old.value[0])).toFixed(1))), "whole"),
    ...functionsOf(data).map((name) => comparedRow(t(name),
      span(old.functions[name][0], old.functions[name][1], percent), span(now.functions[name][0], now.functions[name][1], percent),
      t("points", { n: points(Number((100 * (now.functions[name][0] - old.functions[name][0])).toFixed(1))) }))),
    ...data.categories.map((_, k) => [shares(data, before, k), shares(data, result, k)])
      .map(([a, b]) => ({ a, b, gain: b.amounts.covered - a.amounts.covered }))
      .filter(({ a, b, gain }) => gain || a.amounts.unknown !== b.amounts.unknown)
      .sort((x, y) => Math.abs(y.gain) - Math.abs(x.gain))
      .map(({ a, b, gain }) => comparedRow(named(a.category), shareText(a), shareText(b),
        `${gain > 0 ? "+" : gain < 0 ? "−" : ""}${number(Math.abs(gain))} ${unit(a.category)}`)),
  ];
  const body = element("tbody");
  body.append(head, ...rows);
  table.append(body);
  return table;
}

function tenth(value) {
  return value.toFixed(1);
}

function comparedRow(name, before, after, difference, className = "") {
  const row = element("tr", className);
  row.append(heading(name, "row"), element("td", "", before), element("td", "", after),
    element("td", difference.startsWith("+") ? "more" : difference.startsWith("−") ? "less" : "", difference));
  return row;
}
