import assert from "node:assert/strict";
import { standIn } from "./stand_in.mjs";

const result = (work, contestant) => ({ work, contestant, title: "net " + work });
standIn({ results: [result(1, "ours"), result(2, "ours"), result(1, "theirs")] });
const { lineName, ratioOf, works } = await import("../../../report/assets/page/comparison.js");

// Results of one work stand together, in order.
assert.deepEqual(works().map((group) => group.map((r) => r.contestant)), [["ours", "theirs"], ["ours"]]);
assert.equal(lineName(works()[0][1]), "net 1, theirs");
// The page's one direction: how many times better the first is.
assert.equal(ratioOf(2, 6), 3);
