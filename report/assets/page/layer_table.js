// The table of layers, and everything that was counted in the chosen one.
import { count, joules, over, percent, sum, words } from "./text.js";
import { byId, chosen, results } from "./data.js";
import { element, makeChoices, makeSortable, markChoice, numberCell, table } from "./tables.js";

export function drawLayerTable(result) {
  const resources = [...new Set(result.layers.flatMap((l) => Object.keys(l.utilization || {})))];
  const ratio = (l, r) => (l.utilization || {})[r];
  const hasLimits = result.layers.some((l) => l.limits_text);
  const node = table(
    ["layer", "kind", numberCell("cycles"), numberCell("share"), "bound by",
      ...(hasLimits ? ["because of", "limits [cycles]"] : []),
      ...resources.map((r) => numberCell(words(r))), numberCell("energy"), numberCell("dense MACs")],
    result.layers.map((l) => [l.name, l.kind, numberCell(count(l.cycles)),
      numberCell(percent(over(l.cycles, result.total.cycles))), l.binding,
      ...(hasLimits ? [l.because_of, l.limits_text] : []),
      ...resources.map((r) => numberCell(ratio(l, r) === undefined ? "-" : percent(ratio(l, r)))),
      numberCell(joules(sum(l.energy_pj))), numberCell(count(l.macs_dense || 0))]));
  makeChoices(node, (index) => chooseLayer(index, false));
  const of = (key) => (index) => key(result.layers[index], index);
  makeSortable(node, [of((l, i) => i), of((l) => l.kind), of((l) => l.cycles), of((l) => l.cycles),
    of((l) => l.binding), ...(hasLimits ? [of((l) => l.because_of), of((l) => l.limits_text)] : []),
    ...resources.map((r) => of((l) => ratio(l, r) ?? -1)),
    of((l) => sum(l.energy_pj)), of((l) => l.macs_dense || 0)]);
  byId("layer-table").replaceChildren(node);
}

export function chooseLayer(index, scroll) {
  const result = results[chosen.result];
  chosen.layer = index;
  markChoice(byId("layer-table"), index);
  const detail = byId("layer-detail");
  const layer = result.layers[index];
  if (!layer) return detail.replaceChildren();
  const part = (title, values, format) => {
    const entries = Object.entries(values || {});
    if (entries.length === 0) return [];
    const box = element("div");
    box.append(table([title, numberCell("")],
      entries.map(([name, value]) => [words(name), numberCell(format(value))])));
    return [box];
  };
  detail.replaceChildren(
    element("h3", `${layer.name}: ${count(layer.cycles)} cycles, bound by ${layer.binding}`
      + (layer.because_of ? ` (${layer.because_of})` : "")),
    ...part("limit [cycles]", layer.limits, count),
    ...part("counter", layer.counters, count), ...part("row state [cycles]", layer.row_states, count),
    ...part("DRAM", layer.dram, count),
    ...part("energy", layer.energy_pj, joules),
    ...part("utilization", layer.utilization, percent), ...part("density", layer.density, percent));
  if (scroll) detail.scrollIntoView({ block: "nearest" });
}
