"""The whole machine: memories, what moves data, what computes, and the streams that drive them."""
from default_machine import Machine, size
from picture import SIZES, Picture, grouped, width_of


def legend(picture, y):
    x = 28
    for role, text in (("memory", "memory"), ("move", "moves or queues data"), ("compute", "computes"), ("control", "control: which stream drives a unit")):
        radius = {"compute": 6, "control": 8}.get(role, 0)
        picture.raw(f'<rect class="{role}" x="{x}" y="{y - 12}" width="26" height="16" rx="{radius}"/>')
        if role == "memory":
            picture.raw(f'<path class="memory" d="M{x + 5} {y - 12}v16"/>')
        picture.text(x + 34, y + 1, text, "small")
        x += 60 + width_of(text, SIZES["small"])


def controller(picture):
    picture.box(28, 136, 152, 140, "control")
    picture.text(104, 158, "controller", bold=True, anchor="middle")
    for i, stream in enumerate(("load", "compute", "post", "store")):
        picture.pill(70 if i % 2 == 0 else 138, 182 + 28 * (i // 2), stream, 58 if i % 2 == 0 else 70)
    picture.lines(104, 242, ["4 streams, joined", "by semaphores"], anchor="middle", leading=17)


def memories(picture, machine):
    peak = machine.count("dram.channels") * machine.count("dram.burst_bytes") / machine.real("dram.burst_ns")
    picture.box(200, 56, 572, 46, "memory", "DRAM", [f"{machine.count('dram.channels')} channels, {peak:.1f} GB/s"])
    picture.box(200, 136, 170, 54, "move", "load DMA", [f"{machine.count('dma.outstanding')} requests in flight"])
    picture.box(400, 136, 170, 54, "memory", "segment directory", [f"{grouped(machine.count('dma.directory_entries'))} lengths"])
    picture.box(600, 136, 172, 54, "move", "store DMA", [f"{machine.count('dma.outstanding')} requests in flight"])
    picture.pill(236, 136, "load")
    picture.pill(736, 136, "store")
    picture.arrow([(320, 102), (320, 136)])
    picture.arrow([(686, 136), (686, 102)])
    picture.arrow([(400, 163), (370, 163)])
    picture.arrow([(600, 163), (570, 163)])
    picture.box(240, 222, 532, 54, "memory", "global buffer",
                [f"{size(machine.count('global_buffer_bytes'))} of activations, a map bit beside each byte"])
    picture.arrow([(320, 190), (320, 222)])
    picture.arrow([(686, 222), (686, 190)])


def block(picture, machine):
    left, top, width, height = 28, 392, 572, 286
    picture.stack(left, top, width, height, "plain")
    picture.text(left + 14, top + 23, "PE block", "head", bold=True)
    picture.text(left + 96, top + 23, f"one of {machine.count('blocks')}", "small", "muted")
    picture.box(44, 428, 240, 54, "memory", "coefficient buffer", [f"2 banks of {size(machine.count('coefficient_bank_bytes'))}"])
    picture.pill(258, 428, "load")
    picture.box(330, 428, 254, 54, "memory", "ring input buffer",
                [f"{machine.count('ring.chunks')} chunks of {machine.count('ca.chunk')} channels"])
    rows = machine.count("rows")
    pitch, first = 22, 538
    picture.stack(44, 510, 408, 154, "plain")
    picture.text(56, 529, "slice", bold=True)
    picture.text(98, 529, f"one of {machine.count('slices')}, with {rows} PE rows", "small", "muted")
    shown = min(rows, 5)
    last = first
    for row in range(shown):
        y = first + row * pitch
        if rows > shown and row == shown - 2:
            picture.text(200, y + 13, "…", anchor="middle")
            continue
        picture.box(56, y, 80, 18, "compute", lines=["CA unit"])
        picture.arrow([(136, y + 9), (150, y + 9)], head=5)
        picture.queue(150, y + 3, 36, 12)
        picture.arrow([(186, y + 9), (200, y + 9)], head=5)
        picture.box(200, y, 80, 18, "compute", lines=["MAC unit"])
        picture.arrow([(280, y + 9), (292, y + 9)], head=5)
        picture.box(292, y, 82, 18, "memory", lines=["line buffer"])
        picture.arrow([(374, y + 9), (386, y + 9)], head=5)
        last = y
    picture.box(386, first - 2, 58, last + 20 - first + 2, "compute", "", ["merge", f"{machine.count('merge_words')} sums", "a cycle"])
    middle = (first + last + 18) / 2
    picture.box(480, middle - 34, 104, 68, "memory", "", ["output banks", f"2 of {grouped(machine.count('output_bank_words'))}", "sums"])
    picture.arrow([(444, middle), (480, middle)])
    picture.arrow([(164, 482), (164, 500)])
    picture.arrow([(410, 482), (410, 500)])
    return middle


def post_processing(picture, machine, middle):
    picture.box(640, 314, 132, 200, "compute")
    picture.pill(706, 314, "post")
    picture.lines(706, 350, ["post-processing", "unit"], "body", bold=True, anchor="middle", leading=17)
    picture.lines(706, 388, [f"{machine.count('post_lanes')} lanes:", "requantise, add,", "pool, clamp"], anchor="middle", leading=17)
    picture.box(654, 450, 104, 52, "memory", lines=["parameter", "banks"])
    picture.pill(734, 448, "load")
    picture.box(640, middle - 34, 132, 68, "move")
    picture.lines(706, middle - 4, ["output", "collector"], "body", bold=True, anchor="middle", leading=17)
    picture.arrow([(584, middle), (640, middle)])
    picture.arrow([(706, middle - 34), (706, 514)])
    picture.arrow([(752, 314), (752, 276)])
    picture.arrow([(660, 276), (660, 314)])


def draw(root):
    machine = Machine(root)
    picture = Picture(738, "The machine",
                      "DRAM, DMA engines, global buffer, multicast network, PE blocks with their slices of PE rows, post-processing and controller, "
                      "with the sizes of the default configuration.")
    picture.heading("The machine")
    picture.text(152, 32, f"sizes of the default configuration, at {machine.real('clock_mhz'):g} MHz", "small", "muted")
    picture.raw('<rect class="ghost" x="14" y="120" width="772" height="574" rx="10"/>')
    picture.text(28, 112, "on chip", "small", "muted")
    controller(picture)
    memories(picture, machine)
    picture.box(240, 314, 360, 50, "move", "multicast network", [f"{machine.count('network_bytes')} bytes a cycle, to all blocks at once"])
    picture.pill(286, 314, "compute")
    picture.arrow([(457, 276), (457, 314)])
    middle = block(picture, machine)
    picture.arrow([(457, 364), (457, 428)])
    picture.arrow([(218, 190), (218, 428)])
    post_processing(picture, machine, middle)
    legend(picture, 718)
    return picture
