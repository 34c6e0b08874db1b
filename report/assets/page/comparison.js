// Several results beside each other.
import { count, joules, over, si, sum, times, words } from "./text.js";
import { byId, data, results } from "./data.js";
import { atMostTen, colours, summed } from "./colours.js";
import { element, numberCell, table } from "./tables.js";
import { draw, ordered } from "./charts.js";
import { byLayer, layerAxis } from "./layers.js";
import { boundShares, hasStates, stateShares } from "./cycles.js";

export const edp = (result) => result.total.energy_pj * 1e-12 * result.total.seconds;

/** By work: the results that did it, in order. The first is what the others are compared with. */
export function works() {
  const groups = new Map();
  for (const result of results) {
    if (!groups.has(result.work)) groups.set(result.work, []);
    groups.get(result.work).push(result);
  }
  return [...groups.values()];
}

/** Its name among the results of its work. */
const shortName = (result) => result.contestant;

export const lineName = (result) =>
  (works().length > 1 ? `${result.title}, ` : "") + shortName(result);

/** The first's value beside the other's, of which less is better: in the page's one direction. */
export const ratioOf = (first, other) => data.ratios.of_first ? other / first : first / other;

// A machine with ideal.mac has no number of them.
const hasMultipliers = (result) => ((result.peak_per_cycle || {}).mac || 0) > 0;

// Of ours a state of PE rows is known, of others one of multipliers.
const workers = { work: "PE rows at work", macs: "multipliers at work" };

export function drawComparison() {
  const groups = works();
  const isCompared = results.length > 1;
  byId("comparison").hidden = !isCompared;
  if (!isCompared) return;
  const lines = groups.flatMap((group) =>
    group.map((r) => ({ r, first: group[0], isAlone: group.length === 1 })));
  const compared = lines.filter((line) => !line.isAlone);
  byId("comparison-remarks").replaceChildren(
    ...data.remarks.map((remark) => element("li", remark)));
  byId("comparison-table").replaceChildren(table(
    ["network", "result", numberCell("cycles"), numberCell("time"), numberCell("energy"), numberCell("power"),
      numberCell("EDP"), numberCell("multipliers"), "arrangement", numberCell("area"), numberCell(data.ratios.speedup), numberCell(data.ratios.efficiency)],
    [...lines.map(({ r, first, isAlone }) => [r.title, shortName(r), numberCell(count(r.total.cycles)),
      numberCell(si(r.total.seconds, "s")), numberCell(joules(r.total.energy_pj)),
      numberCell(si(over(r.total.energy_pj * 1e-12, r.total.seconds), "W")), numberCell(si(edp(r), "J s")),
      numberCell(hasMultipliers(r) ? count(r.peak_per_cycle.mac) : "-"), r.arrangement || "-",
      numberCell(sum(r.area_mm2) > 0 ? sum(r.area_mm2).toFixed(2) + " mm²" : "-"),
      numberCell(isAlone ? "-" : times(ratioOf(first.total.seconds, r.total.seconds))),
      numberCell(isAlone ? "-" : times(ratioOf(first.total.energy_pj, r.total.energy_pj)))]),
    ...data.ratios.means.map((mean) => [mean.name, mean.contestant,
      ...["", "", "", "", "", ""].map(numberCell), "", numberCell(""), numberCell(times(mean.speedup)), numberCell(times(mean.efficiency))])]));
  const asSentence = (text) => text[0].toUpperCase() + text.slice(1);
  byId("caption-speedup").textContent = asSentence(data.ratios.speedup);
  byId("caption-efficiency").textContent = asSentence(data.ratios.efficiency);
  const names = compared.map(({ r }) => shortName(r));
  const factors = (id, meanOf, title, of) => {
    const rows = compared.map(({ r, first }) => ({ network: r.title, name: shortName(r),
      factor: ratioOf(of(first), of(r)), text: times(ratioOf(of(first), of(r))) }))
      .concat(data.ratios.means.map((mean) => ({ network: mean.name, name: mean.contestant,
        factor: meanOf(mean), text: times(meanOf(mean)) })))
      .filter((row) => Number.isFinite(row.factor) && row.factor > 0);
    const most = Math.max(1, ...rows.map((row) => row.factor));
    draw(id, rows.length === 0 ? null : {
      encoding: {
        y: { field: "network", type: "nominal", sort: null, title: null,
          axis: { labelLimit: 200 }, scale: { paddingInner: 0.25 } },
        yOffset: { field: "name", type: "nominal", sort: null },
        x: { field: "factor", type: "quantitative", title, scale: { domainMax: most * 1.15, nice: false } },
        tooltip: [{ field: "network" }, { field: "name", title: "result" }, { field: "text", title }],
      },
      height: { step: 17 },
      layer: [
        { mark: "bar", encoding: { color: { field: "name", type: "nominal", sort: null, scale: colours(names) } } },
        { mark: { type: "text", align: "left", dx: 4 }, encoding: { text: { field: "text" } } },
      ],
    }, rows);
  };
  factors("chart-speedup", (mean) => mean.speedup, data.ratios.speedup + " [×]", (r) => r.total.seconds);
  factors("chart-efficiency", (mean) => mean.efficiency, data.ratios.efficiency + " [×]", (r) => r.total.energy_pj);
  const spent = (r) => Object.fromEntries(Object.entries(hasStates(r) ? stateShares(r) : boundShares(r))
    .map(([name, share]) => [workers[name] || name, share]));
  const groupedTime = atMostTen(compared.map(({ r }) => spent(r)));
  drawStacks("chart-compared-time", compared, "time, relative", (r, first) =>
    Object.entries(groupedTime(spent(r))).map(([name, share]) => ({ name,
      value: share * over(r.total.seconds, first.total.seconds), text: si(share * r.total.seconds, "s") })));
  const energies = compared.map(({ r }) => r.total.energy_by_component_pj);
  const isByRole = new Set(energies.flatMap((parts) => Object.keys(parts || {}))).size > 10;
  const byRole = (parts) => (isByRole ? summed(parts, (name) => (Object.hasOwn(data.roles, name) ? data.roles[name] : name)) : parts);
  const groupedRoles = atMostTen(energies.map(byRole));
  const grouped = (parts) => groupedRoles(byRole(parts));
  drawStacks("chart-compared-energy", compared, "energy, relative", (r, first) =>
    Object.entries(grouped(r.total.energy_by_component_pj) || {}).map(([name, pj]) => ({ name: words(name),
      value: over(pj, first.total.energy_pj), text: joules(pj) })));
  drawPareto(lines);
}

