"""A picture as SVG: legible in light and in dark mode, without scripts, fonts or files from elsewhere.

A picture that cannot be read is refused: texts may not meet each other, a line or the border of a box, nor leave the picture. Widths are those
of DejaVu Sans, the widest of the usual system fonts.
"""
import math
from xml.sax.saxutils import escape

WIDTH = 800
SIZES = {"title": 18, "head": 15, "body": 14, "small": 13}

# Role: colours in light and in dark mode. Blue, orange, green and purple are apart for all kinds of colour vision; shapes tell them apart in grey.
INK = {"ink": ("#1f2328", "#e6edf3"), "muted": ("#59636e", "#9aa4af"), "line": ("#8c959f", "#6e7681"), "faint": ("#d8dee4", "#30363d"),
       "ground": ("#ffffff", "#0d1117"), "on": ("#ffffff", "#0d1117")}
ROLES = {  # fill and stroke
    "memory": (("#ddecf8", "#0b5f95"), ("#0f2a41", "#6cb8ee")),
    "compute": (("#fcead6", "#a34a00"), ("#3b2511", "#f0a657")),
    "move": (("#daf1e8", "#00684c"), ("#0c3027", "#4acba3")),
    "control": (("#f4e6f0", "#8f3f72"), ("#36202f", "#e597c6")),
    "plain": (("#f6f8fa", "#8c959f"), ("#161b22", "#6e7681")),
}

# Advance widths of DejaVu Sans in thousandths of the type size.
_WIDTHS = {275: "'", 278: "ijl", 295: "IJ", 318: " ,.·", 337: "/:;\\|", 352: "f", 361: "-", 390: "()[]", 392: "t", 401: "!", 411: "r",
           460: '"', 500: "*_–", 521: "s", 525: "z", 531: "?", 550: "c", 557: "L", 575: "F", 579: "k", 592: "vxy", 603: "P", 611: "TY",
           612: "o", 613: "a", 615: "e", 632: "EΣ", 634: "hnu", 635: "Sbdgpq", 636: "$0123456789{}", 656: "K", 684: "AV", 685: "XZ",
           686: "B", 695: "R", 698: "C", 732: "U", 748: "N", 752: "H", 770: "D", 775: "G", 780: "&", 787: "OQ", 818: "w",
           838: "#+<=>~×−→≤≥±", 863: "M", 950: "%", 974: "m", 989: "W", 1000: "@…"}
_WIDTH_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_BOLD = 1.13  # times as wide, at most, in words


def width_of(text, size, bold=False):
    return sum(_WIDTH_OF[letter] for letter in text) * size / 1000 * (_BOLD if bold else 1)


def number(value):
    return f"{value:.1f}".removesuffix(".0")


def grouped(value):
    """A number as the project's tables print it: 65,536."""
    return f"{value:,}"


