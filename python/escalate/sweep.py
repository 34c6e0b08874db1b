"""A network on many machines."""
from __future__ import annotations

import json
import os
import pathlib
import tempfile
from typing import Any, Dict, Mapping, Optional, Sequence, Union

import pandas as pd

from . import _core
from .chart import Chart
from .machine import Machine
from .network import Network
from .progress import Progress, progress_of

Path = Union[str, "os.PathLike[str]"]


class Sweep:
    """The points of a design space that were run."""

    def __init__(self, core: _core.SweepResult) -> None:
        self._core = core

    @property
    def points(self) -> pd.DataFrame:
        """A line a point: workload, value on each axis, status, reason, quantities, and whether it is on the front."""
        rows = []
        for point in self._core.points():
            row: Dict[str, Any] = {"number": point.number, "workload": point.workload}
            row.update({key: pd.to_numeric(value, errors="coerce") if _is_number(value) else value
                        for key, value in point.choice.items()})
            row.update({"status": point.status, "reason": point.reason, "on_front": point.on_front})
            row.update(point.values)
            rows.append(row)
        return pd.DataFrame(rows).set_index("number")

    def pareto(self) -> pd.DataFrame:
        """The points that no other one beats."""
        points = self.points
        return points[points["on_front"]]

    def sensitivity(self) -> pd.DataFrame:
        """What each value of each axis does to the objectives, relative to the best value of the axis."""
        lines = self.to_dict()["sensitivity"]
        return pd.DataFrame([{"workload": line["workload"], "axis": line["axis"], "value": line["value"],
                              **line["relative"]} for line in lines])

    def chart(self, name: str = "pareto", *, wide: bool = True) -> Chart:
        """The figure "pareto" or "sensitivity", as wide as a page of two columns or as one of them."""
        return Chart(_core.sweep_chart(name, self._core, wide))

    def to_dict(self) -> Dict[str, Any]:
        """The document `escalate.sweep/1` of docs/file-formats.md."""
        document: Dict[str, Any] = json.loads(self._core.to_json())
        return document

    def write(self, path: Path) -> None:
        """Writes the form that the ending says: .json, .html, .csv or .md."""
        self._core.write(os.fspath(path))

    def __str__(self) -> str:
        return self._core.text()

    def _repr_html_(self) -> str:
        return str(self.pareto().to_html())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _file_of(workload: Union[Path, Network], folder: str, number: int) -> str:
    if isinstance(workload, Network):
        return workload._file_for_sweep(folder, number)
    return os.path.abspath(os.fspath(workload))


def _plain(values: Any) -> Any:
    """Values of an axis as JSON has them: numbers of numpy become Python's."""
    if isinstance(values, Mapping):
        return dict(values)
    return [value.item() if hasattr(value, "item") else value for value in values]


def _changed(machine: Machine) -> Dict[str, Any]:
    """The parameters that are not the default's."""
    default, values = Machine()._values(), machine._values()
    return {key: machine[key] for key, value in values.items() if value != default[key]}


def sweep(specification: Optional[Path] = None, *, axes: Optional[Mapping[str, Sequence[Any]]] = None,
          workloads: Sequence[Union[Path, Network]] = (), machine: Optional[Machine] = None,
          objectives: Sequence[str] = ("cycles", "energy_pj"),
          constraints: Sequence[str] = (), store: Optional[Path] = None, jobs: int = 1,
          retry_failed: bool = False, progress: Progress = None, **more: Any) -> Sweep:
    """Runs every point that the store does not have.

    Either a specification (docs/sweeps.md), or `axes` (parameter to values), `workloads` (networks, or their files),
    `machine` (what the axes change; default: Machine()), `objectives`, `constraints` ("area_mm2 <= 20") and `more` keys
    of a specification (strategy="random", points=100). `store` keeps points and makes a sweep resumable, also after
    Ctrl-C; it is the command's own. A point that fails is kept with its reason. `progress`: a bar in a terminal or
    notebook unless False, or a function that is called with how many points are finished and how many there are.
    UserError with file, line and key.
    """
    if (specification is None) == (axes is None):
        raise ValueError("expected either a specification or axes")
    told = progress_of(progress, "points")
    if specification is not None:
        return Sweep(_core.sweep(os.fspath(specification), "" if store is None else os.fspath(store), jobs,
                                 retry_failed, told))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sweep.yaml"
        path.write_text(json.dumps({
            "workloads": [_file_of(workload, folder, number) for number, workload in enumerate(workloads)],
            "axes": {key: _plain(values) for key, values in (axes or {}).items()},
            **({"base": _changed(machine)} if machine is not None and _changed(machine) else {}),
            "objectives": list(objectives), **({"constraints": list(constraints)} if constraints else {}), **more}))
        kept = os.path.join(folder, "points.sqlite") if store is None else os.fspath(store)
        return Sweep(_core.sweep(str(path), kept, jobs, retry_failed, told))
