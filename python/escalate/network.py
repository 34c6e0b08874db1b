"""Networks, drawn or trained, and the images they run on."""
from __future__ import annotations

import os
import pathlib
import tempfile
from typing import Any, Iterable, List, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import _core

Path = Union[str, "os.PathLike[str]"]
Images = Union[None, int, str, npt.NDArray[Any], _core.Images]


def images_of(images: Images) -> _core.Images:
    """What the library runs: None is as many drawn images as a batch has, a number that many drawn ones, a text what
    `--input` takes ("image:PATH", "cifar10:DIR", "npy:FILE", "patterns"), an array [n][C][H][W] int8 steps or real
    values of the network's input."""
    if images is None:
        return _core.Images()
    if isinstance(images, _core.Images):
        return images
    if isinstance(images, str):
        return _core.Images.from_files(images, 0)
    if isinstance(images, (int, np.integer)):
        return _core.Images.drawn(int(images))
    array = np.asarray(images)
    if array.ndim == 3:
        array = array[np.newaxis]
    if array.dtype == np.int8:
        return _core.Images.from_int8(np.ascontiguousarray(array))
    if array.dtype.kind not in "fiu":
        raise TypeError(f"images are an array of numbers, not of {array.dtype}")
    return _core.Images.from_float(np.ascontiguousarray(array, dtype=np.float32))


def images(what: str, count: int = 0) -> _core.Images:
    """The first `count` images (0: all) of what `--input` takes: "image:PATH", "cifar10:DIR", "npy:FILE", "patterns"."""
    return _core.Images.from_files(what, count)


class Network:
    """A network that does not change. It can be simulated if it was drawn, or is calibrated by compress()."""

    def __init__(self, core: _core.Network) -> None:
        self._core = core

    @classmethod
    def from_onnx(cls, path: Path) -> "Network":
        """A trained network. UserError that names the node, operator and attribute which cannot be read."""
        return cls(_core.Network.from_onnx(os.fspath(path)))

    @classmethod
    def from_yaml(cls, path: Path, *, seed: Optional[int] = None, terms: int = 6,
                  pointwise_terms: int = 1) -> "Network":
        """A workload (shapes and densities), its values drawn from `seed`. UserError with file, line and key."""
        return cls(_core.Network.from_yaml(os.fspath(path), seed, terms, pointwise_terms))

    @classmethod
    def from_torch(cls, model: Any, example: Any) -> "Network":
        """A PyTorch module, exported by PyTorch's own exporter with the input `example`, [1][C][H][W].

        Needs torch and onnx (`pip install escalate-sim[torch]`).
        """
        import torch

        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / f"{type(model).__name__}.onnx"
            was_training = model.training
            model.eval()
            try:
                with torch.no_grad():
                    torch.onnx.export(model, (example,), str(path), dynamo=False)
            except TypeError:  # before PyTorch 2.5 there is one exporter only
                with torch.no_grad():
                    torch.onnx.export(model, (example,), str(path))
            finally:
                model.train(was_training)
            return cls.from_onnx(path)

    @property
    def name(self) -> str:
        """Its name."""
        return self._core.name()

    @property
    def input_shape(self) -> Tuple[int, int, int]:
        """Channels, height and width of an image."""
        return self._core.input_shape()

    @property
    def output_shape(self) -> Tuple[int, int, int]:
        """Channels, height and width of the output of an image."""
        return self._core.output_shape()

    @property
    def is_calibrated(self) -> bool:
        """Whether it can be simulated: it was drawn, or has int8 scales."""
        return self._core.is_calibrated()

    @property
    def warnings(self) -> List[str]:
        """What its file says that was left out, a line each."""
        return self._core.warnings()

    @property
    def layers(self) -> pd.DataFrame:
        """Layers with weights: input and output (C, H, W), kernel, groups, dense MACs of an image."""
        rows = [(l.name, l.input, l.output, (l.r, l.s), l.groups, l.macs) for l in self._core.layers()]
        columns = ["layer", "input", "output", "kernel", "groups", "macs"]
        return pd.DataFrame(rows, columns=columns).set_index("layer")

    @property
    def macs(self) -> int:
        """Dense multiply-accumulates of an image, padding counted."""
        return sum(layer.macs for layer in self._core.layers())

    def compress(self, *, basis: int = 6, pointwise_terms: int = 1, density: float = 1.0,
                 direct: Sequence[str] = (), calibrate: Images = None, calibration_images: int = 128,
                 refit: bool = True, jobs: int = 1) -> "Network":
        """Decomposes a trained network: `basis` shared int8 kernels a layer, ternary coefficients.

        `calibrate` are images, [n][C][H][W] or as `--input` takes them, that int8 scales are chosen from and
        coefficients fitted to; without, the network cannot be simulated. `direct` names layers (patterns with * and ?)
        that keep int8 weights. UserError for a drawn network.
        """
        images = None if calibrate is None else images_of(calibrate)
        return Network(self._core.compress(basis, pointwise_terms, density, list(direct), images, calibration_images,
                                           refit, jobs))

    def evaluate(self, images: Images, labels: Optional[Iterable[int]] = None, jobs: int = 1) -> "pd.Series[float]":
        """Runs a trained network in floating point and, if it is calibrated, as int8: images, share right (top 1)."""
        given = images_of(images)
        if labels is not None:
            given = given.with_labels([int(label) for label in labels])
        found = self._core.evaluate(given, jobs)
        values = {"images": float(found.images), "input_density": found.input_density}
        if found.labelled:
            values["top1"] = found.top1 / found.labelled
            if found.top1_int8 is not None:
                values["top1_int8"] = found.top1_int8 / found.labelled
        return pd.Series(values, name=self.name, dtype=float)

    def save_onnx(self, path: Path) -> None:
        """An ONNX file that from_onnx() and any runtime read. UserError for a drawn network."""
        self._core.save_onnx(os.fspath(path))

    def __repr__(self) -> str:
        return f"<Network {self.name}: {self.macs / 1e6:.4g} M dense MACs>"


def layer(*, seed: Optional[int] = None, **shape: Union[int, float, str]) -> Network:
    """One drawn layer: layer(C=64, K=64, R=3, H=56, density=0.1). Keys are those of `--layer`."""
    text = ",".join(f"{key}={value}" for key, value in shape.items())
    return Network(_core.Network.from_layer(text, seed, 6, 1))


class _Zoo:
    """The workloads that come with the simulator: `zoo.resnet20_cifar10`, `zoo["resnet20-cifar10"]`, `list(zoo)`."""

    def __getitem__(self, name: str) -> Network:
        return Network(_core.Network.from_zoo(name, None, 6, 1))

    def __getattr__(self, name: str) -> Network:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name.replace("_", "-")]
        except _core.UserError as error:
            raise AttributeError(str(error)) from None

    def __iter__(self) -> Any:
        return iter(_core.Network.zoo())

    def __len__(self) -> int:
        return len(_core.Network.zoo())

    def __dir__(self) -> list[str]:
        return [name.replace("-", "_") for name in _core.Network.zoo()]

    def __repr__(self) -> str:
        return f"<zoo: {', '.join(_core.Network.zoo())}>"


zoo = _Zoo()
