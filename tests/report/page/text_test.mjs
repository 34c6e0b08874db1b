import assert from "node:assert/strict";
import { energyUnit, largest, over, percent, plainName, si, sum, times } from "../../../report/assets/page/text.js";

assert.equal(si(1234567, "B"), "1.235 MB");
assert.equal(si(2.5e-6, "s"), "2.5 µs");
assert.equal(si(0, "J"), "0 J");
assert.equal(si(1e-18, "J"), "0.001 fJ");
assert.equal(percent(0.1234), "12.3%");
assert.equal(times(2), "2.00×");
assert.equal(times(0), "-");
assert.equal(times(Infinity), "-");
assert.deepEqual(energyUnit(2e10), [1e9, "mJ"]);
assert.deepEqual(energyUnit(0.5), [1, "pJ"]);
assert.equal(plainName("energy_pj"), "energy");
assert.equal(plainName("area_mm2"), "area");
assert.equal(sum({ a: 1, b: 2 }), 3);
assert.equal(sum(undefined), 0);
assert.equal(over(1, 0), 0);
assert.deepEqual(largest({ a: 1, b: 3, c: 2 }), [["b", 3], ["c", 2], ["a", 1]]);
