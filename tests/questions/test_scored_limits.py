"""Builds that keep limits and score enough, against every build of small problems."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.value_function import ValueFunction
from equipment_optimizer.questions import _rows_in_order, _scored_limits
from equipment_optimizer.questions import few_builds as module
from equipment_optimizer.questions.few_builds import any_build, first_builds
from equipment_optimizer.search.engines import SearchOptions, search


def rising_problem(seed: int) -> Problem | None:
    """Limits, and totals of which more is never worth less, in steps that are not concave."""
    job = random_job(random.Random(seed), full=True, decorations=bool(seed % 2), n_most=4)
    problem, rng = compile_problem(job.table, job.config), random.Random(seed)
    if not 0 < problem.space.n_combinations <= 2_000 or not problem.parts:
        return None
    steps = [ValueFunction.listed(sorted(rng.choices(range(9), k=5))) for _ in problem.features]
    features = tuple(
        replace(
            f,
            value=rng.choice([function, ValueFunction.linear(2), ValueFunction.linear(0).plus(3)]),
            raised_value=None,
            raised_by=-1,
            minimum=rng.choice([None, 1, 2]),
            maximum=rng.choice([None, None, f.high - 1]),
        )
        for f, function in zip(problem.features, steps, strict=True)
    )
    decorations = problem.decorations
    bound = sum(max(abs(f.value.at(x)) for x in f.value.corners(f.low, f.high)) for f in features) + 7
    return replace(
        problem,
        features=features,
        parts=tuple(replace(part, linear=0 * part.linear) for part in problem.parts),
        bonus_linear=0 * problem.bonus_linear,
        slot_weights=0 * problem.slot_weights,
        decorations=decorations and replace(decorations, linear=0 * decorations.linear),
        base_linear=7,
        score_bound=bound,
    )


@pytest.mark.parametrize("n_filled", [-1, 256])
@pytest.mark.parametrize("first", range(0, 160, 40))
def test_those_that_keep_limits_and_score_enough_are_found(
    first: int, n_filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    monkeypatch.setattr(_rows_in_order, "_FILLED", n_filled)
    n_answered = n_some = 0
    for problem in filter(None, map(rising_problem, range(first, first + 40))):
        truth = search(problem, 10**4, SearchOptions(engine="exhaustive", workers=1))
        every = list(zip(truth.scores.tolist(), *(column.tolist() for column in truth.columns), strict=True))
        scores = sorted({score for score, *_ in every})
        for least in [*scores[-3:], *scores[:1], scores[-1] + 1 if scores else 0]:
            expected = sorted(rows for score, *rows in every if score >= least)
            there = any_build(problem, lambda: False, least=least)
            found = first_builds(problem, 3, None, least=least)
            assert there in (None, bool(expected))
            if found is None or there is None:
                continue
            n_answered += 1
            n_some += 0 < len(expected) < len(every)
            assert found.report.proved and [list(c) for c in zip(*found.columns, strict=True)] == expected[:3]
    assert n_answered > 10 and n_some > 3


def test_a_stop_and_numbers_that_are_too_large_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = next(
        problem
        for problem in filter(None, map(rising_problem, range(99)))
        if any_build(problem, lambda: False, least=0) and any(f.n_limits for f in problem.features)
    )
    assert any_build(problem, lambda: True, least=0) is None
    monkeypatch.setattr(module, "ASKED_FIRST", 0)
    assert first_builds(problem, 3, lambda: True, least=0) is None
    monkeypatch.setattr(_scored_limits, "MAX_SCORE", 0)
    assert any_build(problem, lambda: False, least=0) is None
    assert first_builds(problem, 3, None, least=0) is None
