"""The command verify: 0 where nothing differs, 1 and a line for each difference where something does."""

import pytest
from command_job import optimize

from equipment_optimizer.cli import main

WORDS = ["verify", "out.csv", "equipment.csv", "config.json", "--builds", "5"]


@pytest.fixture
def made(files):
    assert optimize("--quiet") == 0
    return files / "out.csv"


def test_a_right_list_has_no_difference(made, capsys):
    session = {}
    assert main(WORDS, session) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == "no difference found"
    assert all(line.startswith("checked: ") for line in out[:-1])
    assert not session["verdict"].differences
    assert main([*WORDS, "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_each_difference_is_told_with_its_place(made, capsys):
    header, first, second = made.read_text().splitlines()
    made.write_text("\n".join([header, first.replace("Hat", "Cap"), second]) + "\n")
    assert main([*WORDS, "--quiet"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.startswith("out.csv") and ": expected " in line and ", found " in line for line in lines)
    assert main(WORDS) == 1
    assert capsys.readouterr().out.splitlines()[-1] == f"{len(lines)} differences"


def test_many_differences_are_counted(made, capsys):
    header, first, _ = made.read_text().splitlines()
    made.write_text("\n".join([header, *[first] * 200]) + "\n")
    assert main([*WORDS, "--quiet"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 101
    assert lines[-1].startswith("... and ")


def test_a_missing_list_is_bad_input(files, capsys):
    assert main(WORDS) == 2
    assert "out.csv" in capsys.readouterr().err