function drawStacks(id, lines, title, parts) {
  const rows = ordered(lines.flatMap(({ r, first }) => parts(r, first).map((part) =>
    ({ network: r.title, result: shortName(r), line: lineName(r), ...part }))));
  draw(id, rows.length === 0 ? null : {
    height: { step: 22 },
    mark: "bar",
    encoding: {
      y: { field: "line", type: "nominal", sort: null, title: null, axis: { labelLimit: 190 } },
      x: { field: "value", type: "quantitative", title, stack: "zero" },
      color: { field: "name", type: "nominal", sort: null, scale: colours(rows.map((r) => r.name)) },
      order: { field: "order", type: "quantitative" },
      tooltip: [{ field: "network" }, { field: "result" }, { field: "name", title: "part" },
        { field: "text", title: "amount" }, { field: "value", title: "relative", format: ".3f" }],
    },
  }, rows);
}

function drawPareto(lines) {
  const points = lines.map(({ r }) => ({
    name: shortName(r), network: r.title, work: r.work, seconds: r.total.seconds, joules: r.total.energy_pj * 1e-12,
    time: si(r.total.seconds, "s"), energy: joules(r.total.energy_pj),
  })).filter((p) => p.seconds > 0 && p.joules > 0);
  for (const p of points) {
    p.front = !points.some((q) => q.work === p.work && q.seconds <= p.seconds && q.joules <= p.joules
      && (q.seconds < p.seconds || q.joules < p.joules));
  }
  draw("chart-pareto", points.length === 0 ? null : {
    height: 300,
    encoding: {
      x: { field: "seconds", type: "quantitative", scale: { type: "log", nice: false, padding: 60 }, title: "time [s]",
        axis: { format: "~s", tickCount: 8 } },
      y: { field: "joules", type: "quantitative", scale: { type: "log", nice: false, padding: 40 }, title: "energy [J]",
        axis: { format: "~s", tickCount: 6 } },
    },
    layer: [
      { transform: [{ filter: "datum.front" }], mark: { type: "line", interpolate: "step-after", color: "#888888" },
        encoding: { order: { field: "seconds" }, detail: { field: "work" } } },
      { mark: { type: "point", filled: true, size: 110 },
        encoding: { color: { field: "name", type: "nominal", sort: null, scale: colours(points.map((p) => p.name)), legend: { symbolType: "circle" } },
          ...(works().length > 1 ? { shape: { field: "network", type: "nominal", sort: null, legend: { symbolType: undefined } } } : {}),
          tooltip: [{ field: "name", title: "result" }, { field: "network" }, { field: "time" }, { field: "energy" }] } },
      { mark: { type: "text", align: "left", dx: 9, dy: -7 }, encoding: { text: { field: "name" } } },
    ],
  }, points);
}

/** Time of each layer in all results of one work. */
export function drawComparedLayers(result) {
  const group = results.filter((r) => r.work === result.work);
  const place = byId("chart-compared-layers").parentElement;
  place.hidden = group.length < 2;
  if (group.length < 2) return;
  const rows = group.flatMap((r) => {
    const cycle_s = over(r.total.seconds, r.total.cycles);
    return byLayer(r, (layer) => ({ cycles: layer.cycles }), (layer, cycles) =>
      ({ seconds: cycles * cycle_s, text: si(cycles * cycle_s, "s"), cycles: count(cycles) }))
      .map((row) => ({ ...row, name: shortName(r), index: undefined }));
  });
  draw("chart-compared-layers", {
    height: 240, ...(result.layers.length > 30 ? { width: { step: 22 } } : {}),
    mark: { type: "bar" },
    encoding: {
      x: layerAxis(result),
      xOffset: { field: "name", type: "nominal", sort: null },
      y: { field: "seconds", type: "quantitative", title: "time [s]", axis: { format: "~s" } },
      color: { field: "name", type: "nominal", sort: null, scale: colours(group.map(shortName)) },
      tooltip: [{ field: "layer" }, { field: "name", title: "result" }, { field: "text", title: "time" },
        { field: "cycles" }],
    },
  }, rows);
}
