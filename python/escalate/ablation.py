"""What each mechanism of the machine is worth."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, Optional, Sequence, Union

import pandas as pd

from . import _core
from .machine import Machine
from .network import Images, Network, images_of
from .progress import Progress, progress_of


class Ablation:
    """Runs of one network on the machine as it is, without each mechanism, and with each resource made free."""

    def __init__(self, core: _core.Ablation) -> None:
        self._core = core

    @property
    def table(self) -> pd.DataFrame:
        """A line a run: cycles, cycles over those of the machine as it is (above 1: slower), and what is different."""
        runs = self._core.runs()
        rows = [(run.name, run.cycles, run.cycles / runs[0].cycles, run.meaning) for run in runs]
        return pd.DataFrame(rows, columns=["run", "cycles", "relative", "meaning"]).set_index("run")

    @property
    def layers(self) -> pd.DataFrame:
        """Cycles: a line a layer, a column a run."""
        runs = self._core.runs()
        frame = pd.DataFrame({run.name: pd.Series(run.cycles_by_layer, dtype="int64") for run in runs})
        order = self.to_dict()["runs"][0]["cycles_by_layer"]
        return frame.loc[list(order)].rename_axis("layer")

    def to_dict(self) -> Dict[str, Any]:
        """The document `escalate.ablation/1` of docs/file-formats.md."""
        document: Dict[str, Any] = json.loads(self._core.to_json())
        return document

    def write(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes the form that the ending says: .json or .md."""
        self._core.write(os.fspath(path))

    def __str__(self) -> str:
        return self._core.text()

    def __repr__(self) -> str:
        runs = self._core.runs()
        return f"<Ablation: {len(runs)} runs, {runs[0].cycles:,} cycles as it is>"

    def _repr_html_(self) -> str:
        return str(self.table.to_html())


def ablate(network: Network, machine: Optional[Machine] = None, *, images: Images = None, layers: Sequence[str] = (),
           seed: int = 1, jobs: int = 1, progress: Progress = None) -> Ablation:
    """Runs the network on one image with each mechanism of the machine taken away, or each resource made free.

    `images`: one, as simulate() takes them. `layers`: names or patterns (* and ?) of weighted layers that run. `seed`:
    of the sample of outputs that is checked. `jobs`: processes of a run. `progress`: a bar in a terminal or notebook
    unless False, or a function of how many runs are done and how many there are. UserError for a pattern that names
    no layer.
    """
    return Ablation(_core.ablate(network._core, (machine or Machine())._core, images_of(images), list(layers), seed,
                                 jobs, progress_of(progress, "runs")))
