"use strict";
// A scenario as a file and as a fragment of a link. A change is {what, change} with `at` ([lat, lng]) or `line` (of
// such), `id`, `category`, `name` and `capacity` where they matter.

const TOLD = ["id", "category", "name", "capacity"];

function toGeoJSON(changes, name) {
  const degrees = ([lat, lng]) => [Number(lng.toFixed(7)), Number(lat.toFixed(7))];
  const geometry = ({ at, line }) => (line ? { type: "LineString", coordinates: line.map(degrees) }
    : at ? { type: "Point", coordinates: degrees(at) } : null);
  return {
    type: "FeatureCollection",
    lifecircle: { kind: "scenario", format: 1, name },
    features: changes.map((change) => ({ type: "Feature", geometry: geometry(change),
      properties: Object.fromEntries(["what", "change", ...TOLD].filter((key) => change[key] !== undefined && change[key] !== null)
        .map((key) => [key, change[key]])) })),
  };
}

// The changes of a file, {name, changes}; throws where it is no scenario.
function fromGeoJSON(object) {
  if (object?.type !== "FeatureCollection" || !Array.isArray(object.features)) throw new TypeError("no FeatureCollection");
  const latlng = ([lng, lat]) => {
    if (!Number.isFinite(lat) || !Number.isFinite(lng)) throw new TypeError("no coordinates");
    return [lat, lng];
  };
  const changes = object.features.map(({ geometry, properties }) => {
    const told = properties ?? {};
    const change = { what: told.what, change: told.change };
    for (const key of TOLD) if (told[key] !== undefined && told[key] !== null) change[key] = told[key];
    if (geometry?.type === "LineString") change.line = geometry.coordinates.map(latlng);
    if (geometry?.type === "Point") change.at = latlng(geometry.coordinates);
    return change;
  });
  return { name: String(object.lifecircle?.name ?? ""), changes };
}

// The same as text that a link's fragment can hold.
function toFragment(changes, name) {
  const rows = changes.map(({ what, change, at, line, ...more }) =>
    [what, change, (line ?? (at ? [at] : [])).flat().map((value) => Math.round(value * 1e7)), more]);
  const bytes = new TextEncoder().encode(JSON.stringify([name, rows]));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_")
    .replace(/=+$/, "");
}

// {name, changes}, or null where a fragment holds no scenario.
function fromFragment(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
    const [name, rows] = JSON.parse(new TextDecoder().decode(bytes));
    const coordinates = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] / 1e7, flat[2 * i + 1] / 1e7]);
    return fromGeoJSON(toGeoJSON(rows.map(([what, change, flat, more]) => {
      const points = coordinates(flat);
      const where = what === "path" && change === "add" ? { line: points } : points.length ? { at: points[0] } : {};
      return { ...more, what, change, ...where };
    }), String(name)));
  } catch {
    return null;
  }
}
