"""The machine beside models of other accelerators."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Optional, Sequence, Union

import pandas as pd

from . import _core
from .accelerator import Against, split
from .chart import Chart
from .machine import Machine
from .network import Images, Network, images_of
from .result import Result


def accelerators() -> List[str]:
    """Names that compare() knows besides those of plug-ins."""
    return _core.accelerators()


class Comparison:
    """The machine and others on the same network."""

    def __init__(self, core: _core.Comparison) -> None:
        self._core = core

    @property
    def results(self) -> List[Result]:
        """The machine first, then the others in their order."""
        return [Result(result) for result in self._core.results()]

    @property
    def table(self) -> pd.DataFrame:
        """A line an accelerator: cycles, seconds, energy (J), area (mm2), and the machine's speed-up over it and energy
        advantage."""
        rows = []
        for i, result in enumerate(self.results):
            advantage = self._core.total(i)
            rows.append((result.accelerator, result.cycles, result.seconds, result.energy_j, result.area_mm2,
                         advantage.speedup, advantage.energy))
        columns = ["accelerator", "cycles", "seconds", "energy_j", "area_mm2", "speedup", "energy_advantage"]
        return pd.DataFrame(rows, columns=columns).set_index("accelerator")

    def chart(self, name: str = "speedup", *, wide: bool = True) -> Chart:
        """A figure of all of them: "speedup", "comparison", "energy", "cycles", "roofline" or "area"; see Result.chart()."""
        return Chart(_core.chart(name, self._core.results(), wide))

    def to_dict(self) -> Dict[str, Any]:
        """The document `escalate.comparison/1` of docs/file-formats.md."""
        document: Dict[str, Any] = json.loads(self._core.to_json())
        return document

    def write(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes the form that the ending says: .json, .html, .csv or .md."""
        self._core.write(os.fspath(path))

    def __str__(self) -> str:
        return self._core.text()

    def _repr_html_(self) -> str:
        return self.table.to_html()


def compare(network: Network, machine: Optional[Machine] = None, *, images: Images = None,
            against: Sequence[Against] = ("eyeriss", "dcnn", "scnn", "sparten"), iso: str = "none",
            plugins: Sequence[Union[str, "os.PathLike[str]"]] = (), batch: int = 1, jobs: int = 1) -> Comparison:
    """Runs the network on the machine and on others.

    `against`: names of accelerators(), and accelerators of your own (Accelerator); `plugins`: shared objects with more
    of them, in C++ (docs/library.md). `iso`: what the others are made equal to the machine in, "mac", "area" or "sram",
    or "none": 1,024 multipliers. `batch`: images that share a load of weights. `jobs`: processes that the machine is
    simulated by. UserError for a name that is unknown or given twice.
    """
    if iso not in ("none", "mac", "area", "sram"):
        raise ValueError(f"iso: expected one of none, mac, area, sram, got {iso!r}")
    names, own = split(against)
    return Comparison(_core.compare(network._core, (machine or Machine())._core, images_of(images), names, iso,
                                    [os.fspath(plugin) for plugin in plugins], own, batch, jobs))
