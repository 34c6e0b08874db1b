// The roofline of a result.
import { over, si } from "./text.js";
import { colours, knownColours } from "./colours.js";
import { draw } from "./charts.js";
import { layerKeys } from "./layers.js";

/** Points, and the ceilings of the machine in the same units. */
export function drawRoofline(result) {
  const keys = layerKeys(result);
  const bytesOf = (layer) =>
    (layer.counters.dram_read_bytes || 0) + (layer.counters.dram_written_bytes || 0);
  const points = result.layers.map((layer, index) => ({
    layer: keys[index], index, bound: layer.bound_by, bytes: bytesOf(layer), share: over(layer.cycles, result.total.cycles),
    intensity: layer.macs_dense / bytesOf(layer), rate: layer.macs_dense / layer.cycles,
  })).filter((p) => p.bytes > 0 && p.intensity > 0 && p.rate > 0 && Number.isFinite(p.rate));
  const peak = result.peak_per_cycle || {};
  if (points.length === 0 || !peak.mac || !peak.dram) return draw("chart-roofline", null);  // one is free
  const additions = result.layers.reduce((all, l) => all + (l.counters.ca_additions || 0), 0);
  const ceilings = [["MAC", peak.mac, `${Number(peak.mac.toPrecision(4))} dense MACs a cycle`]];
  if (peak.ca && additions > 0) {
    const level = peak.ca * result.total.macs_dense / additions;
    ceilings.push(["CA", level,
      `${si(level, "")} dense MACs a cycle at this run's ${(additions / result.total.macs_dense).toPrecision(2)} additions each`]);
  }
  const xs = points.map((p) => p.intensity);
  const top = Math.max(...ceilings.map((c) => c[1]));
  const low = Math.min(...xs) / 2;
  const high = Math.max(Math.max(...xs) * 2, top / peak.dram * 3);
  const roofs = [];
  const labels = [];
  for (const [name, level, text] of ceilings) {
    const knee = level / peak.dram;
    roofs.push({ name, intensity: Math.max(low, knee), rate: level, text }, { name, intensity: high, rate: level, text });
    labels.push({ name, intensity: high, rate: level, label: `${name}: ${text}` });
  }
  const dramText = `${Number(peak.dram.toPrecision(4))} bytes a cycle`;
  const end = Math.max(top / peak.dram, low);
  for (const x of [low, end]) roofs.push({ name: "DRAM", intensity: x, rate: x * peak.dram, text: dramText });
  const axis = { grid: true, format: "~s" };
  const roofColours = { domain: ["DRAM", "MAC", "CA"], range: [knownColours.dram, "#d69e2e", knownColours.ca] };
  return draw("chart-roofline", {
    height: 360,
    encoding: {
      x: { field: "intensity", type: "quantitative", scale: { type: "log", domain: [low, high], nice: false },
        axis, title: "operational intensity [dense MACs a byte of DRAM traffic]" },
      y: { field: "rate", type: "quantitative", scale: { type: "log" }, axis,
        title: "performance [dense MACs a cycle]" },
    },
    resolve: { scale: { color: "independent" } },
    layer: [
      { data: { values: roofs }, mark: { type: "line", strokeWidth: 2.5, clip: true },
        encoding: { color: { field: "name", type: "nominal", scale: roofColours,
          legend: { title: "ceiling", symbolType: "stroke" } },
        tooltip: [{ field: "name", title: "ceiling" }, { field: "text", title: "at most" }] } },
      { data: { values: labels }, mark: { type: "text", align: "right", dy: -8, dx: -4 },
        encoding: { text: { field: "label" } } },
      { data: { values: points }, mark: { type: "point", filled: true, opacity: 0.9, cursor: "pointer", stroke: "#fff", strokeWidth: 0.7 },
        encoding: { color: { field: "bound", type: "nominal", scale: colours(points.map((p) => p.bound)),
          legend: { title: "layer bound by" } },
        shape: { field: "bound", type: "nominal", scale: { domain: colours(points.map((p) => p.bound)).domain },
          legend: { title: "layer bound by" } },
        size: { field: "share", type: "quantitative", scale: { range: [40, 500], domainMin: 0 },
          legend: { title: "share of cycles", format: "%", symbolType: "circle" } },
        tooltip: [{ field: "layer" }, { field: "bound", title: "bound by" },
          { field: "intensity", title: "dense MACs a byte", format: ".4~g" },
          { field: "rate", title: "dense MACs a cycle", format: ".4~g" },
          { field: "share", title: "share of cycles", format: ".1%" }] } },
    ],
  });
}
