"""The heap command, and what a heap session finds."""

import builtins
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from equipment_optimizer.cli import main
from equipment_optimizer.commands import heap as heap_command
from equipment_optimizer.system import machine
from equipment_optimizer.system.heap import HeapMeter, HeapRow, Partition, format_partition

ROOT = Path(__file__).resolve().parents[2]
JOB = [str(ROOT / "example_data" / "equipment.csv"), str(ROOT / "example_data" / "config.json")]

PARTITIONS = ["kind", "byrcs", "bytype", "byvia", "bysize"]
STAGES = ["started", "imported", "loaded", "compiled", "searched", "exported"]


@pytest.fixture
def guppy():
    return pytest.importorskip("guppy")


def heap_process(*options, environment=None):
    """The command in a process of its own: guppy looks at everything alive, and a test run holds much."""
    command = [sys.executable, "-m", "equipment_optimizer", "heap", *JOB, *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, env=environment)


def untraced():
    """The environment without what makes coverage trace a process: its records would be on the heap too."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}


def report(*options, environment=None):
    done = heap_process("--json", *options, environment=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_json_has_every_partition_before_and_after_and_every_stage(guppy):
    found = report("--keep-combinations", "--rows", "3")
    assert [stage["name"] for stage in found["stages"]] == [*STAGES, "kept"]
    for when in ("before", "after"):
        assert [partition["by"] for partition in found[when]] == PARTITIONS
        for partition in found[when]:
            assert len(partition["rows"]) <= 3
            sizes = [row["n_bytes"] for row in partition["rows"]]
            assert sizes == sorted(sizes, reverse=True)
            assert sum(sizes) <= partition["n_bytes"]


def test_kept_combinations_are_six_arrays_and_nothing_per_row(guppy):
    stages = {stage["name"]: stage for stage in report("--keep-combinations", environment=untraced())["stages"]}
    grown = stages["kept"]["n_bytes"] - stages["exported"]["n_bytes"]
    assert 231_660 * 6 < grown < 231_660 * 6 + 5_000
    assert stages["kept"]["n_objects"] - stages["exported"]["n_objects"] < 50


def test_tracing_gives_peaks_of_stages_and_no_resident_memory(guppy):
    stages = {stage["name"]: stage for stage in report("--trace")["stages"]}
    assert all(stage["resident_bytes"] is None for stage in stages.values())
    assert 0 < stages["loaded"]["traced_peak_bytes"] < 2**20
    assert 0 < stages["exported"]["traced_peak_bytes"] < 2 * 2**20


def test_without_tracing_resident_memory_is_told(guppy):
    stages = report()["stages"]
    known = {stage["resident_bytes"] is not None and stage["resident_bytes"] > 2**20 for stage in stages}
    assert known == {Path("/proc/self/status").exists()}
    assert {stage["traced_peak_bytes"] for stage in stages} == {None}


def test_the_text_shows_the_same_tables(guppy):
    done = heap_process("--rows", "2", "--limit", "5", "--engine", "exhaustive", "--trace")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[1:7]] == STAGES
    for title in ("== Before the job ==", "== After the job =="):
        assert title in done.stdout
    for by in PARTITIONS:
        assert done.stdout.count(f"\n{by} of ") == 2


def test_a_session_is_left_with_the_names_of_a_job(guppy):
    code = (
        "import sys; from equipment_optimizer.cli import main; session = {}; "
        "assert main(['heap', *sys.argv[1:], '--limit', '7'], session) == 0; "
        "assert sorted(session) == ['combinations', 'config', 'equipment']; "
        "assert len(session['combinations']) == 7"
    )
    done = subprocess.run([sys.executable, "-c", code, *JOB], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr


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


def test_more_combinations_than_there_is_room_for_are_refused(guppy, capsys, monkeypatch):
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


def test_a_stage_counts_what_was_made_since_the_last_one(guppy):
    meter = HeapMeter(trace=True)
    try:
        before = meter.stage("before")
        held = bytearray(1_000_000)
        after = meter.stage("after")
        assert after.n_bytes - before.n_bytes == pytest.approx(len(held), abs=20_000)
        assert after.traced_peak_bytes == pytest.approx(len(held), abs=200_000)
    finally:
        meter.close()
        meter.close()


def test_a_table_has_shares_and_running_totals():
    rows = (HeapRow("str", 3, 60), HeapRow("int", 1, 30))
    assert format_partition(Partition("kind", "everything", 5, 100, rows, 3)) == (
        "kind of everything: 5 objects, 100 bytes\n"
        " Index    Count   %       Size   % Cumulative   % Kind (class / dict of class)\n"
        "     0        3  60         60  60         60  60 str\n"
        "     1        1  20         30  30         90  90 int\n"
        "       ... and 1 more rows"
    )
    assert "   0   0" not in format_partition(Partition("bysize", "nothing", 0, 0, (), 0))


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


def test_a_session_shows_the_columns_as_a_few_arrays_and_no_object_per_row(guppy):
    total, per_row, arrays = session("--keep-combinations")
    plain_total, plain_per_row, plain_arrays = session()
    assert per_row == plain_per_row == "[]"
    n_arrays, n_bytes = map(int, arrays.split())
    # Libraries have some of their own, more or fewer by their version.
    assert n_arrays - int(plain_arrays.split()[0]) < 20
    assert n_bytes == 231_660 * 6
    assert int(total) - int(plain_total) < 2_000_000
