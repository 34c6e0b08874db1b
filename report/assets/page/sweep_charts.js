// Machines of a sweep as points, lines and sensitivities.
import { plainName, times } from "./text.js";
import { byId, chosen } from "./data.js";
import { colours, palette } from "./colours.js";
import { draw, groundColour } from "./charts.js";
import { axisTitle, axisUnit, choiceText, pointsOf, quantityText, quantityTitle } from "./sweep_values.js";

/** How a point is coloured: a field of its datum, its type and a title. */
function colourOf(point) {
  const [kind, name] = splitOnce(byId("sweep-colour").value);
  return kind === "axis" ? point.choice[name] : point.values[name];
}

export function splitOnce(text) {
  const at = text.indexOf(":");
  return [text.slice(0, at), text.slice(at + 1)];
}

function colourScale() {
  const [kind, name] = splitOnce(byId("sweep-colour").value);
  const isText = kind === "axis" && !chosen.sweep.axes.find((a) => a.key === name).numeric;
  // What no drawn point has is not in the legend.
  const there = new Set(pointsOf().filter((p) => p.status === "done").map((p) => p.choice[name]));
  const values = kind === "axis" ? chosen.sweep.axes.find((a) => a.key === name).values.filter((v) => there.has(v)) : [];
  const few = kind === "axis" && values.length <= 8;
  const title = kind === "axis" ? name : quantityTitle(name);
  // A few values are told apart by colours in their order; many by a gradient.
  return isText ? { type: "nominal", scale: { domain: values, range: values.map((v, i) => palette[i % palette.length]) }, legend: { title } }
    : few ? { type: "ordinal", scale: { domain: values, scheme: "viridis" }, legend: { title, symbolType: "circle", symbolOpacity: 1 } }
      : { type: "quantitative", scale: { scheme: "viridis" }, legend: { title, format: "~s", type: "gradient" } };
}

