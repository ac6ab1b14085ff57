"""The floor of fillings rises with what is known, and never above what is needed."""

import numpy as np
import pytest

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling._needed_scores import NEVER_NEEDED, Goal


def goal(*, n_wanted=None, least_score=NO_BUILD):
    # Builds 0 and 2 are filled alike; build 3 misses a minimum whatever is filled in.
    unfilled = np.array([5, 1, 3, NO_BUILD])
    return Goal(unfilled, np.array([0, 1, 3]), np.array([0, 1, 0, 2]), least_score=least_score, n_wanted=n_wanted)


def test_without_a_threshold_everything_that_can_be_a_build_is_needed():
    assert goal().floor.tolist() == [NO_BUILD, NO_BUILD, NEVER_NEEDED]


def test_a_threshold_asks_of_a_group_what_its_best_build_lacks():
    assert goal(least_score=12).floor.tolist() == [7, 11, NEVER_NEEDED]


def test_scores_are_those_of_groups_with_what_no_filling_changes():
    own = goal()
    own.raise_best(np.array([0]), np.array([10]))
    assert own.scores().tolist() == [15, NO_BUILD, 13, NO_BUILD]


@pytest.mark.parametrize(("n_wanted", "least"), [(1, 15), (2, 13), (3, 11)])
def test_the_nth_best_is_the_threshold(n_wanted, least):
    own = goal(n_wanted=n_wanted)
    own.raise_best(np.array([0, 1]), np.array([10, 10]))
    assert own.least_score == least
    assert own.floor.tolist() == [least - 5, least - 1, NEVER_NEEDED]


def test_more_than_there_are_is_no_threshold():
    own = goal(n_wanted=5)
    assert own.raise_best(np.array([0, 1]), np.array([10, 10])).tolist() == [NO_BUILD, NO_BUILD]
