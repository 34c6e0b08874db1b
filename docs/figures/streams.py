"""What the four streams of a layer do, and the semaphores between them: a run of the program, kept in streams.json."""
import json
import pathlib
import re
import subprocess
import tempfile

from picture import Picture, grouped

STREAMS = ["load", "compute", "post", "store"]
LEFT, RIGHT = 204, 784  # of the time axis
LANE, GAP = 24, 30
# What a signal from one stream to another says, in the order of the numbers in the picture.
MEANINGS = {
    ("load", "compute"): "the input tile and its coefficients are there",
    ("compute", "load"): "the tile has been read: its buffer may be filled again",
    ("load", "post"): "bias, multiplier and shift are there",
    ("compute", "post"): "the output bank is full",
    ("post", "compute"): "the output bank is empty again",
    ("post", "store"): "the output tile is complete",
    ("store", "post"): "the output tile is in DRAM: its buffer may be filled again",
}


def run_again(root, program):
    """Runs the layer of streams.json and writes what its instructions did into the file."""
    path = root / "docs/figures/streams.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        timeline = pathlib.Path(folder) / "timeline.json"
        subprocess.run([program, *data["command"], "--timeline", timeline, "-o", pathlib.Path(folder) / "result.json"], check=True)
        events = json.loads(timeline.read_text(encoding="utf-8"))["traceEvents"]
    tracks = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    spans = [event for event in events if event["ph"] == "X"]
    data["cycles"] = max(span["args"]["end"] for span in spans)
    data["instructions"] = [{"stream": tracks[span["tid"]], "begin": span["args"]["begun"], "end": span["args"]["end"], "code": span["args"]["code"]}
                            for span in spans if tracks[span["tid"]] in STREAMS]
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


class Instruction:
    def __init__(self, entry):
        self.stream, self.begin, self.end = entry["stream"], entry["begin"], entry["end"]
        self.name, *operands = entry["code"].split()
        self.operands = dict(operand.split("=", 1) for operand in operands)
        self.waits = self.operands.get("wait", "").split(",") if "wait" in self.operands else []
        self.signals = self.operands.get("signal", "").split(",") if "signal" in self.operands else []

    def of(self, name):
        return int(self.operands[name])

    def first_row(self):
        """First output row of the tile that a pass or drain belongs to."""
        return int(re.match(r"-?\d+", self.operands["output.groups"])[0])


def numbered(values):
    """Each value's number in the order of first use."""
    return {value: number for number, value in enumerate(dict.fromkeys(values))}


def places(instructions):
    """For each instruction its lane (of its stream) and the number of its tile, or None."""
    loads = [i for i in instructions if i.name == "load_tile"]
    stores = [i for i in instructions if i.name == "store_tile"]
    input_buffers, output_buffers = numbered(i.of("region.base") for i in loads), numbered(i.of("region.base") for i in stores)
    tiles = numbered(i.first_row() for i in instructions if i.stream == "compute")
    lanes = {}
    for i in instructions:
        if i in loads:
            lanes[i] = (input_buffers[i.of("region.base")], loads.index(i))
        elif i in stores:
            lanes[i] = (output_buffers[i.of("region.base")], stores.index(i))
        elif i.stream == "load":
            lanes[i] = (2, None)
        else:
            lanes[i] = (i.of("output.bank"), tiles[i.first_row()])
    return lanes


def semaphores(instructions):
    """The n-th signal of one stream to another, with the other's n-th wait for it."""
    for signaller in STREAMS:
        for waiter in STREAMS:
            signals = [i for i in instructions if i.stream == signaller and waiter in i.signals]
            waits = [i for i in instructions if i.stream == waiter and signaller in i.waits]
            if len(signals) != len(waits):
                raise ValueError(f"{len(signals)} signals from {signaller} to {waiter}, {len(waits)} waits")
            yield from zip(signals, waits)


