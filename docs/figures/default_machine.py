"""The default machine's parameters, from the page that `escalate config` writes and a test holds equal to the program."""
import re


class Machine:
    def __init__(self, root):
        page = (root / "docs/configuration.md").read_text(encoding="utf-8").split("\n## ")[0]
        self.values = {}
        for line in page.splitlines():
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if len(cells) == 6:
                self.values[cells[0]] = cells[1].replace("\\", "")

    def text(self, name):
        return self.values[name]

    def count(self, name):
        return int(self.values[name])

    def real(self, name):
        return float(self.values[name])


def size(num_bytes):
    """Bytes in the largest unit that leaves a whole number."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if num_bytes % unit == 0:
            return f"{num_bytes // unit} {name}"
    return f"{num_bytes:,} bytes"
