"""ESCALATE, a sparse CNN accelerator (MICRO 2021), simulated: networks in, cycles and energy out.

    import escalate as esc
    machine = esc.Machine()
    machine.ca.lanes = 8
    result = esc.simulate(esc.zoo.resnet20_cifar10, machine)
    print(result.cycles, result.energy_j)

Everything is computed by the C++ library; numbers are those of the command `escalate`, to the last digit. Errors are
`UserError` (what was given is wrong: `file`, `line`, `key`, `message`) and `InternalError` (a broken invariant).
"""
from . import torch
from ._core import Error, InternalError, UserError
from ._core import version as _version
from .ablation import Ablation, ablate
from .accelerator import Accelerator, Layer, Part, Run
from .chart import Chart
from .comparison import Comparison, accelerators, compare
from .machine import Machine
from .network import Network, images, layer, zoo
from .result import Result
from .runs import Program, compile, simulate
from .sweep import Sweep, sweep

__version__ = _version()
__all__ = [
    "Ablation", "Accelerator", "Chart", "Comparison", "Error", "InternalError", "Layer", "Machine", "Network", "Part",
    "Program", "Result", "Run", "Sweep", "UserError", "ablate", "accelerators", "compare", "compile", "images", "layer",
    "simulate", "sweep", "torch", "zoo",
]
