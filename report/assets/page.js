"use strict";
// Draws the report from the JSON in #data. Names come from users' files: they reach the page only as
// text nodes and as data of charts, never as markup.
(() => {
  // The one name that the charts cannot have, as they keep names as keys of objects, gets an invisible space.
  const special = "__proto__";
  const data = JSON.parse(document.getElementById("data").textContent, (key, value) => {
    if (value === special) return "\u200b" + special;
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, special)) return value;
    const entries = Object.entries(value).map(([name, part]) => [name === special ? "\u200b" + special : name, part]);
    return Object.fromEntries(entries);
  });
  const results = data.results;
  const sweeps = data.sweeps || [];
  const byId = (id) => document.getElementById(id);
  let chosenResult = 0;
  let chosenLayer = -1;
  const views = new Map();

  // Colours: one for each thing, the same in every chart

  const palette = ["#2b6cb0", "#dd6b20", "#2f855a", "#b83280", "#0987a0", "#c53030", "#975a16",
    "#6b46c1", "#718096", "#38a169", "#d69e2e", "#3182ce"];
  // Memories are blue to teal, arithmetic orange to red, the way between them green, the rest grey.
  const known = {
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
    "merge": "#74c4bd", "post": "#92400e", "multiplications": "#2b6cb0", "compute": "#2b6cb0",
    "coefficients and weights read": "#6baed6", "activations read": "#08519c",
    "activations written": "#3f9142", "rest of bursts": "#b9c0c9", "read": "#08519c",
    "written": "#3f9142",
  };
  const restColour = "#d5dae0";
  const stateNames = {
    wait_input: "wait for input", wait_weights: "wait for weights", wait_merge: "wait for merge",
  };
  /** A scale that gives names known above their colour, others one that is free. */
  function colours(names) {
    const domain = [...new Set(names)];
    let next = 0;
    const taken = new Set(domain.filter((name) => Object.hasOwn(known, name)).map((name) => known[name]));
    const free = palette.filter((colour) => !taken.has(colour));
    return { domain, range: domain.map((name) => Object.hasOwn(known, name) ? known[name]
      : isRest(name) ? restColour : free[next++ % free.length]) };
  }
  const isRest = (name) => /^\d+ others$/.test(name);
  /** For parts of several things: how those of one are grouped, so that ten names are left of all. */
  function atMostTen(all) {
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
  function summed(parts, groupOf) {
    const sums = Object.create(null);
    for (const [name, amount] of Object.entries(parts || {})) {
      sums[groupOf(name)] = (sums[groupOf(name)] || 0) + amount;
    }
    return sums;
  }

  // Text and numbers

  function element(tag, text, className) {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  }
  const count = (n) => Math.round(n).toLocaleString("en-US");
  function si(value, unit) {
    if (!(Math.abs(value) > 0)) return "0 " + unit;
    const prefixes = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"],
      [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"], [1e-15, "f"]];
    const found = prefixes.find(([scale]) => Math.abs(value) >= scale) || prefixes[prefixes.length - 1];
    return (Number((value / found[0]).toPrecision(4)) + " " + found[1] + unit).trim();
  }
  const joules = (pj) => si(pj * 1e-12, "J");
  const percent = (ratio) => (100 * ratio).toFixed(1) + "%";
  const times = (factor) => (factor > 0 && Number.isFinite(factor) ? factor.toFixed(2) + "×" : "-");
  const energyUnit = (pj) => [[1e9, "mJ"], [1e6, "µJ"], [1e3, "nJ"], [1, "pJ"]]
    .find(([scale]) => pj >= 10 * scale) || [1, "pJ"];
  const words = (name) => name.replaceAll("_", " ");
  const sum = (object) => Object.values(object || {}).reduce((a, b) => a + b, 0);
  const over = (a, b) => (b > 0 ? a / b : 0);
  const largest = (object) => Object.entries(object).sort((a, b) => b[1] - a[1]);

  /** What a heading of a table means: as `--help` of the commands says it, or of a family of names. */
  function meaningOf(heading) {
    const name = heading.replace(/ \[.*\]$/, "");
    const term = (key) => (Object.hasOwn(data.terms, key) ? data.terms[key] : undefined);
    const pair = [["speed-up of ", "speed-up of A over B"], ["energy efficiency of ", "energy efficiency of A over B"],
      ["speed-up over ", "speed-up over A"], ["energy efficiency over ", "energy efficiency over A"]]
      .find(([start]) => name.startsWith(start));
    if (pair) return term(pair[1]);
    const known = (data.results || []).flatMap((result) => result.parameters).find((p) => p.name === name);
    const quantity = sweeps.flatMap((s) => s.quantities).find((q) => [q.name, plainName(q.name)].includes(name.replace(/, .*$/, "")));
    const axis = sweeps.some((s) => s.axes.some((a) => a.key === name));
    return term(name) || (known && known.meaning) || (quantity && quantity.meaning) || (axis ? term("PARAMETER") : undefined)
      || term("utilization");
  }
  /** "energy" of "energy_pj": titles give the unit by itself. */
  const plainName = (name) => words(name).replace(/ (pj|mm2|mm2s|js|w|bytes)$/, "");

  /** Rows of cells; a cell is a text, or {text, number, wrap}. */
  function table(headings, rows) {
    const node = element("table");
    const head = node.appendChild(element("thead")).appendChild(element("tr"));
    for (const heading of headings) {
      const cell = element("th", heading.text ?? heading, heading.number ? "number" : "");
      cell.scope = "col";
      cell.title = meaningOf(heading.text ?? heading);
      head.appendChild(cell);
    }
    const body = node.appendChild(element("tbody"));
    for (const row of rows) {
      const line = body.appendChild(element("tr"));
      for (const cell of row) {
        const className = cell.number ? "number" : cell.wrap ? "wrap" : "";
        line.appendChild(element("td", cell.text ?? cell, className));
      }
    }
    return node;
  }
  const number = (text) => ({ text, number: true });

  /** Makes the lines of a table choices: by mouse, and by the button that their first cell becomes. */
  function makeChoices(node, choose) {
    const lines = [...node.querySelectorAll("tbody tr")];
    lines.forEach((line, index) => {
      line.classList.add("choice");
      line.dataset.index = String(index);
      const cell = line.cells[0];
      const button = element("button", cell.textContent);
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      cell.replaceChildren(button);
      line.addEventListener("click", () => choose(index));
      line.addEventListener("keydown", (event) => {
        const to = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling }[event.key];
        if (!to) return;
        event.preventDefault();
        to.querySelector("button").focus();
      });
    });
  }
  function markChoice(place, index) {
    for (const line of place.querySelectorAll("tbody tr.choice")) {
      const isChosen = line.dataset.index === String(index);
      line.classList.toggle("chosen", isChosen);
      line.querySelector("button").setAttribute("aria-pressed", String(isChosen));
    }
  }
  /** Headings that sort the lines by `keys[column](index of the line)`. */
  function makeSortable(node, keys) {
    const body = node.tBodies[0];
    const lines = [...body.rows];
    const indexOf = new Map(lines.map((line, index) => [line, index]));
    [...node.tHead.rows[0].cells].forEach((cell, column) => {
      const button = element("button", cell.textContent);
      button.type = "button";
      cell.replaceChildren(button);
      button.addEventListener("click", () => {
        const isDown = cell.getAttribute("aria-sort") === "descending";
        for (const other of node.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", isDown ? "ascending" : "descending");
        const direction = isDown ? 1 : -1;
        lines.sort((a, b) => {
          const [x, y] = [keys[column](indexOf.get(a)), keys[column](indexOf.get(b))];
          return direction * (x < y ? -1 : x > y ? 1 : 0);
        });
        body.replaceChildren(...lines);
      });
    });
  }

  // Layers by keys that stay apart where names are the same

  function layerKeys(result) {
    const seen = new Map();
    for (const layer of result.layers) seen.set(layer.name, (seen.get(layer.name) || 0) + 1);
    return result.layers.map((layer, i) =>
      seen.get(layer.name) > 1 ? `${layer.name} (${i + 1})` : layer.name);
  }

  /** One datum for each layer and name of `part(layer)`. */
  function byLayer(result, part, value) {
    const keys = layerKeys(result);
    return result.layers.flatMap((layer, index) =>
      Object.entries(part(layer) || {}).map(([name, amount]) =>
        ({ layer: keys[index], index, name, ...value(layer, amount) })));
  }

  // Charts

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
        labelLimit: 170, labelFontSize: 11, titleFontSize: 12, titleFontWeight: "normal" },
      header: { labelColor: ink, titleColor: dim },
      legend: { labelColor: ink, titleColor: dim, orient: "top", title: null,
        labelLimit: 260, labelFontSize: 11, symbolType: "square", symbolBaseFillColor: dim, symbolBaseStrokeColor: dim, titleFontWeight: "normal",
        gradientLength: 160, gradientStrokeColor: line },
      text: { color: ink },
      bar: { stroke: null },
      range: { category: palette },
    };
  }

  const groundColour = () => getComputedStyle(document.documentElement).getPropertyValue("--ground").trim();
  const isDark = () => document.documentElement.dataset.theme === "dark";

  async function draw(id, spec, data) {
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
      if (Number.isInteger(item.datum.index)) chooseLayer(item.datum.index, true);
      if (Number.isInteger(item.datum.point)) choosePoint(item.datum.point);
    });
    place.querySelector("svg")?.setAttribute("aria-label",
      place.parentElement.querySelector("figcaption")?.firstChild?.textContent || "");
  }

  // Over a tile of 6 x 6: what tells colours apart in a print in grey.
  const patterns = ["", "M0 6 6 0", "M1 1h1M4 4h1", "M0 0 6 6", "M0 1.5H6M0 4.5H6", "M1.5 0V6M4.5 0V6",
    "M0 0 6 6M0 6 6 0", "M0 3H6", "M3 0V6", "M2 2h2v2h-2z"];
  /** Gives each colour of the chart's legend a pattern that its bars have in print. */
  function patternForPrint(place, id) {
    const symbols = [...place.querySelectorAll(".role-legend-symbol path")];
    const fills = [...new Set(symbols.map((path) => path.getAttribute("fill")))].filter((fill) => /^#[0-9a-f]{6}$/i.test(fill || ""));
    place.parentElement.querySelector(".patterns")?.remove();
    if (fills.length < 2) return;
    const svg = (name, attributes, inside = []) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      node.append(...inside);
      return node;
    };
    const light = (fill) => [0.299, 0.587, 0.114].reduce((all, part, i) => all + part * parseInt(fill.slice(1 + 2 * i, 3 + 2 * i), 16), 0) > 110;
    const tiles = fills.map((fill, i) => svg("pattern", { id: `${id}-${i}`, width: 6, height: 6, patternUnits: "userSpaceOnUse" },
      [svg("rect", { width: 6, height: 6, fill }), svg("path", { d: patterns[i % patterns.length] || "M0 0", fill: "none", "stroke-width": 0.7,
        stroke: light(fill) ? "#000" : "#fff" })]));
    const rules = fills.map((fill, i) => `#${id} path[fill="${fill}"] { fill: url("#${id}-${i}"); }`);
    const holder = element("div");
    holder.className = "patterns";
    holder.append(svg("svg", { width: 0, height: 0 }, [svg("defs", {}, tiles)]), element("style", `@media print { ${rules.join(" ")} }`));
    place.parentElement.append(holder);
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

  const layerAxis = (result) => ({
    field: "layer", type: "nominal", sort: null, title: null,
    axis: { labelAngle: result.layers.length > 8 ? -50 : 0 },
  });
  /** Wide enough for a label each: charts of many layers scroll. */
  const layerWidth = (result) => (result.layers.length > 75 ? { width: { step: 15 } } : {});
  function stackedBars(result, rows, value, title, tooltip) {
    return {
      height: 290, ...layerWidth(result),
      mark: { type: "bar", cursor: "pointer" },
      encoding: {
        x: layerAxis(result),
        y: { field: value, type: "quantitative", title, stack: "zero" },
        color: { field: "name", type: "nominal", sort: null, scale: colours(rows.map((r) => r.name)) },
        order: { field: "order", type: "quantitative" },
        tooltip,
      },
    };
  }
  function ordered(rows) {
    const order = [...new Set(rows.map((row) => row.name))];
    for (const row of rows) row.order = order.indexOf(row.name);
    return rows;
  }
  /** Bars of {name, value, text}, longest first, each with its value at its end. */
  function namedBars(id, rows, title, format) {
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
  /** A row for each name, a column for each layer, the ratio as colour. */
  function heatMap(id, result, rows, title) {
    const few = result.layers.length <= 30;
    const names = new Set(rows.map((row) => row.name));
    const cells = { mark: { type: "rect", cursor: "pointer" }, encoding: { color: {
      field: "ratio", type: "quantitative", scale: { domain: [0, 1], scheme: "viridis" },
      legend: { format: "%", title, type: "gradient" } } } };
    const labels = { mark: { type: "text", fontSize: 9.5 }, encoding: {
      text: { field: "ratio", format: ".0%" },
      color: { condition: { test: "datum.ratio > 0.6", value: "#000" }, value: "#fff" } } };
    draw(id, rows.length === 0 ? null : {
      height: { step: 30 }, ...layerWidth(result),
      encoding: {
        x: layerAxis(result),
        y: { field: "name", type: "nominal", sort: null, title: null },
        tooltip: [{ field: "layer", title: "layer" }, { field: "name", title: "of" },
          { field: "ratio", title, format: ".1%" }],
      },
      layer: few && names.size > 0 ? [cells, labels] : [cells],
    }, rows);
  }

  const stateName = (name) => stateNames[name] || words(name);
  const hasStates = (result) => result.layers.some((layer) => sum(layer.row_states) > 0);

  function drawCycles(result) {
    const detailed = hasStates(result);
    const rows = ordered(detailed
      ? byLayer(result, (layer) => layer.row_states, (layer, cycles) => ({
          share: over(cycles, sum(layer.row_states)),
          cycles: over(layer.cycles * cycles, sum(layer.row_states)),
          bound: layer.bound_by,
        })).map((row) => ({ ...row, name: stateName(row.name) }))
      : byLayer(result, (layer) => ({ [layer.bound_by]: layer.cycles }),
          (layer, cycles) => ({ cycles, share: 1, bound: layer.bound_by })));
    const tooltip = [
      { field: "layer", title: "layer" }, { field: "bound", title: "bound by" },
      { field: "name", title: "state" },
      { field: "cycles", title: "cycles", format: ",.0f" },
      { field: "share", title: "share of row-cycles", format: ".1%" },
    ];
    const bars = stackedBars(result, rows, "cycles", "cycles", tooltip);
    bars.encoding.y.axis = { format: "~s" };
    draw("chart-cycles", bars, rows);
    const states = stackedBars(result, rows, "share", "share of row-cycles", tooltip);
    states.encoding.y.axis = { format: "%" };
    states.encoding.y.scale = { domain: [0, 1] };
    states.height = 190;
    draw("chart-states", detailed ? states : null, rows);
    const shares = boundShares(result);
    namedBars("chart-bound", Object.entries(shares).map(([name, share]) => ({
      name, value: share, text: percent(share),
    })), "share of cycles", "%");
    const spent = stateShares(result);
    namedBars("chart-stalls", Object.entries(spent).map(([name, share]) => ({
      name, value: share, text: percent(share),
    })), "share of row-cycles", "%");
  }
  function boundShares(result) {
    const shares = Object.create(null);
    for (const layer of result.layers) {
      shares[layer.bound_by] = (shares[layer.bound_by] || 0) + over(layer.cycles, result.total.cycles);
    }
    return shares;
  }
  function stateShares(result) {
    const all = result.layers.reduce((total, layer) => total + sum(layer.row_states), 0);
    const shares = Object.create(null);
    for (const layer of result.layers) {
      for (const [name, cycles] of Object.entries(layer.row_states || {})) {
        shares[stateName(name)] = (shares[stateName(name)] || 0) + over(cycles, all);
      }
    }
    return shares;
  }

  function drawEnergy(result) {
    const [scale, unit] = energyUnit(Math.max(0, ...result.layers.map((l) => sum(l.energy_pj))));
    const grouped = atMostTen(result.layers.map((layer) => layer.energy_pj));
    const rows = ordered(byLayer(result, (layer) => grouped(layer.energy_pj), (layer, pj) => ({
      energy: pj / scale, share: over(pj, sum(layer.energy_pj)), text: joules(pj),
    })).map((row) => ({ ...row, name: words(row.name) })));
    draw("chart-energy", rows.length === 0 ? null
      : stackedBars(result, rows, "energy", "energy [" + unit + "]", [
          { field: "layer", title: "layer" }, { field: "name", title: "component" },
          { field: "text", title: "energy" }, { field: "share", title: "share", format: ".1%" },
        ]), rows);
    const [totalScale, totalUnit] = energyUnit(result.total.energy_pj);
    namedBars("chart-energy-total",
      Object.entries(result.total.energy_by_component_pj || {}).map(([name, pj]) => ({
        name: words(name), value: pj / totalScale,
        text: joules(pj) + ", " + percent(over(pj, result.total.energy_pj)),
      })), "energy [" + totalUnit + "]");
    const area = sum(result.area_mm2);
    namedBars("chart-area", Object.entries(result.area_mm2 || {}).map(([name, mm2]) => ({
      name: words(name), value: mm2,
      text: Number(mm2.toPrecision(3)) + " mm², " + percent(over(mm2, area)),
    })), "area [mm²]");
    const memories = Object.entries(result.memory_bytes || {});
    byId("memory-table").replaceChildren(memories.length === 0 ? element("p", "Not in this file.")
      : table(["memory", number("bytes"), number("share")], [...memories, ["total", sum(result.memory_bytes)]]
        .map(([name, bytes]) => [words(name), number(count(bytes)),
          number(percent(over(bytes, sum(result.memory_bytes))))])));
  }

  /** Reads by what they load, writes, and what bursts moved beyond that; or, where that was not
   * counted, just reads and writes. */
  function dramParts(result) {
    const of = (layer, name) => layer.counters[name] || 0;
    const moved = (l) => of(l, "dram_read_bytes") + of(l, "dram_written_bytes");
    const loaded = (l) => of(l, "coefficient_bytes_loaded") + of(l, "activation_bytes_loaded")
      + of(l, "activation_bytes_stored");
    const isSplit = result.layers.some((l) => loaded(l) > 0)
      && result.layers.every((l) => loaded(l) <= moved(l));
    if (!isSplit) {
      return (l) => ({ "read": of(l, "dram_read_bytes"), "written": of(l, "dram_written_bytes") });
    }
    return (l) => ({
      "coefficients and weights read": of(l, "coefficient_bytes_loaded"),
      "activations read": of(l, "activation_bytes_loaded"),
      "activations written": of(l, "activation_bytes_stored"),
      "rest of bursts": moved(l) - loaded(l),
    });
  }

  function drawDram(result) {
    const parts = dramParts(result);
    const total = result.layers.reduce((all, layer) => all + sum(parts(layer)), 0);
    const rows = ordered(byLayer(result, parts, (layer, bytes) => ({
      bytes, text: si(bytes, "B"), share: over(bytes, sum(parts(layer))),
    })));
    const bars = stackedBars(result, rows, "bytes", "bytes", [
      { field: "layer", title: "layer" }, { field: "name", title: "what" },
      { field: "text", title: "moved" }, { field: "share", title: "share", format: ".1%" },
    ]);
    bars.encoding.y.axis = { format: "~s" };
    draw("chart-dram", total > 0 ? bars : null, rows);
  }

  /** Each line of the energy table with what the whole run counted. */
  function drawEnergyTable(result) {
    const counted = (line) => result.layers.reduce((all, layer) =>
      all + (line.counter === "cycles" ? layer.cycles : layer.counters[line.counter] || 0), 0);
    const lines = (result.energy_table || []).map((line) => ({ ...line, count: counted(line) }))
      .filter((line) => line.count * line.pj_each > 0);
    const cells = lines.map((line) => [words(line.group), words(line.component), line.action,
      words(line.counter), number(count(line.count)), number(line.pj_each.toPrecision(4)),
      number(joules(line.count * line.pj_each)),
      number(percent(over(line.count * line.pj_each, result.total.energy_pj))),
      { text: line.basis, wrap: true }]);
    const node = table(["group", "component", "action", "counter", number("count"), number("each [pJ]"),
      number("energy"), number("share"), "made from"],
    [...cells, ["total", "", "", "", "", "", number(joules(result.total.energy_pj)), number("100.0%"), ""]]);
    node.tBodies[0].lastElementChild.classList.add("sum");
    byId("energy-table").replaceChildren(lines.length === 0 ? element("p", "Not in this file.") : node);
    byId("energy-sources").replaceChildren(table(["source", "kind", "text"],
      (result.energy_sources || []).map((s) => [s.id, s.kind, { text: s.text, wrap: true }])));
  }

  /** Points, and the ceilings of the machine in the same units. */
  function drawRoofline(result) {
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
    const roofColours = { domain: ["DRAM", "MAC", "CA"], range: [known.dram, "#d69e2e", known.ca] };
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

  // Several results

  const edp = (result) => result.total.energy_pj * 1e-12 * result.total.seconds;
  /** By work: the results that did it, in order. The first is what the others are compared with. */
  function works() {
    const groups = new Map();
    for (const result of results) {
      if (!groups.has(result.work)) groups.set(result.work, []);
      groups.get(result.work).push(result);
    }
    return [...groups.values()];
  }
  /** Its name among the results of its work. */
  const shortName = (result) => result.contestant;

  const lineName = (result) =>
    (works().length > 1 ? `${result.title}, ` : "") + shortName(result);

  /** The first's value beside the other's, of which less is better: in the page's one direction. */
  const ratio = (first, other) => data.ratios.of_first ? other / first : first / other;

  function drawComparison() {
    const groups = works();
    const isCompared = results.length > 1;
    byId("comparison").hidden = !isCompared;
    if (!isCompared) return;
    const lines = groups.flatMap((group) =>
      group.map((r) => ({ r, first: group[0], isAlone: group.length === 1 })));
    const compared = lines.filter((line) => !line.isAlone);
    byId("comparison-remarks").replaceChildren(
      ...data.remarks.map((remark) => element("li", remark)));
    byId("comparison-table").replaceChildren(table(
      ["network", "result", number("cycles"), number("time"), number("energy"), number("power"),
        number("EDP"), number("area"), number(data.ratios.speedup), number(data.ratios.efficiency)],
      [...lines.map(({ r, first, isAlone }) => [r.title, shortName(r), number(count(r.total.cycles)),
        number(si(r.total.seconds, "s")), number(joules(r.total.energy_pj)),
        number(si(over(r.total.energy_pj * 1e-12, r.total.seconds), "W")), number(si(edp(r), "J s")),
        number(sum(r.area_mm2) > 0 ? sum(r.area_mm2).toFixed(2) + " mm²" : "-"),
        number(isAlone ? "-" : times(ratio(first.total.seconds, r.total.seconds))),
        number(isAlone ? "-" : times(ratio(first.total.energy_pj, r.total.energy_pj)))]),
      ...data.ratios.means.map((mean) => [mean.name, mean.contestant,
        ...["", "", "", "", "", ""].map(number), number(times(mean.speedup)), number(times(mean.efficiency))])]));
    const asSentence = (text) => text[0].toUpperCase() + text.slice(1);
    byId("caption-speedup").textContent = asSentence(data.ratios.speedup);
    byId("caption-efficiency").textContent = asSentence(data.ratios.efficiency);
    const names = compared.map(({ r }) => shortName(r));
    const factors = (id, meanOf, title, of) => {
      const rows = compared.map(({ r, first }) => ({ network: r.title, name: shortName(r),
        factor: ratio(of(first), of(r)), text: times(ratio(of(first), of(r))) }))
        .concat(data.ratios.means.map((mean) => ({ network: mean.name, name: mean.contestant,
          factor: meanOf(mean), text: times(meanOf(mean)) })))
        .filter((row) => Number.isFinite(row.factor) && row.factor > 0);
      const most = Math.max(1, ...rows.map((row) => row.factor));
      draw(id, rows.length === 0 ? null : {
        encoding: {
          y: { field: "network", type: "nominal", sort: null, title: null,
            axis: { labelLimit: 200 }, scale: { paddingInner: 0.25 } },
          yOffset: { field: "name", type: "nominal", sort: null },
          x: { field: "factor", type: "quantitative", title, scale: { domainMax: most * 1.15, nice: false } },
          tooltip: [{ field: "network" }, { field: "name", title: "result" }, { field: "text", title }],
        },
        height: { step: 17 },
        layer: [
          { mark: "bar", encoding: { color: { field: "name", type: "nominal", sort: null, scale: colours(names) } } },
          { mark: { type: "text", align: "left", dx: 4 }, encoding: { text: { field: "text" } } },
        ],
      }, rows);
    };
    factors("chart-speedup", (mean) => mean.speedup, data.ratios.speedup + " [×]", (r) => r.total.seconds);
    factors("chart-efficiency", (mean) => mean.efficiency, data.ratios.efficiency + " [×]", (r) => r.total.energy_pj);
    const spent = (r) => Object.fromEntries(Object.entries(hasStates(r) ? stateShares(r) : boundShares(r))
      .map(([name, share]) => [name === "macs" ? "work" : name, share]));
    const groupedTime = atMostTen(compared.map(({ r }) => spent(r)));
    drawStacks("chart-compared-time", compared, "time, relative", (r, first) =>
      Object.entries(groupedTime(spent(r))).map(([name, share]) => ({ name,
        value: share * over(r.total.seconds, first.total.seconds), text: si(share * r.total.seconds, "s") })));
    const energies = compared.map(({ r }) => r.total.energy_by_component_pj);
    const isByRole = new Set(energies.flatMap((parts) => Object.keys(parts || {}))).size > 10;
    const byRole = (parts) => (isByRole ? summed(parts, (name) => (Object.hasOwn(data.roles, name) ? data.roles[name] : name)) : parts);
    const groupedRoles = atMostTen(energies.map(byRole));
    const grouped = (parts) => groupedRoles(byRole(parts));
    drawStacks("chart-compared-energy", compared, "energy, relative", (r, first) =>
      Object.entries(grouped(r.total.energy_by_component_pj) || {}).map(([name, pj]) => ({ name: words(name),
        value: over(pj, first.total.energy_pj), text: joules(pj) })));
    drawPareto(lines);
  }

  function drawStacks(id, lines, title, parts) {
    const rows = ordered(lines.flatMap(({ r, first }) => parts(r, first).map((part) =>
      ({ network: r.title, result: shortName(r), line: lineName(r), ...part }))));
    draw(id, rows.length === 0 ? null : {
      height: { step: 22 },
      mark: "bar",
      encoding: {
        y: { field: "line", type: "nominal", sort: null, title: null, axis: { labelLimit: 190 } },
        x: { field: "value", type: "quantitative", title, stack: "zero" },
        color: { field: "name", type: "nominal", sort: null, scale: colours(rows.map((r) => r.name)) },
        order: { field: "order", type: "quantitative" },
        tooltip: [{ field: "network" }, { field: "result" }, { field: "name", title: "part" },
          { field: "text", title: "amount" }, { field: "value", title: "relative", format: ".3f" }],
      },
    }, rows);
  }

  function drawPareto(lines) {
    const points = lines.map(({ r }) => ({
      name: shortName(r), network: r.title, work: r.work, seconds: r.total.seconds, joules: r.total.energy_pj * 1e-12,
      time: si(r.total.seconds, "s"), energy: joules(r.total.energy_pj),
    })).filter((p) => p.seconds > 0 && p.joules > 0);
    for (const p of points) {
      p.front = !points.some((q) => q.work === p.work && q.seconds <= p.seconds && q.joules <= p.joules
        && (q.seconds < p.seconds || q.joules < p.joules));
    }
    draw("chart-pareto", points.length === 0 ? null : {
      height: 300,
      encoding: {
        x: { field: "seconds", type: "quantitative", scale: { type: "log", nice: false, padding: 60 }, title: "time [s]",
          axis: { format: "~s", tickCount: 8 } },
        y: { field: "joules", type: "quantitative", scale: { type: "log", nice: false, padding: 40 }, title: "energy [J]",
          axis: { format: "~s", tickCount: 6 } },
      },
      layer: [
        { transform: [{ filter: "datum.front" }], mark: { type: "line", interpolate: "step-after", color: "#888888" },
          encoding: { order: { field: "seconds" }, detail: { field: "work" } } },
        { mark: { type: "point", filled: true, size: 110 },
          encoding: { color: { field: "name", type: "nominal", sort: null, scale: colours(points.map((p) => p.name)), legend: { symbolType: "circle" } },
            ...(works().length > 1 ? { shape: { field: "network", type: "nominal", sort: null, legend: { symbolType: undefined } } } : {}),
            tooltip: [{ field: "name", title: "result" }, { field: "network" }, { field: "time" }, { field: "energy" }] } },
        { mark: { type: "text", align: "left", dx: 9, dy: -7 }, encoding: { text: { field: "name" } } },
      ],
    }, points);
  }

  /** Time of each layer in all results of one work. */
  function drawComparedLayers(result) {
    const group = results.filter((r) => r.work === result.work);
    const place = byId("chart-compared-layers").parentElement;
    place.hidden = group.length < 2;
    if (group.length < 2) return;
    const rows = group.flatMap((r) => {
      const cycle_s = over(r.total.seconds, r.total.cycles);
      return byLayer(r, (layer) => ({ cycles: layer.cycles }), (layer, cycles) =>
        ({ seconds: cycles * cycle_s, text: si(cycles * cycle_s, "s"), cycles: count(cycles) }))
        .map((row) => ({ ...row, name: shortName(r), index: undefined }));
    });
    draw("chart-compared-layers", {
      height: 240, ...(result.layers.length > 30 ? { width: { step: 22 } } : {}),
      mark: { type: "bar" },
      encoding: {
        x: layerAxis(result),
        xOffset: { field: "name", type: "nominal", sort: null },
        y: { field: "seconds", type: "quantitative", title: "time [s]", axis: { format: "~s" } },
        color: { field: "name", type: "nominal", sort: null, scale: colours(group.map(shortName)) },
        tooltip: [{ field: "layer" }, { field: "name", title: "result" }, { field: "text", title: "time" },
          { field: "cycles" }],
      },
    }, rows);
  }

  // Tables

  /** Energy and power of the chip, and of what is off it; none where DRAM takes none. */
  function chipCards(total) {
    const dram = (total.energy_by_component_pj || {}).dram;
    if (dram === undefined) return [];
    const both = (pj) => [joules(pj), si(over(pj * 1e-12, total.seconds), "W")]
      .map((text) => text.replaceAll(" ", "\u00a0")).join(", ");
    return [["on chip", both(total.energy_pj - dram)], ["DRAM", both(dram)]];
  }

  function drawSummary(result) {
    const total = result.total;
    byId("result-name").textContent =
      `${result.heading} on ${result.accelerator}` + (result.view ? `, ${result.view} view` : "");
    const checked = result.verification.checked_outputs;
    const wrong = result.verification.mismatches;
    const cards = [
      ["cycles", count(total.cycles)],
      ["time", si(total.seconds, "s")],
      ["images a second", total.seconds > 0 ? si(result.images / total.seconds, "") : "-"],
      ["energy", joules(total.energy_pj)],
      ["energy an image", joules(over(total.energy_pj, result.images))],
      ["power", si(over(total.energy_pj * 1e-12, total.seconds), "W")],
      ...chipCards(total),
      ["EDP", si(edp(result), "J s")],
      ["area", sum(result.area_mm2) > 0 ? sum(result.area_mm2).toFixed(2) + " mm²" : "not given"],
      ["dense MACs", si(total.macs_dense, "")],
      ["dense operations a second", si(over(2 * total.macs_dense, total.seconds), "op/s")],
      ["images", count(result.images)],
      ...(result.rest ? [["with all layers", `${si(total.seconds + result.rest.seconds, "s")}, ${joules(total.energy_pj + result.rest.energy_pj)}`]] : []),
      ["verified outputs", checked > 0 ? `${count(checked)}, ${count(wrong)} differ` : "none", wrong > 0],
    ];
    if (result.top1 !== undefined) cards.push(["top-1", percent(result.top1)]);
    byId("summary").replaceChildren(...cards.map(([name, value, bad]) => {
      const card = element("dl", undefined, bad ? "card bad" : "card");
      card.append(element("dt", name), element("dd", value));
      return card;
    }));
    drawBrief(result);
  }

  /** What a reader would look for first, in sentences. */
  function drawBrief(result) {
    const lines = [];
    const keys = layerKeys(result);
    const bounds = largest(boundShares(result));
    if (bounds.length > 0) {
      lines.push("Cycles are bound by " + bounds.slice(0, 3)
        .map(([name, share]) => `${name} (${percent(share)})`).join(", ") + ".");
    }
    const longest = result.layers.map((layer, i) => [keys[i], over(layer.cycles, result.total.cycles)])
      .sort((a, b) => b[1] - a[1]).slice(0, 3);
    if (result.layers.length > 3) {
      lines.push("Longest layers: " + longest.map(([name, share]) => `${name} (${percent(share)})`).join(", ") + ".");
    }
    const lost = largest(stateShares(result)).filter(([name]) => name !== "work");
    if (hasStates(result) && stateShares(result).work !== undefined) {
      lines.push(`PE rows work in ${percent(stateShares(result).work)} of their cycles; most of the rest is `
        + lost.slice(0, 2).map(([name, share]) => `${name} (${percent(share)})`).join(", ") + ".");
    }
    const spent = largest(result.total.energy_by_component_pj || {});
    if (spent.length > 0 && result.total.energy_pj > 0) {
      lines.push("Energy goes to " + spent.slice(0, 4)
        .map(([name, pj]) => `${words(name)} (${percent(pj / result.total.energy_pj)})`).join(", ") + ".");
    }
    if (result.host !== undefined) {
      const work = (counts) => Object.entries(counts).map(([op, n]) => (n > 1 ? `${n} ${op}` : op)).join(", ");
      const places = [["in front of the network", result.host.head], ["behind it", result.host.tail]]
        .filter(([, counts]) => Object.keys(counts || {}).length > 0);
      lines.push("The host computes " + places.map(([place, counts]) => `${work(counts)} ${place}`).join("; ")
        + ": neither cycles nor energy are of that.");
    }
    byId("brief").replaceChildren(...lines.map((line) => element("li", line)));
  }

  /** What-ifs of `escalate explain`, fastest first. */
  function drawExplanation(result) {
    const explanation = result.explanation;
    byId("help").hidden = explanation === undefined;
    if (explanation === undefined) return;
    const base = explanation.base;
    const change = (part, whole) => (part >= whole ? "+" : "") + percent(over(part, whole) - 1);
    byId("help-table").replaceChildren(table(
      ["parameter", number("from"), number("to"), number("cycles"), number("speed-up"),
        number("energy"), number("area"), number("area [mm²]")],
      explanation.what_ifs.map((w) => [w.parameter, number(w.before), number(w.after),
        number(count(w.cycles)), number(over(base.cycles, w.cycles).toFixed(3) + "×"),
        number(change(w.energy_pj, base.energy_pj)), number(change(w.area_mm2, base.area_mm2)),
        number((w.area_mm2 - base.area_mm2).toFixed(2))])));
    byId("help-text").replaceChildren(...explanation.text.map((line) => element("li", line)));
  }

  function drawLayerTable(result) {
    const resources = [...new Set(result.layers.flatMap((l) => Object.keys(l.utilization || {})))];
    const ratio = (l, r) => (l.utilization || {})[r];
    const hasLimits = result.layers.some((l) => l.limits_text);
    const node = table(
      ["layer", "kind", number("cycles"), number("share"), "bound by",
        ...(hasLimits ? ["because of", "limits [cycles]"] : []),
        ...resources.map((r) => number(words(r))), number("energy"), number("dense MACs")],
      result.layers.map((l) => [l.name, l.kind, number(count(l.cycles)),
        number(percent(over(l.cycles, result.total.cycles))), l.binding,
        ...(hasLimits ? [l.because_of, l.limits_text] : []),
        ...resources.map((r) => number(ratio(l, r) === undefined ? "-" : percent(ratio(l, r)))),
        number(joules(sum(l.energy_pj))), number(count(l.macs_dense || 0))]));
    makeChoices(node, (index) => chooseLayer(index, false));
    const of = (key) => (index) => key(result.layers[index], index);
    makeSortable(node, [of((l, i) => i), of((l) => l.kind), of((l) => l.cycles), of((l) => l.cycles),
      of((l) => l.binding), ...(hasLimits ? [of((l) => l.because_of), of((l) => l.limits_text)] : []),
      ...resources.map((r) => of((l) => ratio(l, r) ?? -1)),
      of((l) => sum(l.energy_pj)), of((l) => l.macs_dense || 0)]);
    byId("layer-table").replaceChildren(node);
  }

  function chooseLayer(index, scroll) {
    const result = results[chosenResult];
    chosenLayer = index;
    markChoice(byId("layer-table"), index);
    const detail = byId("layer-detail");
    const layer = result.layers[index];
    if (!layer) return detail.replaceChildren();
    const part = (title, values, format) => {
      const entries = Object.entries(values || {});
      if (entries.length === 0) return [];
      const box = element("div");
      box.append(table([title, number("")],
        entries.map(([name, value]) => [words(name), number(format(value))])));
      return [box];
    };
    detail.replaceChildren(
      element("h3", `${layer.name}: ${count(layer.cycles)} cycles, bound by ${layer.binding}`
        + (layer.because_of ? ` (${layer.because_of})` : "")),
      ...part("limit [cycles]", layer.limits, count),
      ...part("counter", layer.counters, count), ...part("row state [cycles]", layer.row_states, count),
      ...part("DRAM", layer.dram, count),
      ...part("energy", layer.energy_pj, joules),
      ...part("utilization", layer.utilization, percent), ...part("density", layer.density, percent));
    if (scroll) detail.scrollIntoView({ block: "nearest" });
  }

  function drawConfiguration(result) {
    const node = table(["parameter", number("value"), "unit", "meaning", "source"],
      result.parameters.map((p) => [p.name, number(p.value), p.unit, { text: p.meaning, wrap: true },
        { text: p.source, wrap: true }]));
    byId("config-table").replaceChildren(node);
  }

  // A sweep

  let sweep = sweeps[0];
  let chosenPoint = -1;
  const pointsOf = () => sweep.points.filter((p) => p.workload === byId("sweep-workload").value);
  const quantityOf = (name) => sweep.quantities.find((q) => q.name === name);
  const inUnit = { mm2: "mm²", bytes: "B" };
  /** A quantity's number with its unit. */
  function quantityText(name, value) {
    if (value === undefined) return "-";
    const unit = (quantityOf(name) || {}).unit || "";
    if (unit === "pJ") return joules(value);
    if (unit === "ratio" || unit === "") return unit === "ratio" ? percent(value) : String(Number(value.toPrecision(5)));
    if (unit === "mm2") return value.toFixed(2) + " mm²";
    if (["s", "W", "J s", "bytes"].includes(unit)) return si(value, inUnit[unit] || unit);
    return `${count(value)}${unit === name ? "" : " " + unit}`;
  }
  const quantityTitle = (name) => {
    const unit = (quantityOf(name) || {}).unit || "";
    return plainName(name) + (unit && unit !== name ? ` [${inUnit[unit] || unit}]` : "");
  };
  const axisTitle = (name) => plainName(name) + " (base = 1.0)";
  /** What numbers of a quantity are divided by on an axis, and its title: energies in uJ, not in millions of pJ. */
  function axisUnit(name) {
    const unit = (quantityOf(name) || {}).unit || "";
    const most = Math.max(0, ...sweep.points.map((p) => p.values[name] || 0));
    const inBase = { pJ: [1e-12, "J"], s: [1, "s"], "J s": [1, "J s"], W: [1, "W"] }[unit];
    if (!inBase) return [1, quantityTitle(name)];
    const [factor, prefix] = [[1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"], [1e-12, "p"]]
      .find(([size]) => most * inBase[0] >= size) || [1e-12, "p"];
    return [factor / inBase[0], `${plainName(name)} [${prefix}${inBase[1]}]`];
  }
  const choiceText = (point) => sweep.axes.map((a) => `${a.key} = ${point.choice[a.key]}`).join(", ");

  function fill(id, entries, chosen) {
    byId(id).replaceChildren(...entries.map(([value, text]) => {
      const option = element("option", text);
      option.value = value;
      option.selected = value === chosen;
      return option;
    }));
  }

  function prepareSweep() {
    byId("sweep").hidden = !sweep;
    if (!sweep) return;
    byId("sweep-name").textContent = "Sweep: " + (sweep.name || "without a name");
    byId("sweep-workload-choice").hidden = sweep.workloads.length < 2;
    fill("sweep-workload", sweep.workloads.map((name) => [name, name]), sweep.workloads[0]);
    const quantities = sweep.quantities.map((q) => [q.name, quantityTitle(q.name)]);
    fill("sweep-x", quantities, sweep.objectives[0]);
    fill("sweep-y", quantities, sweep.objectives[1] || sweep.objectives[0]);
    fill("sweep-colour", [...sweep.axes.map((a) => ["axis:" + a.key, a.key]),
      ...quantities.map(([name, text]) => ["quantity:" + name, text])],
    sweep.axes.length > 0 ? "axis:" + sweep.axes[0].key : "quantity:" + sweep.objectives[0]);
    const hasBase = sweep.points.some((p) => p.base && p.status === "done");
    fill("sweep-scale", [["zero", "from zero"], ...(hasBase ? [["base", "base = 1.0"]] : []), ["fit", "as points lie"]], hasBase ? "base" : "zero");
  }

  /** How a point is coloured: a field of its datum, its type and a title. */
  function colourOf(point) {
    const [kind, name] = splitOnce(byId("sweep-colour").value);
    return kind === "axis" ? point.choice[name] : point.values[name];
  }
  function splitOnce(text) {
    const at = text.indexOf(":");
    return [text.slice(0, at), text.slice(at + 1)];
  }
  function colourScale() {
    const [kind, name] = splitOnce(byId("sweep-colour").value);
    const isText = kind === "axis" && !sweep.axes.find((a) => a.key === name).numeric;
    // What no drawn point has is not in the legend.
    const there = new Set(pointsOf().filter((p) => p.status === "done").map((p) => p.choice[name]));
    const values = kind === "axis" ? sweep.axes.find((a) => a.key === name).values.filter((v) => there.has(v)) : [];
    const few = kind === "axis" && values.length <= 8;
    const title = kind === "axis" ? name : quantityTitle(name);
    // A few values are told apart by colours in their order; many by a gradient.
    return isText ? { type: "nominal", scale: { domain: values, range: values.map((v, i) => palette[i % palette.length]) }, legend: { title } }
      : few ? { type: "ordinal", scale: { domain: values, scheme: "viridis" }, legend: { title, symbolType: "circle", symbolOpacity: 1 } }
        : { type: "quantitative", scale: { scheme: "viridis" }, legend: { title, format: "~s", type: "gradient" } };
  }

  function drawSweepPoints() {
    const x = byId("sweep-x").value;
    const y = byId("sweep-y").value;
    const base = pointsOf().find((p) => p.base);
    const isOverBase = byId("sweep-scale").value === "base" && base && base.values[x] > 0 && base.values[y] > 0;
    const [xScale, xTitle] = axisUnit(x);
    const [yScale, yTitle] = axisUnit(y);
    const shown = (p, name) => (isOverBase ? p.values[name] / base.values[name] : p.values[name] / (name === x ? xScale : yScale));
    const points = pointsOf().map((p) => ({
      point: p.number, x: shown(p, x), y: shown(p, y), base: Boolean(p.base), colour: colourOf(p), feasible: p.feasible, pareto: p.pareto,
      state: p.pareto ? "on the Pareto front" : p.feasible ? "meets all constraints" : p.status === "done" ? "breaks a constraint" : p.status,
      choice: choiceText(p), chosen: p.number === chosenPoint,
      ...Object.fromEntries(sweep.quantities.map((q) => ["q_" + q.name.replaceAll(/[^a-z0-9]/gi, "_"), quantityText(q.name, p.values[q.name])])),
    })).filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y) && p.colour !== undefined);
    const tooltip = [{ field: "choice", title: "machine" }, { field: "state" },
      ...sweep.quantities.map((q) => ({ field: "q_" + q.name.replaceAll(/[^a-z0-9]/gi, "_"), title: plainName(q.name) }))];
    const scale = (values) => ({ type: values.every((v) => v > 0) && Math.max(...values) > 20 * Math.min(...values) ? "log" : "linear",
      nice: true, ...(byId("sweep-scale").value === "zero" ? { zero: true } : { zero: false, padding: 20 }) });
    const limits = (name) => sweep.constraints.filter((c) => c.quantity === name)
      .map((c) => ({ bound: c.bound / (isOverBase ? base.values[name] : name === x ? xScale : yScale), text: `${plainName(c.quantity)} ${c.relation} ${quantityText(c.quantity, c.bound)}` }));
    const isFront = sweep.objectives.includes(x) && sweep.objectives.includes(y);
    const colour = { field: "colour", ...colourScale() };
    const layer = [];
    if (isFront) {
      layer.push({ transform: [{ filter: "datum.pareto" }], mark: { type: "line", color: "#888888", strokeWidth: 1.5 },
        encoding: { order: { field: "x" } } });
    }
    for (const limit of limits(x)) {
      layer.push({ data: { values: [limit] }, mark: { type: "rule", strokeDash: [5, 4], color: "#d1242f" },
        encoding: { x: { field: "bound", type: "quantitative" }, y: {}, tooltip: { field: "text" } } });
    }
    for (const limit of limits(y)) {
      layer.push({ data: { values: [limit] }, mark: { type: "rule", strokeDash: [5, 4], color: "#d1242f" },
        encoding: { y: { field: "bound", type: "quantitative" }, x: {}, tooltip: { field: "text" } } });
    }
    if (points.some((p) => !p.feasible)) {
      layer.push({ transform: [{ filter: "!datum.feasible" }], mark: { type: "point", size: 70, cursor: "pointer" },
        encoding: { color: colour, tooltip } });
    }
    layer.push({ transform: [{ filter: "datum.feasible" }], mark: { type: "point", filled: true, cursor: "pointer", opacity: 0.9 },
      encoding: { color: colour, tooltip, size: { condition: { test: "datum.pareto", value: 170 }, value: 70 } } });
    if (points.some((p) => p.base)) {
      layer.push({ transform: [{ filter: "datum.base" }], mark: { type: "text", dx: 9, dy: -9, align: "left", text: "base", fontWeight: 600 } });
    }
    if (points.some((p) => p.chosen)) {
      layer.push({ transform: [{ filter: "datum.chosen" }], mark: { type: "point", size: 420, color: "#d1242f", strokeWidth: 2 } });
    }
    draw("chart-sweep-points", points.length === 0 ? null : {
      height: 380,
      encoding: {
        x: { field: "x", type: "quantitative", title: isOverBase ? axisTitle(x) : xTitle, scale: scale(points.map((p) => p.x)), axis: { format: "~s" } },
        y: { field: "y", type: "quantitative", title: isOverBase ? axisTitle(y) : yTitle, scale: scale(points.map((p) => p.y)), axis: { format: "~s" } },
      },
      layer,
    }, points);
  }

  /** The columns of the parallel coordinates: parameters, then objectives and constrained quantities. */
  function parallelColumns(points) {
    const columns = sweep.axes.filter((a) => a.values.length > 1).map((a) => {
      const place = new Map(a.values.map((v, i) => [v, a.values.length > 1 ? i / (a.values.length - 1) : 0.5]));
      return { title: a.key, of: (p) => place.get(p.choice[a.key]), text: (p) => String(p.choice[a.key]),
        ticks: a.values.map((v) => ({ at: place.get(v), text: String(v) })) };
    });
    for (const name of new Set([...sweep.objectives, ...sweep.constraints.map((c) => c.quantity)])) {
      const values = points.map((p) => p.values[name]).filter((v) => v !== undefined);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const at = (v) => (high > low ? (v - low) / (high - low) : 0.5);
      columns.push({ title: plainName(name), of: (p) => at(p.values[name]), text: (p) => quantityText(name, p.values[name]),
        ticks: high > low ? [0, 0.25, 0.5, 0.75, 1].map((t) => ({ at: t, text: quantityText(name, low + t * (high - low)) }))
          : [{ at: 0.5, text: quantityText(name, low) }] });
    }
    return columns;
  }

  function drawParallel() {
    const points = pointsOf().filter((p) => p.feasible && colourOf(p) !== undefined);
    const columns = parallelColumns(points);
    const rows = points.flatMap((p) => columns.map((column) => ({
      point: p.number, column: column.title, at: column.of(p), text: column.text(p), colour: colourOf(p),
      pareto: p.pareto, machine: choiceText(p), chosen: p.number === chosenPoint,
    })));
    const ticks = columns.flatMap((c) => c.ticks.map((t) => ({ column: c.title, at: t.at, text: t.text })));
    const x = { field: "column", type: "nominal", sort: null, title: null,
      axis: { orient: "top", labelAngle: 0, grid: true, domain: false, ticks: false, labelLimit: 160, labelFontWeight: 600 }, scale: { type: "point", padding: 0.3 } };
    const y = { field: "at", type: "quantitative", axis: null, scale: { domain: [-0.03, 1.03], nice: false } };
    const colour = { field: "colour", ...colourScale() };
    if (colour.legend.symbolType) Object.assign(colour.legend, { symbolType: "stroke", symbolStrokeWidth: 3 });
    const tooltip = [{ field: "machine" }, { field: "column", title: "at" }, { field: "text", title: "value" }];
    const lines = (filter, opacity, width) => ({ transform: [{ filter }],
      mark: { type: "line", opacity, strokeWidth: width, cursor: "pointer" },
      encoding: { x, y, detail: { field: "point" }, color: colour, tooltip } });
    draw("chart-sweep-parallel", rows.length === 0 ? null : {
      height: 340, view: { stroke: null },
      ...(columns.length * 115 > byId("sweep").clientWidth ? { width: { step: 115 } } : {}),
      layer: [
        lines("!datum.pareto", 0.35, 1.2), lines("datum.pareto", 1, 3),
        ...(rows.some((row) => row.chosen) ? [{ transform: [{ filter: "datum.chosen" }],
          mark: { type: "line", color: "#d1242f", strokeWidth: 4, strokeDash: [8, 3] },
          encoding: { x, y, detail: { field: "point" } } }] : []),
        { data: { values: ticks }, mark: { type: "point", shape: "stroke", angle: 0, size: 60, filled: false, color: "#888888" }, encoding: { x, y } },
        // First as a wide outline, so that the numbers stand out from the lines behind them.
        ...[{ stroke: groundColour(), strokeWidth: 4, strokeJoin: "round" }, {}].map((outline) => ({ data: { values: ticks },
          mark: { type: "text", align: "left", dx: 9, fontSize: 11, ...outline }, encoding: { x, y, text: { field: "text" } } })),
      ],
    }, rows);
  }

  function drawSensitivity() {
    const workload = byId("sweep-workload").value;
    const rows = (sweep.sensitivity || []).filter((s) => s.workload === workload).flatMap((s) =>
      Object.entries(s.relative).map(([objective, factor]) => ({
        axis: s.axis, value: String(s.value), objective: plainName(objective), factor,
        text: times(factor), points: `${s.points}${s.matched ? ", matched" : ", not matched"}`,
      })));
    const axes = [...new Set(rows.map((row) => row.axis))];
    const width = Math.max(90, Math.floor((byId("sweep").clientWidth - 60) / Math.min(4, Math.max(1, axes.length))) - 45);
    draw("chart-sweep-sensitivity", rows.length === 0 ? null : {
      autosize: { type: "pad" }, columns: 4,
      facet: { field: "axis", type: "nominal", sort: null, title: null, header: { labelFontSize: 12, labelFontWeight: 600 } },
      resolve: { scale: { x: "independent" } },
      spec: {
        width: { step: Math.max(26, Math.min(70, width / 6)) }, height: 150,
        mark: { type: "line", point: { size: 60, filled: true } },
        encoding: {
          x: { field: "value", type: "nominal", sort: null, title: null, axis: { labelAngle: 0, labelLimit: 70 } },
          y: { field: "factor", type: "quantitative", title: "over the best", scale: { zero: false }, axis: { format: ".2f" } },
          color: { field: "objective", type: "nominal", sort: null, scale: colours(rows.map((r) => r.objective)), legend: { symbolType: "circle" } },
          strokeDash: { field: "objective", type: "nominal", sort: null, legend: null },
          tooltip: [{ field: "axis", title: "parameter" }, { field: "value" }, { field: "objective" },
            { field: "text", title: "over the best" }, { field: "points" }],
        },
      },
    }, rows);
  }

  function drawSweepTables() {
    const columns = [...new Set([...sweep.objectives, ...sweep.constraints.map((c) => c.quantity)])];
    const front = pointsOf().filter((p) => p.pareto).sort((a, b) => a.values[columns[0]] - b.values[columns[0]]);
    const headings = [number("point"), ...sweep.axes.map((a) => number(a.key)), ...columns.map((c) => number(plainName(c)))];
    const cells = (p) => [number(String(p.number)), ...sweep.axes.map((a) => number(String(p.choice[a.key]))),
      ...columns.map((c) => number(quantityText(c, p.values[c])))];
    const node = table(headings, front.map(cells));
    makeChoices(node, (index) => choosePoint(front[index].number));
    [...node.tBodies[0].rows].forEach((line, i) => { line.dataset.index = String(front[i].number); });
    byId("sweep-front").replaceChildren(front.length === 0 ? element("p", "No point is feasible.") : node);
    byId("sweep-points").replaceChildren(table([...headings, "status", "reason"],
      pointsOf().map((p) => [...cells(p), p.feasible || p.status !== "done" ? p.status : "done, breaks a constraint",
        { text: p.reason || "", wrap: true }])));
    drawTogether();
  }

  /** Machines on the front of sums, or of geometric means, over all networks. */
  function drawTogether() {
    const machines = (sweep.together || []).filter((m) => m.front_of_sums || m.front_of_geometric_means);
    byId("sweep-together-part").hidden = machines.length === 0;
    byId("sweep-together").replaceChildren(table(
      ["machine", "front of", ...sweep.objectives.flatMap((o) =>
        [number(plainName(o) + ", sum"), number(plainName(o) + ", geometric mean")])],
      machines.map((m) => [choiceText(m),
        m.front_of_sums ? (m.front_of_geometric_means ? "both" : "sums") : "geometric means",
        ...sweep.objectives.flatMap((o) =>
          [number(quantityText(o, m.sums[o])), number(quantityText(o, m.geometric_means[o]))])])));
  }

  function drawSweepBrief() {
    const points = pointsOf();
    const of = (status) => points.filter((p) => p.status === status).length;
    const lines = [`${count(points.length)} machines on ${byId("sweep-workload").value}, by ${sweep.strategy}: ${of("done")} done, ${of("failed")} failed, `
      + `${of("excluded")} excluded, ${of("to do")} to do; ${points.filter((p) => p.feasible).length} meet all constraints, `
      + `${points.filter((p) => p.pareto).length} are on the Pareto front.`];
    for (const objective of sweep.objectives) {
      const best = points.filter((p) => p.feasible).sort((a, b) => a.values[objective] - b.values[objective])[0];
      if (best) lines.push(`Least ${plainName(objective)}: ${quantityText(objective, best.values[objective])} with ${choiceText(best)}.`);
    }
    if (sweep.constraints.length > 0) {
      lines.push("Constraints: " + sweep.constraints.map((c) => `${plainName(c.quantity)} ${c.relation} ${quantityText(c.quantity, c.bound)}`).join(", ") + ".");
    }
    byId("sweep-brief").replaceChildren(...lines.map((line) => element("li", line)));
  }

  function drawSweep() {
    if (!sweep) return;
    drawSweepBrief();
    drawSweepTables();
    drawSweepPoints();
    drawParallel();
    drawSensitivity();
    markChoice(byId("sweep-front"), chosenPoint);
  }
  function choosePoint(point) {
    chosenPoint = point === chosenPoint ? -1 : point;
    markChoice(byId("sweep-front"), chosenPoint);
    drawSweepPoints();
    drawParallel();
  }

  // The page

  function drawResult() {
    byId("result-sections").hidden = results.length === 0;
    if (results.length === 0) return;
    const result = results[chosenResult];
    document.title = `${result.heading} on ${result.accelerator} - escalate report`;
    drawSummary(result);
    drawExplanation(result);
    drawLayerTable(result);
    drawConfiguration(result);
    chooseLayer(chosenLayer >= 0 && chosenLayer < result.layers.length ? chosenLayer : -1, false);
    drawCycles(result);
    heatMap("chart-utilization", result, byLayer(result, (layer) => layer.utilization, (layer, ratio) => ({ ratio })), "utilization");
    drawEnergy(result);
    drawEnergyTable(result);
    drawDram(result);
    heatMap("chart-density", result, byLayer(result, (layer) => layer.density, (layer, ratio) => ({ ratio })), "density");
    drawRoofline(result);
    drawComparedLayers(result);
  }
  function drawContents() {
    const links = [...document.querySelectorAll("section[data-title]")]
      .filter((section) => !section.hidden && !section.closest("[hidden]"))
      .map((section) => {
        const link = element("a", section.dataset.title);
        link.href = "#" + section.id;
        return link;
      });
    byId("contents").replaceChildren(...links);
  }
  function setTheme(name) {
    document.documentElement.dataset.theme = name;
    byId("theme").textContent = name === "dark" ? "Light" : "Dark";
  }
  function redraw() {
    drawSweep();
    drawComparison();
    drawResult();
  }

  results.forEach((result, index) => {
    const option = element("option", result.label);
    option.value = String(index);
    byId("result").appendChild(option);
  });
  byId("result-choice").hidden = results.length < 2;
  byId("result").addEventListener("change", (event) => {
    chosenResult = Number(event.target.value);
    chosenLayer = -1;
    drawResult();
    drawContents();
  });
  fill("sweep-file", sweeps.map((s, i) => [String(i), s.label]), "0");
  byId("sweep-file-choice").hidden = sweeps.length < 2;
  byId("sweep-file").addEventListener("change", (event) => {
    sweep = sweeps[Number(event.target.value)];
    chosenPoint = -1;
    prepareSweep();
    drawSweep();
  });
  byId("sweep-workload").addEventListener("change", () => { chosenPoint = -1; drawSweep(); });
  byId("sweep-x").addEventListener("change", drawSweepPoints);
  byId("sweep-y").addEventListener("change", drawSweepPoints);
  byId("sweep-scale").addEventListener("change", drawSweepPoints);
  byId("sweep-colour").addEventListener("change", () => { drawSweepPoints(); drawParallel(); });
  byId("theme").addEventListener("click", () => {
    setTheme(isDark() ? "light" : "dark");
    redraw();
  });
  window.addEventListener("beforeprint", () => { 
    for (const details of document.querySelectorAll("main details")) details.open = true;
  });
  setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  if (results.length === 0 && sweep) document.title = `${sweep.name} - escalate report`;
  prepareSweep();
  redraw();
  drawContents();
})();
