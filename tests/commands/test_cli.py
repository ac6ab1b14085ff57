"""The command line as people use it: exit codes, messages, files, signals."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from equipment_optimizer import __version__, cli, pipeline
from equipment_optimizer.cli import main
from equipment_optimizer.commands import COMMANDS
from equipment_optimizer.commands import optimize as optimize_command
from equipment_optimizer.commands.parser import make_parser
from equipment_optimizer.errors import EquipmentOptimizerError, MemoryBudgetError, WorkerError

ROOT = Path(__file__).resolve().parents[2]
EQUIPMENT = str(ROOT / "example_data" / "equipment.csv")
CONFIG = str(ROOT / "example_data" / "config.json")
EXPECTED = ROOT / "example_data" / "combinations.csv"
SUMMARY = re.compile(r"[0-9.,e]+ combinations, [0-9,]+ kept, [0-9]+\.[0-9]{2} s, peak [0-9.]+ MiB")

PIECES = "Name,Body Part,Base Defence\nCap,Head,1\nHat,Head,2\nMail,Body,3\n"
PLAIN = {
    "decorations": {f"deco_{level}": 1 for level in (1, 2, 3, 4)} | {"num_decos": 1},
    "skills": {},
    "defence": 1,
    "limit": 5,
}
PLAIN_NOTICE = "no piece of"


def command(*arguments, python=()):
    return [sys.executable, *python, str(ROOT / "main.py"), *map(str, arguments)]


def run(*arguments, **options):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120, **options)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a small job in it, which is also the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "equipment.csv").write_text(PIECES)
    (tmp_path / "config.json").write_text(json.dumps(PLAIN))
    return tmp_path


def optimize(*options, output="out.csv", session=None):
    return main(["optimize", "equipment.csv", output, "config.json", *options], session)


def big_equipment(path, n_pieces=100):
    """A list with far more combinations than can be looked at."""
    parts = ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
    rows = [f"{part} {k},{part},{(k * 37 + b) % 101}" for b, part in enumerate(parts) for k in range(n_pieces)]
    path.write_text("Name,Body Part,Base Defence\n" + "\n".join(rows) + "\n")


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


def test_notices_come_before_the_summary(files, capsys):
    assert optimize() == 0
    *notices, summary = capsys.readouterr().err.splitlines()
    assert SUMMARY.fullmatch(summary)
    assert len(notices) == 4
    assert all(line.startswith("notice: ") and PLAIN_NOTICE in line for line in notices)


def test_verbose_adds_what_the_search_did(files, capsys):
    assert optimize("--verbose") == 0
    assert re.search(r"^notice: engine \w+; .*further builds share the last score$", capsys.readouterr().err, re.M)


def test_limit_overrides_the_config_everywhere(files):
    assert optimize("--limit", "1", "--manifest", "manifest.json") == 0
    assert (files / "out.csv").read_text().count("\n") == 2
    manifest = json.loads((files / "manifest.json").read_text())
    assert (manifest["config"]["limit"], manifest["n_results"], manifest["n_combinations"]) == (1, 1, 2)
    assert sum(manifest["counts"].values()) == 2
    assert [entry["path"] for entry in manifest["inputs"]] == ["equipment.csv", "config.json"]


def test_the_config_in_the_manifest_repeats_the_job(tmp_path):
    assert main(["optimize", EQUIPMENT, os.devnull, CONFIG, "--quiet", "--manifest", str(tmp_path / "m.json")]) == 0
    again = json.loads((tmp_path / "m.json").read_text())["config"]
    (tmp_path / "again.json").write_text(json.dumps(again))
    assert main(["optimize", EQUIPMENT, str(tmp_path / "out.csv"), str(tmp_path / "again.json"), "--quiet"]) == 0
    assert (tmp_path / "out.csv").read_bytes() == EXPECTED.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: EQUIPMENT.csv, OUT.csv, CONFIG.json"),
        (["a", "b", "c", "d"], "unrecognized arguments: d"),
        (["a", "b", "c", "--limt", "3"], "unrecognized arguments: --limt 3"),
        (["a", "b", "c", "--lim", "3"], "unrecognized arguments: --lim 3"),
        (["a", "b", "c", "--limit", "0"], "argument --limit: not a whole number of at least 1: '0'"),
        (["a", "b", "c", "--limit", "1.5"], "argument --limit: not a whole number of at least 1: '1.5'"),
        (["a", "b", "c", "--limit", "٣"], "argument --limit: not a whole number of at least 1: '٣'"),
        (["a", "b", "c", "--limit", "9" * 30], f"argument --limit: not a whole number of at least 1: '{'9' * 30}'"),
        (["a", "b", "c", "--limit"], "argument --limit: expected one argument"),
        (["a", "b", "c", "--workers", "many"], "neither auto nor a whole number of at least 1: 'many'"),
        (["a", "b", "c", "--workers", "0"], "neither auto nor a whole number of at least 1: '0'"),
        (["a", "b", "c", "--engine", "magic"], "argument --engine: invalid choice: 'magic'"),
        (["a", "b", "c", "--backend", "gpu"], "argument --backend: invalid choice: 'gpu'"),
        (["a", "b", "c", "--memory", "lots"], "argument --memory: not a size: 'lots'"),
        (["a", "b", "c", "--time-limit", "0"], "argument --time-limit: not a number of seconds above 0: '0'"),
        (["a", "b", "c", "--time-limit", "inf"], "argument --time-limit: not a number of seconds above 0: 'inf'"),
        (["a", "b", "c", "--time-limit", "soon"], "argument --time-limit: not a number of seconds above 0: 'soon'"),
        (["a", "b", "c", "--dask-scheduler", "x"], "--dask-scheduler needs --backend dask"),
        (["a", "b", "c", "--resume"], "--resume needs --checkpoint FILE"),
        (["a", "b", "c", "--checkpoint", "-"], "a checkpoint cannot be read back from standard output"),
        (["a", "b", "c", "--checkpoint", "./b"], "the checkpoint and the builds would be the same file"),
        (["a", "b", "c", "--manifest", "m", "--checkpoint", "m"], "the checkpoint and the manifest would be the same"),
        (["a", "b", "c", "--checkpoint", "missing/k"], "the output's folder does not exist: missing"),
        (["a", "b", "c", "--checkpoint", "config.json"], "the checkpoint exists already: config.json"),
        (["a", "missing/out.csv", "c"], "the output's folder does not exist: missing"),
        (["a", ".", "c"], "the output is a folder: ."),
        (["a", "b", "c", "--manifest", "missing/m.json"], "the output's folder does not exist: missing"),
        (["a", "b", "c", "--manifest", "b"], "the manifest and the builds would be the same file"),
        (["a", "b", "c", "--manifest", "./b"], "the manifest and the builds would be the same file"),
        (["a", "-", "c", "--manifest", "-"], "the manifest and the builds would be the same file"),
        (["a", "b", "c", "--report", "./b"], "the report and the builds would be the same file"),
        (["a", "b", "c", "--manifest", "m", "--report", "m"], "the report and the manifest would be the same file"),
        (["a", "b", "c", "--report", "missing/r.html"], "the output's folder does not exist: missing"),
        (["a", "b", "c", "--show", "0"], "argument --show: not a whole number of at least 1: '0'"),
    ],
)
def test_bad_usage_is_refused_with_a_mend(files, capsys, arguments, message):
    assert main(["optimize", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    first, mend = err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert mend.startswith("  mend: ")
    assert sorted(os.listdir(files)) == ["config.json", "equipment.csv"]


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
    (files / "out.csv").write_text("old")
    (files / "equipment.csv").write_text("Name,Body Part,Base Defence\nCap,Head,x\n")
    (files / "config.json").write_text('{"limit": "many"}')
    assert optimize() == 2
    err = capsys.readouterr().err
    assert err.startswith("equipment.csv:2:3: ")
    assert "config.json:1:11: " in err
    assert (files / "out.csv").read_text() == "old"


@pytest.mark.parametrize("output", ["equipment.csv", "config.json", "link.csv"])
def test_an_input_is_never_overwritten(files, capsys, output):
    (files / "link.csv").symlink_to("equipment.csv")
    assert optimize(output=output) == 2
    assert "the output is also an input" in capsys.readouterr().err
    assert (files / "equipment.csv").read_text() == PIECES


def test_a_config_that_nothing_satisfies_exits_with_3(files, capsys):
    (files / "out.csv").write_text("old")
    (files / "config.json").write_text(json.dumps({**PLAIN, "min_defence": 1000}))
    assert optimize("--quiet") == 3
    assert capsys.readouterr().err.startswith("error: no build ")
    assert (files / "out.csv").read_text() == "old"


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


def test_keeping_combinations_leaves_them_to_the_session(files):
    session = {}
    assert optimize("--keep-combinations", "--limit", "1", "--quiet", session=session) == 0
    assert list(session) == ["equipment", "config", "combinations"]
    assert len(session["combinations"]) == 2
    assert session["combinations"].table is session["equipment"]
    assert session["config"].limit == 1
    assert optimize("--limit", "1", "--quiet", session=session) == 0
    assert len(session["combinations"]) == 1


def test_keeping_more_than_there_is_room_for_is_refused_before_it_is_allocated(files, capsys):
    big_equipment(files / "equipment.csv")
    assert optimize("--keep-combinations", "--quiet") == 4
    err = capsys.readouterr().err
    assert "keeping 1.000e12 combinations takes 5.5 TiB, above the" in err
    assert "available memory" in err
    big_equipment(files / "equipment.csv", 10)
    assert optimize("--keep-combinations", "--quiet", "--memory", "5MiB") == 4
    assert "5.7 MiB of it to keep every combination, above the 5.0 MiB of --memory" in capsys.readouterr().err


def test_a_time_limit_writes_what_is_best_so_far(files, capsys):
    big_equipment(files / "equipment.csv")
    code = optimize("--time-limit", "0.2", "--engine", "exhaustive", "--workers", "1", "--manifest", "m.json")
    assert code == 5
    err = capsys.readouterr().err.splitlines()
    assert any(line.startswith("notice: stopped early by the time limit; ") for line in err)
    assert SUMMARY.fullmatch(err[-1])
    header, *rows = (files / "out.csv").read_text().splitlines()
    assert header.endswith(",Defence,Proved,Score")
    assert len(rows) <= 5
    manifest = json.loads((files / "m.json").read_text())
    assert manifest["proved"] is False
    assert sum(manifest["counts"].values()) == manifest["n_combinations"] == 10**12


def start_waiting(files, *options):
    """Start a job that waits for its equipment on a named pipe; handlers are installed by then."""
    os.mkfifo(files / "pipe.csv")
    process = subprocess.Popen(
        command("pipe.csv", "out.csv", "config.json", "--engine", "exhaustive", "--workers", "1", *options),
        cwd=files,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, open(files / "pipe.csv", "w")  # opens once the job reads


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_writes_what_is_best_so_far(files, number, reason):
    (files / "out.csv").write_text("old")
    big_equipment(files / "big.csv")
    process, pipe = start_waiting(files)
    with pipe:
        process.send_signal(number)
        pipe.write((files / "big.csv").read_text())
    _, err = process.communicate(timeout=120)
    assert process.returncode == 5, err
    assert f"notice: stopped early by {reason}; " in err
    assert (files / "out.csv").read_text().splitlines()[0].endswith(",Proved,Score")
    assert [name for name in os.listdir(files) if name.endswith(".tmp")] == []


def test_the_second_signal_aborts_and_leaves_the_old_file(files):
    (files / "out.csv").write_text("old")
    process, pipe = start_waiting(files)
    with pipe:
        # A signal that comes just before the job goes to sleep on the pipe would be answered at the next one only.
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        for _ in range(600):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=0.2)
                break
    assert process.returncode == 1
    assert err == "error: aborted; outputs that were not finished are as they were before\n"
    assert (files / "out.csv").read_text() == "old"


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


def test_spreadsheet_safe_reaches_the_export(files):
    (files / "equipment.csv").write_text(PIECES.replace("Cap", "=1+1"))
    assert optimize("--quiet", "--spreadsheet-safe") == 0
    assert "\n'=1+1,Mail," in (files / "out.csv").read_text()


def test_options_reach_the_pipeline(files, monkeypatch):
    seen = {}
    real = pipeline.optimize

    def spy(table, config, **options):
        seen.update(options)
        return real(table, config)

    monkeypatch.setattr(pipeline, "optimize", spy)
    options = ["--engine", "exhaustive", "--workers", "2", "--backend", "dask", "--dask-scheduler", "tcp://x:1"]
    assert optimize(*options, "--memory", "1GiB", "--time-limit", "60", "--quiet") == 0
    assert seen.pop("should_stop")() is False
    assert callable(seen.pop("on_notice"))
    assert seen == {
        "engine": "exhaustive",
        "workers": 2,
        "backend": "dask",
        "dask_scheduler": "tcp://x:1",
        "memory_bytes": 2**30,
        "kept_bytes": 0,
        "time_limit": 60.0,
        "checkpoint": None,
        "on_progress": None,
        "on_explanation": None,
    }


def test_notices_of_the_pipeline_are_passed_on(files, monkeypatch, capsys):
    real = pipeline.optimize

    def talkative(table, config, *, on_notice, **options):
        on_notice("something was assumed")
        return real(table, config)

    monkeypatch.setattr(pipeline, "optimize", talkative)
    assert optimize() == 0
    assert "notice: something was assumed\n" in capsys.readouterr().err


def test_the_same_arguments_make_the_same_parser_for_all_ways_in():
    parser = make_parser("optimize", "main.py")
    options = {option for action in parser._actions for option in action.option_strings}
    assert options == {
        "-h", "--help", "--version", "--verbose", "--quiet", "--limit", "--engine", "--workers", "--backend",
        "--dask-scheduler", "--memory", "--time-limit", "--keep-combinations", "--manifest", "--report", "--show",
        "--checkpoint", "--resume", "--spreadsheet-safe",
    }  # fmt: skip


def test_unknown_memory_is_called_unknown(files, monkeypatch, capsys):
    monkeypatch.setattr(optimize_command, "peak_rss_bytes", lambda: None)
    assert optimize() == 0
    assert capsys.readouterr().err.endswith(" s, peak unknown\n")
