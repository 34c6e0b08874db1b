"""The wheel in an empty virtual environment, away from the tree (scripts/python --wheel)."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
"""


def run(*command, also={}, **options):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ESCALATE"))}
    environment.update(also)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder of programs of an environment that has the wheel and what runs notebooks."""
    folder = tmp_path_factory.mktemp("wheel")
    probe = subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, "nbclient"])
    if probe.returncode != 0:
        pytest.skip("PyPI is not reached")
    # Compiler and flags are those of the tree's own build, so that a compiler cache serves both.
    run(sys.executable, "-m", "pip", "wheel", "-q", ".", "--no-deps", "-w", folder,
        "--config-settings=build-dir=build/wheel", "--config-settings=cmake.define.ESCALATE_WERROR=ON", cwd=ROOT,
        also={"CC": "cc", "CXX": "c++"})
    run(sys.executable, "-m", "venv", folder / "venv")
    programs = folder / "venv/bin"
    wheel, = folder.glob("escalate_sim-*.whl")
    run(programs / "pip", "install", "-q", wheel, "matplotlib", "nbclient", "ipykernel")
    return programs


def test_the_first_notebook_runs(environment, tmp_path):
    shutil.copy(ROOT / "notebooks/first-run.ipynb", tmp_path)
    run(environment / "python", "-c", RUN, tmp_path / "first-run.ipynb", cwd=tmp_path)


def test_the_command_is_there(environment, tmp_path):
    code = "import escalate; print('escalate', escalate.__version__)"
    expected = run(environment / "python", "-c", code, cwd=tmp_path)
    assert run(environment / "escalate", "--version", cwd=tmp_path) == expected
    assert run(environment / "python", "-m", "escalate", "--version", cwd=tmp_path) == expected


def test_a_search_finds_its_module(environment, tmp_path):
    code = """
import escalate as esc
study = esc.sweep(workloads=[esc.zoo.resnet20_cifar10], axes={"blocks": [1, 2, 4], "mac.multipliers": [1, 3, 9]},
                  strategy="nsga2", population=8, generations=1, objectives=["cycles", "area_mm2"], store="x.sqlite")
print(len(study.points) > 4)
"""
    assert run(environment / "python", "-c", code, cwd=tmp_path).split()[-1] == "True"


def test_tables_and_zoo_are_in_it(environment, tmp_path):
    code = "import escalate as esc; print(len(esc.zoo), esc.simulate(esc.zoo.resnet20_cifar10).energy_j > 0)"
    assert run(environment / "python", "-c", code, cwd=tmp_path).split() == [str(len(list(
        (ROOT / "workloads/zoo").glob("*.yaml")))), "True"]
