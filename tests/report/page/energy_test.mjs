import assert from "node:assert/strict";
import { standIn } from "./stand_in.mjs";

standIn({});
const { dramParts } = await import("../../../report/assets/page/energy.js");

// Traffic is split by what it carries where that was counted, and what bursts moved beyond it is a part.
const layer = { counters: { dram_read_bytes: 100, dram_written_bytes: 20, coefficient_bytes_loaded: 30,
  activation_bytes_loaded: 50, activation_bytes_stored: 16 } };
assert.deepEqual(dramParts({ layers: [layer] })(layer), {
  "coefficients and weights read": 30, "activations read": 50, "activations written": 16, "rest of bursts": 24,
});
const plain = { counters: { dram_read_bytes: 100, dram_written_bytes: 20 } };
assert.deepEqual(dramParts({ layers: [plain] })(plain), { read: 100, written: 20 });
