// Numbers and names as a reader wants them.

export const count = (n) => Math.round(n).toLocaleString("en-US");

export function si(value, unit) {
  if (!(Math.abs(value) > 0)) return "0 " + unit;
  const prefixes = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"],
    [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"], [1e-15, "f"]];
  const found = prefixes.find(([scale]) => Math.abs(value) >= scale) || prefixes[prefixes.length - 1];
  return (Number((value / found[0]).toPrecision(4)) + " " + found[1] + unit).trim();
}

export const joules = (pj) => si(pj * 1e-12, "J");
export const percent = (ratio) => (100 * ratio).toFixed(1) + "%";
export const times = (factor) => (factor > 0 && Number.isFinite(factor) ? factor.toFixed(2) + "×" : "-");

export const energyUnit = (pj) => [[1e9, "mJ"], [1e6, "µJ"], [1e3, "nJ"], [1, "pJ"]]
  .find(([scale]) => pj >= 10 * scale) || [1, "pJ"];

export const words = (name) => name.replaceAll("_", " ");

/** "energy" of "energy_pj": titles give the unit by itself. */
export const plainName = (name) => words(name).replace(/ (pj|mm2|mm2s|js|w|bytes)$/, "");

export const sum = (object) => Object.values(object || {}).reduce((a, b) => a + b, 0);
export const over = (a, b) => (b > 0 ? a / b : 0);
export const largest = (object) => Object.entries(object).sort((a, b) => b[1] - a[1]);
