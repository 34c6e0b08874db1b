"""A PE row as a pipeline, with the time stamps of docs/microarchitecture.md (sections 6 and 7), and three elements on their way through it."""
import json

from default_machine import Machine
from pattern import window_of
from picture import Picture

LEFT, RIGHT = 16, 452  # of the pipeline


def times_of(elements, machine):
    """The recurrences: for each element the cycles d of its chunks, t of its steps, and m."""
    lanes, queue_rows, queue = machine.count("ca.lanes"), machine.count("ca.slot_queue_rows"), machine.count("ca.element_queue")
    window = window_of(machine.text("ca.pattern"))
    pops, rows_before = {}, 0  # by running number of the slot row
    d = t = -1
    mac_free, element_pops = 0, []
    times = []
    for element in elements:
        slots, dilution, pushes = 0, [], []
        chunks = element["slots"]
        num_rows = max(1, -(-sum(chunks) // lanes))
        steps, base = [], 0

        def step_while_possible():
            # Steps whose window has been pushed; those that need a later push follow it.
            nonlocal t, base
            while base < num_rows and min(base + window, num_rows) <= len(pushes):
                cycle = max(t + 1, pushes[min(base + window, num_rows) - 1] + 1)
                retired = element["retired"][len(steps)]
                if retired == num_rows and len(element_pops) >= queue:
                    cycle = max(cycle, element_pops[-queue] + 1)
                for row in range(base, retired):
                    pops[rows_before + row] = cycle
                steps.append(cycle)
                t, base = cycle, retired

        for i, chunk in enumerate(chunks):
            slots += chunk
            full = num_rows if i + 1 == len(chunks) else max(0, slots - 1) // lanes
            cycle = max(d + 1, element["visible"])
            if full > len(pushes):
                cycle = max(cycle, pops.get(rows_before + full - 1 - queue_rows, -1) + 1)
            d = cycle
            dilution.append(cycle)
            pushes += [cycle] * (full - len(pushes))
            step_while_possible()
        m = max(mac_free, t + 1)
        mac_free = m + element["mac_cycles"]
        element_pops.append(m)
        rows_before += num_rows
        times.append({"d": dilution, "t": steps, "m": m, "mac_cycles": element["mac_cycles"]})
    return times


def stamp(picture, y, letter, title, terms):
    picture.circle(480, y + 22, 13, letter)
    picture.text(504, y, title, "small", bold=True)
    picture.lines(504, y + 19, terms, "small", leading=18)


def down(picture, x, y0, y1):
    picture.arrow([(x, y0), (x, y1)])


def pipeline(picture, machine):
    lanes, queue = machine.count("ca.lanes"), machine.count("ca.slot_queue_rows")
    picture.box(LEFT, 74, 210, 46, "memory", "ring input buffer", ["map, packed activations"])
    picture.box(242, 74, 210, 46, "memory", "coefficient buffer", ["map and signs of a row"])
    down(picture, 121, 120, 142)
    down(picture, 347, 120, 142)

    picture.box(LEFT, 142, 436, 100, "compute")
    picture.text(30, 163, "dilution", bold=True)
    picture.text(100, 163, f"{machine.count('ca.chunk')} channels a cycle: two bit gathers", "small")
    picture.box(30, 174, 136, 56, "plain", "", ["switches set by", "activation map"])
    picture.arrow([(166, 188), (190, 188)])
    picture.arrow([(166, 216), (190, 216)])
    picture.box(190, 174, 248, 26, "plain", "", ["coefficients → activation mask"])
    picture.box(190, 204, 248, 26, "plain", "", ["signs → sign mask"])
    stamp(picture, 160, "d", "dilution of a chunk: the latest of",
          ["d before + 1", "its entry is visible in the ring", f"pop of the slot row {queue} before + 1"])

    down(picture, 234, 242, 262)
    picture.queue(142, 262, 208, 22, queue)
    picture.text(130, 278, "slot queue", "small", bold=True, anchor="end")
    picture.text(362, 278, f"{queue} × {lanes} slots", "small")
    picture.line([(234, 284), (234, 296), (98, 296), (98, 299)])
    picture.arrow([(98, 296), (98, 308)])

    picture.box(LEFT, 308, 164, 56, "compute", "concentrator", [f"window of {window_of(machine.text('ca.pattern'))} slot rows"])
    picture.arrow([(180, 336), (194, 336)], head=6)
    picture.box(194, 308, 128, 56, "compute", "adder tree", [f"{lanes} inputs, ±"])
    picture.arrow([(322, 336), (336, 336)], head=6)
    picture.box(336, 308, 116, 56, "compute", "accumulator")
    stamp(picture, 312, "t", "step of the concentrator: the latest of",
          ["t before + 1", "push of the window's youngest row + 1", "last step: room in the element queue"])

    picture.line([(394, 364), (394, 376), (234, 376), (234, 380)])
    down(picture, 234, 376, 388)
    picture.queue(142, 388, 208, 22, machine.count("ca.element_queue"))
    picture.text(130, 404, "element queue", "small", bold=True, anchor="end")
    picture.text(362, 404, f"{machine.count('ca.element_queue')} elements", "small")
    down(picture, 234, 410, 432)

    picture.box(LEFT, 432, 436, 84, "compute")
    picture.text(30, 453, "MAC unit", bold=True)
    picture.text(112, 453, f"{machine.count('mac.multipliers')} multipliers, one tap each a cycle", "small")
    picture.box(30, 464, 150, 42, "memory", "", ["basis kernel", "registers"])
    picture.arrow([(180, 485), (202, 485)])
    picture.circle(214, 485, 12, "×")
    picture.arrow([(226, 485), (248, 485)])
    picture.box(248, 464, 190, 42, "memory", "", [f"line buffer: {machine.count('mac.line_buffer_words')} sums,", "in banks"])
    stamp(picture, 450, "m", "pop of an element: the latest of", ["m before + its cycles", "push + 1", "its lines have been merged"])

    down(picture, 339, 516, 538)
    picture.box(242, 538, 210, 46, "compute", "merge", [f"{machine.count('merge_words')} sums a cycle"])
    picture.lines(226, 557, ["adds the sums of", "the slice's PE rows"], "small", "muted", anchor="end", leading=17)
    picture.arrow([(452, 561), (500, 561)])
    picture.text(508, 566, "output bank", "small")


def waterfall(picture, y, example, machine):
    times = times_of(example["elements"], machine)
    last = max(time["m"] + time["mac_cycles"] for time in times)
    picture.text(16, y, f"{len(times)} elements, cycle by cycle", "head", bold=True)
    left, top, height = 150, y + 36, 26
    step = min(44, (784 - left) // last)
    for cycle in range(last):
        picture.text(left + (cycle + 0.5) * step, top - 8, str(cycle), "small", "muted", anchor="middle")
        picture.raw(f'<path class="rule" d="M{left + cycle * step} {top}v{3 * height + 12}"/>')
    picture.raw(f'<path class="rule" d="M{left + last * step} {top}v{3 * height + 12}"/>')
    for row, (letter, name) in enumerate((("d", "dilution"), ("t", "concentration"), ("m", "MAC unit"))):
        base = top + 3 + row * (height + 3)
        picture.text(left - 34, base + 18, name, "small", anchor="end")
        picture.circle(left - 17, base + 13, 11, letter)
        for number, time in enumerate(times):
            spans = [(time["m"], time["mac_cycles"])] if letter == "m" else [(cycle, 1) for cycle in time[letter]]
            for begin, length in spans:
                picture.raw(f'<rect class="tone-{number % 3}" x="{left + begin * step + 2}" y="{base}" width="{length * step - 4}" height="{height}" rx="4" '
                            f'data-unit="{letter}" data-element="{number}" data-cycle="{begin}"/>')
                picture.text(left + begin * step + length * step / 2, base + 18, str(number + 1), "small", "on" if number % 3 == 2 else "ink", True, "middle")
    rows = [f"{number + 1}: {len(e['slots'])} chunks, {sum(e['slots'])} slots in {e['retired'][-1]} slot rows, {len(e['retired'])} steps, "
            f"{e['mac_cycles']} cycles in the MAC unit" for number, e in enumerate(example["elements"])]
    picture.lines(left, top + 3 * height + 34, rows, "small", "muted", leading=18)


def draw(root):
    machine = Machine(root)
    example = json.loads((root / "docs/figures/pe-row.json").read_text(encoding="utf-8"))
    picture = Picture(820, "A PE row as a pipeline",
                      "From ring input buffer and coefficient buffer through dilution, slot queue, concentrator, adder tree, accumulator, element queue "
                      "and MAC unit to the slice merge, with the rules for the time stamps d, t and m, and three elements cycle by cycle.")
    picture.heading("A PE row as a pipeline", "Every queue is registered: what is pushed in one cycle is seen in the next")
    pipeline(picture, machine)
    waterfall(picture, 620, example, machine)
    return picture
