// Where the cycles of a result went.
import { over, percent, sum, words } from "./text.js";
import { draw, namedBars, ordered } from "./charts.js";
import { byLayer, stackedBars } from "./layers.js";

const stateNames = {
  wait_input: "wait for input", wait_weights: "wait for weights", wait_merge: "wait for merge",
};

const stateName = (name) => stateNames[name] || words(name);
export const hasStates = (result) => result.layers.some((layer) => sum(layer.row_states) > 0);

export function drawCycles(result) {
  const detailed = hasStates(result);
  const rows = ordered(detailed
    ? byLayer(result, (layer) => layer.row_states, (layer, cycles) => ({
        share: over(cycles, sum(layer.row_states)),
        cycles: over(layer.cycles * cycles, sum(layer.row_states)),
        bound: layer.bound_by,
      })).map((row) => ({ ...row, name: stateName(row.name) }))
    : byLayer(result, (layer) => ({ [layer.bound_by]: layer.cycles }),
        (layer, cycles) => ({ cycles, share: 1, bound: layer.bound_by })));
  const tooltip = [
    { field: "layer", title: "layer" }, { field: "bound", title: "bound by" },
    { field: "name", title: "state" },
    { field: "cycles", title: "cycles", format: ",.0f" },
    { field: "share", title: "share of row-cycles", format: ".1%" },
  ];
  const bars = stackedBars(result, rows, "cycles", "cycles", tooltip);
  bars.encoding.y.axis = { format: "~s" };
  draw("chart-cycles", bars, rows);
  const states = stackedBars(result, rows, "share", "share of row-cycles", tooltip);
  states.encoding.y.axis = { format: "%" };
  states.encoding.y.scale = { domain: [0, 1] };
  states.height = 190;
  draw("chart-states", detailed ? states : null, rows);
  const shares = boundShares(result);
  namedBars("chart-bound", Object.entries(shares).map(([name, share]) => ({
    name, value: share, text: percent(share),
  })), "share of cycles", "%");
  const spent = stateShares(result);
  namedBars("chart-stalls", Object.entries(spent).map(([name, share]) => ({
    name, value: share, text: percent(share),
  })), "share of row-cycles", "%");
}

export function boundShares(result) {
  const shares = Object.create(null);
  for (const layer of result.layers) {
    shares[layer.bound_by] = (shares[layer.bound_by] || 0) + over(layer.cycles, result.total.cycles);
  }
  return shares;
}

export function stateShares(result) {
  const all = result.layers.reduce((total, layer) => total + sum(layer.row_states), 0);
  const shares = Object.create(null);
  for (const layer of result.layers) {
    for (const [name, cycles] of Object.entries(layer.row_states || {})) {
      shares[stateName(name)] = (shares[stateName(name)] || 0) + over(cycles, all);
    }
  }
  return shares;
}
