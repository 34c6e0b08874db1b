// Charts by Vega-Lite: drawn, told apart in print, and saved.
import { byId } from "./data.js";
import { colours, palette } from "./colours.js";
import { element } from "./tables.js";

/** What follows when a mark of a layer, or of a point of a sweep, is clicked. */
export const whenChosen = { layer() {}, point() {} };
const views = new Map();

function theme() {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  const dim = style.getPropertyValue("--dim").trim();
  const line = style.getPropertyValue("--line").trim();
  return {
    background: "transparent",
    font: "system-ui, DejaVu Sans, sans-serif",
    view: { stroke: line },
    axis: { labelColor: ink, titleColor: dim, gridColor: line, domainColor: line, tickColor: line,
      labelLimit: 170, labelSeparation: 6, labelFontSize: 11, titleFontSize: 12, titleFontWeight: "normal" },
    header: { labelColor: ink, titleColor: dim },
    legend: { labelColor: ink, titleColor: dim, orient: "top", title: null,
      labelLimit: 260, labelFontSize: 11, symbolType: "square", symbolBaseFillColor: dim, symbolBaseStrokeColor: dim, titleFontWeight: "normal",
      gradientLength: 160, gradientStrokeColor: line },
    text: { color: ink },
    bar: { stroke: null },
    range: { category: palette },
  };
}

export const groundColour = () => getComputedStyle(document.documentElement).getPropertyValue("--ground").trim();
export const isDark = () => document.documentElement.dataset.theme === "dark";

export async function draw(id, spec, data) {
  const place = byId(id);
  const old = views.get(id);
  if (old) old.finalize();
  views.delete(id);
  place.replaceChildren();
  if (!spec) {
    place.classList.add("empty");
    place.textContent = "Not in this file.";
    return;
  }
  place.classList.remove("empty");
  const whole = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: "container", autosize: { type: "fit-x", contains: "padding" },
    config: theme(), ...spec,
  };
  // As many entries side by side as fit: a legend is never cut off.
  whole.config.legend.columns = Math.max(2, Math.floor(place.clientWidth / 150));
  if (typeof whole.width === "object") whole.autosize = { type: "pad" };
  if (whole.facet) delete whole.width;
  if (data) whole.data = { values: data };
  const drawn = await vegaEmbed(place, whole, {
    renderer: "svg", actions: false, logLevel: vega.Error, tooltip: { theme: isDark() ? "dark" : "light" },
  });
  views.set(id, drawn.view);
  offerSaving(place, id);
  if (!JSON.stringify(spec).includes('"viridis"')) patternForPrint(place, id);
  drawn.view.addEventListener("click", (event, item) => {
    if (!item || !item.datum) return;
    if (Number.isInteger(item.datum.index)) whenChosen.layer(item.datum.index);
    if (Number.isInteger(item.datum.point)) whenChosen.point(item.datum.point);
  });
  place.querySelector("svg")?.setAttribute("aria-label",
    place.parentElement.querySelector("figcaption")?.firstChild?.textContent || "");
}

// Lines on a tile of 6 x 6: what tells colours apart in a print in grey.
const patterns = [[], [[0, 6, 6, 0]], [[1, 1, 2, 1], [4, 4, 5, 4]], [[0, 0, 6, 6]], [[0, 1.5, 6, 1.5], [0, 4.5, 6, 4.5]],
  [[1.5, 0, 1.5, 6], [4.5, 0, 4.5, 6]], [[0, 0, 6, 6], [0, 6, 6, 0]], [[0, 3, 6, 3]], [[3, 0, 3, 6]],
  [[2, 2, 4, 2], [4, 2, 4, 4], [4, 4, 2, 4], [2, 4, 2, 2]]];

const linesAt = (lines, x, y) => lines.map(([x1, y1, x2, y2]) => `M${x + x1} ${y + y1} ${x + x2} ${y + y2}`).join("");

/** The tiles that a box of a chart touches, as one path. */
export function hatching(lines, box) {
  let path = "";
  for (let x = 6 * Math.floor(box.x / 6); x < box.x + box.width; x += 6) {
    for (let y = 6 * Math.floor(box.y / 6); y < box.y + box.height; y += 6) path += linesAt(lines, x, y);
  }
  return path;
}

function svg(name, attributes, inside = []) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inside);
  return node;
}

const light = (fill) => [0.299, 0.587, 0.114].reduce((all, part, i) => all + part * parseInt(fill.slice(1 + 2 * i, 3 + 2 * i), 16), 0) > 110;
const strokeOver = (fill) => ({ fill: "none", "stroke-width": 0.7, stroke: light(fill) ? "#000" : "#fff" });

// By chart: the colours of its legend, each with the pattern of its place.
const hatched = new Map();

