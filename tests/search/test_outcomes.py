"""Outcomes of builds as far as there is time; a row keeps the filling that it was judged by."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator

import numpy as np
import pytest
from oracle import best_builds
from random_problems import Job, random_job

from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.fillings import Fillings
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.search import _outcomes as outcomes
from equipment_optimizer.search._outcomes import Ahead, Judge, KnownFillings
from equipment_optimizer.search.filling.filler import Written

COLUMNS = [np.array([5, 6, 7])]
SCORES = np.array([30, 20, 10])


class SlowFiller:
    """Fills one build a poll, with one decoration of the build's own number."""

    is_of_all_rows = False

    def __init__(self) -> None:
        self.as_found: list[bool] = []

    def written(self, columns, scores, *, as_found=False, levels_only=False, should_stop) -> Written:
        self.as_found.append(as_found)
        n_known = next((k for k in range(len(scores)) if should_stop()), len(scores))
        ones = np.ones(n_known, dtype=np.int64)
        free = np.zeros((n_known, 4), dtype=np.int64)
        return Written(Fillings(np.arange(n_known + 1), columns[0][:n_known], ones, free), n_known == len(scores))


def numbers_of(columns, scores, fillings) -> list:
    assert fillings is None or len(fillings.start) == len(scores) + 1
    return [(piece, score) for piece, score in zip(columns[0].tolist(), scores.tolist(), strict=True)]


def test_where_nothing_has_to_differ_nothing_is_filled() -> None:
    judge = Judge(None, lambda: False)
    assert judge.judged(COLUMNS, SCORES, filler=SlowFiller(), filled=COLUMNS) == ([None] * 3, None, True)
    judge = Judge(numbers_of, lambda: True)
    assert judge.judged(COLUMNS, SCORES, filler=None, filled=COLUMNS) == ([(5, 30), (6, 20), (7, 10)], None, True)


def test_filling_is_polled_and_goes_on_for_a_while_after_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    filler, polls = SlowFiller(), itertools.count()
    judge = Judge(numbers_of, lambda: next(polls) >= 2)
    judged = judge.judged(COLUMNS, SCORES, filler=filler, filled=[np.array([0, 1, 2])])
    assert (judged.outcomes, judged.is_final) == ([(5, 30)], False)
    assert judged.filling(0).decoration.tolist() == [0]
    assert len(judge.judged(COLUMNS, SCORES, filler=filler, filled=COLUMNS).outcomes) == 3
    monkeypatch.setattr(outcomes.time, "process_time", lambda: float("inf"))
    judged = judge.judged(COLUMNS, SCORES, filler=filler, filled=COLUMNS)
    assert (judged.outcomes, judged.is_final) == ([], False)
    assert filler.as_found == [False, True, True]


def decorated_jobs() -> Iterator[Job]:
    """Small jobs with decorations that some build satisfies."""
    for seed in itertools.count():
        job = random_job(random.Random(seed), full=seed % 3 > 0, decorations=True, n_most=4)
        if best_builds(job.pieces, job.config, 1, job.resistance_names):
            yield job


def levels_of(results: BuildResults, job: Job) -> list[tuple[int, ...]]:
    levels = results.skill_levels(0, len(results))
    none = [0] * len(results)
    return list(zip(none, *(levels.get(skill, none) for skill in job.config.skills), strict=True))


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
def test_rows_of_a_stopped_list_differ_as_they_are_filled(engine: str) -> None:
    """Whenever it is stopped; and what is proved is what the whole list begins with."""
    n_stopped = 0
    for job in itertools.islice(decorated_jobs(), 5):
        config = dataclasses.replace(job.config, limit=20, different_skills=True)
        polls = itertools.count()
        whole = optimize(job.table, config, engine=engine, should_stop=lambda polls=polls: next(polls) < 0)
        expected = levels_of(whole, job)
        for n_polls in range(0, next(polls), 3):
            polls = itertools.count()
            results = optimize(
                job.table, config, engine=engine, should_stop=lambda polls=polls, n=n_polls: next(polls) >= n
            )
            levels = levels_of(results, job)
            assert len(set(levels)) == len(levels)
            if results.proved_rows is not None:
                n_stopped += 1
                n_proved = int(results.proved_rows.cumprod().sum())
                assert levels[:n_proved] == expected[:n_proved]
                assert results.proved_rows.sum() == n_proved
    assert n_stopped


def test_fillings_of_a_list_are_known_by_where_it_begins() -> None:
    columns = [np.array([5, 6, 7]), np.array([0, 0, 1])]
    start = np.array([0, 1, 3, 3])
    fillings = Fillings(start, np.array([4, 5, 6]), np.array([1, 2, 3]), np.zeros((3, 4), dtype=np.int64))
    known = KnownFillings(columns, fillings)
    written = known.written([column[1:] for column in columns], SCORES[1:], should_stop=lambda: True)
    assert written.is_final
    assert written.fillings.start.tolist() == [0, 2, 2]
    assert written.fillings.decoration.tolist() == [5, 6]


class FewOrder:
    """Builds 0, 1, ... that score one less each, listed so many at a time; stopped from a build on."""

    def __init__(self, n_builds: int, n_listed: int, *, stopped_at: int = 10**9) -> None:
        self._n_builds, self._n_listed, self._stopped_at = n_builds, n_listed, stopped_at
        self.n_next = self.floor = self.n_passed = 0

    def is_stopped(self) -> bool:
        return self.n_next >= self._stopped_at

    def next(self, *, may_lower: bool = True):
        if self.is_stopped() or self.n_next == self._n_builds or (self.n_next == self.floor and not may_lower):
            return None
        self.floor += self._n_listed * (self.n_next == self.floor)
        self.n_next += 1
        return 1_000_000 - self.n_next, (self.n_next,)

    def next_passed(self, n_most: int, *, may_lower: bool):
        """One, as where no other is in line, or three."""
        builds = []
        while len(builds) < min(n_most, 1 + self._n_listed % 3) and (following := self.next(may_lower=may_lower)):
            builds.append(following)
        self.n_passed += len(builds)
        return builds


@pytest.mark.parametrize("n_listed", [1, 7, 1_000])
def test_builds_are_fetched_in_order_down_to_the_floor(n_listed: int) -> None:
    order = FewOrder(500, n_listed)
    ahead, builds = Ahead(order, 50), []
    while (following := ahead.next(len(builds) // 10)) is not None:
        builds.append(following)
        assert order.n_passed == order.n_next == len(builds) + len(ahead.waiting)
        assert order.n_next <= max(order.floor, len(builds))
    assert builds == [(1_000_000 - k, (k,)) for k in range(1, 501)]


def test_no_more_are_fetched_than_rows_are_likely_to_need() -> None:
    order = FewOrder(10**6, 10**6)
    ahead = Ahead(order, 1_000)
    fetched = []
    for k in range(10_000):
        n_waiting = len(ahead.waiting)
        ahead.next(k // 10)
        fetched += [len(ahead.waiting) + 1] if not n_waiting else []
    # Every tenth is a row: at first twice as many as are wanted, as many as before, then what is left.
    assert fetched[:2] == [2_000, 2_000]
    assert max(fetched) <= outcomes._MOST_AHEAD
    assert order.n_next < 11_000


def test_what_is_fetched_at_a_stop_waits() -> None:
    order = FewOrder(100, 100, stopped_at=10)
    ahead = Ahead(order, 50)
    assert ahead.next(0) is None
    assert [build for _, build in ahead.waiting[::-1]] == [(k,) for k in range(1, 11)]
