"use strict";
// Draws the report from the JSON in #data. Names come from users' files: they reach the page only as
// text nodes and as data of charts, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const results = data.results;
  const byId = (id) => document.getElementById(id);
  // Okabe and Ito's colours, told apart also by people who do not see red and green apart.
  const palette = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800",
    "#7f7f7f", "#8c564b", "#6a51a3", "#3b8f6b", "#aa4466", "#4477aa", "#999933"];
  const stateNames = {
    work: "work", wait_input: "wait for input", wait_weights: "wait for weights",
    queue_full: "queue full", wait_merge: "wait for merge", idle: "idle",
  };
  let chosenResult = 0;
  let chosenLayer = -1;
  const views = new Map();

  // Text and numbers

  function element(tag, text, className) {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  }
  const count = (n) => Math.round(n).toLocaleString("en-US");
  function si(value, unit) {
    if (!(value > 0)) return "0 " + unit;
    const prefixes = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"],
      [1e-9, "n"], [1e-12, "p"], [1e-15, "f"]];
    const found = prefixes.find(([scale]) => value >= scale) || prefixes[prefixes.length - 1];
    return Number((value / found[0]).toPrecision(4)) + " " + found[1] + unit;
  }
  const percent = (ratio) => (100 * ratio).toFixed(1) + "%";
  const energyUnit = (pj) => [[1e9, "mJ"], [1e6, "µJ"], [1e3, "nJ"], [1, "pJ"]]
    .find(([scale]) => pj >= 10 * scale) || [1, "pJ"];
  const words = (name) => name.replaceAll("_", " ");
  const sum = (object) => Object.values(object || {}).reduce((a, b) => a + b, 0);

  /** Rows of cells; a cell is a text, or {text, number: true}. */
  function table(headings, rows) {
    const node = element("table");
    const head = node.appendChild(element("thead")).appendChild(element("tr"));
    for (const heading of headings) {
      const cell = element("th", heading.text ?? heading, heading.number ? "number" : "");
      cell.scope = "col";
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
        labelLimit: 160 },
      legend: { labelColor: ink, titleColor: dim, orient: "top", columns: 7, title: null,
        labelLimit: 220 },
      text: { color: ink },
      range: { category: palette },
    };
  }

  async function draw(id, spec, data) {
    const place = byId(id);
    const old = views.get(id);
    if (old) old.finalize();
    views.delete(id);
    place.replaceChildren();
    if (!spec) {
      place.classList.add("empty");
      place.textContent = "Not in this result.";
      return;
    }
    place.classList.remove("empty");
    const whole = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      width: "container", autosize: { type: "fit-x", contains: "padding" },
      config: theme(), ...spec,
    };
    if (data) whole.data = { values: data };
    const dark = document.documentElement.dataset.theme === "dark";
    const drawn = await vegaEmbed(place, whole, {
      renderer: "svg", actions: false, tooltip: { theme: dark ? "dark" : "light" },
    });
    views.set(id, drawn.view);
    drawn.view.addEventListener("click", (event, item) => {
      if (item && item.datum && Number.isInteger(item.datum.index)) {
        chooseLayer(item.datum.index, true);
      }
    });
    place.querySelector("svg")?.setAttribute("aria-label",
      place.parentElement.querySelector("figcaption")?.textContent || "");
  }

  const layerAxis = (result) => ({
    field: "layer", type: "nominal", sort: null, title: null,
    axis: { labelAngle: result.layers.length > 8 ? -50 : 0, labelOverlap: result.layers.length > 60 },
  });
  const stackedBars = (result, value, title, tooltip) => ({
    height: 280,
    mark: { type: "bar", cursor: "pointer" },
    encoding: {
      x: layerAxis(result),
      y: { field: value, type: "quantitative", title, stack: "zero" },
      color: { field: "name", type: "nominal", sort: null },
      order: { field: "order", type: "quantitative" },
      tooltip,
    },
  });
  function ordered(rows) {
    const order = [...new Set(rows.map((row) => row.name))];
    for (const row of rows) row.order = order.indexOf(row.name);
    return rows;
  }

  function drawCycles(result) {
    const hasStates = result.layers.some((layer) => sum(layer.row_states) > 0);
    const rows = ordered(hasStates
      ? byLayer(result, (layer) => layer.row_states, (layer, cycles) => ({
          share: sum(layer.row_states) > 0 ? cycles / sum(layer.row_states) : 0,
          cycles: sum(layer.row_states) > 0 ? layer.cycles * cycles / sum(layer.row_states) : 0,
          bound: layer.bound_by,
        })).map((row) => ({ ...row, name: stateNames[row.name] || words(row.name) }))
      : byLayer(result, (layer) => ({ [layer.bound_by]: layer.cycles }),
          (layer, cycles) => ({ cycles, share: 1, bound: layer.bound_by })));
    const tooltip = [
      { field: "layer", title: "layer" }, { field: "bound", title: "bound by" },
      { field: "name", title: "state" },
      { field: "cycles", title: "cycles", format: ",.0f" },
      { field: "share", title: "share", format: ".1%" },
    ];
    draw("chart-cycles", stackedBars(result, "cycles", "cycles", tooltip), rows);
    const states = stackedBars(result, "share", "share of row-cycles", tooltip);
    states.encoding.y.axis = { format: "%" };
    states.encoding.y.scale = { domain: [0, 1] };
    states.height = 200;
    draw("chart-states", hasStates ? states : null, rows);
    const bounds = new Map();
    for (const layer of result.layers) {
      bounds.set(layer.bound_by, (bounds.get(layer.bound_by) || 0) + layer.cycles);
    }
    draw("chart-bound", horizontalBars("share", "share of cycles", "%"),
      [...bounds].map(([name, cycles]) => ({
        name, share: cycles / (result.total.cycles || 1), text: count(cycles) + " cycles",
      })));
  }

  const horizontalBars = (field, title, format) => ({
    height: { step: 22 },
    mark: { type: "bar", color: palette[0] },
    encoding: {
      y: { field: "name", type: "nominal", sort: "-x", title: null },
      x: { field, type: "quantitative", title, axis: format ? { format } : {} },
      tooltip: [{ field: "name", title: "name" }, { field: "text", title: "value" }],
    },
  });

  function drawUtilization(result) {
    const rows = byLayer(result, (layer) => layer.utilization, (layer, ratio) => ({ ratio }));
    draw("chart-utilization", rows.length === 0 ? null : {
      height: 220,
      mark: { type: "line", point: { size: 45 }, interpolate: "linear", cursor: "pointer" },
      encoding: {
        x: layerAxis(result),
        y: { field: "ratio", type: "quantitative", title: null, axis: { format: "%" },
          scale: { domain: [0, 1] } },
        color: { field: "name", type: "nominal", sort: null },
        tooltip: [{ field: "layer" }, { field: "name", title: "resource" },
          { field: "ratio", title: "utilization", format: ".1%" }],
      },
    }, rows);
  }

  function drawEnergy(result) {
    const [scale, unit] = energyUnit(Math.max(0, ...result.layers.map((l) => sum(l.energy_pj))));
    const rows = ordered(byLayer(result, (layer) => layer.energy_pj, (layer, pj) => ({
      energy: pj / scale, share: sum(layer.energy_pj) > 0 ? pj / sum(layer.energy_pj) : 0,
      text: si(pj * 1e-12, "J"),
    })).map((row) => ({ ...row, name: words(row.name) })));
    draw("chart-energy", rows.length === 0 ? null : stackedBars(result, "energy", "energy [" + unit + "]", [
      { field: "layer", title: "layer" }, { field: "name", title: "component" },
      { field: "text", title: "energy" }, { field: "share", title: "share", format: ".1%" },
    ]), rows);
    const parts = Object.entries(result.total.energy_by_component_pj || {});
    const [totalScale, totalUnit] = energyUnit(result.total.energy_pj);
    draw("chart-energy-total", parts.length === 0 ? null
      : horizontalBars("energy", "energy [" + totalUnit + "]"),
      parts.map(([name, pj]) => ({
        name: words(name), energy: pj / totalScale,
        text: si(pj * 1e-12, "J") + ", " + percent(pj / (result.total.energy_pj || 1)),
      })));
  }

  /** Reads by what they load, writes, and what bursts moved beyond that; or, where that was not
   * counted, just reads and writes. */
  function dramParts(result) {
    const of = (layer, name) => layer.counters[name] || 0;
    const moved = (l) => of(l, "dram_read_bytes") + of(l, "dram_written_bytes");
    const known = (l) => of(l, "coefficient_bytes_loaded") + of(l, "activation_bytes_loaded")
      + of(l, "activation_bytes_stored");
    const isSplit = result.layers.some((l) => known(l) > 0)
      && result.layers.every((l) => known(l) <= moved(l));
    if (!isSplit) {
      return (l) => ({ "read": of(l, "dram_read_bytes"), "written": of(l, "dram_written_bytes") });
    }
    return (l) => ({
      "coefficients and weights read": of(l, "coefficient_bytes_loaded"),
      "activations read": of(l, "activation_bytes_loaded"),
      "activations written": of(l, "activation_bytes_stored"),
      "rest of bursts": moved(l) - known(l),
    });
  }

  function drawDram(result) {
    const parts = dramParts(result);
    const total = result.layers.reduce((all, layer) => all + sum(parts(layer)), 0);
    const rows = ordered(byLayer(result, parts, (layer, bytes) => ({
      bytes, text: si(bytes, "B"),
      share: sum(parts(layer)) > 0 ? bytes / sum(parts(layer)) : 0,
    })));
    const bars = stackedBars(result, "bytes", "bytes", [
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
      number(si(line.count * line.pj_each * 1e-12, "J")),
      number(percent(line.count * line.pj_each / (result.total.energy_pj || 1))),
      { text: line.basis, wrap: true }]);
    byId("energy-table").replaceChildren(lines.length === 0 ? element("p", "Not in this result.")
      : table(["group", "component", "action", "counter", number("count"), number("pJ each"),
          number("energy"), number("share"), "basis"], cells));
    byId("energy-sources").replaceChildren(table(["source", "kind", "text"],
      (result.energy_sources || []).map((s) => [s.id, s.kind, { text: s.text, wrap: true }])));
  }

  function drawArea(result) {
    const parts = Object.entries(result.area_mm2 || {});
    draw("chart-area", parts.length === 0 ? null : horizontalBars("area", "area [mm²]"),
      parts.map(([name, mm2]) => ({ name: words(name), area: mm2, text: mm2.toPrecision(4) + " mm²" })));
  }

  function drawDensity(result) {
    const rows = byLayer(result, (layer) => layer.density, (layer, ratio) => ({ ratio }));
    draw("chart-density", rows.length === 0 ? null : {
      height: 220,
      mark: { type: "line", point: { size: 45 }, cursor: "pointer" },
      encoding: {
        x: layerAxis(result),
        y: { field: "ratio", type: "quantitative", title: "density", axis: { format: "%" },
          scale: { domain: [0, 1] } },
        color: { field: "name", type: "nominal", sort: null },
        tooltip: [{ field: "layer" }, { field: "name", title: "of" },
          { field: "ratio", title: "density", format: ".1%" }],
      },
    }, rows);
  }

  /** Points, and the roofs of the machine in the same units. */
  function drawRoofline(result) {
    const keys = layerKeys(result);
    const bytesOf = (layer) =>
      (layer.counters.dram_read_bytes || 0) + (layer.counters.dram_written_bytes || 0);
    const points = result.layers.map((layer, index) => ({
      layer: keys[index], index, bound: layer.bound_by, bytes: bytesOf(layer),
      intensity: layer.macs_dense / bytesOf(layer), rate: layer.macs_dense / layer.cycles,
    })).filter((p) => p.bytes > 0 && p.intensity > 0 && p.rate > 0 && Number.isFinite(p.rate));
    const peak = result.peak_per_cycle || {};
    if (points.length === 0 || !peak.mac || !peak.dram) return draw("chart-roofline", null);
    const xs = points.map((p) => p.intensity);
    const low = Math.min(...xs) / 2;
    const high = Math.max(...xs) * 2;
    const roofs = [];
    const addRoof = (name, level) => {
      for (let i = 0; i <= 60; ++i) {
        const x = low * Math.pow(high / low, i / 60);
        roofs.push({ name, intensity: x, rate: Math.min(level, peak.dram * x) });
      }
    };
    addRoof("dense MAC roof and DRAM", peak.mac);
    const additions = result.layers.reduce((all, l) => all + (l.counters.ca_additions || 0), 0);
    if (peak.ca && additions > 0) {
      addRoof("CA roof at this run's additions a MAC", peak.ca * result.total.macs_dense / additions);
    }
    const axis = { grid: true };
    return draw("chart-roofline", {
      height: 320,
      encoding: {
        x: { field: "intensity", type: "quantitative", scale: { type: "log", domain: [low, high], nice: false }, axis,
          title: "dense MACs a DRAM byte" },
        y: { field: "rate", type: "quantitative", scale: { type: "log" }, axis, title: "dense MACs a cycle" },
      },
      layer: [
        { data: { values: roofs }, mark: { type: "line", strokeWidth: 2, clip: true },
          encoding: { strokeDash: { field: "name", type: "nominal", legend: { orient: "top", symbolType: "stroke" } },
            color: { value: "#888888" } } },
        { data: { values: points }, mark: { type: "point", filled: true, size: 70, opacity: 0.85, cursor: "pointer" },
          encoding: { color: { field: "bound", type: "nominal", legend: { title: "bound by" } },
            tooltip: [{ field: "layer" }, { field: "bound", title: "bound by" },
              { field: "intensity", title: "MACs a byte", format: ".4~g" },
              { field: "rate", title: "MACs a cycle", format: ".4~g" }] } },
      ],
    });
  }

  // Several results

  const edp = (result) => result.total.energy_pj * 1e-12 * result.total.seconds;
  function drawComparison() {
    byId("comparison").hidden = results.length < 2;
    if (results.length < 2) return;
    const first = results[0];
    const ratio = (a, b) => (b > 0 && a > 0 ? (a / b).toFixed(3) + "×" : "-");
    byId("comparison-table").replaceChildren(table(
      ["result", "accelerator", "network", number("cycles"), number("time"), number("energy"),
        number("EDP"), number("area"), number("speed-up"), number("efficiency")],
      results.map((r) => [r.label, r.accelerator, r.network, number(count(r.total.cycles)),
        number(si(r.total.seconds, "s")), number(si(r.total.energy_pj * 1e-12, "J")),
        number(si(edp(r), "Js")), number(sum(r.area_mm2) > 0 ? sum(r.area_mm2).toFixed(2) + " mm²" : "-"),
        number(ratio(first.total.seconds, r.total.seconds)),
        number(ratio(first.total.energy_pj, r.total.energy_pj))])));
    const bars = results.flatMap((r) => [
      { label: r.label, name: "speed-up", factor: first.total.seconds / r.total.seconds },
      { label: r.label, name: "energy efficiency", factor: first.total.energy_pj / r.total.energy_pj },
    ]).filter((row) => Number.isFinite(row.factor));
    draw("chart-comparison", {
      height: { step: 18 },
      mark: "bar",
      encoding: {
        y: { field: "label", type: "nominal", sort: null, title: null },
        yOffset: { field: "name", type: "nominal", sort: null },
        x: { field: "factor", type: "quantitative", title: "times the first" },
        color: { field: "name", type: "nominal", sort: null },
        tooltip: [{ field: "label", title: "result" }, { field: "name" },
          { field: "factor", format: ".3f" }],
      },
    }, bars);
    drawPareto();
  }

  function drawPareto() {
    const points = results.map((r) => ({
      label: r.label, seconds: r.total.seconds, joules: r.total.energy_pj * 1e-12,
      time: si(r.total.seconds, "s"), energy: si(r.total.energy_pj * 1e-12, "J"),
    })).filter((p) => p.seconds > 0 && p.joules > 0);
    for (const p of points) {
      p.front = !points.some((q) => q.seconds <= p.seconds && q.joules <= p.joules
        && (q.seconds < p.seconds || q.joules < p.joules));
    }
    draw("chart-pareto", points.length === 0 ? null : {
      height: 260,
      encoding: {
        x: { field: "seconds", type: "quantitative", scale: { type: "log", padding: 20 }, title: "time [s]",
          axis: { format: "~s" } },
        y: { field: "joules", type: "quantitative", scale: { type: "log", padding: 20 }, title: "energy [J]",
          axis: { format: "~s" } },
      },
      layer: [
        { transform: [{ filter: "datum.front" }], mark: { type: "line", interpolate: "step-after", color: "#888888" },
          encoding: { order: { field: "seconds" } } },
        { mark: { type: "point", filled: true, size: 90 },
          encoding: { color: { field: "label", type: "nominal", sort: null },
            shape: { field: "front", type: "nominal", legend: null },
            tooltip: [{ field: "label", title: "result" }, { field: "time" }, { field: "energy" }] } },
      ],
    }, points);
  }

  // Tables

  function drawSummary(result) {
    const total = result.total;
    byId("result-name").textContent =
      `${result.network} on ${result.accelerator}` + (result.view ? `, ${result.view} view` : "");
    const checked = result.verification.checked_outputs;
    const wrong = result.verification.mismatches;
    const cards = [
      ["cycles", count(total.cycles)],
      ["time", si(total.seconds, "s")],
      ["images a second", total.seconds > 0 ? si(result.images / total.seconds, "") : "-"],
      ["energy", si(total.energy_pj * 1e-12, "J")],
      ["power", si(total.seconds > 0 ? total.energy_pj * 1e-12 / total.seconds : 0, "W")],
      ["EDP", si(edp(result), "Js")],
      ["area", sum(result.area_mm2) > 0 ? sum(result.area_mm2).toFixed(2) + " mm²" : "not given"],
      ["dense MACs", si(total.macs_dense, "")],
      ["images", count(result.images)],
      ["verified outputs", checked > 0 ? `${count(checked)}, ${count(wrong)} differ` : "none", wrong > 0],
    ];
    if (result.top1 !== undefined) cards.push(["top-1", percent(result.top1)]);
    byId("summary").replaceChildren(...cards.map(([name, value, bad]) => {
      const card = element("dl", undefined, bad ? "card bad" : "card");
      card.append(element("dt", name), element("dd", value));
      return card;
    }));
  }

  function drawLayerTable(result) {
    const resources = [...new Set(result.layers.flatMap((l) => Object.keys(l.utilization || {})))];
    const node = table(
      ["layer", "kind", number("cycles"), number("share"), "bound by",
        ...resources.map((r) => number(words(r))), number("energy"), number("dense MACs")],
      result.layers.map((l) => [l.name, l.kind, number(count(l.cycles)),
        number(percent(l.cycles / (result.total.cycles || 1))), l.bound_by,
        ...resources.map((r) => number(l.utilization[r] === undefined ? "-" : percent(l.utilization[r]))),
        number(si(sum(l.energy_pj) * 1e-12, "J")), number(count(l.macs_dense || 0))]));
    node.querySelectorAll("tbody tr").forEach((line, index) => {
      line.className = "choice";
      line.tabIndex = 0;
      line.setAttribute("role", "button");
      line.setAttribute("aria-pressed", "false");
      line.addEventListener("click", () => chooseLayer(index, false));
      line.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        chooseLayer(index, false);
      });
    });
    byId("layer-table").replaceChildren(node);
  }

  function chooseLayer(index, scroll) {
    const result = results[chosenResult];
    chosenLayer = index;
    byId("layer-table").querySelectorAll("tbody tr").forEach((line, i) => {
      line.classList.toggle("chosen", i === index);
      line.setAttribute("aria-pressed", String(i === index));
    });
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
      element("h3", `${layer.name}: ${count(layer.cycles)} cycles, bound by ${layer.bound_by}`),
      ...part("counter", layer.counters, count), ...part("row state [cycles]", layer.row_states, count),
      ...part("DRAM", layer.dram, count),
      ...part("energy", layer.energy_pj, (pj) => si(pj * 1e-12, "J")),
      ...part("utilization", layer.utilization, percent), ...part("density", layer.density, percent));
    if (scroll) detail.scrollIntoView({ block: "nearest" });
  }

  function drawConfiguration(result) {
    const node = table(["parameter", number("value"), "unit", "meaning", "source"],
      result.parameters.map((p) => [p.name, number(p.value), p.unit, { text: p.meaning, wrap: true },
        { text: p.source, wrap: true }]));
    byId("config-table").replaceChildren(node);
  }

  // The page

  function drawResult() {
    const result = results[chosenResult];
    document.title = `${result.network} on ${result.accelerator} - escalate report`;
    drawSummary(result);
    drawLayerTable(result);
    drawConfiguration(result);
    chooseLayer(chosenLayer >= 0 && chosenLayer < result.layers.length ? chosenLayer : -1, false);
    drawCycles(result);
    drawUtilization(result);
    drawEnergy(result);
    drawEnergyTable(result);
    drawDram(result);
    drawArea(result);
    drawDensity(result);
    drawRoofline(result);
  }
  function setTheme(name) {
    document.documentElement.dataset.theme = name;
    byId("theme").textContent = name === "dark" ? "Light" : "Dark";
  }
  function redraw() {
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
  });
  byId("theme").addEventListener("click", () => {
    setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    redraw();
  });
  window.addEventListener("beforeprint", () => { byId("configuration").open = true; });
  setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  redraw();
})();
