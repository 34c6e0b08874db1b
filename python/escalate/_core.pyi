"""
The C++ library of the ESCALATE simulator
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
__all__: list[str] = ['Ablation', 'AblationRun', 'Advantage', 'Comparison', 'Error', 'Evaluation', 'Images', 'InternalError', 'Layer', 'LayerInfo', 'LayerResult', 'Machine', 'Network', 'Parameter', 'Program', 'Result', 'SweepPoint', 'SweepResult', 'UserError', 'ablate', 'accelerators', 'chart', 'charts', 'compare', 'compile', 'simulate', 'sweep', 'sweep_chart', 'version', 'write']
class Error(RuntimeError):
    message: str
    file: str
    line: int
    key: str
class UserError(Error):
    pass
class InternalError(Error):
    pass
class Parameter:
    @property
    def meaning(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def range(self) -> str:
        ...
    @property
    def source(self) -> str:
        ...
    @property
    def unit(self) -> str:
        ...
    @property
    def value(self) -> str:
        ...
class Machine:
    @staticmethod
    def from_yaml(path: str) -> Machine:
        ...
    @staticmethod
    def from_yaml_text(text: str, name: str) -> Machine:
        ...
    @typing.overload
    def __init__(self) -> None:
        ...
    @typing.overload
    def __init__(self, arg0: Machine) -> None:
        ...
    def area_by_unit_mm2(self) -> dict[str, float]:
        ...
    def area_mm2(self) -> float:
        ...
    def describe(self) -> list[Parameter]:
        ...
    def get(self, arg0: str) -> str:
        ...
    def multipliers(self) -> int:
        ...
    def set(self, arg0: str, arg1: str) -> None:
        ...
    def to_yaml(self) -> str:
        ...
    def validate(self) -> None:
        ...
class Images:
    @staticmethod
    def drawn(count: typing.SupportsInt | typing.SupportsIndex) -> Images:
        ...
    @staticmethod
    def from_files(what: str, count: typing.SupportsInt | typing.SupportsIndex) -> Images:
        ...
    @staticmethod
    def from_float(arg0: typing.Annotated[numpy.typing.ArrayLike, numpy.float32]) -> Images:
        ...
    @staticmethod
    def from_int8(arg0: typing.Annotated[numpy.typing.ArrayLike, numpy.int8]) -> Images:
        ...
    def __init__(self) -> None:
        ...
    def with_labels(self, arg0: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> Images:
        ...
class Evaluation:
    @property
    def images(self) -> int:
        ...
    @property
    def input_density(self) -> float:
        ...
    @property
    def labelled(self) -> int:
        ...
    @property
    def top1(self) -> int:
        ...
    @property
    def top1_int8(self) -> int | None:
        ...
class LayerInfo:
    @property
    def groups(self) -> int:
        ...
    @property
    def input(self) -> tuple[int, int, int]:
        ...
    @property
    def macs(self) -> int:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def output(self) -> tuple[int, int, int]:
        ...
    @property
    def r(self) -> int:
        ...
    @property
    def s(self) -> int:
        ...
class Network:
    @staticmethod
    def from_layer(arg0: str, arg1: typing.SupportsInt | typing.SupportsIndex | None, arg2: typing.SupportsInt | typing.SupportsIndex, arg3: typing.SupportsInt | typing.SupportsIndex) -> Network:
        ...
    @staticmethod
    def from_onnx(arg0: str, arg1: tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex] | None, arg2: collections.abc.Sequence[str]) -> Network:
        ...
    @staticmethod
    def from_yaml(arg0: str, arg1: typing.SupportsInt | typing.SupportsIndex | None, arg2: typing.SupportsInt | typing.SupportsIndex, arg3: typing.SupportsInt | typing.SupportsIndex) -> Network:
        ...
    @staticmethod
    def from_zoo(arg0: str, arg1: typing.SupportsInt | typing.SupportsIndex | None, arg2: typing.SupportsInt | typing.SupportsIndex, arg3: typing.SupportsInt | typing.SupportsIndex) -> Network:
        ...
    @staticmethod
    def zoo() -> list[str]:
        ...
    def compress(self, arg0: typing.SupportsInt | typing.SupportsIndex, arg1: typing.SupportsInt | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex, arg3: collections.abc.Sequence[str], arg4: Images | None, arg5: typing.SupportsInt | typing.SupportsIndex, arg6: bool, arg7: typing.SupportsInt | typing.SupportsIndex, arg8: bool, arg9: str, arg10: str, arg11: bool) -> Network:
        ...
    def evaluate(self, arg0: Images, arg1: typing.SupportsInt | typing.SupportsIndex) -> Evaluation:
        ...
    def input_shape(self) -> tuple[int, int, int]:
        ...
    def is_calibrated(self) -> bool:
        ...
    def layers(self) -> list[LayerInfo]:
        ...
    def name(self) -> str:
        ...
    def output_shape(self) -> tuple[int, int, int]:
        ...
    def save_onnx(self, arg0: str) -> None:
        ...
    def warnings(self) -> list[str]:
        ...
    def with_scaling(self, mean: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], deviation: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], is_bgr: bool) -> Network:
        ...
    def workload(self) -> str:
        ...
class Program:
    @staticmethod
    def load(arg0: str) -> Program:
        ...
    def batch(self) -> int:
        ...
    def disassemble(self) -> str:
        ...
    def machine(self) -> Machine:
        ...
    def name(self) -> str:
        ...
    def save(self, arg0: str) -> None:
        ...
class LayerResult:
    @property
    def bound_by(self) -> str:
        ...
    @property
    def counters(self) -> dict[str, int]:
        ...
    @property
    def cycles(self) -> int:
        ...
    @property
    def energy_by_component_j(self) -> dict[str, float]:
        ...
    @property
    def energy_j(self) -> float:
        ...
    @property
    def kind(self) -> str:
        ...
    @property
    def limits(self) -> dict[str, float]:
        ...
    @property
    def macs_dense(self) -> int:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def utilization(self) -> dict[str, float]:
        ...
class Result:
    @staticmethod
    def load(arg0: str) -> Result:
        ...
    def accelerator(self) -> str:
        ...
    def area_by_unit_mm2(self) -> dict[str, float]:
        ...
    def area_mm2(self) -> float:
        ...
    def bound_by(self) -> str:
        ...
    def checked_outputs(self) -> int:
        ...
    def classes(self) -> list[int]:
        ...
    def counters(self) -> dict[str, int]:
        ...
    def cycles(self) -> int:
        ...
    def edp_js(self) -> float:
        ...
    def energy_by_component_j(self) -> dict[str, float]:
        ...
    def energy_j(self) -> float:
        ...
    def images(self) -> int:
        ...
    def layers(self) -> list[LayerResult]:
        ...
    def network(self) -> str:
        ...
    def outputs(self) -> list[numpy.typing.NDArray[numpy.int8]]:
        ...
    def power_w(self) -> float:
        ...
    def seconds(self) -> float:
        ...
    def text(self) -> str:
        ...
    def timeline(self) -> str:
        ...
    def to_json(self) -> str:
        ...
    def top1(self) -> float | None:
        ...
    def write(self, arg0: str) -> None:
        ...
class Layer:
    """
    A layer of convolution, fully connected (H = W = 1) or depthwise, while run() of an Accelerator runs.
    """
    @property
    def C(self) -> int:
        """
        Input channels.
        """
    @property
    def H(self) -> int:
        """
        Height of the input.
        """
    @property
    def K(self) -> int:
        """
        Output channels.
        """
    @property
    def P(self) -> int:
        """
        Height of the output.
        """
    @property
    def Q(self) -> int:
        """
        Width of the output.
        """
    @property
    def R(self) -> int:
        """
        Height of the kernel.
        """
    @property
    def S(self) -> int:
        """
        Width of the kernel.
        """
    @property
    def W(self) -> int:
        """
        Width of the input.
        """
    @property
    def groups(self) -> int:
        """
        Groups of channels; C where it is depthwise.
        """
    @property
    def images(self) -> int:
        """
        How many run through it.
        """
    @property
    def inputs(self) -> numpy.typing.NDArray[numpy.bool]:
        """
        Where inputs are not zero: bool, [n][C][H][W].
        """
    @property
    def kind(self) -> str:
        """
        "conv", "depthwise" or "fc".
        """
    @property
    def macs(self) -> int:
        """
        Multiply-accumulates of all images, padding counted.
        """
    @property
    def name(self) -> str:
        """
        Its name in the network.
        """
    @property
    def output_nonzeros(self) -> int:
        """
        Non-zero outputs, all images together.
        """
    @property
    def padding(self) -> tuple[int, int, int, int]:
        """
        Top, left, bottom and right.
        """
    @property
    def pairs(self) -> int:
        """
        Products that the accelerator's `skips` leaves: what Run.macs has to be.
        """
    @property
    def reads_network_input(self) -> bool:
        """
        Whether it reads what no accelerator has on chip.
        """
    @property
    def stride(self) -> tuple[int, int]:
        """
        Of height and width.
        """
    @property
    def weights(self) -> numpy.typing.NDArray[numpy.bool]:
        """
        Where weights are not zero: bool, [K][C/groups][R][S].
        """
    @property
    def writes_network_output(self) -> bool:
        """
        Whether it writes what no accelerator keeps there.
        """
class Advantage:
    @property
    def energy(self) -> float:
        ...
    @property
    def speedup(self) -> float:
        ...
class Comparison:
    def results(self) -> list[Result]:
        ...
    def text(self) -> str:
        ...
    def to_json(self) -> str:
        ...
    def total(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> Advantage:
        ...
    def write(self, arg0: str) -> None:
        ...
class AblationRun:
    @property
    def cycles(self) -> int:
        ...
    @property
    def cycles_by_layer(self) -> dict[str, int]:
        ...
    @property
    def meaning(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
class Ablation:
    def runs(self) -> list[AblationRun]:
        ...
    def text(self) -> str:
        ...
    def to_json(self) -> str:
        ...
    def write(self, arg0: str) -> None:
        ...
class SweepPoint:
    @property
    def choice(self) -> dict[str, str]:
        ...
    @property
    def number(self) -> int:
        ...
    @property
    def on_front(self) -> bool:
        ...
    @property
    def reason(self) -> str:
        ...
    @property
    def status(self) -> str:
        ...
    @property
    def values(self) -> dict[str, float]:
        ...
    @property
    def workload(self) -> str:
        ...
class SweepResult:
    def points(self) -> list[SweepPoint]:
        ...
    def text(self) -> str:
        ...
    def to_json(self) -> str:
        ...
    def write(self, arg0: str) -> None:
        ...
def ablate(arg0: Network, arg1: Machine, arg2: Images, arg3: collections.abc.Sequence[str], arg4: typing.SupportsInt | typing.SupportsIndex, arg5: typing.SupportsInt | typing.SupportsIndex, arg6: typing.Any) -> Ablation:
    ...
def accelerators() -> list[str]:
    ...
def chart(name: str, results: collections.abc.Sequence[Result], is_wide: bool) -> str:
    ...
def charts() -> list[str]:
    ...
def compare(arg0: Network, arg1: Machine, arg2: Images, arg3: collections.abc.Sequence[str], arg4: str, arg5: collections.abc.Sequence[str], arg6: collections.abc.Sequence[typing.Any], arg7: typing.SupportsInt | typing.SupportsIndex, arg8: typing.SupportsInt | typing.SupportsIndex) -> Comparison:
    ...
def compile(network: Network, machine: Machine, batch: typing.SupportsInt | typing.SupportsIndex) -> Program:
    ...
def simulate(arg0: Program, arg1: Images, arg2: str, arg3: str, arg4: typing.SupportsInt | typing.SupportsIndex, arg5: collections.abc.Sequence[str], arg6: typing.SupportsInt | typing.SupportsIndex, arg7: bool, arg8: typing.Any) -> Result:
    ...
def sweep(arg0: str, arg1: str, arg2: typing.SupportsInt | typing.SupportsIndex, arg3: bool, arg4: typing.Any) -> SweepResult:
    ...
def sweep_chart(name: str, sweep: SweepResult, is_wide: bool) -> str:
    ...
def version() -> str:
    ...
def write(results: collections.abc.Sequence[Result], path: str) -> None:
    ...
