"""The floor of fillings rises with what is known, and never above what is needed."""

import numpy as np
import pytest

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling._needed_scores import NEVER_NEEDED, Goal


def goal(*, n_wanted=None, least_score=NO_BUILD, is_enough=False):
    # Builds 0 and 2 are filled alike; build 3 misses a minimum whatever is filled in.
    unfilled = np.array([5, 1, 3, NO_BUILD])
    first, group = np.array([0, 1, 3]), np.array([0, 1, 0, 2])
    return Goal(unfilled, first, group, least_score=least_score, n_wanted=n_wanted, is_enough=is_enough)


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


def test_where_the_least_is_enough_a_group_needs_no_more_once_all_its_builds_have_it():
    own = goal(least_score=12, is_enough=True)
    assert own.raise_best(np.array([0]), np.array([8])).tolist() == [7]
    assert own.raise_best(np.array([0]), np.array([9])).tolist() == [NEVER_NEEDED]
    assert own.floor.tolist() == [NEVER_NEEDED, 11, NEVER_NEEDED] and own.least_score == 12


def test_where_one_that_has_enough_is_wanted_no_others_are_needed_then():
    own = goal(n_wanted=1, least_score=12, is_enough=True)
    own.raise_best(np.array([0, 1]), np.array([6, NO_BUILD]))
    assert own.floor.tolist() == [7, 11, NEVER_NEEDED]
    own.raise_best(np.array([0]), np.array([7]))
    assert own.floor.tolist() == [NEVER_NEEDED] * 3
