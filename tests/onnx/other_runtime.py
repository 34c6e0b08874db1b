"""Runs the models of a folder in ONNX Runtime and compares with the outputs that lie beside them.
What that runtime has not implemented is counted apart.

usage: other_runtime.py FOLDER   (NUMBER.onnx, NUMBER.in and NUMBER.out: little-endian float32)
"""
import pathlib
import sys

import numpy
import onnxruntime


# Valid beside SAME, and refused by this runtime: dilations that say nothing (a kernel of one element),
# and strides above the kernel, where SAME pads nothing.
NOT_IMPLEMENTED = ("Dilation not supported for AutoPadType::SAME", "padding values must be non-negative")


def plain_options():
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return options


def precise_options():
    """Where the processor has no VNNI, the runtime's sums of products of uint8 and int8 saturate at 16 bits.

    Told to be precise, its optimiser makes all weights uint8, whose sums do not.
    """
    options = plain_options()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.x64quantprecision", "1")
    return options


def difference(path, options):
    model = path.read_bytes()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    wanted = session.get_inputs()[0]
    values = numpy.fromfile(path.with_suffix(".in"), dtype="<f4").reshape(wanted.shape)
    seen = session.run(None, {wanted.name: values})[0].reshape(-1)
    expected = numpy.fromfile(path.with_suffix(".out"), dtype="<f4")
    if seen.shape != expected.shape:
        return f"{seen.size} values, ours {expected.size}"
    largest = max(1.0, float(numpy.abs(seen).max(initial=0)))
    error = float(numpy.abs(seen - expected).max(initial=0)) / largest
    return None if error < 1e-4 else f"differs by {error:.3g} of the largest value"


def main():
    agreed, failed, left_out = 0, 0, 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"), key=lambda p: int(p.stem)):
        try:
            found = difference(path, plain_options())
            if found is not None:
                found = difference(path, precise_options())
        except Exception as fault:  # what the runtime does not take is no agreement either
            if any(reason in str(fault) for reason in NOT_IMPLEMENTED):
                left_out += 1
                continue
            found = f"is not run: {str(fault).splitlines()[0]}"
        agreed += found is None
        if found is not None:
            failed += 1
            print(f"{path.name}: {found}")
    print(f"{agreed} models agree, {left_out} are not implemented there, {failed} differ")
    return 1 if failed or left_out > agreed else 0


sys.exit(main())
