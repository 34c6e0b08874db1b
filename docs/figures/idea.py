"""The idea of ESCALATE in one picture: kernels that share basis kernels, and what that makes of a convolution."""
from picture import Picture

COEFFICIENTS = [1, 0, -1]  # of one kernel (k, c), a term each
BASIS = [[[1, 2, 1], [2, 4, 2], [1, 2, 1]], [[1, 0, -1], [2, 0, -2], [1, 0, -1]], [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]]
ACTIVATIONS = [3, 0, 5, 2, 0, 7, 1, 0]  # of one position, channel by channel
TERM = [1, 1, 0, -1, -1, 1, 0, -1]  # the coefficients of one (k, m) for the same channels


def signed(value):
    return f"−{-value}" if value < 0 else str(value)


def sign(coefficient):
    return {1: "+", -1: "−", 0: "0"}[coefficient]


def kernel(picture, x, y, values, cell=26):
    largest = max(abs(value) for row in values for value in row)
    for r, row in enumerate(values):
        for s, value in enumerate(row):
            shade = ("compute" if value > 0 else "memory", 0.1 + 0.4 * abs(value) / largest) if value else None
            picture.cell(x + s * cell, y + r * cell, cell, signed(value), shade=shade, colour="ink" if value else "muted")


def weights(picture, y):
    picture.text(16, y, "1  All kernels of a layer are sums of the same few basis kernels", "head", bold=True)
    whole = [[sum(c * basis[r][s] for c, basis in zip(COEFFICIENTS, BASIS)) for s in range(3)] for r in range(3)]
    top = y + 20
    kernel(picture, 32, top, whole)
    picture.text(71, top + 98, "kernel (k, c)", "small", anchor="middle")
    x = 136
    for m, (coefficient, basis) in enumerate(zip(COEFFICIENTS, BASIS)):
        picture.text(x, top + 44, "+" if m else "=", "title", anchor="middle")
        picture.circle(x + 40, top + 39, 17, sign(coefficient) + ("1" if coefficient else ""))
        picture.text(x + 74, top + 44, "×", "title", anchor="middle")
        kernel(picture, x + 92, top, basis)
        picture.text(x + 131, top + 98, f"basis kernel {m + 1}", "small", anchor="middle")
        x += 198
    picture.lines(x - 6, top + 35, ["+ …,", "M terms"], "small", "muted")
    picture.text(16, top + 124, "Only the coefficients (−1, 0 or +1) belong to one kernel. They are few bits, and most are zero.", "small", "muted")


def element(picture, y):
    """Dilution and concentration of one position; returns the intermediate element's value."""
    picture.text(16, y, "2  CA unit: for each (k, m), channels are only added and subtracted", "head", bold=True)
    cell, left, top = 28, 136, y + 36
    picture.text(left - 12, top + 19, "activations", "small", anchor="end")
    picture.text(left - 12, top + 51, "coefficients", "small", anchor="end")
    matches = []
    packed = []
    for c, (activation, coefficient) in enumerate(zip(ACTIVATIONS, TERM)):
        x = left + c * cell
        match = activation != 0 and coefficient != 0
        picture.text(x + cell / 2, top - 7, f"c{c}", "small", "muted", anchor="middle")
        shade = ("compute", 0.35) if match else None
        picture.cell(x, top, cell, str(activation), shade=shade, colour="ink" if activation else "muted")
        picture.cell(x, top + 32, cell, sign(coefficient), shade=shade, colour="ink" if coefficient else "muted")
        if activation:
            packed.append((activation, coefficient))
            if match:
                matches.append(activation * coefficient)
    end = left + 8 * cell
    picture.arrow([(end + 10, top + 30), (end + 92, top + 30)])
    picture.text(end + 50, top + 22, "dilution", "small", anchor="middle", bold=True)
    left = end + 102
    picture.text(left, top - 7, "non-zero activations, packed", "small", "muted")
    for i, (activation, coefficient) in enumerate(packed):
        x = left + i * cell
        shade = ("compute", 0.35) if coefficient else None
        picture.cell(x, top, cell, str(activation), shade=shade)
        picture.cell(x, top + 32, cell, sign(coefficient) if coefficient else "", shade=shade)
    picture.lines(left + 5 * cell + 12, top + 44, ["masks: which match,", "and with which sign"], "small", "muted", leading=17)
    # Concentration goes on below, from right to left, so that the eye ends where the next line begins.
    below = top + 100
    middle = left + 2.5 * cell
    picture.arrow([(middle, top + 66), (middle, below - 8)])
    picture.text(middle + 12, top + 86, "concentration", "small", bold=True)
    first = middle - len(matches) * cell / 2
    for i, value in enumerate(matches):
        picture.cell(first + i * cell, below, cell, signed(value), shade=("compute", 0.35))
    picture.text(first + len(matches) * cell + 12, below + 19, "only matches are added", "small", "muted")
    picture.arrow([(first - 10, below + 14), (first - 62, below + 14)])
    picture.circle(first - 80, below + 14, 17, "Σ")
    picture.arrow([(first - 98, below + 14), (first - 150, below + 14)])
    total = sum(matches)
    picture.cell(first - 188, below, cell, str(total), style="cell-strong", bold=True)
    picture.text(first - 200, below + 19, "intermediate element", "small", anchor="end")
    return total


