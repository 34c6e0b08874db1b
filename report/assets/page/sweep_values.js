// Quantities and machines of the chosen sweep.
import { count, joules, percent, plainName, si } from "./text.js";
import { byId, chosen } from "./data.js";

export const pointsOf = () => chosen.sweep.points.filter((p) => p.workload === byId("sweep-workload").value);
const quantityOf = (name) => chosen.sweep.quantities.find((q) => q.name === name);
const inUnit = { mm2: "mm²", bytes: "B" };

/** Whether its total over networks is their sum, and not their mean; files of earlier versions do not say. */
export const addsUp = (name) => (quantityOf(name) || {}).adds_up !== false;

/** A quantity's number with its unit. */
export function quantityText(name, value) {
  if (value === undefined) return "-";
  const unit = (quantityOf(name) || {}).unit || "";
  if (unit === "pJ") return joules(value);
  if (unit === "ratio" || unit === "") return unit === "ratio" ? percent(value) : String(Number(value.toPrecision(5)));
  if (unit === "mm2") return value.toFixed(2) + " mm²";
  if (["s", "W", "J s", "bytes"].includes(unit)) return si(value, inUnit[unit] || unit);
  return `${count(value)}${unit === name ? "" : " " + unit}`;
}

export const quantityTitle = (name) => {
  const unit = (quantityOf(name) || {}).unit || "";
  return plainName(name) + (unit && unit !== name ? ` [${inUnit[unit] || unit}]` : "");
};

export const axisTitle = (name) => plainName(name) + " (base = 1.0)";

/** What numbers of a quantity are divided by on an axis, and its title: energies in uJ, not in millions of pJ. */
export function axisUnit(name) {
  const unit = (quantityOf(name) || {}).unit || "";
  const most = Math.max(0, ...chosen.sweep.points.map((p) => p.values[name] || 0));
  const inBase = { pJ: [1e-12, "J"], s: [1, "s"], "J s": [1, "J s"], W: [1, "W"] }[unit];
  if (!inBase) return [1, quantityTitle(name)];
  const [factor, prefix] = [[1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]]
    .find(([size]) => most * inBase[0] >= size) || [1e-12, "p"];
  return [factor / inBase[0], `${plainName(name)} [${prefix}${inBase[1]}]`];
}

export const choiceText = (point) => chosen.sweep.axes.map((a) => `${a.key} = ${point.choice[a.key]}`).join(", ");
