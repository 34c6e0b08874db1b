import assert from "node:assert/strict";
import { standIn } from "./stand_in.mjs";

const sweep = {
  axes: [{ key: "blocks", values: [2, 4, 8] }, { key: "ca.lanes", values: [8] }],
  quantities: [{ name: "energy_pj", unit: "pJ" }, { name: "cycles", unit: "cycles", adds_up: true }, { name: "area_mm2", unit: "mm2", adds_up: false }],
  objectives: ["cycles", "energy_pj"], constraints: [{ quantity: "area_mm2", relation: "<=", bound: 3 }],
  points: [
    { workload: "a", choice: { blocks: 2, "ca.lanes": 8 }, values: { energy_pj: 4e6, cycles: 100, area_mm2: 1 } },
    { workload: "a", choice: { blocks: 8, "ca.lanes": 8 }, values: { energy_pj: 2e6, cycles: 300, area_mm2: 2 } },
    { workload: "b", choice: { blocks: 8, "ca.lanes": 8 }, values: {} },
  ],
};
standIn({ sweeps: [sweep] }, { "sweep-workload": "a" });
const values = await import("../../../report/assets/page/sweep_values.js");
const charts = await import("../../../report/assets/page/sweep_charts.js");

assert.equal(values.pointsOf().length, 2);
assert.equal(values.quantityText("energy_pj", 4e6), "4 µJ");
assert.equal(values.quantityText("cycles", 1234), "1,234");
assert.equal(values.quantityText("area_mm2", 1.234), "1.23 mm²");
assert.equal(values.quantityText("cycles", undefined), "-");
assert.equal(values.quantityTitle("area_mm2"), "area [mm²]");
assert.deepEqual(["energy_pj", "cycles", "area_mm2"].map(values.addsUp), [true, true, false]);
// Axes show energies in units that leave few digits.
assert.deepEqual(values.axisUnit("energy_pj"), [1e6, "energy [µJ]"]);
assert.equal(values.choiceText(sweep.points[0]), "blocks = 2, ca.lanes = 8");
assert.deepEqual(charts.splitOnce("axis:ca.lanes:8"), ["axis", "ca.lanes:8"]);

// Parallel coordinates: parameters that differ, then objectives and what is constrained, from 0 to 1.
const columns = charts.parallelColumns(values.pointsOf());
assert.deepEqual(columns.map((column) => column.title), ["blocks", "cycles", "energy", "area"]);
assert.deepEqual(columns.map((column) => column.of(sweep.points[1])), [1, 1, 0, 1]);
