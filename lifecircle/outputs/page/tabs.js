"use strict";
// The three leaves of the panel: the whole, one place, what if.

const TABS = ["overview", "places", "plan"];

function createTabs(page) {
  const { store } = page;
  const buttons = TABS.map((name) => byId(`tab-${name}`));
  buttons.forEach((button, i) => {
    button.addEventListener("click", () => store.set({ tab: TABS[i] }));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (i + step + TABS.length) % TABS.length;
      store.set({ tab: TABS[next] });
      buttons[next].focus();
    });
  });
  store.on("tab", ({ tab }) => {
    buttons.forEach((button, i) => {
      const on = TABS[i] === tab;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
      byId(TABS[i]).hidden = !on;
    });
    byId("panel").dataset.tab = tab;
    byId("panel").scrollTop = 0;
  });
}
