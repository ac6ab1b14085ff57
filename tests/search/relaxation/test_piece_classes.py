"""Merged classes hold every piece once, score alike, and expand back in rank order."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.search.relaxation.piece_classes import expand_members, merge_pieces


def problem_of(seed: int) -> Problem:
    job = random_job(random.Random(seed), full=bool(seed % 2))
    return compile_problem(job.table, job.config)


@pytest.mark.parametrize("seed", range(60))
def test_every_piece_is_in_one_class_with_pieces_like_it(seed: int) -> None:
    problem = problem_of(seed)
    for part, count, classes in zip(problem.parts, problem.space.counts, merge_pieces(problem), strict=True):
        assert sorted(classes.members.tolist()) == list(range(len(part.linear)))
        assert classes.sizes.sum() == len(part.linear)
        assert classes.first.tolist() == sorted(classes.first.tolist())
        assert classes.count == count
        rows = []
        for i in range(len(classes)):
            members = classes.members[classes.member_start[i] : classes.member_start[i + 1]]
            assert members.tolist() == sorted(members.tolist())
            assert classes.first[i] == members[0]
            assert (part.vectors[members] == part.vectors[members[0]]).all()
            assert classes.linear[i] == part.linear[members[0]]
            assert classes.totals[i].tolist() == [*part.levels[members[0]], *part.bonus_counts[members[0]]]
            rows.append(tuple(part.vectors[members[0]].tolist()))
        assert count > 1 or len(set(rows)) == len(rows)
        assert count == 1 or len(classes) == len(part.linear)


def test_further_columns_tell_pieces_apart() -> None:
    problem = problem_of(1)
    own = [np.arange(len(part.linear))[:, None] for part in problem.parts]
    assert all(
        classes.members.tolist() == list(range(len(part.linear))) and len(classes) == len(part.linear)
        for part, classes in zip(problem.parts, merge_pieces(problem, own), strict=True)
    )


@pytest.mark.parametrize("most", [1, 2, 5, 10_000])
@pytest.mark.parametrize("seed", range(0, 30, 2))
def test_classes_expand_to_their_lowest_ranks_first(seed: int, most: int) -> None:
    problem = problem_of(seed)
    classes = merge_pieces(problem)
    positions = [classes[part] for part in problem.positions]
    rng = np.random.default_rng(seed)
    picks = [rng.integers(0, len(own), 5) for own in positions]
    owner, columns = expand_members(positions, picks, most)
    for m in range(5):
        members = [
            own.members[own.member_start[pick[m]] : own.member_start[pick[m] + 1]].tolist()
            for own, pick in zip(positions, picks, strict=True)
        ]
        want = list(itertools.product(*members))[:most]
        got = list(zip(*[column[owner == m].tolist() for column in columns], strict=True))
        assert got == want


def test_classes_of_a_plateau_expand_without_overflow() -> None:
    from equipment_optimizer.records.config import Config
    from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

    parts = [f"Part {i}" for i in range(30)]
    pieces = [EquipmentPiece(str(i), part) for part in parts for i in range(100)]
    config = Config(body_parts=tuple((part, 1) for part in parts))
    problem = compile_problem(EquipmentTable.from_pieces(pieces, body_parts=config.body_parts), config)
    classes = merge_pieces(problem)
    assert [len(own) for own in classes] == [1] * 30
    owner, columns = expand_members(classes, [np.array([0])] * 30, 1_000)
    assert len(owner) == 1_000
    assert [column[-1] for column in columns][-3:] == [0, 9, 99]
