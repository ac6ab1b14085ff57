"""Exact scores of blocks, against the oracle's definition."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import oracle
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import ChoiceColumns, feature_values, score_columns, total_columns
from equipment_optimizer.records.vocabulary import NO_BUILD


@pytest.mark.parametrize("seed", range(80))
def test_scores_are_the_oracles(seed: int) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 2), decorations=False, n_most=3)
    problem = compile_problem(job.table, job.config)
    n = problem.space.n_combinations
    if not 0 < n <= 300:
        return
    columns = [np.array(column) for column in zip(*map(problem.space.indices, range(n)), strict=True)]
    scores = score_columns(problem, columns).tolist()
    builds = oracle.combinations(list(job.table), job.config)
    for score, (_, pieces) in zip(scores, builds, strict=True):
        wanted = oracle.score(pieces, job.config, job.resistance_names)
        assert (None if score == NO_BUILD else Fraction(score, 10**problem.digits)) == wanted


@pytest.mark.parametrize("seed", range(20))
def test_some_rows_have_the_totals_of_those_rows(seed: int) -> None:
    job = random_job(random.Random(seed), full=True, n_most=3)
    problem = compile_problem(job.table, job.config)
    n = min(problem.space.n_combinations, 50)
    if not n:
        return
    columns = [np.array(column) for column in zip(*map(problem.space.indices, range(n)), strict=True)]
    totals = total_columns(problem, columns)
    rows = np.arange(n)[::2]
    some, again = totals.take(rows), total_columns(problem, [column[rows] for column in columns])
    assert (some.levels == again.levels).all() and (some.linear == again.linear).all()
    every = feature_values(problem, totals.levels)
    parts = [feature_values(problem, totals.levels, only=[e]) for e in range(problem.n_features)]
    missed = np.any([part == NO_BUILD for part in parts], axis=0) if parts else np.zeros(n, dtype=bool)
    assert (np.where(missed, NO_BUILD, np.sum(parts, axis=0)) == every).all()


def test_choices_of_several_pieces_are_sums() -> None:
    job = random_job(random.Random(5), full=True)
    problem = compile_problem(job.table, job.config)
    part = next(part for part in problem.parts if len(part.linear) > 1)
    choices = ChoiceColumns(part, [np.array([0, 1]), np.array([1, 0])])
    assert len(choices) == 2
    assert choices.linear[0] == choices.linear[1] == part.linear[0] + part.linear[1]
