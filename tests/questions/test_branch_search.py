"""The best score by branching on pieces, against all scores."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.questions import _branch_search
from equipment_optimizer.questions._branch_search import BranchSearch
from equipment_optimizer.search.engines import SearchOptions, search


def problem_of(seed: int, *, decorations: bool) -> Problem | None:
    """A problem without minima whose parts take one piece each."""
    job = random_job(random.Random(seed), full=bool(seed % 2), decorations=decorations, n_most=4)
    problem = compile_problem(job.table, job.config)
    has_minima = any(f.minimum is not None for f in problem.features)
    is_small = 0 < problem.space.n_combinations <= 400 and max(problem.space.counts) == 1
    return problem if is_small and not has_minima else None


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("few", [0, 6])
@pytest.mark.parametrize("seed", range(60))
def test_the_best_score_is_found_and_settled(
    seed: int, few: int, decorations: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_branch_search, "_FEW", max(few, 1))
    problem = problem_of(seed, decorations=decorations)
    if problem is None:
        return
    best = int(search(problem, 1, SearchOptions(engine="exhaustive", workers=1)).scores[0])
    for least in (best - 5, best, best + 1):
        run = BranchSearch(problem, least)
        run.run()
        assert run.is_settled
        assert run.best == (best if least <= best else least - 1)


def test_a_score_that_is_enough_ends_the_search() -> None:
    problem = next(p for p in (problem_of(seed, decorations=False) for seed in range(99)) if p is not None)
    run = BranchSearch(problem, -(10**9))
    run.run(enough=-(10**9))
    assert run.best >= -(10**9)


def test_a_stopped_search_is_not_settled() -> None:
    problem = next(p for p in (problem_of(seed, decorations=False) for seed in range(99)) if p is not None)
    run = BranchSearch(problem, 0, should_stop=lambda: True)
    run.run()
    assert not run.is_settled
    assert np.isfinite(run.best)


@pytest.mark.parametrize("seed", range(40))
def test_asked_from_above_the_best_score_is_found_once_it_is_low_enough(seed: int) -> None:
    problem = problem_of(seed, decorations=False)
    if problem is None:
        return
    best = int(search(problem, 1, SearchOptions(engine="exhaustive", workers=1)).scores[0])
    run = BranchSearch(problem, best + 3)
    run.run(enough=best + 3)
    assert run.best == best + 2
    assert run.first_bound is None or run.first_bound >= best
    run.again(best - 2, enough=best)
    assert run.is_settled and run.best == best


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("seed", range(24))
def test_every_combination_that_scores_enough_is_listed_or_none_is(
    seed: int, decorations: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Known prices alone tell it of small problems: combinations are listed from them only at the ends of branches.
    monkeypatch.setattr(_branch_search, "_LISTED", 4)
    problem = problem_of(seed, decorations=decorations)
    if problem is None:
        return
    n_all = problem.space.n_combinations
    outcome = search(problem, n_all, SearchOptions(engine="exhaustive", workers=1))
    least = int(outcome.scores[len(outcome.scores) // 3])
    good = np.array(outcome.columns)[:, outcome.scores >= least].T.tolist()
    run = BranchSearch(problem, least)
    rows = tuple(np.arange(len(part)) for part in run.classes)
    if np.prod(list(map(len, rows))) > 4:
        assert run.every(rows, n_all, 0) is None and run.every(rows, -1, 10**6) is None
    picks = run.every(rows, n_all, 10**6)
    assert picks is not None and len(set(zip(*map(np.ndarray.tolist, picks), strict=True))) == len(picks[0])
    owners = [np.repeat(np.arange(len(part)), part.sizes)[np.argsort(part.members)] for part in run.classes]
    listed = set(zip(*map(np.ndarray.tolist, picks), strict=True))
    assert {tuple(int(owner[row]) for owner, row in zip(owners, build, strict=True)) for build in good} <= listed
    # What was asked leaves no trace in later questions.
    assert run.is_settled and run.keeps(rows) is True
