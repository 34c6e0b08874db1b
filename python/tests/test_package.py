import subprocess
import sys
import pathlib

import pytest

import escalate as esc

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


def test_everything_public_is_documented():
    for name in esc.__all__:
        thing = getattr(esc, name)
        if isinstance(thing, type) or callable(thing):
            assert thing.__doc__, name
        if isinstance(thing, type) and not issubclass(thing, Exception):
            for member, value in vars(thing).items():
                if not member.startswith("_") and (callable(value) or isinstance(value, (property, classmethod))):
                    assert getattr(thing, member).__doc__, f"{name}.{member}"
