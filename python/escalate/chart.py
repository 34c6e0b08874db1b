"""Figures of results and sweeps, drawn by the report."""
from __future__ import annotations

import os
import pathlib
from typing import Union


class Chart:
    """A figure: a notebook shows it, save() writes it, `svg` is its text."""

    def __init__(self, svg: str) -> None:
        self.svg = svg
        """The figure as SVG."""

    def save(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes an SVG file. ValueError for another ending."""
        if pathlib.Path(path).suffix != ".svg":
            raise ValueError(f"expected a path that ends in .svg, got {os.fspath(path)!r}")
        pathlib.Path(path).write_text(self.svg, encoding="utf-8")

    def __repr__(self) -> str:
        return f"<Chart of {len(self.svg):,} characters of SVG>"

    def _repr_svg_(self) -> str:
        return self.svg
