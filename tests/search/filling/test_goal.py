"""What a filling must score is what the list needs: it rises as good builds are found, and never above what matters."""

from __future__ import annotations

import numpy as np
import pytest

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling._goal import NEVER_NEEDED, Goal


def goal(unfilled: list[int], group: list[int], **options) -> Goal:
    """Builds in groups; the first of a group is the one with the best score without a filling."""
    scores, groups = np.array(unfilled, dtype=np.int64), np.array(group)
    first = np.array([min(np.flatnonzero(groups == g), key=lambda row: -scores[row]) for g in range(groups.max() + 1)])
    return Goal(scores, first, groups, **{"least_score": NO_BUILD, "n_wanted": None, **options})


def test_without_a_least_score_every_filling_matters_but_of_builds_that_are_none() -> None:
    wanted = goal([5, 3, NO_BUILD], [0, 0, 1])
    assert wanted.floor.tolist() == [NO_BUILD, NEVER_NEEDED]
    assert wanted.best_unfilled.tolist() == [5, NO_BUILD]
    assert wanted.scores().tolist() == [NO_BUILD] * 3


def test_a_floor_is_what_is_needed_less_what_is_there() -> None:
    assert goal([5, 3, 9], [0, 0, 1], least_score=20).floor.tolist() == [15, 11]


def test_floors_rise_with_the_last_build_that_is_wanted() -> None:
    wanted = goal([5, 3, 9, 1], [0, 0, 1, 2], least_score=0, n_wanted=2)
    assert wanted.floor.tolist() == [-5, -9, -1]
    # One group makes two builds: those are as many as are wanted.
    assert wanted.raise_best(np.array([0]), np.array([10])).tolist() == [13 - 5]
    assert wanted.scores().tolist() == [15, 13, NO_BUILD, NO_BUILD]
    assert wanted.least_score == 13
    assert wanted.floor.tolist() == [8, 4, 12]
    wanted.raise_best(np.array([1]), np.array([6]))
    assert wanted.least_score == 15
    assert wanted.scores().tolist() == [15, 13, 15, NO_BUILD]


@pytest.mark.parametrize("n_wanted", [None, 5, 99])
def test_where_more_are_wanted_than_there_are_nothing_rises(n_wanted: int | None) -> None:
    wanted = goal([5, 3, 9, 1], [0, 0, 1, 2], least_score=0, n_wanted=n_wanted)
    wanted.raise_best(np.array([0, 1, 2]), np.array([100, 100, 100]))
    assert wanted.least_score == 0
