"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const map = L.map("map", { preferCanvas: true, attributionControl: false });
  const base = (shapes, style) => L.geoJSON(shapes, { style, interactive: false }).addTo(map);
  base(data.buildings, { color: "#b9b2a5", weight: 1, fillColor: "#ddd6c9", fillOpacity: 0.8 });
  base(data.streets, { color: "#9aa7ad", weight: 1.5 });
  const outline = base(data.boundary, { color: "#23606e", weight: 3, fill: false });
  map.fitBounds(outline.getBounds());

  const list = document.getElementById("list");
  const select = document.getElementById("kind");
  const drawn = L.layerGroup().addTo(map);
  const chosen = L.layerGroup().addTo(map);

  const element = (tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  };

  function facts(question) {
    const told = [`${data.words.points} ${question.points}`];
    if (question.people) told.push(`${data.words.people} ${question.people.toLocaleString()}`);
    told.push(`${data.words.places} ${question.places}`, question.at.join(", "));
    return told.join(" · ");
  }

  function choose(index, item) {
    list.querySelectorAll(".chosen").forEach((other) => other.classList.remove("chosen"));
    item.classList.add("chosen");
    chosen.clearLayers();
    const shape = L.geoJSON(data.where[index], { style: { color: "#c0392b", weight: 2, fillOpacity: 0.12 } });
    shape.addTo(chosen);
    map.fitBounds(shape.getBounds(), { maxZoom: 18 });
  }

  function show(kind) {
    list.replaceChildren();
    drawn.clearLayers();
    data.questions.forEach((question, index) => {
      if (kind && question.kind !== kind) return;
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.append(element("strong", `${question.rank}. ${question.name}`), element("div", question.ask));
      button.append(element("small", facts(question)));
      button.addEventListener("click", () => choose(index, item));
      item.append(button);
      list.append(item);
      if (question.kind === "layer") return;
      const icon = L.divIcon({ className: "mark", html: String(question.rank), iconSize: [28, 18] });
      const marker = L.marker([question.at[1], question.at[0]], { icon, title: question.name });
      marker.on("click", () => { choose(index, item); item.scrollIntoView({ block: "nearest" }); });
      marker.addTo(drawn);
    });
  }

  for (const kind of ["", "layer", "count", "gate"]) {
    const number = data.questions.filter((question) => !kind || question.kind === kind).length;
    const option = element("option", `${data.words[kind || "all"]} (${number})`);
    option.value = kind;
    select.append(option);
  }
  select.addEventListener("change", () => show(select.value));
  show("");
})();