class Picture:
    def __init__(self, height, title, description):
        self.height, self.title, self.description = height, title, description
        self.parts, self.texts, self.edges = [], [], []

    def text(self, x, y, text, size="body", colour="ink", bold=False, anchor="start", covers=0):
        """One line whose baseline is at y. What hides the first `covers` lines drawn so far may meet them."""
        points = SIZES[size]
        width = width_of(text, points, bold)
        left = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
        self.texts.append((text, (left, y - 0.74 * points, left + width, y + 0.2 * points), covers))
        classes = " ".join([size, "c-" + colour] + (["bold"] if bold else []))
        anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(f'<text class="{classes}" x="{number(x)}" y="{number(y)}"{anchored}>{escape(text)}</text>')

    def lines(self, x, y, texts, size="small", colour="ink", anchor="start", leading=18, **more):
        for i, text in enumerate(texts):
            self.text(x, y + i * leading, text, size, colour, anchor=anchor, **more)

    def heading(self, text, under=""):
        self.text(16, 32, text, "title", bold=True)
        if under:
            self.text(16, 52, under, "small", "muted")

    def box(self, x, y, w, h, role, title="", lines=()):
        """A box with texts in its middle. Memories have square corners and a bar, what computes round ones, control a dashed border."""
        radius = {"memory": 0, "compute": 9, "move": 3, "control": 9, "plain": 6}[role]
        self.edges += self._border(x, y, w, h)
        self.parts.append(f'<rect class="{role}" x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}" rx="{radius}"/>')
        if role == "memory":
            self.parts.append(f'<path class="{role}" d="M{number(x + 5)} {number(y)}v{number(h)}"/>')
        texts = ([(title, "body", "ink", True)] if title else []) + [(line, "small", "ink", False) for line in lines]
        leading = 17
        baseline = y + h / 2 - (len(texts) - 1) * leading / 2 + 5
        middle = x + w / 2 + (2.5 if role == "memory" else 0)
        for i, (text, points, colour, bold) in enumerate(texts):
            self.text(middle, baseline + i * leading, text, points, colour, bold, "middle")

    def stack(self, x, y, w, h, role, sheets=3, step=5):
        """Several boxes behind each other; the front one is at x, y."""
        for i in reversed(range(1, sheets)):
            self.parts.append(f'<rect class="{role}" x="{number(x + i * step)}" y="{number(y - i * step)}" width="{number(w)}" '
                              f'height="{number(h)}" rx="9"/>')
            self.edges.append(((x + i * step, y - i * step), (x + i * step + w, y - i * step)))
            self.edges.append(((x + i * step + w, y - i * step), (x + i * step + w, y - i * step + h)))
        self.parts.append(f'<rect class="{role}" x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}" rx="9"/>')
        self.edges += self._border(x, y, w, h)

    def queue(self, x, y, w, h, cells=4):
        """A first-in first-out queue: a box cut into places."""
        self.parts.append(f'<rect class="move" x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"/>')
        self.edges += self._border(x, y, w, h)
        for i in range(1, cells):
            cut = x + w * i / cells
            self.parts.append(f'<path class="move" d="M{number(cut)} {number(y)}v{number(h)}"/>')
            self.edges.append(((cut, y), (cut, y + h)))

    def cell(self, x, y, size, text="", style="cell", shade=None, colour="ink", bold=False):
        """A square of a grid. `shade`: (role, 0 to 1), how strongly it is filled."""
        place = f'x="{number(x)}" y="{number(y)}" width="{number(size)}" height="{number(size)}"'
        if shade:
            self.parts.append(f'<rect class="s-{shade[0]}" fill-opacity="{number(shade[1])}" {place}/>')
        self.parts.append(f'<rect class="{style}" {place}/>')
        self.edges += self._border(x, y, size, size)
        if text:
            self.text(x + size / 2, y + size / 2 + 5, text, "small", colour, bold, "middle")

    def pill(self, x, y, text, w=None):
        """A small label with round ends, whose middle is at x, y. It may cover a border."""
        w = w or width_of(text, SIZES["small"]) + 18
        self.parts.append(f'<rect class="control" x="{number(x - w / 2)}" y="{number(y - 10)}" width="{number(w)}" height="20" rx="10"/>')
        hidden = len(self.edges)
        self.edges += self._border(x - w / 2, y - 10, w, 20)
        self.text(x, y + 4.5, text, "small", anchor="middle", covers=hidden)

    def circle(self, x, y, radius, text, style="solid", colour="on"):
        self.parts.append(f'<circle class="{style}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>')
        self.text(x, y + 5, text, "small", colour, True, "middle", covers=len(self.edges))

    def line(self, points, style="wire"):
        self.edges += list(zip(points, points[1:]))
        self.parts.append(f'<path class="{style}" d="{self._rounded(points)}"/>')

    def arrow(self, points, style="wire", head=7):
        """A line with a head at its last point; corners are rounded."""
        (x0, y0), (x1, y1) = points[-2:]
        length = math.hypot(x1 - x0, y1 - y0)
        dx, dy = (x1 - x0) / length, (y1 - y0) / length
        base = (x1 - dx * head, y1 - dy * head)
        self.edges += list(zip(points, points[1:]))
        self.parts.append(f'<path class="{style}" d="{self._rounded(points[:-1] + [base])}"/>')
        corners = [(x1, y1), (base[0] - dy * head / 2, base[1] + dx * head / 2), (base[0] + dy * head / 2, base[1] - dx * head / 2)]
        way = "L".join(f"{number(x)} {number(y)}" for x, y in corners)
        self.parts.append(f'<path class="{style}-head" d="M{way}Z"/>')

    def raw(self, part):
        """Any element, of which texts are not kept clear."""
        self.parts.append(part)

    def svg(self):
        self._refuse_what_cannot_be_read()
        body = "\n".join(self.parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{number(self.height)}" '
                f'viewBox="0 0 {WIDTH} {number(self.height)}" role="img" aria-labelledby="title description">\n'
                f'<title id="title">{escape(self.title)}</title>\n<desc id="description">{escape(self.description)}</desc>\n'
                f"<style>\n{_style()}</style>\n"
                f'<rect class="sheet" x="0.5" y="0.5" width="{WIDTH - 1}" height="{number(self.height - 1)}" rx="8"/>\n{body}\n</svg>\n')

    @staticmethod
    def _border(x, y, w, h):
        corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
        return list(zip(corners, corners[1:] + corners[:1]))

    @staticmethod
    def _rounded(points, radius=6):
        way = f"M{number(points[0][0])} {number(points[0][1])}"
        for before, corner, after in zip(points, points[1:], points[2:]):
            near = []
            for end in (before, after):
                length = math.hypot(end[0] - corner[0], end[1] - corner[1])
                part = min(radius, length / 2) / length
                near.append((corner[0] + (end[0] - corner[0]) * part, corner[1] + (end[1] - corner[1]) * part))
            way += (f"L{number(near[0][0])} {number(near[0][1])}Q{number(corner[0])} {number(corner[1])} "
                    f"{number(near[1][0])} {number(near[1][1])}")
        return way + f"L{number(points[-1][0])} {number(points[-1][1])}"

    def _refuse_what_cannot_be_read(self):
        faults = []
        for i, (text, (left, top, right, bottom), covers) in enumerate(self.texts):
            if left < 8 or top < 4 or right > WIDTH - 8 or bottom > self.height - 4:
                faults.append(f"'{text}' leaves the picture ({left:.0f} to {right:.0f}, {top:.0f} to {bottom:.0f})")
            for other, (x0, y0, x1, y1), _ in self.texts[:i]:
                if left < x1 and x0 < right and top < y1 and y0 < bottom:
                    faults.append(f"'{text}' meets '{other}'")
            for begin, end in self.edges[covers:]:
                if _crosses(begin, end, left, top, right, bottom):
                    faults.append(f"'{text}' ({left:.0f} to {right:.0f}, {top:.0f} to {bottom:.0f}) meets the line {begin} {end}")
        if faults:
            raise ValueError(f"{self.title}:\n  " + "\n  ".join(faults))


