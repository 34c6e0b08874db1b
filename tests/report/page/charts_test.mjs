import assert from "node:assert/strict";
import { standIn } from "./stand_in.mjs";

standIn({});
const { hatching } = await import("../../../report/assets/page/charts.js");

// One line on each tile that the box touches, wherever the box begins.
assert.equal(hatching([[0, 6, 6, 0]], { x: 0, y: 0, width: 6, height: 6 }), "M0 6 6 0");
assert.equal(hatching([[0, 3, 6, 3]], { x: 7, y: -1, width: 4, height: 2 }), "M6 -3 12 -3M6 3 12 3");
assert.equal(hatching([[0, 3, 6, 3]], { x: 0, y: 0, width: 0, height: 9 }), "");
assert.equal(hatching([], { x: 0, y: 0, width: 9, height: 9 }), "");
