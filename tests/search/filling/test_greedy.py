"""Quick fillings are fillings: never better than the best one, and counted right."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import BlockTotals, score_totals, total_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling import greedy as quick_filling
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.filling.greedy import QuickFilling


def decorated(seed: int) -> tuple[Problem, BlockTotals] | None:
    """A random problem and totals of some of its builds."""
    job = random_job(random.Random(seed), full=bool(seed % 2), decorations=True)
    problem = compile_problem(job.table, job.config)
    if problem.decorations is None or not problem.space.n_combinations:
        return None
    return problem, total_columns(problem, problem.space.block(0, min(problem.space.n_combinations, 20)))


@pytest.mark.parametrize("seed", range(150))
def test_no_quick_filling_beats_the_best(seed: int) -> None:
    made = decorated(seed)
    if made is None:
        return
    problem, totals = made
    best = Filler(problem).scores(totals)
    quick, rng = QuickFilling(problem), np.random.default_rng(seed)
    for g in range(totals.linear.size):
        start = rng.integers(0, 4, len(problem.decorations.index))
        for begin in (start, np.zeros_like(start)):
            assert quick.score(totals.take(np.array([g])), begin) <= best[g]


def test_most_quick_fillings_of_plain_jobs_are_the_best() -> None:
    n_equal = n_all = 0
    for seed in range(0, 120, 2):
        made = decorated(seed)
        if made is None:
            continue
        problem, totals = made
        best = Filler(problem).scores(totals)
        quick = QuickFilling(problem)
        nothing = np.zeros(len(problem.decorations.index), dtype=np.int64)
        scores = [quick.score(totals.take(np.array([g])), nothing) for g in range(totals.linear.size)]
        n_equal += int((np.array(scores) == best).sum())
        n_all += len(scores)
    assert n_equal > 0.6 * n_all


def test_without_tables_only_what_was_given_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_filling, "_MOST_ENTRIES", -1)
    for seed in range(40):
        made = decorated(seed)
        if made is None:
            continue
        problem, totals = made
        quick = QuickFilling(problem)
        for g in range(totals.linear.size):
            one = totals.take(np.array([g]))
            bare = replace(one, linear=one.linear + problem.slot_weights @ one.slots)
            nothing = np.zeros(len(problem.decorations.index), dtype=np.int64)
            assert quick.score(one, nothing) == int(score_totals(problem, bare)[0])


def test_a_build_that_misses_a_minimum_is_none() -> None:
    for seed in range(1, 200, 2):
        made = decorated(seed)
        if made is None:
            continue
        problem, totals = made
        missed = np.flatnonzero(Filler(problem).scores(totals) == NO_BUILD)
        if missed.size:
            nothing = np.zeros(len(problem.decorations.index), dtype=np.int64)
            assert QuickFilling(problem).score(totals.take(missed[:1]), nothing) == NO_BUILD
            return
    pytest.fail("no such build was made")
