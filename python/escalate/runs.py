"""Compiling and simulating."""
from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, List, Optional, Sequence, Tuple, Union

from . import _core
from .machine import Machine
from .network import Images, Network, images_of
from .result import Result


class Program:
    """Instruction streams and data of one network for one machine and batch."""

    def __init__(self, core: _core.Program, class_names: Optional[List[str]] = None) -> None:
        self._core = core
        self.class_names = class_names
        """Names of the classes that the network tells; None: not known."""

    @classmethod
    def load(cls, path: Union[str, "os.PathLike[str]"]) -> "Program":
        """A file of save() or `escalate compile`. UserError if it is damaged or cannot run."""
        return cls(_core.Program.load(os.fspath(path)))

    def save(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """A file for load(), `escalate simulate` and `escalate disassemble`."""
        self._core.save(os.fspath(path))

    @property
    def name(self) -> str:
        """The network's name."""
        return self._core.name()

    @property
    def batch(self) -> int:
        """Images that run through each layer together."""
        return self._core.batch()

    @property
    def machine(self) -> Machine:
        """The machine it was compiled for."""
        return Machine._of(self._core.machine())

    def disassemble(self) -> str:
        """All streams as assembly (docs/isa.md)."""
        return self._core.disassemble()

    def __reduce__(self) -> Tuple[Any, ...]:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program")
            self.save(path)
            with open(path, "rb") as file:
                return (_from_bytes, (file.read(), self.class_names))


def _from_bytes(content: bytes, class_names: Optional[List[str]]) -> Program:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program")
        with open(path, "wb") as file:
            file.write(content)
        return Program(_core.Program.load(path), class_names)


def compile(network: Network, machine: Optional[Machine] = None, batch: int = 1) -> Program:
    """Instruction streams for the machine, `batch` images at a time.

    UserError that names the layer which cannot run on it, and the parameter that is too small.
    """
    return Program(_core.compile(network._core, (machine or Machine())._core, batch), network.class_names)


def simulate(network: Union[Network, Program], machine: Optional[Machine] = None, *, images: Images = None,
             batch: int = 1, verify: str = "sample", view: str = "transaction", seed: int = 1,
             layers: Sequence[str] = (), jobs: int = 1, timeline: bool = False,
             progress: Optional[Callable[[int], object]] = None) -> Result:
    """Runs images on the machine.

    `images`: None (a batch of drawn ones), a number, an array [n][C][H][W] of int8 steps or real values, or a text as
    `--input` takes it. `verify`: "all", "sample" (a hundredth) or "none" of the outputs are accumulated from the
    concentrator's picks and compared with a dense convolution; one that differs is an InternalError. `view`:
    "transaction" or "cycle", with the same cycles. `layers`: names or patterns of those that run. `jobs`: processes
    that share layers and images; the outcome does not depend on it. `timeline`: keep what Result.timeline() writes,
    with one job. `progress` is called with the number of layers done. UserError for images that do not fit. Ctrl-C ends
    a run.
    """
    for name, value, known in (("verify", verify, ("all", "sample", "none")),
                               ("view", view, ("transaction", "cycle"))):
        if value not in known:
            raise ValueError(f"{name}: expected one of {', '.join(known)}, got {value!r}")
    if isinstance(network, Program):
        if machine is not None:
            raise ValueError("machine: a program has its machine with it")
        program = network._core
    else:
        program = compile(network, machine, batch)._core
    found = _core.simulate(program, images_of(images), view, verify, seed, list(layers), jobs, timeline, progress)
    return Result(found, network.class_names)
