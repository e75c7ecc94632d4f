"use strict";
// The bar under the map: minutes on foot, as classes or as far as the slider stands.

const LONGEST = 30;

function createSlider(page) {
  const { store } = page;
  const box = byId("minutes");
  const title = element("h2");
  title.id = "minutes-title";
  const select = element("select");
  select.addEventListener("change", () => store.set({ chosen: Number(select.value) }));
  title.append(select);
  const [told, rest, norm] = [element("p", "told"), element("p", "rest quiet"), element("p", "norm quiet")];
  const input = element("input");
  Object.assign(input, { type: "range", min: 1, max: LONGEST, step: 1, id: "minutes-slider" });
  input.addEventListener("input", () => store.set({ reading: "within", minutes: Number(input.value) }));
  const readings = element("div", "chips");
  readings.setAttribute("role", "group");
  const head = element("div", "bar");
  head.append(title, readings);
  const track = element("div", "scale");
  track.append(bands(), input);
  box.append(head, track, ticks(), told, rest, norm);

  store.on("language", () => {
    select.setAttribute("aria-label", t("category"));
    select.replaceChildren(...page.data.categories.map((category, k) => new Option(named(category), k)));
  });
  store.on("language chosen reading minutes result", (state) => {
    const within = state.reading === "within";
    select.value = state.chosen;
    readings.replaceChildren(...["classes", "within"].map((name) => chip(t(`reading_${name}`, { n: state.minutes }),
      state.reading === name, () => store.set({ reading: name }))));
    readings.setAttribute("aria-label", t("readings"));
    input.value = state.minutes;
    box.classList.toggle("within", within);
    box.style.setProperty("--part", (state.minutes - 1) / (LONGEST - 1));
    const item = shares(page.data, state.result, state.chosen, state.minutes);
    told.textContent = withinText(item, state.minutes);
    rest.textContent = restText(item, state.result.rows(state.chosen, state.minutes));
    norm.textContent = normBeside(page.data, item.category);
    input.setAttribute("aria-label", t("minutes_label"));
    input.setAttribute("aria-valuetext", told.textContent);
  });
}

// The norm, by which covered and gap go, in the measure of the slider.
function normBeside({ site }, category) {
  const { m, min } = category.norm;
  const other = min === null ? t("norm_min", { m: Math.round(m / site.profile.speed) }) : t("norm_m", { m: number(category.norm_m) });
  return t("norm_beside", { norm: normText(category) + (site.timed ? "" : ` ≈ ${other}`) });
}

// "Within 12 min: 2,310 beds (44 %)", as an interval where some is unknown.
function withinText(item, minutes) {
  if (!item.total) return t("unjudged");
  const most = item.amounts.covered + item.amounts.unknown;
  const people = span(item.amounts.covered, most, number);
  const share = span(item.covered, Math.min(1, item.covered + item.unknown), percent);
  return t("within_n", { n: minutes, people: `${item.about}${people} ${unit(item.category)}`, share });
}

// Who is not within, kind by kind, and of whom nobody knows.
function restText({ about, category }, rows) {
  const sums = (state) => rows.filter((row) => row[state] && category.main.includes(row.by))
    .map((row) => `${about}${number(row[state])} ${t(row.by)}`).join(" · ");
  return ["gap", "unknown"].filter(sums).map((state) => t(`rest_${state}`, { people: sums(state) })).join(t("semicolon"));
}

function bands() {
  const box = element("div", "bands");
  let from = 1;
  COLOURS.minutes.slice(0, 4).forEach((colour, i) => {
    const to = i < 3 ? CLASS_ENDS[i] : LONGEST;
    const band = element("i");
    band.style.background = colour;
    band.style.flexGrow = to - from;
    box.append(band);
    from = to;
  });
  return box;
}

function ticks() {
  const box = element("div", "ticks");
  box.setAttribute("aria-hidden", "true");
  for (const minute of [1, 5, 10, 15, 20, 25, 30]) {
    const tick = element("span", "", String(minute));
    tick.style.left = `${(minute - 1) / (LONGEST - 1) * 100}%`;
    box.append(tick);
  }
  return box;
}

function chip(text, pressed, act) {
  const button = element("button", "", text);
  button.type = "button";
  button.setAttribute("aria-pressed", String(pressed));
  button.addEventListener("click", act);
  return button;
}
