// Tables whose lines can be chosen and whose headings sort.
import { plainName } from "./text.js";
import { byId, data, sweeps } from "./data.js";

export function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

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

/** Rows of cells; a cell is a text, or {text, number, wrap}. */
export function table(headings, rows) {
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

export const numberCell = (text) => ({ text, number: true });

/** Makes the lines of a table choices: by mouse, and by the button that their first cell becomes. */
export function makeChoices(node, choose) {
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

export function markChoice(place, index) {
  for (const line of place.querySelectorAll("tbody tr.choice")) {
    const isChosen = line.dataset.index === String(index);
    line.classList.toggle("chosen", isChosen);
    line.querySelector("button").setAttribute("aria-pressed", String(isChosen));
  }
}

/** Headings that sort the lines by `keys[column](index of the line)`. */
export function makeSortable(node, keys) {
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

export function fill(id, entries, chosen) {
  byId(id).replaceChildren(...entries.map(([value, text]) => {
    const option = element("option", text);
    option.value = value;
    option.selected = value === chosen;
    return option;
  }));
}
