"""Accelerators of the user's own, to compare the machine with."""
from __future__ import annotations

import dataclasses
import inspect
import operator
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ._core import Layer

Use = Union[str, Tuple[str, float]]


@dataclasses.dataclass
class Run:
    """What a layer takes on an accelerator, all images together.

    `cycles`: with all data on chip; DRAM and post-processing are the simulator's. `macs`: products that add to an
    output, padding left out; they have to be `layer.pairs`. `idle`: what kept multipliers from work, by reason, in
    multiplier cycles; with `macs` it makes up multipliers x cycles. None: the rest, under "idle". `counters`: actions
    by name, which parts are charged by.
    """

    cycles: int
    macs: int
    dram_read_bytes: int = 0
    dram_written_bytes: int = 0
    counters: Mapping[str, int] = dataclasses.field(default_factory=dict)
    idle: Optional[Mapping[str, int]] = None


@dataclasses.dataclass
class Part:
    """`count` equal parts of an accelerator, for its energy and area (docs/energy.md).

    `kind`: "sram", "register_file", "adder", "multiplier", "logic" or "wire", with the `attributes` of that kind:
    {"width": 64, "depth": 512}. `uses`: actions of the parts ("read", "write", "add", "multiply") to what they are
    counted by, "macs" or one of Run.counters; (counter, 0.5) is half an action a count. `group`: under which energy
    and area are summed; by default the name.
    """

    name: str
    kind: str
    attributes: Mapping[str, float]
    count: int = 1
    uses: Mapping[str, Use] = dataclasses.field(default_factory=dict)
    group: str = ""


class Accelerator:
    """An accelerator to stand in compare() beside the machine: a class of your own with run().

        class Dense(esc.Accelerator):
            name = "mine"
            multipliers = 1024

            def run(self, layer):
                cycles = -(-layer.macs // self.multipliers)
                return esc.Run(cycles, macs=layer.pairs, dram_read_bytes=layer.weights.size)

        esc.compare(network, against=["eyeriss", Dense()])

    It gets each layer with the places of its non-zeros, and its runs are held against the laws that all accelerators
    keep: its products are `layer.pairs`, and multipliers do at most one a cycle. A run that breaks one is a
    `UserError`; what a method raises comes out as it is. Clock, DRAM and post-processing are those of the machine.

    Attributes that are numbers are its parameters: they stand in the result. Methods are called on copies, so that all
    that changes has to be such an attribute.
    """

    name: str = ""
    """Letters, digits, - and _; none of accelerators()."""
    title: str = ""
    """For people: "Mine (2026)"."""
    multipliers: int = 0
    """How many; 1 or more."""
    skips: str = "nothing"
    """Which products it does without: "nothing", "zero activations" or "all zeros"."""
    word_bits: int = 8
    """Bits of an activation and of a weight."""
    batch: int = 1
    """Images that share a load of weights."""
    activation_bytes: int = 0
    """Memory of activations, bytes: compare() sets it to what the machine has."""
    multipliers_of_unit: int = 0
    """What `multipliers` grows by for iso="mac", "area" and "sram"; 0: it has one size."""

    def run(self, layer: Layer) -> Run:
        """Cycles and actions of a layer, all images together."""
        raise NotImplementedError(f"{type(self).__name__} lacks run(layer)")

    def parts(self) -> Sequence[Part]:
        """Its multipliers, adders and memories, which energy and area are made of. By default none."""
        return ()

    def set_activation_bytes(self, size: int) -> None:
        """Takes memory of activations as large as the machine's."""
        self.activation_bytes = size

    def set_batch(self, images: int) -> None:
        """Takes the batch of the comparison. By default it keeps its own."""

    def set_units(self, units: int) -> None:
        """Takes another size, in units of `multipliers_of_unit`."""
        self.multipliers = units * self.multipliers_of_unit

    def _parameters(self) -> Dict[str, Union[bool, int, float]]:
        names = [name for name in dir(self) if not name.startswith("_")
                 and not isinstance(inspect.getattr_static(self, name), property)]
        values = {name: getattr(self, name) for name in names}
        return {name: value for name, value in values.items() if isinstance(value, (bool, int, float))}

    def _run(self, layer: Layer) -> Tuple[int, int, Dict[str, int], int, int, Dict[str, int]]:
        told = self.run(layer)
        if not isinstance(told, Run):
            raise TypeError(f"{type(self).__name__}.run() has to return an escalate.Run, not {told!r}")
        cycles, macs = _whole(told, "cycles"), _whole(told, "macs")
        if told.idle is None:
            idle = {"idle": max(operator.index(self.multipliers) * cycles - macs, 0)}
        else:
            idle = {reason: operator.index(count) for reason, count in told.idle.items()}
        return (cycles, macs, idle, _whole(told, "dram_read_bytes"), _whole(told, "dram_written_bytes"),
                {counter: operator.index(count) for counter, count in told.counters.items()})

    def _parts(self) -> List[Tuple[str, str, str, Dict[str, float], int, List[Tuple[str, str, float]]]]:
        return [(part.name, part.group or part.name, part.kind, dict(part.attributes), part.count,
                 [(action, use, 1.0) if isinstance(use, str) else (action, use[0], float(use[1]))
                  for action, use in part.uses.items()])
                for part in self.parts()]


def _whole(run: Run, field: str) -> int:
    value: Any = getattr(run, field)
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"Run.{field} has to be a whole number, not {value!r}") from None


Against = Union[str, Accelerator]


def split(against: Sequence[Against]) -> Tuple[List[str], List[Accelerator]]:
    """Names in their order, and the accelerators among them that are the user's own."""
    own = [one for one in against if not isinstance(one, str)]
    for one in own:
        if not isinstance(one, Accelerator):
            raise TypeError(f"against: expected names and objects of escalate.Accelerator, got {one!r}")
    return [one if isinstance(one, str) else one.name for one in against], own


__all__ = ["Accelerator", "Against", "Layer", "Part", "Run", "split"]
