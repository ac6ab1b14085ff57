"""What limits some build keeps together, against every combination of small problems."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from limit_problems import all_totals, random_problem

from equipment_optimizer.questions._hard_limits import limits_of
from equipment_optimizer.questions._limit_questions import LimitQuestions


@pytest.mark.parametrize("seed", range(400))
def test_answers_are_those_of_all_builds(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng)
    limits = limits_of(problem.features)
    if not limits:
        return
    allowed = None
    if rng.random() < 0.4:
        allowed = [np.array([rng.random() < 0.8 for _ in part.linear]) for part in problem.parts]
    questions = LimitQuestions(problem, limits, allowed)
    builds = all_totals(problem, allowed)
    for _ in range(6):
        asked = {i for i in range(len(limits)) if rng.random() < 0.7}
        kept = [t for t in builds if all(limits[i].keeps(t[limits[i].feature]) for i in asked)]
        answer = questions.ask(asked)
        assert answer.proved
        assert (answer.levels is not None) == bool(kept)
        if answer.levels is None:
            assert answer.needed <= asked
            assert not any(all(limits[i].keeps(t[limits[i].feature]) for i in answer.needed) for t in builds)
            continue
        assert all(limits[i].keeps(answer.levels[i]) for i in asked)
        open_ones = [i for i in range(len(limits)) if i not in asked]
        if open_ones:
            goal = rng.choice(open_ones)
            limit = limits[goal]
            answer = questions.ask(asked, goal=goal)
            most = max(limit.kept_levels(t[limit.feature]) for t in kept)
            assert answer.proved and answer.levels is not None
            short = limit.kept_levels(limit.level) - 1
            assert min(limit.kept_levels(answer.levels[goal]), short) == min(most, short)


def test_a_question_that_is_stopped_answers_nothing() -> None:
    problem = random_problem(random.Random(1))
    problem = replace(problem, features=tuple(replace(f, minimum=1) for f in problem.features))
    questions = LimitQuestions(problem, limits_of(problem.features), None)
    answer = questions.ask([0], should_stop=lambda: True)
    assert answer.levels is None and not answer.proved
