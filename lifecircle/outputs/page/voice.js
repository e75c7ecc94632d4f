"use strict";
// Says aloud, to who reads with a screen reader, what changed on the map.

function createVoice({ data, store }) {
  const say = (text) => { byId("live").textContent = text; };
  store.on("chosen", ({ chosen, result }) => {
    const item = shares(data, result, chosen);
    say(`${named(item.category)}${t("colon")}${t("covered")} ${shareText(item)} · ${counts(item)}`);
  });
  store.on("result", ({ before, chosen, result }) => {
    if (result === before) return;
    const [old, now] = [before, result].map((told) => shareText(shares(data, told, chosen)));
    say(`${named(data.categories[chosen])}${t("colon")}${old} → ${now} · ${t("index")} ${span(result.index.value[0], result.index.value[1], tenth)}`);
  });
}
