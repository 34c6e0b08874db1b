// A document that is just enough for the page's modules to be loaded, with `data` as the report's JSON.
export function standIn(data, values = {}) {
  const whole = { results: [], remarks: [], sweeps: [], terms: {}, roles: {}, ratios: { of_first: true, means: [] }, ...data };
  globalThis.document = {
    getElementById: (id) => (id === "data" ? { textContent: JSON.stringify(whole) } : { value: values[id] }),
  };
}
