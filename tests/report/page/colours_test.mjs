import assert from "node:assert/strict";
import { atMostTen, colours, knownColours, palette, summed } from "../../../report/assets/page/colours.js";

// Names known keep their colours, others get free ones, each one of its own.
const scale = colours(["dram", "mine", "yours", "dram"]);
assert.deepEqual(scale.domain, ["dram", "mine", "yours"]);
assert.equal(scale.range[0], knownColours.dram);
assert.equal(new Set(scale.range).size, 3);
assert.ok(palette.includes(scale.range[1]));

// Eleven names are nine and the rest of them; ten stay as they are.
const parts = (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`part ${i}`, n - i]));
assert.deepEqual(atMostTen([parts(10)])(parts(10)), parts(10));
const eleven = atMostTen([parts(11)])(parts(11));
assert.equal(Object.keys(eleven).length, 10);
assert.equal(eleven["2 others"], 2 + 1);
assert.deepEqual({ ...summed({ a: 1, b: 2, c: 4 }, (name) => (name === "c" ? "z" : "y")) }, { y: 3, z: 4 });
