"""All combinations that may keep limits, against every build of small problems."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.questions import few_builds as module
from equipment_optimizer.questions.few_builds import few_builds
from equipment_optimizer.search.bounded import run as bounded_run
from equipment_optimizer.search.bounded.run import BoundedSearch
from equipment_optimizer.search.engines import SearchOptions, search


def problem_of(seed: int) -> Problem | None:
    job = random_job(random.Random(seed), full=True, decorations=bool(seed % 2), n_most=4)
    problem = compile_problem(job.table, job.config)
    return problem if 0 < problem.space.n_combinations <= 2_000 else None


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_the_list_is_that_of_the_whole_search(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_run, "_MANY_LEAVES", -1)
    n_answered = 0

    def noted(problem: Problem, should_stop: Callable[[], bool]) -> np.ndarray | None:
        nonlocal n_answered
        picks = few_builds(problem, should_stop)
        n_answered += picks is not None
        return picks

    for problem in filter(None, map(problem_of, range(first, first + 40))):
        truth = search(problem, 10**4, SearchOptions(engine="exhaustive", workers=1))
        found = search(problem, 10**4, SearchOptions(engine="bounded", few_builds=noted))
        assert found.report.proved
        assert found.scores.tolist() == truth.scores.tolist()
        assert [column.tolist() for column in found.columns] == [column.tolist() for column in truth.columns]
    assert n_answered > 3


def large_problem() -> Problem:
    """Some problem with limits that are not all kept by everything."""
    problems = filter(None, map(problem_of, range(1, 200, 2)))
    return next(
        problem
        for problem in problems
        if any(f.n_limits for f in problem.features)
        and (picks := few_builds(problem, lambda: False)) is not None
        and picks.shape[1] > 1
    )


def test_many_builds_or_no_time_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = large_problem()
    assert few_builds(problem, lambda: True) is None
    monkeypatch.setattr(module, "_MOST_STEPS", 0)
    assert few_builds(problem, lambda: False) is None
    monkeypatch.undo()
    monkeypatch.setattr(module, "_MOST", 1)
    assert few_builds(problem, lambda: False) is None


def test_a_search_that_is_stopped_while_few_builds_are_scored_keeps_what_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded_run, "_MANY_LEAVES", -1)
    problem, is_over = large_problem(), False

    def slow(problem: Problem, should_stop: Callable[[], bool]) -> np.ndarray | None:
        nonlocal is_over
        is_over = True
        should_stop()
        return few_builds(problem, lambda: False)

    run = BoundedSearch(problem, 10**4, should_stop=lambda: is_over, few_builds=slow)
    run.run()
    before = BoundedSearch(problem, 10**4, few_builds=lambda problem, should_stop: None)
    before.run()
    assert run.stopped
    assert set(run.top.sorted()[0].tolist()) <= set(before.top.sorted()[0].tolist())
