"""Networks, drawn or trained, and the images they run on."""
from __future__ import annotations

import os
import pathlib
import tempfile
import warnings
from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import _core

if TYPE_CHECKING:
    from .torch import Activations

Path = Union[str, "os.PathLike[str]"]
Images = Union[None, int, str, npt.NDArray[Any], _core.Images, "Activations"]


def images_of(images: Images) -> _core.Images:
    """What the library runs: None is as many drawn images as a batch has, a number that many drawn ones, a text what
    `--input` takes ("image:PATH", "cifar10:DIR", "npy:FILE", "patterns"), an array [n][C][H][W] int8 steps or real
    values of the network's input, and torch.activations() the images that it saw, with their labels."""
    if images is None:
        return _core.Images()
    if isinstance(images, _core.Images):
        return images
    from .torch import Activations

    if isinstance(images, Activations):
        seen = images_of(images.images)
        return seen if images.labels is None else seen.with_labels(images.labels)
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
    """The first `count` images (0: all) of what `--input` takes: "image:PATH", "cifar10:DIR", "npy:FILE", "patterns".

    UserError if it has fewer.
    """
    return _core.Images.from_files(what, count)


class Network:
    """A network that does not change. It can be simulated if it was drawn, or is calibrated by compress()."""

    def __init__(self, core: _core.Network, *, class_names: Optional[Sequence[str]] = None,
                 drawn_by: Optional[Tuple[Callable[..., "Network"], Tuple[Any, ...]]] = None) -> None:
        self._core = core
        self._drawn_by = drawn_by
        self.class_names = None if class_names is None else [str(name) for name in class_names]
        """Names of the classes that it tells, by number; None: not known."""

    @classmethod
    def from_onnx(cls, path: Path, *, input_shape: Optional[Tuple[int, int, int]] = None, outputs: Sequence[str] = (),
                  class_names: Optional[Sequence[str]] = None) -> "Network":
        """A trained network. UserError that names the node, operator and attribute which cannot be read.

        `input_shape`: channels, height and width of an image, where the file leaves them open. `outputs`: names of
        those to keep; none given: all.
        """
        return cls(_core.Network.from_onnx(os.fspath(path), input_shape, list(outputs)), class_names=class_names)

    @classmethod
    def from_yaml(cls, path: Path, *, seed: Optional[int] = None, terms: int = 6,
                  pointwise_terms: int = 1) -> "Network":
        """A workload (shapes and densities), its values drawn from `seed`. UserError with file, line and key."""
        made = _core.Network.from_yaml(os.fspath(path), seed, terms, pointwise_terms)
        return cls(made, drawn_by=(_from_yaml, (os.path.abspath(path), seed, terms, pointwise_terms)))

    @classmethod
    def from_torch(cls, model: Any, example: Any, *, mean: Optional[Sequence[float]] = None,
                   std: Optional[Sequence[float]] = None, class_names: Optional[Sequence[str]] = None) -> "Network":
        """A PyTorch module, exported by PyTorch's own exporter with the input `example`, [1][C][H][W].

        `mean` and `std`: how pixels of image files become its input, (pixel/255 - mean) / std, a number a channel.
        Needs torch and onnx (`pip install .[torch]`).
        """
        if (mean is None) != (std is None):
            raise ValueError("mean and std: expected both or neither")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / f"{type(model).__name__}.onnx"
            _export(model, example, str(path))
            _rename(str(path), path.stem)
            network = cls.from_onnx(path, class_names=class_names)
        if mean is not None and std is not None:
            means, deviations = [float(value) for value in mean], [float(value) for value in std]
            network = cls(network._core.with_scaling(means, deviations, False), class_names=class_names)
        return network

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
                 refit: bool = True, jobs: int = 1, requantize: bool = False,
                 coefficient_pattern: str = "", weight_pattern: str = "",
                 fold_strides: bool = False) -> "Network":
        """Decomposes a trained network: `basis` shared int8 kernels a layer, ternary coefficients.

        `calibrate` are images, [n][C][H][W] or as `--input` takes them, that int8 scales are chosen from and
        coefficients fitted to; without, the network cannot be simulated, unless it came quantised in all its tensors.
        `direct` names layers (patterns with * and ?) that keep int8 weights. `requantize` lets
        quantised tensors and weights become coarser where int8 has not their steps. `coefficient_pattern` "2:8" allows 2
        non-zero coefficients of 8 consecutive input channels. `weight_pattern` "2:4" prunes int8 weights in place of a
        decomposition. `fold_strides` folds the first layer's stride into its channels, so that it can be decomposed.
        UserError for a drawn network.
        """
        images = None if calibrate is None else images_of(calibrate)
        made = self._core.compress(basis, pointwise_terms, density, list(direct), images, calibration_images, refit,
                                   jobs, requantize, coefficient_pattern, weight_pattern, fold_strides)
        return Network(made, class_names=self.class_names)

    def evaluate(self, images: Images, labels: Optional[Iterable[int]] = None, jobs: int = 1) -> "pd.Series[float]":
        """Runs a trained network in floating point and, if it is calibrated, as int8.

        `labels`: the class of each image; those of files are known. Gives `images`, `input_density` (non-zero share of
        what layers read) and, where classes are known, `top1` and `top1_int8`, shares from 0 to 1 that are right.
        UserError for a drawn network, and for images that do not fit.
        """
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

    def _file_for_sweep(self, folder: str, number: int) -> str:
        """A file that a sweep reads it from: its own, or one that is written into a folder of its number."""
        if self._drawn_by is not None and self._drawn_by[0] is _from_yaml:
            path, *drawing = self._drawn_by[1]
            if drawing != [None, 6, 1]:
                raise ValueError(f"network '{self.name}': a sweep draws by the workload's own seed and terms")
            return str(path)
        place = pathlib.Path(folder) / str(number)
        place.mkdir()
        if self._drawn_by is None:
            self.save_onnx(place / f"{self.name}.onnx")
            return str(place / f"{self.name}.onnx")
        (place / f"{self.name}.yaml").write_text(self._core.workload(), encoding="utf-8")
        return str(place / f"{self.name}.yaml")

    def __reduce__(self) -> Tuple[Any, ...]:
        if self._drawn_by is not None:
            return self._drawn_by
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / f"{self.name}.onnx"
            self.save_onnx(path)
            return (_from_onnx_bytes, (path.name, path.read_bytes(), self.class_names))

    def __repr__(self) -> str:
        return f"<Network {self.name}: {self.macs / 1e6:.4g} M dense MACs>"


