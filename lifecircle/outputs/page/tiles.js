"use strict";
// Tiles of servers that the user named.

const KRASOVSKY = { a: 6378245.0, ee: 0.00669342162296594323 };
const CHINA = { west: 72.004, south: 0.8293, east: 137.8347, north: 55.8271 };

// Where GCJ-02 puts a point of WGS 84: as in sources/coordinates.py.
function gcj02({ lat, lng }) {
  if (lng < CHINA.west || lng > CHINA.east || lat < CHINA.south || lat > CHINA.north) return L.latLng(lat, lng);
  const { PI, sin, cos, sqrt, abs } = Math;
  const [x, y] = [lng - 105, lat - 35];
  const waves = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
  const swell = (at, high, low) => 20 * sin(PI * at) + 40 * sin(PI / 3 * at) + high * sin(PI / 12 * at) + low * sin(PI / 30 * at);
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + (waves + swell(y, 160, 320)) * 2 / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + (waves + swell(x, 150, 300)) * 2 / 3;
  const phi = lat * PI / 180;
  const magic = 1 - KRASOVSKY.ee * sin(phi) ** 2;
  const metre = 180 / PI / KRASOVSKY.a;
  return L.latLng(lat + north * metre * magic ** 1.5 / (1 - KRASOVSKY.ee), lng + east * metre * sqrt(magic) / cos(phi));
}

// Tiles in GCJ-02 under data in WGS 84: the layer is moved so that it is right at the middle of the map. The shift
// changes by at most 0.3 %, so it is off by less than 2 pixels at the edges of a screen, at every zoom.
const ShiftedTiles = L.TileLayer.extend({
  _getTiledPixelBounds(center) {
    return L.TileLayer.prototype._getTiledPixelBounds.call(this, gcj02(center));
  },
  _setZoomTransform(level, center, zoom) {
    L.TileLayer.prototype._setZoomTransform.call(this, level, gcj02(center), zoom);
  },
  _onMoveEnd() {
    L.TileLayer.prototype._onMoveEnd.call(this);
    if (this._map && !this._map._animatingZoom) this._setZoomTransforms(this._map.getCenter(), this._map.getZoom());
  },
});

function tileLayer({ url, subdomains, system }) {
  const Kind = system === "gcj02" ? ShiftedTiles : L.TileLayer;
  return new Kind(url, { subdomains, maxNativeZoom: 18, maxZoom: 22 });
}

// Whose tiles they are, each once.
function tileCredits(tiles) {
  return [...new Set(tiles.map(named))].map((credit) => t("tiles", { host: credit }));
}