def output(picture, y, value):
    picture.text(16, y, "3  MAC unit: the few multiplications that are left", "head", bold=True)
    top, cell, small = y + 24, 30, 26
    for h in range(5):
        for w in range(5):
            here = (h, w) == (2, 2)
            picture.cell(24 + w * small, top + h * small, small, str(value) if here else "", bold=here)
    picture.cell(24 + 2 * small, top + 2 * small, small, style="cell-strong")
    picture.lines(89, top + 150, ["intermediate map", "of (k, m), as large", "as the input"], "small", anchor="middle", leading=17)
    picture.text(178, top + 70, "×", "title", anchor="middle")
    kernel(picture, 202, top + 26, BASIS[0])
    picture.lines(241, top + 150, ["basis kernel m,", "in registers"], "small", anchor="middle", leading=17)
    picture.arrow([(292, top + 65), (332, top + 65)])
    left = 344
    for h in range(5):
        for w in range(5):
            r, s = h - 1, w - 1
            inside = 0 <= r < 3 and 0 <= s < 3
            text = str(value * BASIS[0][r][s]) if inside else ""
            picture.cell(left + w * cell, top - 10 + h * cell, cell, text, shade=("compute", 0.35) if inside else None)
    picture.lines(left + 75, top + 160, ["partial sums: products are", "added where they belong"], "small", anchor="middle", leading=17)
    picture.arrow([(508, top + 65), (618, top + 65)])
    picture.lines(563, top + 38, ["all M terms,", "requantised"], "small", anchor="middle", leading=17)
    for i in (2, 1):
        picture.raw(f'<rect class="plain" x="{632 + 6 * i}" y="{top - 6 * i}" width="130" height="130"/>')
    for h in range(5):
        for w in range(5):
            x, y_ = 632 + w * small, top + h * small
            picture.raw(f'<rect class="plain" x="{x}" y="{y_}" width="{small}" height="{small}"/>')
    picture.lines(703, top + 150, ["output activations,", "channel k"], "small", anchor="middle", leading=17)


def draw(_):
    picture = Picture(706, "The idea of ESCALATE",
                      "A kernel is a sum of ternary coefficients times basis kernels that all kernels of a layer share. The CA unit adds and subtracts "
                      "the matching non-zero activations of all channels into an intermediate map; the MAC unit multiplies that with the basis kernel.")
    picture.heading("A convolution in two halves", "W = Ce × B: ternary coefficients Ce for every kernel, times basis kernels B for all")
    weights(picture, 86)
    value = element(picture, 272)
    output(picture, 484, value)
    return picture
