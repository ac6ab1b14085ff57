"""The compiled form: what kind of problem it is, and what of it is derived."""

from __future__ import annotations

import pickle
import random
from dataclasses import replace

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import PartColumns, Problem
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

PIECES = [
    EquipmentPiece("Cap", "Head", 5, (1, 0, 0, 0), (("Attack", 1),), set_bonuses=("Bone",)),
    EquipmentPiece("Hood", "Head", 6, skills=(("Secret", 1),)),
    EquipmentPiece("Vest", "Body", 7, skills=(("Attack", 2),)),
]
RAISED = SkillRule(maximum=None, locked_maximum=1, raised_maximum=3, raised_by="Secret")
JEWEL = Decoration(name="Jewel", slot_level=1, skills=(("Attack", 1),))
BONUS = SetBonusStep(bonus="Bone", pieces_required=1, skill="Attack", level=2)


@pytest.mark.parametrize(
    ("config", "separable"),
    [
        (Config(), True),
        (Config(skills={"Attack": SkillRule(maximum=2)}), True),
        (Config(skills={"Attack": RAISED, "Secret": SkillRule(maximum=1)}), False),
        (Config(skills={"Attack": SkillRule(maximum=4)}, decorations=(JEWEL,)), False),
        (Config(skills={"Attack": SkillRule(maximum=4)}, set_bonuses=(BONUS,)), False),
    ],
)
def test_a_score_is_separable_without_bonuses_raised_maxima_and_fillings(config: Config, separable: bool) -> None:
    assert compile_problem(EquipmentTable.from_pieces(PIECES), config).is_separable is separable


def test_positions_follow_the_parts_and_how_many_pieces_they_take() -> None:
    parts = (("Head", 1), ("Ring", 2))
    pieces = [EquipmentPiece(name, part) for name, part in (("a", "Head"), ("b", "Ring"), ("c", "Ring"))]
    problem = compile_problem(EquipmentTable.from_pieces(pieces, body_parts=parts), Config(body_parts=parts))
    assert problem.positions == (0, 1, 1)
    assert problem.space.position_sizes == (1, 2, 2)


@pytest.mark.parametrize("seed", range(20))
def test_pieces_with_equal_vectors_score_alike(seed: int) -> None:
    job = random_job(random.Random(seed), full=True)
    problem = compile_problem(job.table, job.config)
    width = 1 + problem.n_features + len(problem.bonus_names) + len(problem.slot_levels)
    for part, size in zip(problem.parts, problem.space.sizes, strict=True):
        assert part.vectors.shape == (size, width)
        assert part.vectors[:, 0].tolist() == part.linear.tolist()
    assert problem.n_features == len(problem.features) == len(problem.base_levels)


def test_vectors_hold_all_columns_side_by_side() -> None:
    part = PartColumns(np.array([7, 8]), np.array([[1], [2]]), np.zeros((2, 0), np.int64), np.array([[3, 4], [5, 6]]))
    assert part.vectors.tolist() == [[7, 1, 3, 4], [8, 2, 5, 6]]


def test_a_problem_crosses_processes() -> None:
    job = random_job(random.Random(3), full=True)
    problem = compile_problem(job.table, job.config)
    again: Problem = pickle.loads(pickle.dumps(problem))
    assert again.space.n_combinations == problem.space.n_combinations
    assert [part.vectors.tolist() for part in again.parts] == [part.vectors.tolist() for part in problem.parts]
    assert replace(again, bonus_names=()).is_separable is (
        problem.decorations is None and all(feature.raised_by < 0 for feature in problem.features)
    )
