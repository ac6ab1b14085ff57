"""The command heap: the stages of a job and what is held after each, as tables or as JSON."""

import json
import os
import subprocess
import sys

import pytest
from command_job import ROOT

from equipment_optimizer.cli import main

pytest.importorskip("guppy", reason="guppy exists for CPython only")

WORDS = ["heap", "equipment.csv", "config.json", "--rows", "2"]


def heap(*options):
    """What a process of its own prints: a look takes time in proportion to the objects there are."""
    command = [sys.executable, "-m", "equipment_optimizer", *WORDS, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_tables_before_and_after(files):
    assert "== Before the job ==" in heap()


@pytest.mark.parametrize("options", [[], ["--trace"], ["--keep-combinations"]])
def test_json_has_the_stages(files, options):
    report = json.loads(heap("--json", *options))
    assert set(report) == {"stages", "before", "after"}
    assert report["stages"][0]["name"] == "started"
    for stage in report["stages"]:
        assert (stage["traced_peak_bytes"] is None) == ("--trace" not in options)
        assert stage["n_bytes"] > 0
    assert all(len(partition["rows"]) <= 2 for partition in report["before"] + report["after"])


def test_bad_input_is_told(files, capsys):
    (files / "equipment.csv").write_text("Name\nCap\n")
    assert main(WORDS) == 2
    assert "there is no column Body Part" in capsys.readouterr().err