def _crosses(begin, end, left, top, right, bottom):
    """Whether a line has a part within a box (Liang and Barsky's clipping)."""
    (x0, y0), (x1, y1) = begin, end
    first, last = 0.0, 1.0
    for step, room in ((x0 - x1, x0 - left), (x1 - x0, right - x0), (y0 - y1, y0 - top), (y1 - y0, bottom - y0)):
        if step == 0:
            if room <= 0:
                return False
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    return first < last


def _style():
    rules = ["text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}", ".bold{font-weight:600}"]
    rules += [f".{name}{{font-size:{points}px}}" for name, points in SIZES.items()]
    rules += [".wire,.signal{fill:none;stroke-width:1.5}", ".rule{fill:none;stroke-width:1}",
              ".cell,.cell-strong,.ghost{fill:none}", ".cell-strong{stroke-width:2.5}", ".ghost{stroke-dasharray:3 3}",
              ".control{stroke-dasharray:4 3}", ".memory,.compute,.move,.control,.plain{stroke-width:1.5}"]
    for mode in (0, 1):
        colours = {name: pair[mode] for name, pair in INK.items()}
        block = [f".c-{name}{{fill:{colours[name]}}}" for name in ("ink", "muted", "on")]
        block.append(f".sheet{{fill:{colours['ground']};stroke:{colours['faint']}}}")
        block.append(f".wire,.cell-strong{{stroke:{colours['ink']}}}")
        block.append(f".wire-head,.solid{{fill:{colours['ink']}}}")
        block.append(f".cell,.rule,.ghost{{stroke:{colours['line']}}}")
        block.append(f".tone-0{{fill:{colours['ground']}}}.tone-1{{fill:{colours['faint']}}}.tone-2{{fill:{colours['muted']}}}"
                     f".tone-0,.tone-1,.tone-2{{stroke:{colours['muted']}}}")
        block.append(f".left{{fill:none;stroke:{colours['ink']};stroke-width:1.5}}")
        block.append(f".dot{{fill:{colours['line']}}}")
        for role, modes in ROLES.items():
            fill, stroke = modes[mode]
            block.append(f".{role}{{fill:{fill};stroke:{stroke}}}")
            if role != "plain":
                block.append(f".s-{role}{{fill:{stroke}}}")
        block.append(f".signal{{stroke:{ROLES['control'][mode][1]}}}.signal-head,.badge{{fill:{ROLES['control'][mode][1]}}}")
        rules.append("".join(block) if mode == 0 else "@media (prefers-color-scheme:dark){" + "".join(block) + "}")
    return "\n".join(rules) + "\n"
