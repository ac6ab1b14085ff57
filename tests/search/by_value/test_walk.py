"""Builds counted value by value: against all of them, one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from random_counts import CountingJob

from equipment_optimizer.search.bounded._enumerate import Enumeration
from equipment_optimizer.search.by_value import _partial_builds, walk


def walked(job: CountingJob, slack: int | None = None):
    """What a walk within a slack finds, and what of all builds lies within it."""
    by_value, (box, relaxed) = job.by_value(), job.relaxed()
    every = job.outcomes()
    if not every:
        return every, every, every  # no box holds any
    enumeration = Enumeration(job.problem, job.classes, box, relaxed)
    picks = np.array(list(every), dtype=np.int32).reshape(len(every), len(job.problem.positions)).T
    used = enumeration.measure(picks, by_value.totals(picks)).tolist()
    slack = max(used, default=0) if slack is None else slack
    counted = by_value.leaves(box, relaxed, slack, lambda: False)
    assert counted is not None
    times = dict(zip(map(tuple, counted.picks.T.tolist()), counted.times.tolist(), strict=True))
    return times, {build: n for (build, n), lost in zip(every.items(), used, strict=True) if lost <= slack}, every


@pytest.mark.parametrize("seed", range(40))
def test_all_builds_are_counted_under_the_first_of_each_outcome(seed: int) -> None:
    times, within, every = walked(CountingJob(seed))
    assert times == within == every


@pytest.mark.parametrize("seed", range(10))
def test_all_builds_of_a_single_part_are_counted(seed: int) -> None:
    times, within, every = walked(CountingJob(seed, n_parts=1))
    assert times == within == every


@pytest.mark.parametrize("seed", range(40))
def test_what_loses_no_more_than_the_slack_is_counted_whole(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "_MANY", 1)
    monkeypatch.setattr(walk, "_AT_ONCE", 3)
    monkeypatch.setattr(_partial_builds, "_WORD_LIMIT", 40)
    times, within, every = walked(CountingJob(seed), slack=40)
    assert within.items() <= times.items() <= every.items()


def test_far_ranging_totals_are_bounded_without_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("equipment_optimizer.search.by_value._still_to_come._MAX_TABLE", 1)
    for seed in range(20):
        times, within, every = walked(CountingJob(seed), slack=40)
        assert within.items() <= times.items() <= every.items()


def test_a_walk_that_is_too_long_or_stopped_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    job = CountingJob(1)
    box, relaxed = job.relaxed()
    assert job.by_value().leaves(box, relaxed, 2**40, lambda: True) is None
    monkeypatch.setattr(walk, "_MOST_LOOKED_AT", 5)
    assert job.by_value().leaves(box, relaxed, 2**40, lambda: False) is None


def test_alike_ones_of_any_walk_are_merged() -> None:
    job = CountingJob(3)
    by_value = job.by_value()
    picks = np.array(list(job.builds()), dtype=np.int32).T
    limits = [len(picks) if rule.maximum is None else rule.maximum for rule in job.rules]
    highest = [rule.highest(job.problem.positions, picks) for rule in job.rules]
    picks = picks[:, np.all([most <= limit for most, limit in zip(highest, limits, strict=True)], axis=0)]
    sizes = [job.classes[b].sizes[pick] for b, pick in zip(job.problem.positions, picks, strict=True)]
    merged = by_value.merged(walk.Counted(picks[:, ::-1], np.prod(sizes, axis=0)[::-1]))
    assert dict(zip(map(tuple, merged.picks.T.tolist()), merged.times.tolist(), strict=True)) == job.outcomes()
