"""The command line as people use it: exit codes, messages, streams."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest
from command_job import CONFIG, EQUIPMENT, EXPECTED, OLD, PIECES, PLAIN, ROOT, SUMMARY, command, optimize, run

from equipment_optimizer import __version__, cli, pipeline
from equipment_optimizer.cli import main
from equipment_optimizer.commands import COMMANDS
from equipment_optimizer.errors import EquipmentOptimizerError, MemoryBudgetError, WorkerError


def test_the_example_from_the_command_line(tmp_path):
    out = tmp_path / "out.csv"
    done = run(EQUIPMENT, out, CONFIG)
    assert (done.returncode, done.stdout) == (0, "")
    assert out.read_bytes() == EXPECTED.read_bytes()
    (line,) = done.stderr.splitlines()
    assert SUMMARY.fullmatch(line)
    assert line.startswith("231,660 combinations, 100 kept, ")


def test_the_module_and_the_script_are_the_same_command(tmp_path):
    arguments = [sys.executable, "-m", "equipment_optimizer", "optimize", EQUIPMENT, "-", CONFIG, "--quiet"]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, EXPECTED.read_bytes(), b"")


def test_quiet_says_nothing_and_still_tells_errors(files, capsys):
    assert optimize("--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert main(["optimize", "missing.csv", "out.csv", "config.json", "--quiet"]) == 2
    assert "missing.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "error: no command given\n  mend: run 'PROG --help' to see the commands\n"),
        (
            ["optimise"],
            (
                "error: no such command: optimise; did you mean 'optimize'?\n"
                "  mend: run 'PROG --help' to see the commands\n"
            ),
        ),
        (["zzz"], "error: no such command: zzz\n  mend: run 'PROG --help' to see the commands\n"),
    ],
)
def test_unknown_commands_are_refused(capsys, arguments, message):
    assert main(arguments, prog="PROG") == 2
    assert capsys.readouterr() == ("", message)


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for name, summary in COMMANDS.items():
        assert re.search(rf"^  {name} +{summary}$", out, re.M)


def test_help_of_the_main_job_is_printed(capsys):
    assert main(["optimize", "--help"], prog="main.py") == 0
    assert capsys.readouterr().out.startswith("usage: main.py [-h]")


@pytest.mark.parametrize("arguments", [["--version"], ["optimize", "--version"]])
def test_version(capsys, arguments):
    assert main(arguments) == 0
    assert capsys.readouterr() == (f"equipment-optimizer {__version__}\n", "")


def test_the_version_is_the_changelogs():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## ([0-9.]+)", text, re.M)[1] == __version__


def test_the_installed_command_leaves_with_the_exit_code(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["equipment-optimizer"])
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(SystemExit) as leaving:
            cli.console()
    finally:
        signal.signal(signal.SIGINT, before)
    assert leaving.value.code == 2
    assert "run 'equipment-optimizer --help'" in capsys.readouterr().err


def test_faults_of_all_inputs_are_told_and_the_output_stays(files, capsys):
    (files / "out.csv").write_text(OLD)
    (files / "equipment.csv").write_text("Name,Body Part,Base Defence\nCap,Head,x\n")
    (files / "config.json").write_text('{"limit": "many"}')
    assert optimize() == 2
    err = capsys.readouterr().err
    assert err.startswith("equipment.csv:2:3: ")
    assert "config.json:1:11: " in err
    assert (files / "out.csv").read_text() == OLD


def failing(error):
    def optimize(*arguments, **options):
        raise error

    return optimize


class OddError(EquipmentOptimizerError):
    """One that nobody has thought of yet."""


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (MemoryBudgetError("needs 3", "give 3"), 4, "error: needs 3\n  mend: give 3\n"),
        (
            MemoryError(),
            4,
            "error: out of memory\n  mend: ask for fewer results, or give the job more memory\n",
        ),
        (WorkerError("worker died"), 1, "error: worker died\n"),
        (OddError("odd"), 1, "error: odd\n"),
        (ZeroDivisionError("by\nzero"), 1, "internal error: ZeroDivisionError: by zero (--verbose shows where)\n"),
        (KeyboardInterrupt(), 1, "error: aborted; outputs that were not finished are as they were before\n"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_every_failure_has_its_exit_code_and_no_traceback(files, capsys, monkeypatch, error, code, message):
    monkeypatch.setattr(pipeline, "optimize", failing(error))
    assert optimize("--quiet") == code
    assert capsys.readouterr().err == message
    assert sorted(os.listdir(files)) == ["config.json", "equipment.csv"]


@pytest.mark.parametrize("error", [MemoryBudgetError("x"), MemoryError(), ZeroDivisionError("x")])
def test_verbose_shows_the_traceback(files, capsys, monkeypatch, error):
    monkeypatch.setattr(pipeline, "optimize", failing(error))
    assert optimize("--quiet", "--verbose") != 0
    assert "Traceback (most recent call last):" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error_to_talk_about():
    job = subprocess.Popen(
        command(EQUIPMENT, "-", CONFIG, "--limit", "20000"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert job.stdout.readline().startswith(b"Head,")
    job.stdout.close()
    err = job.stderr.read()
    job.stderr.close()
    assert (job.wait(timeout=120), err) == (1, b"")


def test_a_full_disk_is_told_and_nothing_else():
    done = run(EQUIPMENT, "/dev/full", CONFIG)
    assert done.returncode == 1
    assert done.stderr == (
        "error: cannot write /dev/full: No space left on device\n  mend: free some space, or write elsewhere\n"
    )


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", ">&-"])
def test_closed_streams_change_nothing(tmp_path, redirection):
    out = tmp_path / "out.csv"
    line = " ".join(command(EQUIPMENT, out, CONFIG)) + " " + redirection
    assert subprocess.run(["bash", "-c", line], timeout=120).returncode == 0
    assert out.read_bytes() == EXPECTED.read_bytes()


def test_the_bytes_do_not_depend_on_the_locale(tmp_path):
    text = PIECES.replace("Cap", "Käppchen α")
    (tmp_path / "equipment.csv").write_text(text, encoding="utf-8")
    (tmp_path / "config.json").write_text(json.dumps(PLAIN))
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PATH": os.environ["PATH"]}
    done = run("equipment.csv", "-", "config.json", cwd=tmp_path, env=environment, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "Käppchen α,Mail," in done.stdout
