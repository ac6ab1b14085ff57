"""The command heap: the stages of a job and what is held after each, as tables or as JSON, and its session."""

import builtins
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_job import ROOT

from equipment_optimizer.cli import main
from equipment_optimizer.commands import heap as heap_command
from equipment_optimizer.system import machine

pytest.importorskip("guppy", reason="guppy exists for CPython only")

JOB = [str(ROOT / "example_data" / "equipment.csv"), str(ROOT / "example_data" / "config.json")]
WORDS = ["heap", "equipment.csv", "config.json", "--rows", "2"]

PARTITIONS = ["kind", "byrcs", "bytype", "byvia", "bysize"]
STAGES = ["started", "imported", "loaded", "compiled", "searched", "exported"]


def heap_process(*options):
    """What a process of its own prints, untraced by coverage: what there is takes time to look at, and is counted."""
    command = [sys.executable, "-m", "equipment_optimizer", "heap", *JOB, *options]
    untraced = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, env=untraced)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def kept():
    return json.loads(heap_process("--json", "--keep-combinations", "--rows", "3"))


@pytest.fixture(scope="module")
def traced():
    return json.loads(heap_process("--json", "--trace"))


def test_json_has_every_partition_before_and_after_and_every_stage(kept, traced):
    assert set(kept) == set(traced) == {"stages", "before", "after"}
    assert [stage["name"] for stage in kept["stages"]] == [*STAGES, "kept"]
    assert [stage["name"] for stage in traced["stages"]] == STAGES
    assert all(stage["n_bytes"] > 0 for stage in kept["stages"] + traced["stages"])
    for when in ("before", "after"):
        assert [partition["by"] for partition in kept[when]] == PARTITIONS
        for partition in kept[when]:
            assert len(partition["rows"]) <= 3
            sizes = [row["n_bytes"] for row in partition["rows"]]
            assert sizes == sorted(sizes, reverse=True)
            assert sum(sizes) <= partition["n_bytes"]


def test_kept_combinations_are_six_arrays_and_nothing_per_row(kept):
    stages = {stage["name"]: stage for stage in kept["stages"]}
    grown = stages["kept"]["n_bytes"] - stages["exported"]["n_bytes"]
    assert 231_660 * 6 < grown < 231_660 * 6 + 5_000
    assert stages["kept"]["n_objects"] - stages["exported"]["n_objects"] < 50


def test_tracing_gives_peaks_of_stages_and_no_resident_memory(traced):
    stages = {stage["name"]: stage for stage in traced["stages"]}
    assert all(stage["resident_bytes"] is None for stage in stages.values())
    assert 0 < stages["loaded"]["traced_peak_bytes"] < 2**20
    assert 0 < stages["exported"]["traced_peak_bytes"] < 2 * 2**20


def test_without_tracing_resident_memory_is_told(kept):
    stages = kept["stages"]
    known = {stage["resident_bytes"] is not None and stage["resident_bytes"] > 2**20 for stage in stages}
    assert known == {Path("/proc/self/status").exists()}
    assert {stage["traced_peak_bytes"] for stage in stages} == {None}


def test_the_text_shows_the_same_tables():
    text = heap_process("--rows", "2", "--limit", "5", "--engine", "exhaustive", "--trace")
    assert [line.split()[0] for line in text.splitlines()[1:7]] == STAGES
    for title in ("== Before the job ==", "== After the job =="):
        assert title in text
    for by in PARTITIONS:
        assert text.count(f"\n{by} of ") == 2


def test_a_session_is_left_with_the_names_of_a_job(one_object, capsys):
    session = {}
    assert main(["heap", *JOB, "--limit", "7"], session) == 0
    assert sorted(session) == ["combinations", "config", "equipment"]
    assert len(session["combinations"]) == 7


def test_bad_input_is_told(files, one_object, capsys):
    (files / "equipment.csv").write_text("Name\nCap\n")
    assert main(WORDS) == 2
    assert "there is no column Body Part" in capsys.readouterr().err


def test_a_missing_guppy_is_said(capsys, monkeypatch):
    real = builtins.__import__

    def without_guppy(name, *args, **kwargs):
        if name.split(".")[0] == "guppy":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_guppy)
    assert main(["heap", *JOB]) == 2
    assert capsys.readouterr().err == (
        "error: guppy is not installed, and it is what looks at the heap\n"
        "  mend: install guppy3 (for CPython; other interpreters do not have it)\n"
    )


def test_more_combinations_than_there_is_room_for_are_refused(one_object, capsys, monkeypatch):
    monkeypatch.setattr(machine, "available_bytes", lambda: 1000)
    assert main(["heap", *JOB, "--keep-combinations"]) == 4
    assert "keeping 231,660 combinations takes 1.3 MiB, above the 1000 B" in capsys.readouterr().err


def test_a_comparison_needs_the_source_tree(capsys, monkeypatch):
    monkeypatch.setattr("pathlib.Path.is_file", lambda path: False)
    assert main(["heap", *JOB, "--compare"]) == 2
    assert "run it in a checkout" in capsys.readouterr().err


@pytest.mark.parametrize(("returned", "exit_code"), [(0, 0), (1, 1)])
def test_a_comparison_is_handed_over(monkeypatch, returned, exit_code):
    seen = []

    def run(command, check):
        seen.append(command)
        return subprocess.CompletedProcess(command, returned)

    monkeypatch.setattr(heap_command.subprocess, "run", run)
    assert main(["heap", *JOB, "--compare", "--json"]) == exit_code
    ((_, script, *rest),) = seen
    assert Path(script).is_file()
    assert rest == ["--equipment", JOB[0], "--config", JOB[1], "--json"]


SESSION = [
    "import gc",
    "unreachable = gc.collect()",
    "from guppy import hpy",
    "heap = hpy().heap()",
    "rows = {row.name: row for row in heap.stat.get_rows()}",
    "large = [column.nbytes for column in combinations.columns]",
    "print(heap.size)",
    # Two lists: every combination, and those of the results.
    "print([name for name in rows if 'EquipmentCombination' in name and rows[name].count > 2])",
    "print(rows['numpy.ndarray'].count, sum(large))",
]


def session(*options):
    command = [sys.executable, "-i", "main.py", JOB[0], "/dev/null", JOB[1], "--quiet", *options]
    done = subprocess.run(
        command, input="\n".join(SESSION) + "\n", cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    return done.stdout.splitlines()


def test_a_session_shows_the_columns_as_a_few_arrays_and_no_object_per_row():
    total, per_row, arrays = session("--keep-combinations")
    plain_total, plain_per_row, plain_arrays = session()
    assert per_row == plain_per_row == "[]"
    n_arrays, n_bytes = map(int, arrays.split())
    # Libraries have some of their own, more or fewer by their version.
    assert n_arrays - int(plain_arrays.split()[0]) < 20
    assert n_bytes == 231_660 * 6
    assert int(total) - int(plain_total) < 2_000_000
