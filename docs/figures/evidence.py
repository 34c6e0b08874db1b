"""Implementations of one text, and the tests that hold them equal."""
from picture import Picture

# What is compared, and where: the numbers in the picture.
EQUAL = [
    ("times of PE rows and blocks, to the cycle", ["tests/pe/transaction/row_timeline_test.cpp", "tests/pe/transaction/block_timeline_test.cpp"]),
    ("cycles, counters, row states, outputs", ["tests/model/views_test.cpp", "tests/pe/cycle/block_test.cpp"]),
    ("handshakes and outputs, at every clock edge", ["tests/rtl/ca_unit_test.cpp", "tests/rtl/pe_row_test.cpp"]),
    ("outputs, bit by bit: a sample in every run, or all", ["tests/model/simulation_test.cpp"]),
    ("partial sums of a PE row, bit by bit", ["tests/rtl/pe_row_test.cpp"]),
    ("float outputs of a network, to rounding", ["tests/opencv/float_reference_test.cpp"]),
]


def equal(picture, x0, x1, y, number):
    """A double line with its number between two boxes."""
    for shift in (-2.5, 2.5):
        picture.line([(x0, y + shift), (x1, y + shift)])
    picture.circle((x0 + x1) / 2, y, 11, str(number), "badge")


def equal_down(picture, x, y0, y1, number):
    for shift in (-2.5, 2.5):
        picture.line([(x + shift, y0), (x + shift, y1)])
    picture.circle(x, (y0 + y1) / 2, 11, str(number), "badge")


def draw(root):
    missing = [test for _, tests in EQUAL for test in tests if not (root / test).exists()]
    if missing:
        raise ValueError(f"evidence: there is no {', '.join(missing)}")
    picture = Picture(686, "Implementations of one text, and what holds them equal",
                      "Reference models, transaction view, cycle view and SystemVerilog are written from the microarchitecture page; tests compare "
                      "neighbours. Values are compared with integer execution, and that with another ONNX runtime.")
    picture.heading("Implementations of one text, and what holds them equal", "Arrow: written from. Double line: held equal by the tests of that number")
    boxes = [(16, "reference models", ["tick; only in tests"], "plain"), (216, "transaction view", ["timelines computed", "without ticking"], "compute"),
             (416, "cycle view", ["a SystemC module", "for each unit, ticking"], "compute"), (616, "SystemVerilog", ["the units of a PE row,", "under Verilator"], "compute")]
    width, top, height = 168, 164, 74
    picture.box(216, 70, 368, 50, "memory", "microarchitecture.md", ["the machine, to the cycle (normative)"])
    picture.line([(100, 142), (700, 142)])
    picture.line([(400, 120), (400, 142)])
    for x, title, lines, role in boxes:
        picture.arrow([(x + width / 2, 142), (x + width / 2, top)])
        picture.box(x, top, width, height, role, title, lines)
    for number, (x, *_) in enumerate(boxes[:-1]):
        equal(picture, x + width, x + 200, top + height / 2, number + 1)

    below = 292
    picture.box(16, below, 168, 54, "memory", "quantization.md", ["values, to the bit"])
    picture.arrow([(184, below + 27), (216, below + 27)])
    picture.box(216, below, 568, 54, "plain", "integer execution", ["dense convolutions of whole networks; knows nothing of the machine"])
    for x, number in ((300, 4), (500, 4), (700, 5)):
        equal_down(picture, x, top + height, below, number)
    picture.box(216, 372, 168, 54, "plain", "float execution", ["of ONNX files"])
    equal(picture, 384, 416, 399, 6)
    picture.box(416, 372, 168, 54, "plain", "OpenCV", ["its dnn module"])

    y = 464
    for number, (what, tests) in enumerate(EQUAL):
        picture.circle(28, y - 5, 9, str(number + 1), "badge")
        picture.text(46, y, what, "small")
        picture.lines(430, y, tests, "small", "muted", leading=19)
        y += 7 + 19 * len(tests)
    return picture