export function drawSweepPoints() {
  const x = byId("sweep-x").value;
  const y = byId("sweep-y").value;
  const base = pointsOf().find((p) => p.base);
  const isOverBase = byId("sweep-scale").value === "base" && base && base.values[x] > 0 && base.values[y] > 0;
  const [xScale, xTitle] = axisUnit(x);
  const [yScale, yTitle] = axisUnit(y);
  const shown = (p, name) => (isOverBase ? p.values[name] / base.values[name] : p.values[name] / (name === x ? xScale : yScale));
  const points = pointsOf().map((p) => ({
    point: p.number, x: shown(p, x), y: shown(p, y), base: Boolean(p.base), colour: colourOf(p), feasible: p.feasible, pareto: p.pareto,
    state: p.pareto ? "on the Pareto front" : p.feasible ? "meets all constraints" : p.status === "done" ? "breaks a constraint" : p.status,
    choice: choiceText(p), chosen: p.number === chosen.point,
    ...Object.fromEntries(chosen.sweep.quantities.map((q) => ["q_" + q.name.replaceAll(/[^a-z0-9]/gi, "_"), quantityText(q.name, p.values[q.name])])),
  })).filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y) && p.colour !== undefined);
  const tooltip = [{ field: "choice", title: "machine" }, { field: "state" },
    ...chosen.sweep.quantities.map((q) => ({ field: "q_" + q.name.replaceAll(/[^a-z0-9]/gi, "_"), title: plainName(q.name) }))];
  const scale = (values) => ({ type: values.every((v) => v > 0) && Math.max(...values) > 20 * Math.min(...values) ? "log" : "linear",
    nice: true, ...(byId("sweep-scale").value === "zero" ? { zero: true } : { zero: false, padding: 20 }) });
  const limits = (name) => chosen.sweep.constraints.filter((c) => c.quantity === name)
    .map((c) => ({ bound: c.bound / (isOverBase ? base.values[name] : name === x ? xScale : yScale), text: `${plainName(c.quantity)} ${c.relation} ${quantityText(c.quantity, c.bound)}` }));
  const isFront = chosen.sweep.objectives.includes(x) && chosen.sweep.objectives.includes(y);
  const colour = { field: "colour", ...colourScale() };
  const layer = [];
  // A front in more directions than the two drawn is no line here.
  if (isFront && chosen.sweep.objectives.length === 2) {
    layer.push({ transform: [{ filter: "datum.pareto" }], mark: { type: "line", color: "#888888", strokeWidth: 1.5 },
      encoding: { order: { field: "x" } } });
  }
  for (const limit of limits(x)) {
    layer.push({ data: { values: [limit] }, mark: { type: "rule", strokeDash: [5, 4], color: "#d1242f" },
      encoding: { x: { field: "bound", type: "quantitative" }, y: {}, tooltip: { field: "text" } } });
  }
  for (const limit of limits(y)) {
    layer.push({ data: { values: [limit] }, mark: { type: "rule", strokeDash: [5, 4], color: "#d1242f" },
      encoding: { y: { field: "bound", type: "quantitative" }, x: {}, tooltip: { field: "text" } } });
  }
  if (points.some((p) => !p.feasible)) {
    layer.push({ transform: [{ filter: "!datum.feasible" }], mark: { type: "point", size: 70, cursor: "pointer" },
      encoding: { color: colour, tooltip } });
  }
  layer.push({ transform: [{ filter: "datum.feasible" }], mark: { type: "point", filled: true, cursor: "pointer", opacity: 0.9 },
    encoding: { color: colour, tooltip, size: { condition: { test: "datum.pareto", value: 170 }, value: 70 } } });
  if (points.some((p) => p.base)) {
    layer.push({ transform: [{ filter: "datum.base" }], mark: { type: "text", dx: 9, dy: -9, align: "left", text: "base", fontWeight: 600 } });
  }
  if (points.some((p) => p.chosen)) {
    layer.push({ transform: [{ filter: "datum.chosen" }], mark: { type: "point", size: 420, color: "#d1242f", strokeWidth: 2 } });
  }
  draw("chart-sweep-points", points.length === 0 ? null : {
    height: 380,
    encoding: {
      x: { field: "x", type: "quantitative", title: isOverBase ? axisTitle(x) : xTitle, scale: scale(points.map((p) => p.x)), axis: { format: "~s" } },
      y: { field: "y", type: "quantitative", title: isOverBase ? axisTitle(y) : yTitle, scale: scale(points.map((p) => p.y)), axis: { format: "~s" } },
    },
    layer,
  }, points);
}

/** The columns of the parallel coordinates: parameters, then objectives and constrained quantities. */
export function parallelColumns(points) {
  const columns = chosen.sweep.axes.filter((a) => a.values.length > 1).map((a) => {
    const place = new Map(a.values.map((v, i) => [v, a.values.length > 1 ? i / (a.values.length - 1) : 0.5]));
    return { title: a.key, of: (p) => place.get(p.choice[a.key]), text: (p) => String(p.choice[a.key]),
      ticks: a.values.map((v) => ({ at: place.get(v), text: String(v) })) };
  });
  for (const name of new Set([...chosen.sweep.objectives, ...chosen.sweep.constraints.map((c) => c.quantity)])) {
    const values = points.map((p) => p.values[name]).filter((v) => v !== undefined);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const at = (v) => (high > low ? (v - low) / (high - low) : 0.5);
    columns.push({ title: plainName(name), of: (p) => at(p.values[name]), text: (p) => quantityText(name, p.values[name]),
      ticks: high > low ? [0, 0.25, 0.5, 0.75, 1].map((t) => ({ at: t, text: quantityText(name, low + t * (high - low)) }))
        : [{ at: 0.5, text: quantityText(name, low) }] });
  }
  return columns;
}

