"""What a run comes to."""
from __future__ import annotations

import base64
import html
import json
import os
import tempfile
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import _core
from .chart import Chart


class Result:
    """Cycles, time, energy and area of a run on the machine or on a model of another accelerator."""

    def __init__(self, core: _core.Result, class_names: Optional[List[str]] = None,
                 outputs: Optional[List[npt.NDArray[np.int8]]] = None) -> None:
        self._core = core
        self._class_names = class_names
        self._outputs = outputs

    @classmethod
    def load(cls, path: Union[str, "os.PathLike[str]"]) -> "Result":
        """A file that `escalate simulate -o FILE.json` or write() wrote, without outputs. UserError with the key."""
        return cls(_core.Result.load(os.fspath(path)))

    @property
    def accelerator(self) -> str:
        """ "escalate", or the name of another accelerator."""
        return self._core.accelerator()

    @property
    def network(self) -> str:
        """Name of the network that ran."""
        return self._core.network()

    @property
    def images(self) -> int:
        """Images that ran."""
        return self._core.images()

    @property
    def cycles(self) -> int:
        """Cycles of all images."""
        return self._core.cycles()

    @property
    def seconds(self) -> float:
        """Simulated time, s."""
        return self._core.seconds()

    @property
    def energy_j(self) -> float:
        """Energy, J: DRAM, leakage and clock included."""
        return self._core.energy_j()

    @property
    def edp(self) -> float:
        """Energy x delay, J s."""
        return self._core.edp_js()

    @property
    def power_w(self) -> float:
        """Average power, W."""
        return self._core.power_w()

    @property
    def area_mm2(self) -> float:
        """Area, mm2."""
        return self._core.area_mm2()

    @property
    def layers(self) -> pd.DataFrame:
        """One line a layer: kind, cycles, what it is bound by, dense MACs, energy (J), utilisation of resources."""
        rows = []
        for found in self._core.layers():
            row: Dict[str, Any] = {"layer": found.name, "kind": found.kind, "cycles": found.cycles,
                                   "bound_by": found.bound_by, "macs_dense": found.macs_dense,
                                   "energy_j": found.energy_j}
            row.update({f"utilization_{name}": share for name, share in found.utilization.items()})
            rows.append(row)
        return pd.DataFrame(rows).set_index("layer")

    def energy(self, per: str = "component") -> Union["pd.Series[float]", pd.DataFrame]:
        """Energy in J per "component", or per "layer" with a column for each component."""
        if per == "component":
            return pd.Series(self._core.energy_by_component_j(), name="energy_j", dtype=float)
        if per == "layer":
            found = self._core.layers()
            return pd.DataFrame([layer.energy_by_component_j for layer in found],
                                index=pd.Index([layer.name for layer in found], name="layer")).fillna(0.0)
        raise ValueError(f"expected per='component' or per='layer', got {per!r}")

    @property
    def counters(self) -> "pd.Series[int]":
        """Actions of all layers together, which energy is charged by."""
        return pd.Series(self._core.counters(), name="count", dtype="int64")

    def limits(self) -> pd.DataFrame:
        """Cycles that each resource alone would need for each layer."""
        found = self._core.layers()
        return pd.DataFrame([layer.limits for layer in found],
                            index=pd.Index([layer.name for layer in found], name="layer"))

    def bound_by(self) -> str:
        """The resource that binds the layers with the most cycles."""
        return self._core.bound_by()

    @property
    def outputs(self) -> List[npt.NDArray[np.int8]]:
        """The network's output by image, [C][H][W]; none of a file, or of another accelerator."""
        return self._core.outputs() if self._outputs is None else self._outputs

    @property
    def classes(self) -> List[int]:
        """The class of each image, where the network tells classes."""
        return self._core.classes()

    @property
    def predictions(self) -> List[str]:
        """The class of each image by its name, or its number where the network knows no names."""
        names = self._class_names
        return [names[number] if names and number < len(names) else str(number) for number in self.classes]

    @property
    def top1(self) -> Optional[float]:
        """Share of images classified right, where labels are known."""
        return self._core.top1()

    @property
    def checked_outputs(self) -> int:
        """Outputs that were compared with a dense convolution, and equal."""
        return self._core.checked_outputs()

    def chart(self, name: str = "energy", *, wide: bool = True) -> Chart:
        """A figure: "energy", "cycles", "roofline" or "area", as wide as a page of two columns or as one of them."""
        return Chart(_core.chart(name, [self._core], wide))

    def timeline(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes what each stream executed when, as trace events for Perfetto or chrome://tracing.

        UserError unless simulate() was called with timeline=True.
        """
        text = self._core.timeline()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def to_dict(self) -> Dict[str, Any]:
        """The document `escalate.result/1` of docs/result-format.md."""
        document: Dict[str, Any] = json.loads(self._core.to_json())
        return document

    def to_json(self) -> str:
        """The same as text, as `escalate simulate -o` writes it."""
        return self._core.to_json()

    def to_html(self) -> str:
        """The report's page: one file with charts and tables, nothing loaded."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "page.html")
            self._core.write(path)
            with open(path, encoding="utf-8") as page:
                return page.read()

    def write(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes the form that the ending says: .json, .html, .csv or .md."""
        self._core.write(os.fspath(path))

    def __str__(self) -> str:
        return self._core.text()

    def __repr__(self) -> str:
        return (f"<Result of {self.network} on {self.accelerator}: {self.cycles:,} cycles, "
                f"{self.energy_j * 1e6:.4g} uJ>")

    def _repr_html_(self) -> str:
        heads = {"cycles": f"{self.cycles:,}", "time": f"{self.seconds * 1e6:.4g} us",
                 "energy": f"{self.energy_j * 1e6:.4g} uJ", "power": f"{self.power_w:.3g} W",
                 "EDP": f"{self.edp:.4g} J s", "area": f"{self.area_mm2:.4g} mm2", "bound by": self.bound_by()}
        cells = "".join(f"<tr><th style='text-align:left'>{name}</th><td>{html.escape(value)}</td></tr>"
                        for name, value in heads.items())
        images = "1 image" if self.images == 1 else f"{self.images} images"
        title = html.escape(f"{self.network} on {self.accelerator}, {images}")
        return (f"<div><b>{title}</b><table>{cells}</table>{self._figure('cycles')}{self._figure('energy')}"
                f"{self._figure('roofline')}</div>")

    def _figure(self, name: str) -> str:
        """A figure as an image of HTML; nothing if the result has nothing for it."""
        try:
            svg = self.chart(name).svg
        except _core.UserError:
            return ""
        return f"<img alt='{name}' src='data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}'>"

    def __reduce__(self) -> Tuple[Any, ...]:
        return (_from_json, (self.to_json(), self._class_names, self.outputs))


def _from_json(text: str, class_names: Optional[List[str]], outputs: List[npt.NDArray[np.int8]]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "result.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return Result(_core.Result.load(path), class_names, outputs)
