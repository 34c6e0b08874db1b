// Layers of a result as data of charts.
import { colours } from "./colours.js";
import { draw } from "./charts.js";

export function layerKeys(result) {
  const seen = new Map();
  for (const layer of result.layers) seen.set(layer.name, (seen.get(layer.name) || 0) + 1);
  return result.layers.map((layer, i) =>
    seen.get(layer.name) > 1 ? `${layer.name} (${i + 1})` : layer.name);
}

/** One datum for each layer and name of `part(layer)`. */
export function byLayer(result, part, value) {
  const keys = layerKeys(result);
  return result.layers.flatMap((layer, index) =>
    Object.entries(part(layer) || {}).map(([name, amount]) =>
      ({ layer: keys[index], index, name, ...value(layer, amount) })));
}

export const layerAxis = (result) => ({
  field: "layer", type: "nominal", sort: null, title: null,
  axis: { labelAngle: result.layers.length > 8 ? -50 : 0 },
});

/** Wide enough for a label each: charts of many layers scroll. */
const layerWidth = (result) => (result.layers.length > 75 ? { width: { step: 15 } } : {});

export function stackedBars(result, rows, value, title, tooltip) {
  return {
    height: 290, ...layerWidth(result),
    mark: { type: "bar", cursor: "pointer" },
    encoding: {
      x: layerAxis(result),
      y: { field: value, type: "quantitative", title, stack: "zero" },
      color: { field: "name", type: "nominal", sort: null, scale: colours(rows.map((r) => r.name)) },
      order: { field: "order", type: "quantitative" },
      tooltip,
    },
  };
}

/** A row for each name, a column for each layer, the ratio as colour. */
export function heatMap(id, result, rows, title) {
  const few = result.layers.length <= 30;
  const names = new Set(rows.map((row) => row.name));
  const cells = { mark: { type: "rect", cursor: "pointer" }, encoding: { color: {
    field: "ratio", type: "quantitative", scale: { domain: [0, 1], scheme: "viridis" },
    legend: { format: "%", title, type: "gradient" } } } };
  const labels = { mark: { type: "text", fontSize: 9.5 }, encoding: {
    text: { field: "ratio", format: ".0%" },
    color: { condition: { test: "datum.ratio > 0.6", value: "#000" }, value: "#fff" } } };
  draw(id, rows.length === 0 ? null : {
    height: { step: 30 }, ...layerWidth(result),
    encoding: {
      x: layerAxis(result),
      y: { field: "name", type: "nominal", sort: null, title: null },
      tooltip: [{ field: "layer", title: "layer" }, { field: "name", title: "of" },
        { field: "ratio", title, format: ".1%" }],
    },
    layer: few && names.size > 0 ? [cells, labels] : [cells],
  }, rows);
}
