// Energy, area and DRAM traffic of a result.
import { count, energyUnit, joules, over, percent, si, sum, words } from "./text.js";
import { byId } from "./data.js";
import { atMostTen } from "./colours.js";
import { element, numberCell, table } from "./tables.js";
import { draw, namedBars, ordered } from "./charts.js";
import { byLayer, stackedBars } from "./layers.js";

export function drawEnergy(result) {
  const [scale, unit] = energyUnit(Math.max(0, ...result.layers.map((l) => sum(l.energy_pj))));
  const grouped = atMostTen(result.layers.map((layer) => layer.energy_pj));
  const rows = ordered(byLayer(result, (layer) => grouped(layer.energy_pj), (layer, pj) => ({
    energy: pj / scale, share: over(pj, sum(layer.energy_pj)), text: joules(pj),
  })).map((row) => ({ ...row, name: words(row.name) })));
  draw("chart-energy", rows.length === 0 ? null
    : stackedBars(result, rows, "energy", "energy [" + unit + "]", [
        { field: "layer", title: "layer" }, { field: "name", title: "component" },
        { field: "text", title: "energy" }, { field: "share", title: "share", format: ".1%" },
      ]), rows);
  const [totalScale, totalUnit] = energyUnit(result.total.energy_pj);
  namedBars("chart-energy-total",
    Object.entries(result.total.energy_by_component_pj || {}).map(([name, pj]) => ({
      name: words(name), value: pj / totalScale,
      text: joules(pj) + ", " + percent(over(pj, result.total.energy_pj)),
    })), "energy [" + totalUnit + "]");
  const area = sum(result.area_mm2);
  namedBars("chart-area", Object.entries(result.area_mm2 || {}).map(([name, mm2]) => ({
    name: words(name), value: mm2,
    text: Number(mm2.toPrecision(3)) + " mm², " + percent(over(mm2, area)),
  })), "area [mm²]");
  const memories = Object.entries(result.memory_bytes || {});
  byId("memory-table").replaceChildren(memories.length === 0 ? element("p", "Not in this file.")
    : table(["memory", numberCell("bytes"), numberCell("share")], [...memories, ["total", sum(result.memory_bytes)]]
      .map(([name, bytes]) => [words(name), numberCell(count(bytes)),
        numberCell(percent(over(bytes, sum(result.memory_bytes))))])));
}

/** Reads by what they load, writes, and what bursts moved beyond that; or, where that was not
 * counted, just reads and writes. */
export function dramParts(result) {
  const of = (layer, name) => layer.counters[name] || 0;
  const moved = (l) => of(l, "dram_read_bytes") + of(l, "dram_written_bytes");
  const loaded = (l) => of(l, "coefficient_bytes_loaded") + of(l, "activation_bytes_loaded")
    + of(l, "activation_bytes_stored");
  const isSplit = result.layers.some((l) => loaded(l) > 0)
    && result.layers.every((l) => loaded(l) <= moved(l));
  if (!isSplit) {
    return (l) => ({ "read": of(l, "dram_read_bytes"), "written": of(l, "dram_written_bytes") });
  }
  return (l) => ({
    "coefficients and weights read": of(l, "coefficient_bytes_loaded"),
    "activations read": of(l, "activation_bytes_loaded"),
    "activations written": of(l, "activation_bytes_stored"),
    "rest of bursts": moved(l) - loaded(l),
  });
}

export function drawDram(result) {
  const parts = dramParts(result);
  const total = result.layers.reduce((all, layer) => all + sum(parts(layer)), 0);
  const rows = ordered(byLayer(result, parts, (layer, bytes) => ({
    bytes, text: si(bytes, "B"), share: over(bytes, sum(parts(layer))),
  })));
  const bars = stackedBars(result, rows, "bytes", "bytes", [
    { field: "layer", title: "layer" }, { field: "name", title: "what" },
    { field: "text", title: "moved" }, { field: "share", title: "share", format: ".1%" },
  ]);
  bars.encoding.y.axis = { format: "~s" };
  draw("chart-dram", total > 0 ? bars : null, rows);
}

/** Each line of the energy table with what the whole run counted. */
export function drawEnergyTable(result) {
  const counted = (line) => result.layers.reduce((all, layer) =>
    all + (line.counter === "cycles" ? layer.cycles : layer.counters[line.counter] || 0), 0);
  const lines = (result.energy_table || []).map((line) => ({ ...line, count: counted(line) }))
    .filter((line) => line.count * line.pj_each > 0);
  const cells = lines.map((line) => [words(line.group), words(line.component), line.action,
    words(line.counter), numberCell(count(line.count)), numberCell(line.pj_each.toPrecision(4)),
    numberCell(joules(line.count * line.pj_each)),
    numberCell(percent(over(line.count * line.pj_each, result.total.energy_pj))),
    { text: line.basis, wrap: true }]);
  const node = table(["group", "component", "action", "counter", numberCell("count"), numberCell("each [pJ]"),
    numberCell("energy"), numberCell("share"), "made from"],
  [...cells, ["total", "", "", "", "", "", numberCell(joules(result.total.energy_pj)), numberCell("100.0%"), ""]]);
  node.tBodies[0].lastElementChild.classList.add("sum");
  byId("energy-table").replaceChildren(lines.length === 0 ? element("p", "Not in this file.") : node);
  byId("energy-sources").replaceChildren(table(["source", "kind", "text"],
    (result.energy_sources || []).map((s) => [s.id, s.kind, { text: s.text, wrap: true }])));
}
