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
from equipment_optimizer.search._outcomes import Judge, KnownFillings
from equipment_optimizer.search.filling.filler import Written

COLUMNS = [np.array([5, 6, 7])]
SCORES = np.array([30, 20, 10])


class SlowFiller:
    """Fills one build a poll, with one decoration of the build's own number."""

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
