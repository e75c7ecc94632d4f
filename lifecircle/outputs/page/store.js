"use strict";
// What the page shows right now, and who wants to know when a part of it changes.

function createStore(state) {
  const listeners = [];
  return {
    state,
    on(keys, draw) {
      listeners.push({ keys: keys.split(" "), draw });
    },
    set(patch) {
      const changed = Object.keys(patch).filter((key) => patch[key] !== state[key]);
      Object.assign(state, patch);
      listeners.filter(({ keys }) => keys.some((key) => changed.includes(key))).forEach(({ draw }) => draw(state));
    },
  };
}
