"""What a question is about, and nothing else, is left of a problem."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.questions._level_problem import Goal, compile_levels, restricted_problem, score_bound
from equipment_optimizer.questions.extras import known_skills


def problem_of(seed: int) -> Problem:
    job = random_job(random.Random(seed), full=True, n_most=4)
    return compile_levels(job.table, job.config, known_skills(job.table, job.config))


@pytest.mark.parametrize("seed", range(60))
def test_no_score_is_left_but_the_goals(seed: int) -> None:
    problem = problem_of(seed)
    assert problem.score_bound == 0
    if not problem.n_features:
        return
    goal = Goal(0, cap=3)
    small = restricted_problem(problem, {}, goal, None)
    if small is None:
        return
    assert [f.name for f in small.features] == [problem.features[0].name]
    (feature,) = small.features
    assert [feature.value.at(x) for x in (0, 2, 3, 9)] == [0, 2, 3, 3]
    assert small.score_bound == score_bound(small.features)
    for part, whole in zip(small.parts, problem.parts, strict=False):
        assert len(part.linear) <= max(len(whole.linear), 1_500)
        assert not part.linear.any()


@pytest.mark.parametrize("seed", range(40))
def test_a_part_without_an_allowed_piece_leaves_no_problem(seed: int) -> None:
    problem = problem_of(seed)
    if not problem.n_features or not problem.space.n_combinations:
        return
    allowed = [np.ones(len(part.linear), dtype=bool) for part in problem.parts]
    allowed[-1][:] = False
    assert restricted_problem(problem, {0: 1}, None, allowed) is None
