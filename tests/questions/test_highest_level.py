"""How high a total can go while others keep their minima, against every build."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.questions import _highest_level
from equipment_optimizer.questions._highest_level import Highest, highest_level
from equipment_optimizer.questions._level_problem import Goal, compile_levels
from equipment_optimizer.questions.extras import known_skills


def problem_of(seed: int) -> Problem | None:
    job = random_job(random.Random(seed), full=True, decorations=False, n_most=4)
    problem = compile_levels(job.table, job.config, known_skills(job.table, job.config))
    return problem if problem.n_features > 1 and 0 < problem.space.n_combinations <= 500 else None


def all_levels(problem: Problem) -> np.ndarray:
    n = problem.space.n_combinations
    columns = [np.array(column) for column in zip(*map(problem.space.indices, range(n)), strict=True)]
    return total_columns(problem, columns).levels


@pytest.mark.parametrize("seed", range(150))
def test_the_level_is_that_of_the_best_build(seed: int) -> None:
    problem, rng = problem_of(seed), random.Random(seed)
    if problem is None:
        return
    levels = all_levels(problem)
    minima = {f: rng.randint(-1, 3) for f in range(1, problem.n_features) if rng.random() < 0.6}
    keeps = np.ones(levels.shape[1], dtype=bool)
    for f, minimum in minima.items():
        keeps &= levels[f] >= minimum
    cap = rng.choice([None, 2])
    reach = highest_level(problem, minima, Goal(0, cap))
    if not keeps.any():
        assert reach.level is None and reach.proved
        if reach.refuted is not None:
            # None keeps even these together.
            assert not np.all([levels[f] >= minima[f] for f in reach.refuted], axis=0).any()
    else:
        most = int(levels[0][keeps].max())
        assert reach == Highest(most if cap is None else min(most, cap))
    assert highest_level(problem, minima).level == (0 if keeps.any() else None)


def test_a_stopped_search_proves_nothing() -> None:
    problem = next(p for p in map(problem_of, range(99)) if p is not None)
    assert highest_level(problem, {1: 1}, Goal(0), should_stop=lambda: True) == Highest(None, proved=False)


@pytest.mark.parametrize("seed", range(30))
def test_both_engines_answer_alike(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(seed)
    if problem is None:
        return
    one = highest_level(problem, {1: 1}, Goal(0))
    monkeypatch.setattr(_highest_level, "_branch", _highest_level._list)
    assert highest_level(problem, {1: 1}, Goal(0)) == one
