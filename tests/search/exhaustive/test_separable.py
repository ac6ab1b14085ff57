"""Neighbouring combinations share their work, and each still has the score that it has alone."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import ChoiceColumns, score_columns
from equipment_optimizer.records.space import CombinationSpace
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.exhaustive.separable import SeparableBlock, is_supported


def separable_problem(seed: int) -> Problem:
    for attempt in itertools.count():
        job = random_job(random.Random(1_000 * seed + attempt))
        problem = compile_problem(job.table, job.config)
        if is_supported(problem) and len(problem.space.sizes) > 1:
            return problem
    raise AssertionError("endless")


def columns_of(problem: Problem, n_outer: int) -> tuple[list[ChoiceColumns], CombinationSpace, CombinationSpace]:
    sizes, counts = problem.space.sizes, problem.space.counts
    choices = []
    for part in range(n_outer):
        of_part = CombinationSpace(sizes[part : part + 1], counts[part : part + 1])
        choices.append(ChoiceColumns(problem.parts[part], of_part.block(0, of_part.n_combinations)))
    outer, inner = (
        CombinationSpace(sizes[:n_outer], counts[:n_outer]),
        CombinationSpace(sizes[n_outer:], counts[n_outer:]),
    )
    return choices, outer, inner


@pytest.mark.parametrize("cache_bytes", [0, 1 << 20])
@pytest.mark.parametrize("seed", range(25))
def test_scores_are_those_of_each_combination_alone(seed: int, cache_bytes: int) -> None:
    problem = separable_problem(seed)
    dice = random.Random(seed)
    n_outer = dice.randint(1, len(problem.space.sizes) - 1)
    choices, outer, inner = columns_of(problem, n_outer)
    n_front = len(outer.position_sizes)
    columns = inner.block(0, inner.n_combinations)
    linear = np.zeros(inner.n_combinations, np.int64)
    levels = np.zeros((problem.n_features, inner.n_combinations), np.int64)
    for part, column in zip(problem.positions[n_front:], columns, strict=True):
        linear += problem.parts[part].linear[column]
        levels += problem.parts[part].levels.T[:, column]
    block = SeparableBlock(problem, choices, linear, levels, cache_bytes)
    start = dice.randrange(outer.n_combinations)
    digits, rank = [], start
    for n_choices in reversed(outer.choice_counts):
        rank, digit = divmod(rank, n_choices)
        digits.insert(0, digit)
    n_blocks = outer.n_combinations - start
    alone = score_columns(problem, problem.space.block(start * inner.n_combinations, problem.space.n_combinations))
    blocks = [scores.astype(np.int64) + constant for scores, constant in block.scores(digits, n_blocks)]
    together = np.concatenate(blocks)
    missed = alone == NO_BUILD
    assert together[~missed].tolist() == alone[~missed].tolist()
    assert (together[missed] < block.floor).all()
    assert (together[~missed] >= block.floor).all()


def test_sums_beyond_64_bits_are_not_supported() -> None:
    problem = separable_problem(1)
    assert is_supported(problem)
    assert not is_supported(replace(problem, score_bound=2**63))
    assert not is_supported(replace(problem, bonus_names=("Set",)))
