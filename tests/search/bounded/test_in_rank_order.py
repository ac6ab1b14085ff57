"""Builds of some scores in rank order: against all builds, one after the other."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import score_columns, total_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import in_rank_order
from equipment_optimizer.search.filling.filler import Filler


def problem_of(seed: int) -> Problem:
    """A problem that some build solves, of at most a few thousand, none of whose parts draws from others."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 > 0, decorations=seed % 2 == 0, n_most=4)
        problem = compile_problem(job.table, job.config)
        if 0 < problem.space.n_combinations <= 4_000 and not problem.space.shared_parts:
            every = every_build(problem)
            if every[1].max() > NO_BUILD:
                return problem


def every_build(problem: Problem) -> tuple[list[np.ndarray], np.ndarray]:
    """All builds in rank order, and their scores."""
    columns = list(problem.space.block(0, problem.space.n_combinations))
    fill = None if problem.decorations is None else Filler(problem).scores
    return columns, score_columns(problem, columns, fill)


def shown_of(problem: Problem, seed: int) -> list[np.ndarray]:
    """A column that tells outcomes apart, by part."""
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 2, (len(part.linear), 1)) for part in problem.parts]


def first_of_each(problem: Problem, shown: list[np.ndarray], least: int, most: int) -> list[tuple]:
    """What is to be met: the first build of those that are alike, and its score."""
    columns, scores = every_build(problem)
    totals = total_columns(problem, columns)
    sums = np.sum([shown[b][column] for b, column in zip(problem.positions, columns, strict=True)], axis=0)
    counts = [totals.linear, *totals.levels, *totals.bonus_counts, *totals.slots, *sums.T]
    met, first = set(), []
    builds = zip(*(column.tolist() for column in columns), strict=True)
    for build, key, score in zip(
        builds, zip(*map(np.ndarray.tolist, counts), strict=True), scores.tolist(), strict=True
    ):
        if key not in met and least <= score <= most:
            met.add(key)
            first.append((build, score))
    return first


def met_by(order: in_rank_order.InRankOrder) -> list[tuple]:
    """What it comes to."""
    return [
        (build, score)
        for columns, scores in order.builds()
        for build, score in zip(
            zip(*(column.tolist() for column in columns), strict=True), scores.tolist(), strict=True
        )
    ]


@pytest.mark.parametrize("n_last", [1, 2, 9])
@pytest.mark.parametrize("seed", range(40))
def test_the_first_of_those_that_are_alike_come_in_rank_order(
    seed: int, n_last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_rank_order, "_LAST_STEPS", n_last)
    monkeypatch.setattr(in_rank_order, "_MOST_BEGUN", 3)
    monkeypatch.setattr("equipment_optimizer.search.bounded._extra_prices._FIRST_VAIN", 5)
    problem, shown = problem_of(seed), None
    shown = shown_of(problem, seed)
    scores = np.unique(every_build(problem)[1])
    scores = scores[scores > NO_BUILD]
    for least, most in itertools.combinations_with_replacement(sorted({*scores[-3:].tolist(), int(scores[0])}), 2):
        order = in_rank_order.InRankOrder(problem, least, most, outcome_columns=shown, should_stop=lambda: False)
        assert met_by(order) == first_of_each(problem, shown, least, most)


def test_raising_the_least_leaves_the_rest_out() -> None:
    n_left_out = 0
    for seed in range(10):
        problem = problem_of(seed)
        shown, best = shown_of(problem, seed), int(every_build(problem)[1].max())
        order = in_rank_order.InRankOrder(
            problem, -problem.score_bound, best, outcome_columns=shown, should_stop=lambda: False
        )
        found = []
        for columns, scores in order.builds():
            order.raise_to(best)
            found += zip(zip(*(column.tolist() for column in columns), strict=True), scores.tolist(), strict=True)
        expected = first_of_each(problem, shown, best, best)
        assert [(build, score) for build, score in found if score == best] == expected
        n_left_out += len(found) < len(first_of_each(problem, shown, -problem.score_bound, best))
    assert n_left_out


def test_it_stops_when_it_shall() -> None:
    problem = problem_of(2)
    shown = shown_of(problem, 2)
    order = in_rank_order.InRankOrder(
        problem, -problem.score_bound, problem.score_bound, outcome_columns=shown, should_stop=lambda: True
    )
    assert len(list(order.builds())) <= 1


def test_what_is_forgotten_is_met_again(monkeypatch: pytest.MonkeyPatch) -> None:
    n_again = 0
    for seed in range(6):
        problem = problem_of(seed)
        shown, most = shown_of(problem, seed), problem.score_bound
        given = {"outcome_columns": shown, "should_stop": lambda: False}
        once = met_by(in_rank_order.InRankOrder(problem, -most, most, **given))
        with monkeypatch.context() as forgetful:
            forgetful.setattr(in_rank_order, "_MOST_MET", 1)
            again = met_by(in_rank_order.InRankOrder(problem, -most, most, **given))
        assert again == sorted(again, key=lambda met: met[0])
        assert set(once) <= set(again)
        n_again += len(again) > len(once)
    assert n_again
