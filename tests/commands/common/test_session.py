"""``python3 -i main.py ...`` leaves an interactive session with what the job worked on."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
JOB = ["example_data/equipment.csv", "/dev/null", "example_data/config.json"]
MODULE = ["-m", "equipment_optimizer", "optimize"]


def session(lines, *options, start=("main.py",), job=JOB):
    """What a session prints when these lines are typed into it."""
    done = subprocess.run(
        [sys.executable, "-i", *start, *job, *options],
        input="\n".join(lines) + "\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize("start", [["main.py"], MODULE], ids=["script", "module"])
def test_a_session_has_the_equipment_the_config_and_the_results(start):
    code, out, err = session(
        ["print(len(equipment), config.limit, len(combinations))", "print(combinations[0].equipment[0].name)"],
        start=start,
    )
    assert (code, out) == (0, ["52 100 100", "Ember Crown"])
    assert "Traceback" not in err
    assert "SystemExit" not in err


def test_what_a_session_has_says_in_a_screen_what_it_is():
    _, out, _ = session(["equipment", "config", "results", "results[0]", "combinations"], "--quiet")
    assert out[0] == "<EquipmentTable: 52 pieces (Head 13, Body 11, Arms 9, Waist 10, Legs 6, Charm 3), 10 skills>"
    assert out[1] == "<Config example_data/config.json: limit 100, defence 0.02, 9 skills>"
    assert out[2] == "<BuildResults: 100 builds of 231,660 combinations, scores 49.43 to 48.42, proved>"
    assert out[-2].startswith("Build(1: Ember Crown, Cobalt Plate, ")
    assert out[-1] == "EquipmentCombinationList(100 combinations of 6 pieces, 600 bytes)"
    assert max(map(len, out)) < 120 and len(out) < 20


def test_a_session_can_keep_every_combination():
    code, out, _ = session(
        [
            "print(len(combinations), combinations.nbytes, type(combinations).__name__)",
            "print(combinations[-1])",
        ],
        "--keep-combinations",
        "--quiet",
    )
    assert (code, out) == (
        0,
        [
            f"231660 {231660 * 6} EquipmentCombinationList",
            "EquipmentCombination(Tide Coif, Tide Tabard, Tide Cuffs, Onyx Spine, Onyx Talons, Warden Charm)",
        ],
    )


INTERRUPTED = [
    "import os, signal",
    "import equipment_optimizer as eo",
    "parts = ('Head', 'Body', 'Arms', 'Waist', 'Legs', 'Charm')",
    "pieces = [eo.EquipmentPiece(f'{part} {k}', part, k * 37 % 101) for part in parts for k in range(100)]",
    "table = eo.EquipmentTable.from_pieces(pieces)",
    # As soon as it has begun to score; there are 10^12 combinations.
    "once = [signal.SIGINT]",
    "begun = lambda progress: 0 < progress.done < progress.total and once and os.kill(os.getpid(), once.pop())",
    "best = eo.optimize(table, eo.Config(limit=3), engine='exhaustive', workers=1, on_progress=begun)",
    "print(len(best), best.report.proved)",
    "print(best)",
]


def test_ctrl_c_in_a_session_gives_what_was_best_so_far():
    _, out, err = session(INTERRUPTED, "--quiet")
    assert out[0] == "3 False", err
    assert out[1].endswith("stopped early: not proved>")
    assert "KeyboardInterrupt" not in err


def test_a_failed_job_still_leaves_a_prompt_without_a_traceback():
    code, out, err = session(["print(1 + 1)", "print('equipment' in globals())"], job=["missing.csv", *JOB[1:]])
    assert (code, out) == (0, ["2", "False"])
    assert "missing.csv" in err
    assert "Traceback" not in err


HEAP = [
    "import gc",
    "unreachable = gc.collect()",
    "from guppy import hpy",
    "heap = hpy().heap()",
    "print(heap.size)",
    "print([row.name for row in heap.stat.get_rows() if 'dict of' in row.name and 'Combination' in row.name])",
    "left_overs = ('BuildResults', 'Problem', 'Namespace', 'Parser')",
    "print([type(o).__name__ for o in gc.get_objects() if type(o).__name__ in left_overs and o is not results])",
]


def test_a_heap_session_finds_the_columns_and_no_left_overs():
    pytest.importorskip("guppy")
    _, without, _ = session(HEAP, "--quiet")
    _, every, err = session(HEAP, "--quiet", "--keep-combinations")
    assert len(every) == 3, err
    assert every[1:] == without[1:] == ["[]", "[]"]
    assert int(every[0]) - int(without[0]) < 2_000_000