def draw(root):
    data = json.loads((root / "docs/figures/streams.json").read_text(encoding="utf-8"))
    instructions = [Instruction(entry) for entry in data["instructions"]]
    cycles, lanes = data["cycles"], places(instructions)
    num_tiles = 1 + max(tile for _, tile in lanes.values() if tile is not None)
    names = {"load": ["input tile A", "input tile B", "banks"], "compute": ["output bank 0", "output bank 1"],
             "post": ["output bank 0", "output bank 1"], "store": ["output tile A", "output tile B"]}
    tops, y = {}, 92
    for stream in STREAMS:
        tops[stream] = y
        y += len(names[stream]) * LANE + GAP
    bottom = y - GAP

    picture = Picture(bottom + 94 + 20 * len(MEANINGS), "The streams of a layer, and their semaphores",
                      f"Load, compute, post and store stream of a layer of {num_tiles} tiles over {cycles} cycles, with double buffers.")
    picture.heading("The streams of a layer, and their semaphores", f"{num_tiles} tiles, {grouped(cycles)} cycles; every instruction as it ran")

    def at(cycle):
        return LEFT + (RIGHT - LEFT) * cycle / cycles

    def middle(instruction):
        return tops[instruction.stream] + (lanes[instruction][0] + 0.5) * LANE

    for cycle in range(0, cycles, 500):
        picture.line([(at(cycle), 84), (at(cycle), bottom + 4)], "rule")
        picture.text(at(cycle), 78, grouped(cycle), "small", "muted", anchor="middle")
    for stream in STREAMS:
        height = len(names[stream]) * LANE
        picture.pill(46, tops[stream] + height / 2, stream, 72)
        for lane, name in enumerate(names[stream]):
            picture.text(LEFT - 10, tops[stream] + lane * LANE + 17, name, "small", anchor="end")
    ruled = len(picture.edges)
    for i in instructions:
        lane, tile = lanes[i]
        x, width, top = at(i.begin), max(2, at(i.end) - at(i.begin)), tops[i.stream] + lane * LANE
        style = "tone-1" if tile is None else f"tone-{tile % 3}"
        picture.raw(f'<rect class="{style}" x="{x:.1f}" y="{top + 2}" width="{width:.1f}" height="{LANE - 4}" rx="3"/>')
        if tile is not None:
            picture.text(x + min(width / 2, 12), top + 17, str(tile + 1), "small", "on" if tile % 3 == 2 else "ink", True, "middle", covers=ruled)

    numbers = {pair: number + 1 for number, pair in enumerate(MEANINGS)}
    shown = {}
    for signal, wait in semaphores(instructions):
        down = 1 if STREAMS.index(wait.stream) > STREAMS.index(signal.stream) else -1
        begin = (at(signal.end), middle(signal))
        end = (at(wait.begin), middle(wait) - down * (LANE / 2 - 2))
        # The way from one stream to the next lies between their lanes.
        gap = (tops[wait.stream] - GAP / 2 if down > 0 else tops[wait.stream] + len(names[wait.stream]) * LANE + GAP / 2) - down * 3
        way = [begin, end] if abs(begin[0] - end[0]) < 1 else [begin, (begin[0], gap), (end[0], gap), end]
        picture.arrow(way, "signal", 5)
        pair = (signal.stream, wait.stream)
        if pair not in shown:
            apart = abs(STREAMS.index(pair[0]) - STREAMS.index(pair[1])) > 1  # far from others only in the middle of its way
            free = [(x, gap + 3 * down) for x in ([(begin[0] + end[0]) / 2] if apart else [end[0] + 12, end[0] - 12, end[0] + 30])
                    if all(abs(x - there[0]) > 18 or abs(gap - there[1]) > 18 for there in shown.values())]
            shown[pair] = free[0]
            picture.circle(*free[0], 8, str(numbers[pair]), "badge")
    y = bottom + 32
    for pair, meaning in MEANINGS.items():
        picture.circle(28, y - 5, 8, str(numbers[pair]), "badge")
        picture.text(44, y, f"{pair[0]} → {pair[1]}", "small", bold=True)
        picture.text(180, y, meaning, "small")
        y += 20
    picture.text(16, y + 6, f"The number in a bar is that of its tile. With two buffers of each kind, tile {num_tiles} has to wait until one has been left.", "small", "muted")
    command = data["command"]
    half = command.index("--set")
    picture.text(16, y + 28, "escalate " + " ".join(command[:half]), "small", "muted")
    picture.text(32, y + 46, " ".join(command[half:]), "small", "muted")
    return picture
