"""The Python lines of the pages run, and the reference is that of the docstrings."""
import pathlib
import re
import runpy

import pytest

import escalate as esc

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/python.md"]


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)


@pytest.mark.parametrize("page", PAGES)
def test_the_lines_of_a_page_run(page):
    assert blocks(page)
    for block in blocks(page):
        exec(compile(block, page, "exec"), {})


def test_the_reference_is_made_from_the_docstrings():
    script = runpy.run_path(str(ROOT / "scripts/python_reference"))
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    assert script["reference"](esc) in page, "scripts/python_reference writes it"
