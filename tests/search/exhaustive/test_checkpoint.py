"""What a search hands over: told apart by its problem, kept in a file, read back as it was."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from equipment_optimizer.errors import UsageError
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.exhaustive.checkpoint import SearchCheckpoint, digest_of
from equipment_optimizer.system.checkpoint_file import CheckpointFile, Identity

ROOT = Path(__file__).resolve().parents[3]
IDENTITY = Identity("optimize", (("e.csv", "11"), ("c.json", "22")), {"limit": 100})


def sliced_problem() -> Problem:
    """A problem whose inner space is larger than a block of 64, so that it is scored in slices."""
    dice = random.Random(5)
    pieces = [
        EquipmentPiece(f"{part} {i}", part, defence=dice.randint(0, 9), skills=(("Attack", dice.randint(0, 3)),))
        for part, n_pieces in (("Head", 5), ("Body", 4), ("Arms", 90), ("Waist", 2))
        for i in range(n_pieces)
    ]
    return compile_problem(
        EquipmentTable.from_pieces(pieces), Config(skills={"Attack": SkillRule(maximum=4, penalty=Decimal(0))})
    )


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


def written(path: Path) -> bytes:
    checkpoint = kept_in(path)
    assert checkpoint.begin(("d",)) is None
    checkpoint.save(2**70, np.array([5, -3], np.int64), np.array([[1, 2], [3, 2**62]], np.int64))
    return path.read_bytes()


@pytest.mark.parametrize("n_rows", [0, 1, 1_000])
@pytest.mark.parametrize("n_words", [1, 3])
def test_what_is_saved_is_read_back(tmp_path: Path, n_rows: int, n_words: int) -> None:
    dice = np.random.default_rng(1)
    scores = dice.integers(-(2**60), 2**60, n_rows)
    # As the list of the best hands it over: a part of something longer.
    words = dice.integers(0, 2**62, (n_words, n_rows + 5))[:, :n_rows]
    path = tmp_path / "k.ck"
    checkpoint = kept_in(path)
    assert checkpoint.begin(("d",)) is None
    assert not checkpoint.is_kept
    checkpoint.save(10**30, scores, words)
    assert checkpoint.is_kept
    assert path.stat().st_size < 2_000 + 8 * (1 + n_words) * n_rows
    again = kept_in(path).begin(("d",))
    assert again is not None
    assert again.n_done == 10**30
    assert again.scores.tolist() == scores.tolist()
    assert again.words.tolist() == words.tolist()
    checkpoint.remove()
    assert os.listdir(tmp_path) == []
    checkpoint.remove()


@pytest.mark.parametrize(
    ("state", "lengths"),
    [
        ({}, (1, 1)),
        ({"n_done": 7}, (1, 1)),
        ({"problem": digest_of("d")}, (0, 0)),
        ({"problem": digest_of("d"), "n_done": "7"}, (0, 0)),
        ({"problem": digest_of("d"), "n_done": -1}, (0, 0)),
        ({"problem": digest_of("d"), "n_done": 7}, ()),
        ({"problem": digest_of("d"), "n_done": 7}, (1,)),
        ({"problem": digest_of("d"), "n_done": 7}, (1, 0)),
        ({"problem": digest_of("d"), "n_done": 7}, (1, 1, 2)),
    ],
)
def test_a_whole_file_that_makes_no_sense_is_refused(
    tmp_path: Path, state: dict[str, object], lengths: tuple[int, ...]
) -> None:
    arrays = {f"array {number}": np.zeros(length, np.int64) for number, length in enumerate(lengths)}
    CheckpointFile(str(tmp_path / "k.ck"), IDENTITY, trouble).write(state, arrays)
    with pytest.raises(UsageError, match="is damaged"):
        kept_in(tmp_path / "k.ck").begin(("d",))


def test_files_that_were_copied_are_the_same_job_and_another_problem_is_not(tmp_path: Path) -> None:
    written(tmp_path / "k.ck")
    copies = replace(IDENTITY, inputs=(("copy/e.csv", "11"), ("copy/c.json", "22")))
    assert kept_in(tmp_path / "k.ck", copies).begin(("d",)) is not None
    with pytest.raises(UsageError, match="is of another job: the files became another problem then"):
        kept_in(tmp_path / "k.ck").begin(("e",))
