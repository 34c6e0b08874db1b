import assert from "node:assert/strict";
import { standIn } from "./stand_in.mjs";

standIn({});
const { byLayer, layerKeys } = await import("../../../report/assets/page/layers.js");

// Layers of one name stay apart.
const result = { layers: [{ name: "a", parts: { x: 1 } }, { name: "b", parts: { x: 2, y: 3 } }, { name: "a" }] };
assert.deepEqual(layerKeys(result), ["a (1)", "b", "a (3)"]);
assert.deepEqual(byLayer(result, (layer) => layer.parts, (layer, amount) => ({ amount })), [
  { layer: "a (1)", index: 0, name: "x", amount: 1 },
  { layer: "b", index: 1, name: "x", amount: 2 },
  { layer: "b", index: 1, name: "y", amount: 3 },
]);
