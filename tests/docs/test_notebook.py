"""The notebook of the documentation runs in Jupyter from top to bottom, and gives what it shows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def test_every_cell_gives_what_the_notebook_shows():
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    shown = [
        "".join(text for output in cell["outputs"] for text in output.get("data", {}).get("text/plain", []))
        for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    assert len([text for text in shown if text]) > 8
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_PLATFORM_DIRS": "1"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "docs" / "run_notebook.py"), str(NOTEBOOK)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == shown


def test_the_notebook_holds_no_error_and_no_path_of_whoever_ran_it():
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert '"output_type": "error"' not in text
    assert str(Path.home()) not in text
