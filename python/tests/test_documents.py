"""The Python lines of the pages run."""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/python.md"]


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)


@pytest.mark.parametrize("page", PAGES)
def test_the_lines_of_a_page_run(page):
    assert blocks(page)
    for block in blocks(page):
        exec(compile(block, page, "exec"), {})