/** Gives each colour of the chart's legend a pattern that its bars have in print and in a saved file. */
function patternForPrint(place, id) {
  const symbols = [...place.querySelectorAll(".role-legend-symbol path")];
  const fills = [...new Set(symbols.map((path) => path.getAttribute("fill")))].filter((fill) => /^#[0-9a-f]{6}$/i.test(fill || ""));
  place.parentElement.querySelector(".patterns")?.remove();
  hatched.delete(id);
  if (fills.length < 2) return;
  hatched.set(id, fills);
  const tiles = fills.map((fill, i) => svg("pattern", { id: `${id}-${i}`, width: 6, height: 6, patternUnits: "userSpaceOnUse" },
    [svg("rect", { width: 6, height: 6, fill }), svg("path", { d: linesAt(patterns[i % patterns.length], 0, 0) || "M0 0", ...strokeOver(fill) })]));
  const holder = element("div");
  holder.className = "patterns";
  holder.append(svg("svg", { width: 0, height: 0 }, [svg("defs", {}, tiles)]));
  place.parentElement.append(holder);
}

/** Draws the patterns line by line: browsers print a fill by a pattern as an image of many pixels. */
export function hatchForPrint() {
  endHatching();  // of a print whose end was not told
  for (const [id, fills] of hatched) {
    [...byId(id).querySelectorAll("path[fill]")].forEach((path, i) => {
      const lines = patterns[fills.indexOf(path.getAttribute("fill")) % patterns.length];
      if (lines === undefined || lines.length === 0) return;
      const shape = path.hasAttribute("transform") ? { transform: path.getAttribute("transform") } : {};
      const clip = `${id}-clip-${i}`;
      path.after(svg("clipPath", { id: clip, class: "hatch" }, [svg("path", { d: path.getAttribute("d") })]),
        svg("path", { d: hatching(lines, path.getBBox()), "clip-path": `url(#${clip})`, class: "hatch", ...shape,
          ...strokeOver(path.getAttribute("fill")) }));
    });
  }
}

export function endHatching() {
  for (const node of document.querySelectorAll(".hatch")) node.remove();
}

/** The chart as an SVG file: with the patterns of its print, and the page's ground where that is dark. */
async function savedChart(id) {
  const saved = new DOMParser().parseFromString(await views.get(id).toSVG(), "image/svg+xml");
  const node = (name) => saved.createElementNS("http://www.w3.org/2000/svg", name);
  const tiles = [...byId(id).parentElement.querySelectorAll(".patterns pattern")];
  const tileOf = new Map(tiles.map((tile) => [tile.querySelector("rect").getAttribute("fill"), tile.id]));
  for (const path of saved.querySelectorAll("path[fill]")) {
    const tile = tileOf.get(path.getAttribute("fill"));
    if (tile) path.setAttribute("fill", `url(#${tile})`);
  }
  const defs = node("defs");
  defs.append(...tiles.map((tile) => saved.importNode(tile, true)));
  const ground = node("rect");
  for (const [key, value] of [["width", "100%"], ["height", "100%"], ["fill", groundColour()]]) ground.setAttribute(key, value);
  saved.documentElement.prepend(defs, ...(isDark() ? [ground] : []));
  return new XMLSerializer().serializeToString(saved);
}

/** A button beside the caption that saves the chart as an SVG file. */
function offerSaving(place, id) {
  const caption = place.parentElement.querySelector("figcaption");
  if (!caption || caption.querySelector("button")) return;
  const button = element("button", "SVG", "save");
  button.type = "button";
  button.title = "save this chart as an SVG file";
  button.addEventListener("click", async () => {
    if (!views.has(id)) return;
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([await savedChart(id)], { type: "image/svg+xml" }));
    link.download = id.replace("chart-", "") + ".svg";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  caption.append(" ", button);
}

export function ordered(rows) {
  const order = [...new Set(rows.map((row) => row.name))];
  for (const row of rows) row.order = order.indexOf(row.name);
  return rows;
}

/** Bars of {name, value, text}, longest first, each with its value at its end. */
export function namedBars(id, rows, title, format) {
  const longest = Math.max(0, ...rows.map((row) => row.value));
  rows.sort((a, b) => b.value - a.value);
  draw(id, longest > 0 ? {
    encoding: {
      y: { field: "name", type: "nominal", sort: null, title: null },
      x: { field: "value", type: "quantitative", title, axis: { ...(format ? { format } : {}), tickCount: 6 },
        scale: { domainMax: longest * 1.3, nice: false } },
      tooltip: [{ field: "name", title: "name" }, { field: "text", title: "value" }],
    },
    height: { step: 22 },
    layer: [
      { mark: "bar", encoding: { color: { field: "name", type: "nominal", legend: null,
        scale: colours(rows.map((row) => row.name)) } } },
      { mark: { type: "text", align: "left", dx: 4 }, encoding: { text: { field: "text" } } },
    ],
  } : null, rows);
}
