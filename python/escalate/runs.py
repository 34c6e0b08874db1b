"""Compiling and simulating."""
from __future__ import annotations

import os
from typing import Callable, Optional, Sequence, Union

from . import _core
from .machine import Machine
from .network import Images, Network, images_of
from .result import Result


class Program:
    """Instruction streams and data of one network for one machine and batch."""

    def __init__(self, core: _core.Program) -> None:
        self._core = core

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


def compile(network: Network, machine: Optional[Machine] = None, batch: int = 1) -> Program:
    """UserError that names the layer which cannot run on the machine, and the parameter that is too small."""
    return Program(_core.compile(network._core, (machine or Machine())._core, batch))


def simulate(network: Union[Network, Program], machine: Optional[Machine] = None, *, images: Images = None,
             batch: int = 1, verify: str = "sample", view: str = "transaction", seed: int = 1,
             layers: Sequence[str] = (), jobs: int = 1,
             progress: Optional[Callable[[int], object]] = None) -> Result:
    """Runs images on the machine.

    `images`: None (a batch of drawn ones), a number, an array [n][C][H][W] of int8 steps or real values, or a text as
    `--input` takes it. `verify`: "all", "sample" (a hundredth) or "none" of the outputs are accumulated from the
    concentrator's picks and compared with a dense convolution; one that differs is an InternalError. `view`:
    "transaction" or "cycle", with the same cycles. `layers`: names or patterns of those that run. `jobs`: processes
    that share layers and images; the outcome does not depend on it. `progress` is called with the number of layers
    done. Ctrl-C ends a run.
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
    return Result(_core.simulate(program, images_of(images), view, verify, seed, list(layers), jobs, progress))
