"""Calibration from PyTorch: what a module sees of the data that it is loaded with."""
from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Tuple

import numpy as np
import numpy.typing as npt
import pandas as pd


class Activations:
    """Images that a module has seen, and what its layers read of them.

    It stands for its images wherever images are taken: `network.compress(calibrate=found)`, `network.evaluate(found)`,
    `simulate(network, images=found)`.
    """

    def __init__(self, images: npt.NDArray[np.float32], labels: Optional[List[int]], layers: pd.DataFrame) -> None:
        self.images = images
        """What the module was given, [n][C][H][W], float32."""
        self.labels = labels
        """The class of each image; None: the loader gives none."""
        self.layers = layers
        """A line a convolution or linear layer: shape of its input, non-zero share and largest magnitude in floating
        point, all images together."""

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"<Activations: {len(self)} images, {len(self.layers)} layers>"


class _Seen:
    """What the inputs of one layer come to."""

    def __init__(self) -> None:
        self.shape: Tuple[int, ...] = ()
        self.values = self.nonzeros = 0
        self.largest = 0.0

    def add(self, tensor: Any) -> None:
        self.shape = tuple(tensor.shape[1:])
        self.values += int(tensor.numel())
        self.nonzeros += int((tensor != 0).sum())
        self.largest = max(self.largest, float(tensor.abs().max()))


def activations(model: Any, loader: Iterable[Any], images: int = 128) -> Activations:
    """Runs a PyTorch module on the first `images` of a DataLoader, to calibrate with.

    The loader gives tensors [n][C][H][W], or tuples of them and of labels [n]. The module runs in evaluation mode,
    without gradients, where its parameters are. ValueError if the loader gives no image, TypeError for what is no
    tensor.
    """
    import torch

    seen: Dict[str, _Seen] = {}
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            seen[name] = _Seen()
            handles.append(module.register_forward_pre_hook(
                lambda _, given, of=seen[name]: of.add(given[0].detach())))
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    was_training = model.training
    model.eval()
    arrays: List[npt.NDArray[np.float32]] = []
    labels: List[int] = []
    try:
        with torch.no_grad():
            left = images
            for batch in loader:
                tensor, named = _split(batch, left)
                model(tensor.to(device))
                arrays.append(tensor.detach().cpu().numpy().astype(np.float32, copy=False))
                labels += named
                left -= len(tensor)
                if left <= 0:
                    break
    finally:
        for handle in handles:
            handle.remove()
        model.train(was_training)
    if not arrays:
        raise ValueError("the loader gives no image")
    count = sum(len(array) for array in arrays)
    rows = [(name, of.shape, of.nonzeros / max(of.values, 1), of.largest) for name, of in seen.items() if of.values]
    table = pd.DataFrame(rows, columns=["layer", "input", "density", "largest"]).set_index("layer")
    return Activations(np.concatenate(arrays), labels if len(labels) == count else None, table)


def _split(batch: Any, most: int) -> Tuple[Any, List[int]]:
    """At most so many images of a batch, and their labels, if it has any."""
    import torch

    first = batch[0] if isinstance(batch, (tuple, list)) else batch
    if not isinstance(first, torch.Tensor) or first.dim() != 4:
        raise TypeError("the loader has to give tensors [n][C][H][W], or tuples that begin with one")
    labels = batch[1] if isinstance(batch, (tuple, list)) and len(batch) > 1 else None
    named = [int(label) for label in labels[:most]] if isinstance(labels, torch.Tensor) and labels.dim() == 1 else []
    return first[:most], named
