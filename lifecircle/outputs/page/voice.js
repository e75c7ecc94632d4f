"use strict";
// Says aloud, to who reads with a screen reader, what changed on the map.

function createVoice({ data, store }) {
  const say = (text) => { byId("live").textContent = text; };
  store.on("chosen", ({ chosen, result }) => {
    const item = shares(data, result, chosen);
    say(`${named(item.category)}${t("colon")}${t("covered")} ${shareText(item)} · ${counts(item)}`);
  });
}
