"""Every notebook runs from its first cell to its last."""
import pathlib

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "notebooks"
NEEDS_TORCH = {"your-model"}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.ipynb")))
def test_a_notebook_runs(name):
    if name in NEEDS_TORCH:
        pytest.importorskip("torch")
        pytest.importorskip("onnx")
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3",
                            resources={"metadata": {"path": str(FOLDER)}}).execute()


def test_notebooks_are_committed_with_their_outputs():
    for path in FOLDER.glob("*.ipynb"):
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        assert any(cell.outputs for cell in cells), path.name
        assert not any(output.output_type == "error" for cell in cells for output in cell.outputs), path.name
