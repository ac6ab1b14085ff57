"""Files in another order are recognised, and the mend is the line that was meant."""

from __future__ import annotations

import json
import os

import pytest
from command_job import PIECES, PLAIN

from equipment_optimizer.cli import main

BUILDS = "Head,Body,Score\nCap,Mail,1\n"


@pytest.fixture
def lists(files):
    """Two lists of builds beside the job."""
    (files / "builds.csv").write_text(BUILDS)
    (files / "excel.csv").write_text("\ufeffScore;Head;Other skills\n1;Cap;\n")
    return files


EXTRAS = "equipment.csv config.json"
JOB = "equipment.csv out.csv config.json"
CONFIG, BUILT, PIECES_ARE = "a configuration", "a list of builds", "an equipment list"


@pytest.mark.parametrize(
    ("line", "wrong", "what", "meant"),
    [
        ("optimize config.json out.csv equipment.csv", "config.json", CONFIG, JOB),
        ("optimize equipment.csv config.json out.csv", "config.json", CONFIG, JOB),
        ("optimize out.csv equipment.csv config.json", "out.csv", "not there yet", JOB),
        ("optimize builds.csv equipment.csv config.json", "builds.csv", BUILT, JOB.replace("out", "builds")),
        ("optimize config.json equipment.csv excel.csv", "config.json", CONFIG, JOB.replace("out", "excel")),
        ("verify equipment.csv builds.csv config.json", "equipment.csv", PIECES_ARE, f"builds.csv {EXTRAS}"),
        ("verify config.json equipment.csv builds.csv", "config.json", CONFIG, f"builds.csv {EXTRAS}"),
        ("extras config.json equipment.csv", "config.json", CONFIG, EXTRAS),
        ("heap config.json equipment.csv", "config.json", CONFIG, EXTRAS),
    ],
)
def test_the_mend_is_the_line_that_was_meant(lists, capsys, line, wrong, what, meant):
    command, *words = line.split()
    before = sorted(os.listdir(lists))
    assert main([command, *words, "--quiet"], prog="PROG") == 2
    assert capsys.readouterr().err == (
        f"error: the files are in another order: {wrong} is {what}\n  mend: run PROG {command} {meant} --quiet\n"
    )
    assert sorted(os.listdir(lists)) == before


def test_options_and_blanks_stay_in_the_line(lists, capsys):
    os.rename("equipment.csv", "my pieces.csv")
    arguments = ["--limit", "3", "config.json", "out.csv", "my pieces.csv", "--excel"]
    assert main(["optimize", *arguments], prog="main.py") == 2
    assert "mend: run main.py --limit 3 'my pieces.csv' out.csv config.json --excel\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["equipment.csv", "new.csv", "config.json"],
        ["equipment.csv", "builds.csv", "config.json"],
        ["equipment.csv", "-", "config.json"],
        ["equipment.csv", os.devnull, "config.json"],
        # A name says nothing where the contents do.
        ["data.json.csv", "new.csv", "settings.txt"],
    ],
)
def test_what_is_in_order_runs(lists, words):
    (lists / "data.json.csv").write_text(PIECES)
    (lists / "settings.txt").write_text(json.dumps(PLAIN))
    assert main(["optimize", *words, "--quiet"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.csv", "out.csv", "config.json"], "missing.csv: "),
        (["equipment.csv", "out.csv", "missing.json"], "missing.json: "),
        (["equipment.csv", "equipment.csv", "config.json"], "the output is also an input: equipment.csv"),
        (["equipment.csv", "config.json", "config.json"], "the output is also an input: config.json"),
    ],
)
def test_what_fits_in_no_order_is_told_as_ever(lists, capsys, words, message):
    assert main(["optimize", *words, "--quiet"]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "another order" not in err