export function drawParallel() {
  const points = pointsOf().filter((p) => p.feasible && colourOf(p) !== undefined);
  const columns = parallelColumns(points);
  const rows = points.flatMap((p) => columns.map((column) => ({
    point: p.number, column: column.title, at: column.of(p), text: column.text(p), colour: colourOf(p),
    pareto: p.pareto, machine: choiceText(p), chosen: p.number === chosen.point,
  })));
  const ticks = columns.flatMap((c) => c.ticks.map((t) => ({ column: c.title, at: t.at, text: t.text })));
  const x = { field: "column", type: "nominal", sort: null, title: null,
    axis: { orient: "top", labelAngle: 0, grid: true, domain: false, ticks: false, labelLimit: 160, labelFontWeight: 600 }, scale: { type: "point", padding: 0.3 } };
  const y = { field: "at", type: "quantitative", axis: null, scale: { domain: [-0.03, 1.03], nice: false } };
  const colour = { field: "colour", ...colourScale() };
  if (colour.legend.symbolType) Object.assign(colour.legend, { symbolType: "stroke", symbolStrokeWidth: 3 });
  const tooltip = [{ field: "machine" }, { field: "column", title: "at" }, { field: "text", title: "value" }];
  const lines = (filter, opacity, width) => ({ transform: [{ filter }],
    mark: { type: "line", opacity, strokeWidth: width, cursor: "pointer" },
    encoding: { x, y, detail: { field: "point" }, color: colour, tooltip } });
  draw("chart-sweep-parallel", rows.length === 0 ? null : {
    height: 340, view: { stroke: null },
    ...(columns.length * 115 > byId("sweep").clientWidth ? { width: { step: 115 } } : {}),
    layer: [
      lines("!datum.pareto", 0.35, 1.2), lines("datum.pareto", 1, 3),
      ...(rows.some((row) => row.chosen) ? [{ transform: [{ filter: "datum.chosen" }],
        mark: { type: "line", color: "#d1242f", strokeWidth: 4, strokeDash: [8, 3] },
        encoding: { x, y, detail: { field: "point" } } }] : []),
      { data: { values: ticks }, mark: { type: "point", shape: "stroke", angle: 0, size: 60, filled: false, color: "#888888" }, encoding: { x, y } },
      // First as a wide outline, so that the numbers stand out from the lines behind them.
      ...[{ stroke: groundColour(), strokeWidth: 4, strokeJoin: "round" }, {}].map((outline) => ({ data: { values: ticks },
        mark: { type: "text", align: "left", dx: 9, fontSize: 11, ...outline }, encoding: { x, y, text: { field: "text" } } })),
    ],
  }, rows);
}

export function drawSensitivity() {
  const workload = byId("sweep-workload").value;
  const rows = (chosen.sweep.sensitivity || []).filter((s) => s.workload === workload).flatMap((s) =>
    Object.entries(s.relative).map(([objective, factor]) => ({
      axis: s.axis, value: String(s.value), objective: plainName(objective), factor,
      text: times(factor), points: `${s.points}${s.matched ? ", matched" : ", not matched"}`,
    })));
  const axes = [...new Set(rows.map((row) => row.axis))];
  const width = Math.max(90, Math.floor((byId("sweep").clientWidth - 60) / Math.min(4, Math.max(1, axes.length))) - 45);
  draw("chart-sweep-sensitivity", rows.length === 0 ? null : {
    autosize: { type: "pad" }, columns: 4,
    facet: { field: "axis", type: "nominal", sort: null, title: null, header: { labelFontSize: 12, labelFontWeight: 600 } },
    resolve: { scale: { x: "independent" } },
    spec: {
      width: { step: Math.max(26, Math.min(70, width / 6)) }, height: 150,
      mark: { type: "line", point: { size: 60, filled: true } },
      encoding: {
        x: { field: "value", type: "nominal", sort: null, title: null, axis: { labelAngle: 0, labelLimit: 70 } },
        y: { field: "factor", type: "quantitative", title: "over the best", scale: { zero: false }, axis: { format: ".2f" } },
        color: { field: "objective", type: "nominal", sort: null, scale: colours(rows.map((r) => r.objective)), legend: { symbolType: "circle" } },
        strokeDash: { field: "objective", type: "nominal", sort: null, legend: null },
        tooltip: [{ field: "axis", title: "parameter" }, { field: "value" }, { field: "objective" },
          { field: "text", title: "over the best" }, { field: "points" }],
      },
    },
  }, rows);
}
