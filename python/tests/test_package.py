import ast
import pathlib
import subprocess
import sys

import pytest

import escalate as esc
from escalate import _core

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_command_is_run_by_the_package(program, monkeypatch):
    monkeypatch.setenv("ESCALATE_PROGRAM", program)
    run = subprocess.run([sys.executable, "-m", "escalate", "--version"], capture_output=True, text=True)
    assert run.returncode == 0 and esc.__version__ in run.stdout


def test_types_are_checked():
    pytest.importorskip("mypy")
    run = subprocess.run([sys.executable, "-m", "mypy", "--cache-dir=/dev/null"], cwd=ROOT, capture_output=True,
                         text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_stub_is_that_of_the_module():
    tree = ast.parse((ROOT / "python/escalate/_core.pyi").read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    assert functions | set(classes) == {name for name in dir(_core) if not name.startswith("_")}
    for name, node in classes.items():
        members = {member.name for member in node.body if isinstance(member, ast.FunctionDef)} - {"__init__"}
        if members:
            assert members == {member for member in vars(getattr(_core, name)) if not member.startswith("_")}, name


def test_everything_public_is_documented():
    for name in esc.__all__:
        thing = getattr(esc, name)
        if isinstance(thing, type) or callable(thing):
            assert thing.__doc__, name
        if isinstance(thing, type) and not issubclass(thing, Exception):
            for member, value in vars(thing).items():
                if not member.startswith("_") and (callable(value) or isinstance(value, (property, classmethod))):
                    assert getattr(thing, member).__doc__, f"{name}.{member}"
