// A result in a few numbers and sentences, and its configuration.
import { count, joules, largest, over, percent, si, sum, words } from "./text.js";
import { byId } from "./data.js";
import { element, numberCell, table } from "./tables.js";
import { layerKeys } from "./layers.js";
import { boundShares, hasStates, stateShares } from "./cycles.js";
import { edp } from "./comparison.js";

/** Energy and power of the chip, and of what is off it; none where DRAM takes none. */
function chipCards(total) {
  const dram = (total.energy_by_component_pj || {}).dram;
  if (dram === undefined) return [];
  const both = (pj) => [joules(pj), si(over(pj * 1e-12, total.seconds), "W")]
    .map((text) => text.replaceAll(" ", "\u00a0")).join(", ");
  return [["on chip", both(total.energy_pj - dram)], ["DRAM", both(dram)]];
}

export function drawSummary(result) {
  const total = result.total;
  byId("result-name").textContent =
    `${result.heading} on ${result.accelerator}` + (result.view ? `, ${result.view} view` : "");
  const checked = result.verification.checked_outputs;
  const wrong = result.verification.mismatches;
  const cards = [
    ["cycles", count(total.cycles)],
    ["time", si(total.seconds, "s")],
    ["images a second", total.seconds > 0 ? si(result.images / total.seconds, "") : "-"],
    ["energy", joules(total.energy_pj)],
    ["energy an image", joules(over(total.energy_pj, result.images))],
    ["power", si(over(total.energy_pj * 1e-12, total.seconds), "W")],
    ...chipCards(total),
    ["EDP", si(edp(result), "J s")],
    ["area", sum(result.area_mm2) > 0 ? sum(result.area_mm2).toFixed(2) + " mm²" : "not given"],
    ["dense MACs", si(total.macs_dense, "")],
    ["dense operations a second", si(over(2 * total.macs_dense, total.seconds), "op/s")],
    ["images", count(result.images)],
    ...(result.rest ? [["with all layers", `${si(total.seconds + result.rest.seconds, "s")}, ${joules(total.energy_pj + result.rest.energy_pj)}`]] : []),
    ["verified outputs", checked > 0 ? `${count(checked)}, ${count(wrong)} differ` : "none", wrong > 0],
  ];
  if (result.top1 !== undefined) cards.push(["top-1", percent(result.top1)]);
  byId("summary").replaceChildren(...cards.map(([name, value, bad]) => {
    const card = element("dl", undefined, bad ? "card bad" : "card");
    card.append(element("dt", name), element("dd", value));
    return card;
  }));
  drawBrief(result);
}

/** What a reader would look for first, in sentences. */
function drawBrief(result) {
  const lines = [];
  const keys = layerKeys(result);
  const bounds = largest(boundShares(result));
  if (bounds.length > 0) {
    lines.push("Cycles are bound by " + bounds.slice(0, 3)
      .map(([name, share]) => `${name} (${percent(share)})`).join(", ") + ".");
  }
  const longest = result.layers.map((layer, i) => [keys[i], over(layer.cycles, result.total.cycles)])
    .sort((a, b) => b[1] - a[1]).slice(0, 3);
  if (result.layers.length > 3) {
    lines.push("Longest layers: " + longest.map(([name, share]) => `${name} (${percent(share)})`).join(", ") + ".");
  }
  const lost = largest(stateShares(result)).filter(([name]) => name !== "work");
  if (hasStates(result) && stateShares(result).work !== undefined) {
    lines.push(`PE rows work in ${percent(stateShares(result).work)} of their cycles; most of the rest is `
      + lost.slice(0, 2).map(([name, share]) => `${name} (${percent(share)})`).join(", ") + ".");
  }
  const spent = largest(result.total.energy_by_component_pj || {});
  if (spent.length > 0 && result.total.energy_pj > 0) {
    lines.push("Energy goes to " + spent.slice(0, 4)
      .map(([name, pj]) => `${words(name)} (${percent(pj / result.total.energy_pj)})`).join(", ") + ".");
  }
  if (result.host !== undefined) {
    const work = (counts) => Object.entries(counts).map(([op, n]) => (n > 1 ? `${n} ${op}` : op)).join(", ");
    const places = [["in front of the network", result.host.head], ["behind it", result.host.tail]]
      .filter(([, counts]) => Object.keys(counts || {}).length > 0);
    lines.push("The host computes " + places.map(([place, counts]) => `${work(counts)} ${place}`).join("; ")
      + ": neither cycles nor energy are of that.");
  }
  byId("brief").replaceChildren(...lines.map((line) => element("li", line)));
}

/** What-ifs of `escalate explain`, fastest first. */
export function drawExplanation(result) {
  const explanation = result.explanation;
  byId("help").hidden = explanation === undefined;
  if (explanation === undefined) return;
  const base = explanation.base;
  const change = (part, whole) => (part >= whole ? "+" : "") + percent(over(part, whole) - 1);
  byId("help-table").replaceChildren(table(
    ["parameter", numberCell("from"), numberCell("to"), numberCell("cycles"), numberCell("speed-up"),
      numberCell("energy"), numberCell("area"), numberCell("area [mm²]")],
    explanation.what_ifs.map((w) => [w.parameter, numberCell(w.before), numberCell(w.after),
      numberCell(count(w.cycles)), numberCell(over(base.cycles, w.cycles).toFixed(3) + "×"),
      numberCell(change(w.energy_pj, base.energy_pj)), numberCell(change(w.area_mm2, base.area_mm2)),
      numberCell((w.area_mm2 - base.area_mm2).toFixed(2))])));
  byId("help-text").replaceChildren(...explanation.text.map((line) => element("li", line)));
}

export function drawConfiguration(result) {
  const node = table(["parameter", numberCell("value"), "unit", "meaning", "source"],
    result.parameters.map((p) => [p.name, numberCell(p.value), p.unit, { text: p.meaning, wrap: true },
      { text: p.source, wrap: true }]));
  byId("config-table").replaceChildren(node);
}
