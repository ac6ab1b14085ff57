"""What a search hands over: told apart by its problem, kept in a file, read back as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sliced_problem import sliced_problem

from equipment_optimizer.errors import UsageError
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.best.best_list import TopK
from equipment_optimizer.search.best.runs import Runs
from equipment_optimizer.search.exhaustive.checkpoint import SearchCheckpoint, digest_of
from equipment_optimizer.system.checkpoint_file import CheckpointFile, Identity

ROOT = Path(__file__).resolve().parents[3]
CODE = RankCode((5, 70_000))
IDENTITY = Identity("optimize", (("e.csv", "11"), ("c.json", "22")), {"limit": 100})


# --- telling problems apart ------------------------------------------------------


def test_a_digest_is_the_same_in_every_process() -> None:
    code = (
        "import equipment_optimizer as eo\n"
        "from equipment_optimizer.search.exhaustive.checkpoint import digest_of\n"
        "from equipment_optimizer.problem.compile import compile_problem\n"
        "table, config, _ = eo.load_job('example_data/full/equipment.csv', 'example_data/full/config.json')\n"
        "print(digest_of(10, compile_problem(table, config)))\n"
    )
    found = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


def test_a_digest_sees_every_difference() -> None:
    problem = sliced_problem()
    parts = list(problem.parts)
    levels = parts[1].levels.copy()
    levels[2, 0] += 1
    parts[1] = replace(parts[1], levels=levels)
    records = [
        (problem,),
        (7, problem),
        (8, problem),
        (replace(problem, base_linear=1),),
        (replace(problem, parts=tuple(parts)),),
        (replace(problem, digits=problem.digits + 1),),
        (np.zeros(4, np.int64),),
        (np.zeros((2, 2), np.int64),),
        (np.zeros(4, np.int32),),
        ((1, 2), 3),
        (1, (2, 3)),
        ("1", 2),
        (True,),
        (1,),
        (None,),
        (),
    ]
    assert len({digest_of(*own) for own in records}) == len(records)
    assert digest_of(problem) == digest_of(sliced_problem())


# --- the file --------------------------------------------------------------------


def trouble(text: str) -> None:
    raise AssertionError(text)


def kept_in(path: Path, identity: Identity = IDENTITY) -> SearchCheckpoint:
    return SearchCheckpoint(CheckpointFile(str(path), identity, trouble), lambda text: None)


def kept_rows(code: RankCode, n_rows: int, limit: int = 100) -> Runs:
    """The best of so many random rows."""
    dice = np.random.default_rng(1)
    top = TopK(limit, code.n_words, code=code)
    top.add(
        dice.integers(-(2**60), 2**60, n_rows), code.encode([dice.integers(0, size, n_rows) for size in code.sizes])
    )
    return top.kept()


def rows_of(kept: Runs) -> list[tuple[list[int], list[list[int]]]]:
    return [(scores.tolist(), words.tolist()) for scores, words in kept]


def written(path: Path) -> bytes:
    checkpoint = kept_in(path)
    assert checkpoint.begin(("d",), CODE) is None
    checkpoint.save(2**70, kept_rows(CODE, 2))
    return path.read_bytes()


@pytest.mark.parametrize("limit", [1_000, 10**6])
@pytest.mark.parametrize("n_rows", [0, 1, 1_000, 20_000])
@pytest.mark.parametrize("sizes", [(300, 200, 100), (2**31, 9, 2**31, 2**20)])
def test_what_is_saved_is_read_back(tmp_path: Path, sizes: tuple[int, ...], n_rows: int, limit: int) -> None:
    code, path = RankCode(sizes), tmp_path / "k.ck"
    checkpoint = kept_in(path)
    assert checkpoint.begin(("d",), code) is None
    assert not checkpoint.is_kept
    checkpoint.save(10**30, kept_rows(code, n_rows, limit))
    assert checkpoint.is_kept
    again = kept_in(path).begin(("d",), code)
    assert again is not None
    assert again.n_done == 10**30
    assert rows_of(again.kept) == rows_of(kept_rows(code, n_rows, limit))
    checkpoint.remove()
    assert os.listdir(tmp_path) == []
    checkpoint.remove()


def test_a_checkpoint_takes_few_bytes_a_build_and_a_part_at_a_time(tmp_path: Path) -> None:
    sizes, n_rows, path = (335, 317, 316, 311, 316, 317), 100_000, tmp_path / "k.ck"
    code, dice = RankCode(sizes), np.random.default_rng(5)
    top = TopK(n_rows, code.n_words, code=code)
    for _ in range(16):
        columns = dice.integers(0, 60, (6, 8_192)) * 5
        top.add(columns.sum(axis=0), code.encode(list(columns)))
    checkpoint = kept_in(path)
    assert checkpoint.begin(("d",), code) is None
    tracemalloc.start()
    try:
        checkpoint.save(7, top.kept())
        written_peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        again = kept_in(path).begin(("d",), code)
        read_peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size <= 6 * n_rows
    # Of a long list the rows beyond the last run are packed to be written: less than two runs of them, 40 bytes each.
    assert written_peak < 3_000_000
    assert read_peak < 2 * path.stat().st_size + 500_000
    assert again is not None
    assert sum(len(scores) for scores, _ in again.kept) == n_rows


def bytes_of(*numbers: int) -> np.ndarray:
    return np.array(numbers, "<i8").view(np.uint8)


WHOLE = np.concatenate(list(kept_rows(CODE, 3).buffers()))


@pytest.mark.parametrize(
    ("state", "data"),
    [
        ({}, {"builds": WHOLE}),
        ({"n_done": 7}, {"builds": WHOLE}),
        ({"problem": digest_of("d")}, {"builds": WHOLE}),
        ({"problem": digest_of("d"), "n_done": "7"}, {"builds": WHOLE}),
        ({"problem": digest_of("d"), "n_done": -1}, {"builds": WHOLE}),
        ({"problem": digest_of("d"), "n_done": 7}, {}),
        ({"problem": digest_of("d"), "n_done": 7}, {"others": WHOLE}),
        ({"problem": digest_of("d"), "n_done": 7}, {"builds": WHOLE, "others": WHOLE}),
        ({"problem": digest_of("d"), "n_done": 7}, {"builds": WHOLE[:-1]}),
        ({"problem": digest_of("d"), "n_done": 7}, {"builds": WHOLE[:20]}),
        ({"problem": digest_of("d"), "n_done": 7}, {"builds": np.append(WHOLE, np.uint8(0))}),
        ({"problem": digest_of("d"), "n_done": 7}, {"builds": bytes_of(-1, 1, 9, 1, 1, 1, 1)}),
        ({"problem": digest_of("d"), "n_done": 7}, {"builds": bytes_of(2**62, 1, 9, 1, 1, 1, 1)}),
        ({"problem": digest_of("d"), "n_done": 7}, {"builds": bytes_of(1, 1, 9, 3, 1, 1, 1, 0, 0)}),
        ({"problem": digest_of("d"), "n_done": 7}, {"builds": bytes_of(1, 1, 9, 1, 1, 0, 1, 0, 0)}),
    ],
)
def test_a_whole_file_that_makes_no_sense_is_refused(
    tmp_path: Path, state: dict[str, object], data: dict[str, np.ndarray]
) -> None:
    parts = {name: [of_name] for name, of_name in data.items()}
    CheckpointFile(str(tmp_path / "k.ck"), IDENTITY, trouble).write(state, parts)
    with pytest.raises(UsageError, match="is damaged"):
        kept_in(tmp_path / "k.ck").begin(("d",), CODE)


def test_files_that_were_copied_are_the_same_job_and_another_problem_is_not(tmp_path: Path) -> None:
    written(tmp_path / "k.ck")
    copies = replace(IDENTITY, inputs=(("copy/e.csv", "11"), ("copy/c.json", "22")))
    assert kept_in(tmp_path / "k.ck", copies).begin(("d",), CODE) is not None
    with pytest.raises(UsageError, match="is of another job: the files became another problem then"):
        kept_in(tmp_path / "k.ck").begin(("e",), CODE)
