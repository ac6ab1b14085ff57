"""Smallest conflicts of numbers, against all sets of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from equipment_optimizer.questions._conflict import GaveUp, smallest_conflict


def brute_smallest(n: int, can_keep: Callable[[frozenset[int]], bool]) -> int:
    return next(
        size
        for size in range(n + 1)
        if any(not can_keep(frozenset(chosen)) for chosen in itertools.combinations(range(n), size))
    )


@pytest.mark.parametrize("seed", range(300))
def test_no_set_conflicts_that_is_smaller_than_the_one_found(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randint(1, 7)
    conflicts = [frozenset(rng.sample(range(n), rng.randint(1, n))) for _ in range(rng.randint(1, 6))]

    def can_keep(kept: frozenset[int]) -> bool:
        return not any(conflict <= kept for conflict in conflicts)

    def refute(asked: frozenset[int]) -> frozenset[int] | None:
        if can_keep(asked):
            return None
        inside = [conflict for conflict in conflicts if conflict <= asked]
        return rng.choice([asked, inside[0], inside[0] | frozenset(sorted(asked)[:2])])

    found = smallest_conflict(n, refute)
    assert found.is_smallest and found.is_irreducible
    assert len(found.members) == brute_smallest(n, can_keep)
    assert not can_keep(frozenset(found.members))


@pytest.mark.parametrize("n_answers", range(12))
def test_giving_up_leaves_a_conflict_that_claims_no_more_than_is_known(n_answers: int) -> None:
    conflicts = [frozenset({0, 1, 2}), frozenset({3, 4})]
    answers = iter(range(n_answers))

    def refute(asked: frozenset[int]) -> frozenset[int] | None:
        if next(answers, None) is None:
            raise GaveUp
        return asked if any(conflict <= asked for conflict in conflicts) else None

    found = smallest_conflict(5, refute)
    members = frozenset(found.members)
    assert any(conflict <= members for conflict in conflicts)
    if found.is_irreducible:
        assert members in conflicts
    if found.is_smallest:
        assert members == conflicts[1]


def test_a_question_without_an_answer_keeps_its_requirement_and_the_others_are_still_asked() -> None:
    def refute(asked: frozenset[int]) -> frozenset[int] | None:
        if 3 not in asked:
            raise GaveUp
        return asked if {1, 3} <= asked else None

    found = smallest_conflict(5, refute)
    assert found.members == (1, 3)
    assert not found.is_irreducible and not found.is_smallest


def test_many_members_that_are_each_needed_are_settled_without_trying_sets() -> None:
    everything = frozenset(range(40))
    asked_for = []

    def refute(asked: frozenset[int]) -> frozenset[int] | None:
        asked_for.append(asked)
        return asked if asked == everything else None

    assert smallest_conflict(40, refute).members == tuple(range(40))
    assert len(asked_for) == 41
