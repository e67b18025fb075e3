"""The notebook of the examples runs from top to bottom."""

import json
import os
import sys
from pathlib import Path

import pytest

nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

NOTEBOOK = Path(__file__).parent.parent / "examples" / "gtzan.ipynb"


def test_the_notebook_runs(tmp_path, monkeypatch):
    # A kernel of this very Python, wherever others are installed.
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/svg+xml" in output.get("data", {})]
    told = "".join(output.get("text", "") for output in outputs)
    assert len(pictures) == 5 and "audio controls" in str(outputs) and "of 66 test songs" in told
    accuracy = float(told.split("accuracy ")[1].split()[0])
    # Of ten genres; guessing is right in a tenth. The interval of 66 songs is twenty points wide.
    assert accuracy > 0.5, told
    if "GTZAN_WRITE_NOTEBOOK" in os.environ:
        nbformat.write(notebook, os.environ["GTZAN_WRITE_NOTEBOOK"])
