"""Small networks that the tests run."""
import os
import pathlib
import shutil

import pytest

import escalate as esc

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program() -> str:
    """The command, whose numbers the package's have to be."""
    found = os.environ.get("ESCALATE_PROGRAM") or shutil.which("escalate")
    if not found:
        pytest.skip("the command is not there")
    return found


@pytest.fixture(scope="session")
def small() -> esc.Network:
    return esc.layer(C=16, K=16, R=3, H=8, density=0.25, activation_density=0.5)


@pytest.fixture(scope="session")
def trained() -> esc.Network:
    return esc.Network.from_onnx(ROOT / "workloads/samples/patterns-resnet8.onnx")
