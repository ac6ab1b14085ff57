"""The main job as a command: options, files, signals."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from command_job import (
    CONFIG,
    EQUIPMENT,
    EXPECTED,
    OLD,
    PIECES,
    PLAIN,
    PLAIN_NOTICE,
    SUMMARY,
    big_equipment,
    optimize,
    start_waiting,
)

from equipment_optimizer import pipeline
from equipment_optimizer.cli import main
from equipment_optimizer.commands import make_parser
from equipment_optimizer.commands import optimize as optimize_command


def test_notices_come_before_the_summary(files, capsys):
    assert optimize() == 0
    *notices, summary = capsys.readouterr().err.splitlines()
    assert SUMMARY.fullmatch(summary)
    assert len(notices) == 1
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


@pytest.mark.parametrize("output", ["equipment.csv", "config.json", "link.csv"])
def test_an_input_is_never_overwritten(files, capsys, output):
    (files / "link.csv").symlink_to("equipment.csv")
    assert optimize(output=output) == 2
    assert "the output is also an input" in capsys.readouterr().err
    assert (files / "equipment.csv").read_text() == PIECES


def test_a_config_that_nothing_satisfies_exits_with_3(files, capsys):
    (files / "out.csv").write_text(OLD)
    (files / "config.json").write_text(json.dumps({**PLAIN, "min_defence": 1000}))
    assert optimize("--quiet") == 3
    assert capsys.readouterr().err.startswith("error: no build ")
    assert (files / "out.csv").read_text() == OLD


def test_keeping_combinations_leaves_them_to_the_session(files):
    session = {}
    assert optimize("--keep-combinations", "--limit", "1", "--quiet", session=session) == 0
    assert list(session) == ["equipment", "config", "results", "combinations"]
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
    code = optimize("--time-limit", "1e-9", "--engine", "exhaustive", "--workers", "1", "--manifest", "m.json")
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


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_writes_what_is_best_so_far(files, number, reason):
    (files / "out.csv").write_text(OLD)
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
    (files / "out.csv").write_text(OLD)
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
    assert (files / "out.csv").read_text() == OLD


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
        "--checkpoint", "--resume", "--spreadsheet-safe", "--excel", "--excel=semicolon", "--overwrite",
        "--encoding", "--strict", "--proof", "--stability", "--pieces", "--wishes", "--pairs", "--decorations",
    }  # fmt: skip


def test_unknown_memory_is_called_unknown(files, monkeypatch, capsys):
    monkeypatch.setattr(optimize_command, "peak_rss_bytes", lambda: None)
    assert optimize() == 0
    assert capsys.readouterr().err.endswith(" s, peak unknown\n")


# --- what may be replaced ---------------------------------------------------------


@pytest.fixture
def big(files):
    """The job with far more combinations than can be looked at."""
    big_equipment(files / "equipment.csv")
    return files


STOPPED = ["--time-limit", "1e-9", "--engine", "exhaustive", "--workers", "1", "--quiet"]
COMPLETE = "Head,Score\nold,1\n"


def test_a_search_that_is_stopped_leaves_a_complete_list_alone(big, capsys):
    (big / "out.csv").write_text(COMPLETE)
    assert optimize(*STOPPED[:-1]) == 5
    assert (big / "out.csv").read_text() == COMPLETE
    header, *rows = (big / "out.partial.csv").read_text().splitlines()
    assert header.endswith(",Defence,Proved,Score")
    assert len(rows) == 5
    message = "notice: out.csv holds a complete list and is left as it is; this one is in out.partial.csv\n"
    assert message in capsys.readouterr().err


def test_overwrite_says_otherwise(big):
    (big / "out.csv").write_text(COMPLETE)
    assert optimize(*STOPPED, "--overwrite") == 5
    assert (big / "out.csv").read_text().splitlines()[0].endswith(",Proved,Score")
    assert not (big / "out.partial.csv").exists()


def test_the_next_complete_search_removes_what_was_partial(big):
    (big / "out.csv").write_text(COMPLETE)
    assert optimize(*STOPPED) == 5
    assert (big / "out.partial.csv").exists()
    assert optimize("--quiet") == 0
    assert sorted(os.listdir(big)) == ["config.json", "equipment.csv", "out.csv"]
    assert (big / "out.csv").read_text().splitlines()[0].endswith(",Defence,Score")


def test_no_rows_never_replace_rows(big, monkeypatch, capsys):
    real = pipeline.optimize

    def finds_nothing(table, config, **options):
        return real(table, config, **options).head(0)

    (big / "out.csv").write_text(OLD)
    monkeypatch.setattr(pipeline, "optimize", finds_nothing)
    assert optimize(*STOPPED[:-1]) == 5
    assert (big / "out.csv").read_text() == OLD
    assert "notice: nothing was found in time: out.csv is left as it is\n" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["notes.txt", "other.csv", "saved.json"])
def test_what_is_no_list_of_builds_is_not_overwritten(files, capsys, name):
    (files / name).write_text("Name,Price\nCap,3\n")
    assert optimize(output=name) == 2
    assert capsys.readouterr().err == (
        f"error: the output is there already and is no list of builds: {name}\n"
        "  mend: name another file, or add --overwrite to replace it\n"
    )
    assert (files / name).read_text() == "Name,Price\nCap,3\n"
    assert optimize("--overwrite", "--quiet", output=name) == 0
    assert (files / name).read_text().splitlines()[0].endswith(",Score")


def test_the_manifest_and_the_report_replace_their_like_only(files):
    beside = ["--quiet", "--manifest", "m.json", "--report", "r.html"]
    for name in ("m.json", "r.html"):
        (files / name).write_text("something else")
        assert optimize(*beside) == 2
        assert (files / name).read_text() == "something else"
        assert optimize(*beside, "--overwrite") == 0
    assert optimize(*beside) == 0
    assert json.loads((files / "m.json").read_text())["n_results"] == 2
    assert (files / "r.html").read_text().startswith("<!doctype html>")


# --- spreadsheets -----------------------------------------------------------------


@pytest.mark.parametrize(("option", "delimiter"), [("--excel", ","), ("--excel=semicolon", ";")])
def test_excel_gets_a_mark_and_the_score_first(files, option, delimiter):
    # A file name after the option is no value of it.
    assert main(["optimize", option, "equipment.csv", "out.csv", "config.json", "--quiet"]) == 0
    data = (files / "out.csv").read_bytes()
    assert data.startswith(delimiter.join(["\ufeffScore", "Head", "Body", "Other skills"]).encode())
    # The same command again knows its own list.
    assert optimize(option, "--quiet") == 0
    assert (files / "out.csv").read_bytes() == data


def test_excel_takes_no_other_value(files, capsys):
    assert optimize("--excel=tab") == 2
    assert "--excel" in capsys.readouterr().err


def test_a_workbook_is_the_same_whenever_it_is_written(files):
    calamine = pytest.importorskip("python_calamine")
    assert optimize("--quiet", output="out.xlsx") == 0
    data = (files / "out.xlsx").read_bytes()
    header, *rows = calamine.load_workbook("out.xlsx").get_sheet_by_index(0).to_python()
    assert (header[:2], header[-1], len(rows)) == (["Head", "Body"], "Score", 2)
    assert optimize("--quiet", output="out.xlsx") == 0
    assert (files / "out.xlsx").read_bytes() == data


def test_a_workbook_without_its_library_is_refused_before_the_search(files, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.setattr(pipeline, "optimize", None)
    assert optimize(output="out.xlsx") == 2
    assert "workbooks need the package xlsxwriter" in capsys.readouterr().err


def test_a_stopped_search_writes_a_workbook_beside_a_complete_one(big):
    pytest.importorskip("xlsxwriter")
    assert optimize("--quiet", output="out.xlsx") == 0
    assert optimize(*STOPPED, output="out.xlsx") == 5
    assert sorted(os.listdir(big)) == ["config.json", "equipment.csv", "out.partial.xlsx", "out.xlsx"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--excel=tab", "--excel takes no 'tab'\n  mend: write --excel or --excel=semicolon"),
        ("--excel=comma", "--excel takes no 'comma'\n  mend: write --excel or --excel=semicolon"),
        ("--quiet=yes", "--quiet takes no 'yes'\n  mend: write --quiet"),
        ("--overwrite=1", "--overwrite takes no '1'\n  mend: write --overwrite"),
    ],
)
def test_a_value_that_an_option_does_not_take_is_told(files, capsys, word, message):
    assert optimize(word) == 2
    assert capsys.readouterr().err == f"error: {message}\n"
