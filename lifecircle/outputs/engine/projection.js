"use strict";
// The site's transverse Mercator (WGS 84, scale 1) by the Krueger series to the 6th order, as PROJ computes it.

// Latitude and longitude of its centre -> forward(lat, lng) -> [x, y] and inverse(x, y) -> [lat, lng], in metres.
function projection([centreLat, centreLng]) {
  const [a, f, radian] = [6378137, 1 / 298.257223563, Math.PI / 180];
  const [n, e] = [f / (2 - f), Math.sqrt(f * (2 - f))];
  const series = (terms) => terms.map((row, j) =>
    row.reduceRight((sum, term) => sum * n + term, 0) * n ** (j + 1));
  const alpha = series([
    [1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800],
    [13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360],
    [61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440],
    [49561 / 161280, -179 / 168, 6601661 / 7257600],
    [34729 / 80640, -3418889 / 1995840],
    [212378941 / 319334400]]);
  const beta = series([
    [1 / 2, -2 / 3, 37 / 96, -1 / 360, -81 / 512, 96199 / 604800],
    [1 / 48, 1 / 15, -437 / 1440, 46 / 105, -1118711 / 3870720],
    [17 / 480, -37 / 840, -209 / 4480, 5569 / 90720],
    [4397 / 161280, -11 / 504, -830251 / 7257600],
    [4583 / 161280, -108847 / 3991680],
    [20648693 / 638668800]]);
  const radius = (a / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64 + n ** 6 / 256);
  const conformal = (tau) => {
    const sigma = Math.sinh(e * Math.atanh((e * tau) / Math.hypot(1, tau)));
    return tau * Math.hypot(1, sigma) - sigma * Math.hypot(1, tau);
  };
  // The tangent of the latitude whose conformal one has a given tangent, by Newton's steps.
  const geographic = (wanted) => {
    let tau = wanted / Math.sqrt(1 - e * e);
    for (let step = 0; step < 5; step++) {
      const found = conformal(tau);
      tau += ((wanted - found) / Math.hypot(1, found))
        * ((1 + (1 - e * e) * tau * tau) / ((1 - e * e) * Math.hypot(1, tau)));
    }
    return tau;
  };
  const moved = (terms, sign, xi, eta) => {
    let [north, east] = [xi, eta];
    terms.forEach((term, j) => {
      north += sign * term * Math.sin(2 * (j + 1) * xi) * Math.cosh(2 * (j + 1) * eta);
      east += sign * term * Math.cos(2 * (j + 1) * xi) * Math.sinh(2 * (j + 1) * eta);
    });
    return [north, east];
  };
  const towards = (lat, lng) => {
    const [tau, away] = [conformal(Math.tan(lat * radian)), (lng - centreLng) * radian];
    const [xi, eta] = [Math.atan2(tau, Math.cos(away)), Math.asinh(Math.sin(away) / Math.hypot(tau, Math.cos(away)))];
    return moved(alpha, 1, xi, eta).map((angle) => radius * angle);
  };
  const south = towards(centreLat, centreLng)[0];
  const forward = (lat, lng) => {
    const [north, east] = towards(lat, lng);
    return [east, north - south];
  };
  const inverse = (x, y) => {
    const [xi, eta] = moved(beta, -1, (y + south) / radius, x / radius);
    const tau = geographic(Math.sin(xi) / Math.hypot(Math.sinh(eta), Math.cos(xi)));
    return [Math.atan(tau) / radian, centreLng + Math.atan2(Math.sinh(eta), Math.cos(xi)) / radian];
  };
  return { forward, inverse };
}
