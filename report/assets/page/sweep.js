// A sweep: its choices, tables and charts.
import { count, plainName } from "./text.js";
import { byId, chosen } from "./data.js";
import { element, fill, makeChoices, markChoice, numberCell, table } from "./tables.js";
import { addsUp, choiceText, pointsOf, quantityText, quantityTitle } from "./sweep_values.js";
import { drawParallel, drawSensitivity, drawSweepPoints } from "./sweep_charts.js";

export function prepareSweep() {
  byId("sweep").hidden = !chosen.sweep;
  if (!chosen.sweep) return;
  byId("sweep-name").textContent = "Sweep: " + (chosen.sweep.name || "without a name");
  byId("sweep-workload-choice").hidden = chosen.sweep.workloads.length < 2;
  fill("sweep-workload", chosen.sweep.workloads.map((name) => [name, name]), chosen.sweep.workloads[0]);
  const quantities = chosen.sweep.quantities.map((q) => [q.name, quantityTitle(q.name)]);
  fill("sweep-x", quantities, chosen.sweep.objectives[0]);
  fill("sweep-y", quantities, chosen.sweep.objectives[1] || chosen.sweep.objectives[0]);
  fill("sweep-colour", [...chosen.sweep.axes.map((a) => ["axis:" + a.key, a.key]),
    ...quantities.map(([name, text]) => ["quantity:" + name, text])],
  chosen.sweep.axes.length > 0 ? "axis:" + chosen.sweep.axes[0].key : "quantity:" + chosen.sweep.objectives[0]);
  const hasBase = chosen.sweep.points.some((p) => p.base && p.status === "done");
  fill("sweep-scale", [["zero", "from zero"], ...(hasBase ? [["base", "base = 1.0"]] : []), ["fit", "as points lie"]], hasBase ? "base" : "zero");
}

function drawSweepTables() {
  const columns = [...new Set([...chosen.sweep.objectives, ...chosen.sweep.constraints.map((c) => c.quantity)])];
  const front = pointsOf().filter((p) => p.pareto).sort((a, b) => a.values[columns[0]] - b.values[columns[0]]);
  const headings = [numberCell("point"), ...chosen.sweep.axes.map((a) => numberCell(a.key)), ...columns.map((c) => numberCell(plainName(c)))];
  const cells = (p) => [numberCell(String(p.number)), ...chosen.sweep.axes.map((a) => numberCell(String(p.choice[a.key]))),
    ...columns.map((c) => numberCell(quantityText(c, p.values[c])))];
  const node = table(headings, front.map(cells));
  makeChoices(node, (index) => choosePoint(front[index].number));
  [...node.tBodies[0].rows].forEach((line, i) => { line.dataset.index = String(front[i].number); });
  byId("sweep-front").replaceChildren(front.length === 0 ? element("p", "No point is feasible.") : node);
  byId("sweep-points").replaceChildren(table([...headings, "status", "reason"],
    pointsOf().map((p) => [...cells(p), p.feasible || p.status !== "done" ? p.status : "done, breaks a constraint",
      { text: p.reason || "", wrap: true }])));
  drawTogether();
}

/** Machines on the front of sums, or of geometric means, over all networks. */
function drawTogether() {
  const machines = (chosen.sweep.together || []).filter((m) => m.front_of_sums || m.front_of_geometric_means);
  byId("sweep-together-part").hidden = machines.length === 0;
  byId("sweep-together").replaceChildren(table(
    ["machine", "front of", ...chosen.sweep.objectives.flatMap((o) =>
      [numberCell(plainName(o) + (addsUp(o) ? ", sum" : ", mean")), numberCell(plainName(o) + ", geometric mean")])],
    machines.map((m) => [choiceText(m),
      m.front_of_sums ? (m.front_of_geometric_means ? "both" : "sums") : "geometric means",
      ...chosen.sweep.objectives.flatMap((o) =>
        [numberCell(quantityText(o, m.sums[o])), numberCell(quantityText(o, m.geometric_means[o]))])])));
}

function drawSweepBrief() {
  const points = pointsOf();
  const of = (status) => points.filter((p) => p.status === status).length;
  const lines = [`${count(points.length)} machines on ${byId("sweep-workload").value}, by ${chosen.sweep.strategy}: ${of("done")} done, ${of("failed")} failed, `
    + `${of("excluded")} excluded, ${of("to do")} to do; ${points.filter((p) => p.feasible).length} meet all constraints, `
    + `${points.filter((p) => p.pareto).length} are on the Pareto front.`];
  for (const objective of chosen.sweep.objectives) {
    const best = points.filter((p) => p.feasible).sort((a, b) => a.values[objective] - b.values[objective])[0];
    if (best) lines.push(`Least ${plainName(objective)}: ${quantityText(objective, best.values[objective])} with ${choiceText(best)}.`);
  }
  if (chosen.sweep.constraints.length > 0) {
    lines.push("Constraints: " + chosen.sweep.constraints.map((c) => `${plainName(c.quantity)} ${c.relation} ${quantityText(c.quantity, c.bound)}`).join(", ") + ".");
  }
  byId("sweep-brief").replaceChildren(...lines.map((line) => element("li", line)));
}

export function drawSweep() {
  if (!chosen.sweep) return;
  drawSweepBrief();
  drawSweepTables();
  drawSweepPoints();
  drawParallel();
  drawSensitivity();
  markChoice(byId("sweep-front"), chosen.point);
}

export function choosePoint(point) {
  chosen.point = point === chosen.point ? -1 : point;
  markChoice(byId("sweep-front"), chosen.point);
  drawSweepPoints();
  drawParallel();
}
