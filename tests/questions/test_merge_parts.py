"""Fewer pieces and parts, and the same best score."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.problem import PartColumns, Problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.questions import _merge_parts
from equipment_optimizer.questions._level_problem import Goal, compile_levels, restricted_problem
from equipment_optimizer.questions._merge_parts import merge_parts
from equipment_optimizer.questions.extras import known_skills
from equipment_optimizer.records.vocabulary import NO_BUILD


def best_score(problem: Problem) -> int:
    n = problem.space.n_combinations
    columns = [np.array(column) for column in zip(*map(problem.space.indices, range(n)), strict=True)]
    return int(score_columns(problem, columns).max())


@pytest.mark.parametrize("seed", range(120))
def test_the_best_score_stays(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=True, decorations=False, n_most=4)
    problem = compile_levels(job.table, job.config, known_skills(job.table, job.config))
    if problem.n_features < 2 or not 0 < problem.space.n_combinations <= 500:
        return
    goal, minima = Goal(0), {f: rng.randint(0, 2) for f in range(1, problem.n_features) if rng.random() < 0.5}
    merged = restricted_problem(problem, minima, goal, None)
    monkeypatch.setattr(_merge_parts, "_MAX_PAIRS", 0)
    monkeypatch.setattr(_merge_parts, "_MAX_COMPARED", 0)
    whole = restricted_problem(problem, minima, goal, None)
    assert whole is not None and whole.space.n_combinations == problem.space.n_combinations
    wanted = best_score(whole)
    if merged is None:
        assert wanted == NO_BUILD
        return
    assert merged.space.n_combinations <= whole.space.n_combinations
    assert not merged.space.n_combinations or best_score(merged) == wanted


def test_a_minimum_out_of_reach_of_every_pair_leaves_nothing() -> None:
    job = random_job(random.Random(4), full=False, decorations=False)
    problem = compile_levels(job.table, job.config, known_skills(job.table, job.config))
    features = problem.features
    high = {f: feature.high + 1 for f, feature in enumerate(features)}
    small = restricted_problem(problem, high, None, None)
    assert small is None or all(isinstance(part, PartColumns) for part in small.parts)
    if small is not None and small.space.n_combinations:
        assert best_score(small) == NO_BUILD
        assert merge_parts(small, []) is None or len(small.parts) == 1
