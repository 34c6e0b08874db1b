"""A concentrator's window step by step: which slot each lane takes, by the rule of docs/microarchitecture.md (section 6)."""
import json

from pattern import offsets_of, window_of
from picture import SIZES, Picture, width_of

CELL = 22
KINDS = {"own": "memory", "ahead": "compute", "aside": "move"}  # of a pick, and its colour


def kind_of(offset):
    return "own" if offset == (0, 0) else "ahead" if offset[1] == 0 else "aside"


def concentrate(rows, lanes, pattern):
    """The steps of one element: (base, untaken matches before the step, picks, slot rows that retire)."""
    untaken = {(row, lane) for row, slots in enumerate(rows) for lane, slot in enumerate(slots) if slot == "x"}
    order = [(0, 0)] + offsets_of(pattern)
    window = window_of(pattern)
    base = 0
    while base < len(rows):
        before, picks, busy = set(untaken), [], set()
        for offset in order:
            for lane in range(lanes):
                slot = (base + offset[0], (lane + offset[1]) % lanes)
                if lane not in busy and slot in untaken:
                    busy.add(lane)
                    untaken.remove(slot)
                    picks.append((lane, slot, kind_of(offset)))
        retired = 1
        while retired < window and base + retired < len(rows) and not any(row == base + retired for row, _ in untaken):
            retired += 1
        yield base, before, picks, retired
        base += retired


def mark(picture, x, y, kind, text, more=""):
    """A pick or a busy lane: the kinds differ in shape and colour."""
    middle = (x + CELL / 2, y + CELL / 2)
    if kind == "own":
        shape = f'<rect class="s-memory" x="{x + 2}" y="{y + 2}" width="{CELL - 4}" height="{CELL - 4}"{more}/>'
    elif kind == "ahead":
        shape = f'<circle class="s-compute" cx="{middle[0]:g}" cy="{middle[1]:g}" r="10"{more}/>'
    else:
        shape = f'<path class="s-move" d="M{middle[0]:g} {y - 1}l12 12l-12 12l-12 -12Z"{more}/>'
    picture.raw(shape)
    picture.text(middle[0], middle[1] + 4.8, text, "small", "on", True, "middle", covers=len(picture.edges))


def reach(picture, x, y, pattern):
    """Where one lane looks, in which order."""
    order = [(0, 0)] + offsets_of(pattern)
    rows, left = window_of(pattern), min(lane for _, lane in order)
    for row in range(rows):
        for lane in range(left, 1):
            cell = (x + (lane - left) * CELL, y + (rows - 1 - row) * CELL)
            picture.cell(*cell, CELL)
            if (row, lane) in order:
                mark(picture, *cell, kind_of((row, lane)), str(order.index((row, lane)) + 1))
    bottom = y + rows * CELL
    picture.arrow([(x + (0.5 - left) * CELL, bottom + 2), (x + (0.5 - left) * CELL, bottom + 20)])
    picture.text(x + (0.5 - left) * CELL, bottom + 36, "lane", "small", anchor="middle")


def panel(picture, x, y, example, number, step):
    base, before, picks, retired = step
    num_rows, lanes = len(example["rows"]), example["lanes"]
    window = window_of(example["pattern"])
    takers = {slot: (lane, kind) for lane, slot, kind in picks}
    picture.text(x, y - 12, f"step {number + 1}", "body", bold=True)
    for row in range(num_rows):
        top = y + (num_rows - 1 - row) * CELL
        if number == 0:
            picture.text(x - 10, top + 16, str(row), "small", "muted", anchor="end")
        if row < base:
            continue
        for lane in range(len(example["rows"][row])):
            left = x + lane * CELL
            inside = row < base + window
            picture.cell(left, top, CELL, style="cell" if inside else "ghost")
            if (row, lane) in takers:
                taker, kind = takers[row, lane]
                mark(picture, left, top, kind, str(taker), f' data-pick="{number} {taker} {row} {lane}"')
            elif (row, lane) in before:
                picture.raw(f'<rect class="left" x="{left + 6}" y="{top + 6}" width="10" height="10"/>')
            else:
                picture.raw(f'<circle class="dot" cx="{left + 11}" cy="{top + 11}" r="1.5"/>')
    first = max(0, num_rows - base - window)
    picture.raw(f'<rect class="cell-strong" x="{x}" y="{y + first * CELL}" width="{lanes * CELL}" height="{(num_rows - base - first) * CELL}"/>')
    below = y + num_rows * CELL + 30
    for lane in range(lanes):
        left = x + lane * CELL
        picture.cell(left, below, CELL, style="cell")
        taken = next((kind for taker, _, kind in picks if taker == lane), None)
        if taken:
            mark(picture, left, below, taken, str(lane))
        else:
            picture.text(left + 11, below + 16, str(lane), "small", "muted", anchor="middle")
    rows = "row retires" if retired == 1 else "rows retire"
    picture.raw(f'<g data-retired="{number} {retired}"/>')
    picture.text(x + lanes * CELL / 2, below + CELL + 20, f"{len(picks)} picks, {retired} {rows}", "small", anchor="middle")


def legend(picture, x, y, window):
    """Two lines: kinds of picks, and the other marks."""
    for kind, text in (("own", "own slot"), ("ahead", "look-ahead"), ("aside", "look-aside")):
        mark(picture, x, y - 16, kind, "5")
        picture.text(x + 30, y, text, "small")
        x += 54 + width_of(text, SIZES["small"])
    picture.text(x, y, "number: the lane that takes the slot", "small", "muted")
    x, y = 16, y + 28
    picture.raw(f'<rect class="left" x="{x + 6}" y="{y - 10}" width="10" height="10"/>')
    picture.text(x + 30, y, "match left for later", "small")
    picture.raw(f'<circle class="dot" cx="{x + 190}" cy="{y - 5}" r="1.5"/>')
    picture.text(x + 202, y, "no match, or taken before", "small")
    picture.raw(f'<rect class="cell-strong" x="{x + 400}" y="{y - 14}" width="22" height="18"/>')
    picture.text(x + 432, y, f"window: the oldest {window} slot rows", "small")


def draw(root):
    example = json.loads((root / "docs/figures/concentrator.json").read_text(encoding="utf-8"))
    rows, lanes = example["rows"], example["lanes"]
    steps = list(concentrate(rows, lanes, example["pattern"]))
    slots, matches = sum(map(len, rows)), sum(row.count("x") for row in rows)
    grid = len(rows) * CELL
    picture = Picture(grid + 276, "A concentrator's window, step by step",
                      f"An element of {slots} slots, {matches} of them matches, on {lanes} lanes with pattern {example['pattern']}: "
                      f"{len(steps)} steps in place of {len(rows)}.")
    picture.heading("A concentrator's window, step by step",
                    f"{lanes} lanes, pattern {example['pattern']}: {matches} matches in {len(rows)} slot rows take {len(steps)} steps, not {len(rows)}")
    top = 102
    picture.lines(16, top - 12, ["order in which", "a lane looks"], "small")
    reach(picture, 28, top + grid - window_of(example["pattern"]) * CELL, example["pattern"])
    for number, step in enumerate(steps):
        panel(picture, 164 + number * 214, top, example, number, step)
    legend(picture, 16, top + grid + 118, window_of(example["pattern"]))
    return picture
