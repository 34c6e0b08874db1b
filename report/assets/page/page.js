// The page: what is drawn when, and what its controls do.
import { byId, chosen, results, sweeps } from "./data.js";
import { element, fill } from "./tables.js";
import { endHatching, hatchForPrint, isDark, whenChosen } from "./charts.js";
import { byLayer, heatMap } from "./layers.js";
import { drawCycles } from "./cycles.js";
import { drawDram, drawEnergy, drawEnergyTable } from "./energy.js";
import { drawRoofline } from "./roofline.js";
import { drawComparedLayers, drawComparison } from "./comparison.js";
import { drawConfiguration, drawExplanation, drawSummary } from "./summary.js";
import { chooseLayer, drawLayerTable } from "./layer_table.js";
import { drawParallel, drawSweepPoints } from "./sweep_charts.js";
import { choosePoint, drawSweep, prepareSweep } from "./sweep.js";

function drawResult() {
  byId("result-sections").hidden = results.length === 0;
  if (results.length === 0) return;
  const result = results[chosen.result];
  document.title = `${result.heading} on ${result.accelerator} - escalate report`;
  drawSummary(result);
  drawExplanation(result);
  drawLayerTable(result);
  drawConfiguration(result);
  chooseLayer(chosen.layer >= 0 && chosen.layer < result.layers.length ? chosen.layer : -1, false);
  drawCycles(result);
  heatMap("chart-utilization", result, byLayer(result, (layer) => layer.utilization, (layer, ratio) => ({ ratio })), "utilization");
  drawEnergy(result);
  drawEnergyTable(result);
  drawDram(result);
  heatMap("chart-density", result, byLayer(result, (layer) => layer.density, (layer, ratio) => ({ ratio })), "density");
  drawRoofline(result);
  drawComparedLayers(result);
}

function drawContents() {
  const links = [...document.querySelectorAll("section[data-title]")]
    .filter((section) => !section.hidden && !section.closest("[hidden]"))
    .map((section) => {
      const link = element("a", section.dataset.title);
      link.href = "#" + section.id;
      return link;
    });
  byId("contents").replaceChildren(...links);
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  byId("theme").textContent = name === "dark" ? "Light" : "Dark";
}

function redraw() {
  drawSweep();
  drawComparison();
  drawResult();
}

whenChosen.layer = (index) => chooseLayer(index, true);
whenChosen.point = choosePoint;
results.forEach((result, index) => {
  const option = element("option", result.label);
  option.value = String(index);
  byId("result").appendChild(option);
});
byId("result-choice").hidden = results.length < 2;
byId("result").addEventListener("change", (event) => {
  chosen.result = Number(event.target.value);
  chosen.layer = -1;
  drawResult();
  drawContents();
});
fill("sweep-file", sweeps.map((s, i) => [String(i), s.label]), "0");
byId("sweep-file-choice").hidden = sweeps.length < 2;
byId("sweep-file").addEventListener("change", (event) => {
  chosen.sweep = sweeps[Number(event.target.value)];
  chosen.point = -1;
  prepareSweep();
  drawSweep();
});
byId("sweep-workload").addEventListener("change", () => { chosen.point = -1; drawSweep(); });
byId("sweep-x").addEventListener("change", drawSweepPoints);
byId("sweep-y").addEventListener("change", drawSweepPoints);
byId("sweep-scale").addEventListener("change", drawSweepPoints);
byId("sweep-colour").addEventListener("change", () => { drawSweepPoints(); drawParallel(); });
byId("theme").addEventListener("click", () => {
  setTheme(isDark() ? "light" : "dark");
  redraw();
});
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("main details")) details.open = true;
  hatchForPrint();
});
window.addEventListener("afterprint", endHatching);
setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
if (results.length === 0 && chosen.sweep) document.title = `${chosen.sweep.name} - escalate report`;
prepareSweep();
redraw();
drawContents();
