"""Every command of the table, through the front door: `main` with arguments as people type them."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.commands import COMMANDS, Command, load_command
from equipment_optimizer.system.heap import HeapMeter
from equipment_optimizer.system.stopping import StopFlag

ROOT = Path(__file__).resolve().parents[3]

PIECES = """\
Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level
Cap,Head,1,Swift,2
Hat,Head,3,,
Mail,Body,3,Swift,1
"""
CONFIG = {
    "decorations": {f"deco_{level}": 1 for level in (1, 2, 3, 4)} | {"num_decos": 1},
    "skills": {"Swift": {"max": 3, "weight": 2, "penalty": 0}},
    "defence": 1,
    "limit": 2,
}
BUILDS = (
    "Head,Body,Swift,Lvl 1 Decoration Slot,Lvl 2 Decoration Slot,Lvl 3 Decoration Slot,Lvl 4 Decoration Slot,"
    "Defence,Score\nCap,Mail,3,0,0,0,0,4,10\nHat,Mail,1,0,0,0,0,6,8\n"
)

#: For each command: its arguments in a folder with a small job, and a line of what it prints.
RUNS = {
    "optimize": (["equipment.csv", "-", "config.json"], "Hat,Mail,1,0,0,0,0,6,8"),
    "init": (["equipment.csv"], '    "Swift": {"max": 3, "weight": 1}'),
    "verify": (["builds.csv", "equipment.csv", "config.json", "--builds", "5"], "no difference found"),
    "extras": (["equipment.csv", "config.json"], "Swift,,3,3,yes"),
    "explain": (["builds.csv", "equipment.csv", "config.json", "2"], "-4  Swift 1 instead of 3"),
    "stability": (["equipment.csv", "config.json"], "defence,1,,2,,Head: Hat instead of Cap"),
    "pieces": (["equipment.csv", "config.json"], "piece,Cap,Head,10,0,2,1,no"),
    "batch": (["builds.json", "--workers", "1"], "list\trows\tbest score\twhat happened\tseconds"),
    "heap": (["equipment.csv", "config.json", "--rows", "2"], "== Before the job =="),
    "sample": (["math:sqrt", "--data", "range:50", "--samples", "2"], "items "),
    "help": (["sample"], "usage: "),
    "import": (["talismans", "talismans.txt", "-"], "Swift 2 [1-0-0],Charm,Swift,2"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a small job in it, which is also the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "builds.csv").write_text(BUILDS)
    lists = [{"name": "swift", "equipment": "equipment.csv", "config": "config.json", "output": "swift.csv"}]
    (tmp_path / "builds.json").write_text(json.dumps({"builds": lists}))
    (tmp_path / "talismans.txt").write_text("Swift,2,,0,1,0,0\n")
    return tmp_path


def test_no_run_is_of_a_command_that_is_not_there():
    assert set(RUNS) <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_it_runs_through_main(folder, name, one_object, capfd):
    assert name in RUNS, f"add a run of '{name}' to RUNS"
    arguments, expected = RUNS[name]
    assert main([name, *arguments]) == 0
    out = capfd.readouterr().out
    assert any(line.startswith(expected) for line in out.splitlines()), out


@pytest.mark.parametrize("name", COMMANDS)
def test_it_runs_as_a_process(folder, name):
    arguments, expected = RUNS[name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "equipment_optimizer", name, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert any(line.startswith(expected) for line in done.stdout.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_its_module_is_a_command(name):
    module = load_command(name)
    for function in ("add_arguments", "run"):
        protocol = inspect.signature(getattr(Command, function))
        own = list(protocol.parameters.values())[1:]
        assert inspect.signature(getattr(module, function)) == protocol.replace(parameters=own)


@pytest.mark.parametrize("name", COMMANDS)
def test_its_help_says_what_it_does(name, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    assert main([name, "--help"]) == 0
    assert COMMANDS[name][1:] in capsys.readouterr().out


#: For each command whose work is no loop of ours: arguments with which it would wait for ever.
WAITING = {
    "sample": ["time:sleep", "--data", "[3600, 3600]"],
    "import": ["talismans", "pipe", "-"],
    "init": ["pipe"],
}


@pytest.mark.parametrize("command", WAITING)
def test_a_time_limit_ends_what_waits(folder, capsys, command):
    os.mkfifo("pipe")
    assert main([command, *WAITING[command], "--time-limit", "0.05"]) == 5
    assert capsys.readouterr() == (
        "",
        "error: stopped early by the time limit; nothing was written\n  mend: allow more time\n",
    )


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "help"])
def test_every_command_takes_a_time_limit(folder, capsys, command):
    words = ["talismans"] if command == "import" else []
    assert main([command, *words, "--help"]) == 0
    assert "--time-limit" in capsys.readouterr().out


FULL = ROOT / "example_data" / "full"
JOB = [str(FULL / "equipment.csv"), str(FULL / "config.json")]

#: For each command that polls while it works: arguments for the full example, and its exit code after a stop.
POLLING = {
    "optimize": ([JOB[0], "out.csv", JOB[1]], 5),
    "verify": (["builds.csv", *JOB], 5),
    "extras": ([*JOB, "--output", "out.csv"], 5),
    "explain": (["builds.csv", *JOB, "--skill", "Attack Boost=5"], 5),
    "stability": ([*JOB, "-o", "out.csv"], 5),
    "pieces": ([*JOB, "-o", "out.csv"], 5),
    "batch": (["lists.json", "--workers", "1"], 5),
    "batch --disjoint": (["lists.json", "--workers", "1", "--disjoint"], 5),
    "heap": (JOB, 1),
}


def test_what_neither_polls_nor_waits_has_no_work():
    assert {name.split()[0] for name in POLLING} | set(WAITING) == set(COMMANDS) - {"help"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("name", POLLING)
def test_a_signal_ends_what_polls(folder, monkeypatch, name, number):
    assert main(["optimize", JOB[0], "builds.csv", JOB[1], "--limit", "3", "--quiet"]) == 0
    lists = [{"name": k, "equipment": JOB[0], "config": JOB[1], "output": f"{k}.csv"} for k in "ab"]
    Path("lists.json").write_text(json.dumps({"builds": lists}))
    is_set, polls = StopFlag.is_set, []

    def polled(flag):
        polls.append(None)
        if len(polls) == 3:
            signal.raise_signal(number)
        return is_set(flag)

    monkeypatch.setattr(StopFlag, "is_set", polled)
    for part in ("partitions", "stage"):  # this process holds too much
        monkeypatch.setattr(HeapMeter, part, lambda meter, _: ())
    arguments, code = POLLING[name]
    assert main([name.split()[0], *arguments]) == code
    assert len(polls) < 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("command", WAITING)
def test_a_signal_ends_what_waits(folder, monkeypatch, capsys, command, number):
    monkeypatch.setattr("builtins.open", lambda *_, **__: signal.raise_signal(number))  # waits for a pipe
    calls = ["signal:raise_signal", "--data", f"[{int(number)}, {int(number)}]"]
    assert main([command, *(calls if command == "sample" else WAITING[command])]) == 1
    monkeypatch.undo()
    assert "aborted" in capsys.readouterr().err
