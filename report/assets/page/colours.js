// One colour for each thing, the same in every chart.
import { largest } from "./text.js";

export const palette = ["#2b6cb0", "#dd6b20", "#2f855a", "#b83280", "#0987a0", "#c53030", "#975a16",
  "#6b46c1", "#718096", "#38a169", "#d69e2e", "#3182ce"];

// Memories are blue to teal, arithmetic orange to red, the way between them green, the rest grey.
export const knownColours = {
  "dram": "#6a51a3", "dma": "#9ecae1", "global buffer": "#08519c", "ring buffers": "#3182bd",
  "coefficient buffers": "#6baed6", "line buffers": "#138d90", "output banks": "#74c4bd",
  "dilution": "#c2410c", "concentration": "#f97316", "multipliers": "#fbbf24",
  "post processing": "#92400e", "network": "#3f9142", "control": "#e377c2",
  "clock tree": "#7f8793", "leakage": "#b9c0c9",
  "scratchpads": "#5b9bd5", "activation rams": "#1e3a8a", "weight fifos": "#a5c8f0",
  "unit buffers": "#2563eb", "accumulators": "#0f766e", "crossbars": "#7bc47f",
  "inner join": "#c2410c", "permute networks": "#7bc47f",
  "local memories": "#3182bd", "networks": "#3f9142", "zero matching": "#c2410c",
  "work": "#2b6cb0", "wait for input": "#fbbf24", "wait for weights": "#f97316",
  "queue full": "#b83280", "wait for merge": "#74c4bd", "idle": "#a3acb7",
  "ca": "#c2410c", "mac": "#fbbf24", "input": "#3182bd", "weights": "#6baed6",
  "merge": "#74c4bd", "post": "#92400e", "multiplications": "#2b6cb0", "PE rows at work": "#2b6cb0",
  "multipliers at work": "#90cdf4", "compute": "#2b6cb0",
  "coefficients and weights read": "#6baed6", "activations read": "#08519c",
  "activations written": "#3f9142", "rest of bursts": "#b9c0c9", "read": "#08519c",
  "written": "#3f9142",
};

const restColour = "#d5dae0";

/** A scale that gives names known above their colour, others one that is free. */
export function colours(names) {
  const domain = [...new Set(names)];
  let next = 0;
  const taken = new Set(domain.filter((name) => Object.hasOwn(knownColours, name)).map((name) => knownColours[name]));
  const free = palette.filter((colour) => !taken.has(colour));
  return { domain, range: domain.map((name) => Object.hasOwn(knownColours, name) ? knownColours[name]
    : isRest(name) ? restColour : free[next++ % free.length]) };
}

const isRest = (name) => /^\d+ others$/.test(name);

/** For parts of several things: how those of one are grouped, so that ten names are left of all. */
export function atMostTen(all) {
  const most = 10;
  const totals = Object.create(null);
  for (const parts of all) {
    for (const [name, amount] of Object.entries(parts || {})) totals[name] = (totals[name] || 0) + amount;
  }
  const names = largest(totals).filter(([, amount]) => amount > 0).map(([name]) => name);
  if (names.length <= most) return (parts) => parts;
  const kept = new Set(names.slice(0, most - 1));
  const rest = `${names.length - kept.size} others`;
  return (parts) => summed(parts, (name) => (kept.has(name) ? name : rest));
}

/** The sums of `parts` by what `groupOf` calls each of them. */
export function summed(parts, groupOf) {
  const sums = Object.create(null);
  for (const [name, amount] of Object.entries(parts || {})) {
    sums[groupOf(name)] = (sums[groupOf(name)] || 0) + amount;
  }
  return sums;
}
