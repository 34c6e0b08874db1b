// What the page is of, and what is chosen in it.

// The one name that the charts cannot have, as they keep names as keys of objects, gets an invisible space.
const special = "__proto__";

export const data = JSON.parse(document.getElementById("data").textContent, (key, value) => {
  if (value === special) return "\u200b" + special;
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, special)) return value;
  const entries = Object.entries(value).map(([name, part]) => [name === special ? "\u200b" + special : name, part]);
  return Object.fromEntries(entries);
});

export const results = data.results;
export const sweeps = data.sweeps || [];
export const byId = (id) => document.getElementById(id);
/** Indices of a result, of a layer in it and of a point in the sweep; -1: none. */
export const chosen = { result: 0, layer: -1, sweep: sweeps[0], point: -1 };
