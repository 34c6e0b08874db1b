"""The accelerator that networks are compiled for."""
from __future__ import annotations

import os
from typing import Any, Dict, Mapping, Optional, Union

import pandas as pd

from . import _core
from ._core import Machine as _CoreMachine

Value = Union[int, float, bool, str]


def _text(value: Value) -> str:
    plain = value.item() if hasattr(value, "item") else value  # of numpy
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _value(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


class _Group:
    """Parameters with a common first name, as attributes: `machine.ca.lanes`."""

    def __init__(self, machine: "Machine", prefix: str) -> None:
        object.__setattr__(self, "_machine", machine)
        object.__setattr__(self, "_prefix", prefix)

    def __getattr__(self, name: str) -> Any:
        return self._machine._read(self._prefix + name)

    def __setattr__(self, name: str, value: Value) -> None:
        self._machine[self._prefix + name] = value

    def __dir__(self) -> list[str]:
        names: list[str] = self._machine._names_below(self._prefix)
        return names

    def __repr__(self) -> str:
        lines = (f"{name} = {self._machine[self._prefix + name]}" for name in dir(self)
                 if self._prefix + name in self._machine._values())
        return "\n".join(lines)


class Machine:
    """A configuration of the accelerator: every parameter is an attribute that can be read and set.

    `machine.ca.lanes = 8`, `machine["ca.lanes"]` and `Machine({"ca.lanes": 8})` mean the same parameter, and so do
    `machine.blocks` and `Machine(blocks=4)`; sizes and times are also read with units ("512KiB", "1GHz"). `describe()` lists all of them. An unknown name or a value out
    of range is a `UserError` with the key; what parameters ask of each other is checked when the machine is used.
    """

    _core: _CoreMachine

    def __init__(self, parameters: Optional[Mapping[str, Value]] = None, **more: Value) -> None:
        object.__setattr__(self, "_core", _core.Machine())
        for key, value in {**(parameters or {}), **more}.items():
            self[key] = value

    @classmethod
    def _of(cls, core: _CoreMachine) -> "Machine":
        machine = cls()
        object.__setattr__(machine, "_core", core)
        return machine

    @classmethod
    def from_yaml(cls, path: Union[str, "os.PathLike[str]"]) -> "Machine":
        """The defaults, changed by a YAML file as `--arch` takes it. UserError with file, line and key."""
        return cls._of(_core.Machine.from_yaml(os.fspath(path)))

    def copy(self) -> "Machine":
        """A machine of its own with the same parameters."""
        return Machine._of(_core.Machine(self._core))

    def __getitem__(self, key: str) -> Value:
        return _value(self._core.get(key))

    def __setitem__(self, key: str, value: Value) -> None:
        self._core.set(key, _text(value))

    def _values(self) -> Dict[str, str]:
        return {parameter.name: parameter.value for parameter in self._core.describe()}

    def _names_below(self, prefix: str) -> list[str]:
        return sorted({name[len(prefix):].split(".")[0] for name in self._values() if name.startswith(prefix)})

    def _read(self, key: str) -> Any:
        names = self._values()
        if key in names:
            return _value(names[key])
        if any(name.startswith(key + ".") for name in names):
            return _Group(self, key + ".")
        raise AttributeError(f"the machine has no parameter '{key}'")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._read(name)

    def __setattr__(self, name: str, value: Value) -> None:
        self[name] = value

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()) | set(self._names_below("")))

    def validate(self) -> None:
        """UserError with the key and the constraint if the parameters do not fit together."""
        self._core.validate()

    def describe(self) -> pd.DataFrame:
        """Every parameter: value, unit, range, meaning and source of the default, indexed by name."""
        rows = [(p.name, _value(p.value), p.unit, p.range, p.meaning, p.source) for p in self._core.describe()]
        columns = ["parameter", "value", "unit", "range", "meaning", "source"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def area(self) -> "pd.Series[float]":
        """Area by unit, mm2, at the node `energy.node_nm`; `.sum()` is that of the machine."""
        return pd.Series(self._core.area_by_unit_mm2(), name="area_mm2", dtype=float)

    @property
    def area_mm2(self) -> float:
        """Area of the machine, mm2."""
        return self._core.area_mm2()

    @property
    def multipliers(self) -> int:
        """Multipliers of all PE blocks."""
        return self._core.multipliers()

    def to_yaml(self) -> str:
        """A file that from_yaml() and `--arch` read."""
        return self._core.to_yaml()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Machine) and self._values() == other._values()

    def __reduce__(self) -> tuple[Any, ...]:
        return (_from_text, (self.to_yaml(),))

    def __repr__(self) -> str:
        return f"<Machine: {self.multipliers} multipliers, {self['clock_mhz']} MHz>"


def _from_text(text: str) -> Machine:
    return Machine._of(_core.Machine.from_yaml_text(text, "machine"))
