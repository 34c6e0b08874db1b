"""An ONNX file made byte by byte: the package needs no onnx."""
import struct
from typing import Any, List

FLOAT, UINT8 = 1, 2


def field(number: int, value: Any) -> bytes:
    """A field of a protocol buffer: an int as a varint, all else by its bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    made = b""
    while value > 127:
        made += bytes([value & 127 | 128])
        value >>= 7
    return made + bytes([value])


def tensor(name: str, kind: int, dims: List[int], data: bytes) -> bytes:
    return b"".join(field(1, extent) for extent in dims) + field(2, kind) + field(8, name) + field(9, data)


def node(op: str, inputs: List[str], output: str) -> bytes:
    return b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, op)


def value(name: str, dims: List[int]) -> bytes:
    shape = b"".join(field(1, field(1, extent)) for extent in dims)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


def with_far_weights() -> bytes:
    """A convolution 'c' whose uint8 weights are up to 255 steps from their zero point, which int8 has not."""
    nodes = [node("DequantizeLinear", ["w.q", "w.s", "w.z"], "w"), node("Conv", ["in", "w"], "c")]
    constants = [tensor("w.q", UINT8, [1, 2, 1, 2], bytes([1, 255, 3, 100])),
                 tensor("w.s", FLOAT, [], struct.pack("<f", 0.5)), tensor("w.z", UINT8, [], bytes([0]))]
    graph = b"".join(field(1, one) for one in nodes) + field(2, "far") + b"".join(field(5, one) for one in constants)
    graph += field(11, value("in", [1, 2, 5, 5])) + field(12, value("c", [1, 1, 5, 4]))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))
