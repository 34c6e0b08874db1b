"""Prints what ONNX's definitions say of operators, as signatures_test.cpp does of the table.

usage: definitions.py FIRST_OPSET LAST_OPSET OPERATOR...
"""
import sys

import onnx.defs

first, last, names = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
for name in names:
    for opset in range(first, last + 1):
        try:
            schema = onnx.defs.get_schema(name, opset, "")
        except onnx.defs.SchemaError:
            continue
        if schema.deprecated:
            continue
        attributes = "".join(
            f" {key}={int(schema.attributes[key].type.value)}" for key in sorted(schema.attributes)
        )
        print(
            f"{name} {opset}:{attributes} inputs {schema.min_input} to {schema.max_input} "
            f"outputs {schema.min_output} to {schema.max_output}"
        )
