"""Standard input, another encoding, and notices as faults: how commands read their files."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from command_job import PIECES, PLAIN, ROOT, optimize

from equipment_optimizer.cli import main


def piped(text, *words, command="optimize"):
    return subprocess.run(
        [sys.executable, "-m", "equipment_optimizer", command, *words],
        input=text.encode(),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=120,
    )


@pytest.mark.parametrize("which", ["equipment", "config"])
def test_an_input_may_come_from_standard_input(files, which):
    assert optimize("--quiet") == 0
    expected = (files / "out.csv").read_bytes()
    words = {"equipment": "equipment.csv", "config": "config.json"}
    text = (files / words[which]).read_text()
    words[which] = "-"
    done = piped(text, words["equipment"], "-", words["config"], "--quiet", "--manifest", "m.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, b"")
    manifest = json.loads((files / "m.json").read_text())
    assert {entry["path"]: entry["sha256"] is None for entry in manifest["inputs"]}["-"]


def test_side_files_of_a_config_from_standard_input_stand_here(files):
    (files / "d.csv").write_text("Name,Slot Level,Skill 1 Name,Skill 1 Level\nJewel,1,Luck,1\n")
    done = piped(json.dumps({**PLAIN, "files": {"decorations": "d.csv"}}), "equipment.csv", "-", "-", "--quiet")
    assert done.returncode == 0, done.stderr
    assert b"Decorations" in done.stdout.splitlines()[0]


def test_other_commands_read_standard_input_too(files):
    assert optimize("--quiet") == 0
    builds = (files / "out.csv").read_text()
    done = piped(builds, "-", "equipment.csv", "config.json", "--builds", "1", command="verify")
    assert done.returncode == 0, done.stdout
    worths = piped(PIECES, "-", "config.json", "--quiet", command="pieces").stdout.decode()
    done = piped(worths, "-", "equipment.csv", "config.json", "--builds", "1", command="verify")
    assert done.returncode == 0, done.stdout
    done = piped(PIECES, "-", "config.json", "--quiet", command="extras")
    assert (done.returncode, done.stdout) == (0, b"Skill,Required,Level,Maximum,Proved\n")


def test_faults_of_standard_input_have_their_place(files):
    done = piped(PIECES.replace("Cap,Head,1", "Cap,Head,x"), "-", "out.csv", "config.json")
    assert done.returncode == 2
    assert done.stderr.startswith(b"-:2:3: ")


@pytest.mark.parametrize("words", [["-", "out.csv", "-"], ["-", "-", "-"]])
def test_standard_input_is_read_once(files, capsys, words):
    assert main(["optimize", *words]) == 2
    assert capsys.readouterr().err.startswith("error: standard input can be read once only")


@pytest.mark.parametrize("code_page", ["cp932", "cp1251", "cp850"])
def test_an_encoding_can_be_named(files, capfd, code_page):
    name = {"cp932": "攻撃", "cp1251": "Атака", "cp850": "Größe"}[code_page]
    text = f"Name,Body Part,Skill 1 Name,Skill 1 Level\nCap,Head,{name},2\n"
    (files / "equipment.csv").write_bytes(text.encode(code_page))
    (files / "config.json").write_text(json.dumps({**PLAIN, "skills": {name: {"max": 2, "weight": 5, "penalty": 0}}}))
    # The configuration has only letters of ASCII, and is in the same encoding.
    (files / "config.json").write_bytes((files / "config.json").read_text().encode(code_page))
    options = ["--encoding", code_page, "--quiet"]
    assert optimize(*options, "--manifest", "m.json") == 0
    assert name in (files / "out.csv").read_text(encoding="utf-8")
    assert json.loads((files / "m.json").read_text(encoding="utf-8"))["config"]["encoding"] == code_page
    for command in (
        ["verify", "out.csv", "equipment.csv", "config.json", "--builds", "1"],
        ["extras", "equipment.csv", "config.json"],
    ):
        assert main([*command, *options]) == 0


def test_an_unknown_encoding_is_refused(files, capsys):
    assert optimize("--encoding", "klingon") == 2
    assert "klingon" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["optimize", "equipment.csv", "out.csv", "config.json"],
        ["extras", "equipment.csv", "config.json"],
        ["heap", "equipment.csv", "config.json"],
        ["verify", "b.csv", "equipment.csv", "config.json"],
    ],
)
def test_strict_makes_faults_of_notices(files, one_object, capsys, words):
    (files / "b.csv").write_text("Head,Body,Score\n")
    assert main([*words, "--strict", "--quiet"]) == 2
    assert "there is no piece of Arms" in capsys.readouterr().err
    assert not (files / "out.csv").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["optimize", "equipment.csv", "out.csv", "config.json"],
        ["extras", "equipment.csv", "config.json"],
        ["heap", "equipment.csv", "config.json"],
        ["verify", "b.csv", "equipment.csv", "config.json"],
        ["batch", "."],
    ],
)
def test_a_time_limit_can_be_given_everywhere(files, one_object, capfd, words):
    assert optimize("--quiet", output="b.csv") == 0
    assert main([*words, "--time-limit", "soon"]) == 2
    assert "not a number of seconds above 0: 'soon'" in capfd.readouterr().err
    assert main([*words, "--time-limit", "1000", "--quiet"]) == 0


def test_verify_that_runs_out_of_time_says_so(files, capsys):
    assert optimize("--quiet", output="b.csv") == 0
    assert main(["verify", "b.csv", "equipment.csv", "config.json", "--time-limit", "1e-9"]) == 5
    out = capsys.readouterr().out
    assert "checked: stopped before its end: what is not told above was not looked at in full\n" in out
    assert "no difference found" in out