def _export(model: Any, example: Any, path: str) -> None:
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an exporter that will be replaced
            try:
                torch.onnx.export(model, (example,), path, dynamo=False)
            except TypeError:  # before PyTorch 2.5 there is one exporter only
                torch.onnx.export(model, (example,), path)
    finally:
        model.train(was_training)


def _rename(path: str, name: str) -> None:
    import onnx

    made = onnx.load(path)
    made.graph.name = name
    onnx.save(made, path)


def _from_yaml(path: str, seed: Optional[int], terms: int, pointwise_terms: int) -> Network:
    return Network.from_yaml(path, seed=seed, terms=terms, pointwise_terms=pointwise_terms)


def _from_onnx_bytes(name: str, content: bytes, class_names: Optional[List[str]]) -> Network:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        path.write_bytes(content)
        return Network.from_onnx(path, class_names=class_names)


def _from_layer(text: str) -> Network:
    return Network(_core.Network.from_layer(text, None, 6, 1), drawn_by=(_from_layer, (text,)))


def _from_zoo(name: str) -> Network:
    return Network(_core.Network.from_zoo(name, None, 6, 1), drawn_by=(_from_zoo, (name,)))


def layer(**shape: Union[int, float, str]) -> Network:
    """One drawn layer: layer(C=64, K=64, R=3, H=56, density=0.1).

    C, K, H: input channels, output channels, input height (required). W (H), R (1), S (R): input width, kernel height
    and width. stride (1), pad (same size at stride 1), groups (1). M: basis kernels. density (1): non-zero share of
    coefficients and weights; coefficient_density, weight_density: of one of them; activation_density (1): of the input.
    weight_pattern: N:M. form: "decomposed" or "direct". seed (1): of what is drawn. UserError with the key.
    """
    return _from_layer(",".join(f"{key}={value}" for key, value in shape.items()))


class _Zoo:
    """The workloads that come with the simulator: `zoo.resnet20_cifar10`, `zoo["resnet20-cifar10"]`, `list(zoo)`."""

    def __getitem__(self, name: str) -> Network:
        return _from_zoo(name)

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
