"""Smallest conflicts of numbers, against all sets of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import numpy as np
import pytest

from equipment_optimizer.questions import _conflict
from equipment_optimizer.questions._conflict import (
    Conflict,
    GaveUp,
    Verdict,
    _irreducible,
    _numbers,
    _sets_of,
    _smallest_hitting,
    smallest_conflict,
)


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

    def ask(asked: frozenset[int]) -> Verdict:
        if can_keep(asked):
            more = asked | {rng.randrange(n)}
            return Verdict(True, more if can_keep(more) else asked)
        inside = [conflict for conflict in conflicts if conflict <= asked]
        return Verdict(False, rng.choice([asked, inside[0], inside[0] | frozenset(sorted(asked)[:2])]))

    found = smallest_conflict(n, ask, rng.choice([lambda _: 0, lambda i: i * 7 % 5]))
    assert found.is_smallest and found.is_irreducible
    assert len(found.members) == brute_smallest(n, can_keep)
    assert not can_keep(frozenset(found.members))


@pytest.mark.parametrize("n_answers", range(12))
def test_giving_up_leaves_a_conflict_that_claims_no_more_than_is_known(n_answers: int) -> None:
    conflicts = [frozenset({0, 1, 2}), frozenset({3, 4})]
    answers = iter(range(n_answers))

    def ask(asked: frozenset[int]) -> Verdict:
        if next(answers, None) is None:
            raise GaveUp
        return Verdict(not any(conflict <= asked for conflict in conflicts), asked)

    found = smallest_conflict(5, ask)
    members = frozenset(found.members)
    assert any(conflict <= members for conflict in conflicts)
    if found.is_irreducible:
        assert members in conflicts
    if found.is_smallest:
        assert members == conflicts[1]


def test_a_question_without_an_answer_keeps_its_requirement_and_the_others_are_still_asked() -> None:
    def ask(asked: frozenset[int]) -> Verdict:
        if 3 not in asked:
            raise GaveUp
        return Verdict(not {1, 3} <= asked, asked)

    found = smallest_conflict(5, ask)
    assert found.members == (1, 3)
    assert not found.is_irreducible and not found.is_smallest


def test_many_members_that_are_each_needed_are_settled_without_trying_sets() -> None:
    everything = frozenset(range(40))
    asked_for = []

    def ask(asked: frozenset[int]) -> Verdict:
        asked_for.append(asked)
        return Verdict(asked != everything, asked)

    assert smallest_conflict(40, ask).members == tuple(range(40))
    assert len(asked_for) == 41


def test_light_requirements_are_left_out_first() -> None:
    def ask(asked: frozenset[int]) -> Verdict:
        return Verdict(not ({0, 1, 2, 3} <= asked or {4, 5, 6} <= asked), asked)

    asked_first = {}
    for heavy in (range(4), range(4, 7)):
        weight = dict.fromkeys(heavy, 9)
        asked_first[heavy] = _irreducible(frozenset(range(7)), ask, lambda i, of=weight: of.get(i, 0))[0]
    assert asked_first == {range(4): frozenset(range(4)), range(4, 7): frozenset({4, 5, 6})}
    assert smallest_conflict(7, ask, lambda i: 9 * (i < 4)).members == (4, 5, 6)


@pytest.mark.parametrize("seed", range(100))
def test_no_smaller_set_hits_all(seed: int) -> None:
    rng = random.Random(seed)
    sets = [frozenset(rng.sample(range(8), rng.randint(1, 4))) for _ in range(rng.randint(1, 9))]

    def hits(chosen: frozenset[int]) -> bool:
        return all(chosen & each for each in sets)

    least = brute_smallest(8, lambda chosen: not hits(chosen))
    found = _smallest_hitting(sets, 9)
    assert found is not None and hits(found) and len(found) == least
    assert _smallest_hitting(sets, least) is None


def test_after_many_candidates_it_gives_up_on_the_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_conflict, "_MOST_CANDIDATES", 0)
    found = smallest_conflict(
        5, lambda asked: Verdict(not ({0, 1, 2} <= asked or {3, 4} <= asked), asked), lambda i: i < 3
    )
    assert found.members == (0, 1, 2)
    assert found.is_irreducible and not found.is_smallest


@pytest.mark.parametrize("seed", range(60))
def test_what_builds_are_known_to_keep_may_be_any_sets_that_can_be_kept(seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randint(3, 7)
    conflicts = [frozenset(rng.sample(range(n), rng.randint(2, n))) for _ in range(rng.randint(1, 5))]
    builds: list[_conflict.KeptSets] = []

    def can_keep(kept: frozenset[int]) -> bool:
        return not any(conflict <= kept for conflict in conflicts)

    def ask(asked: frozenset[int]) -> Verdict:
        if can_keep(asked):
            some = [frozenset(rng.sample(range(n), rng.randint(1, n))) for _ in range(9)]
            known = list(filter(can_keep, some))
            builds.append(lambda sets: np.array([any(_numbers(int(b)) <= kept for kept in known) for b in sets], bool))
        return Verdict(can_keep(asked), asked)

    found = smallest_conflict(n, ask, builds=builds)
    assert found.is_smallest and len(found.members) == brute_smallest(n, can_keep)


def test_what_builds_are_known_to_keep_is_not_asked_for() -> None:
    everything, asked_for = frozenset(range(9)), []

    def ask(asked: frozenset[int]) -> Verdict:
        asked_for.append(asked)
        return Verdict(not {0, 1, 2, 3} <= asked, asked if {0, 1, 2, 3} - asked else frozenset(range(4)))

    def keeps_all(sets: np.ndarray) -> np.ndarray:
        return np.array([not {0, 1, 2, 3} <= _numbers(int(bits)) for bits in sets], dtype=np.bool_)

    assert smallest_conflict(9, ask, builds=[keeps_all]).is_smallest
    assert asked_for == [everything, *(frozenset(range(4)) - {i} for i in (3, 2, 1, 0))]


@pytest.mark.parametrize("n", range(9))
def test_all_sets_of_a_size_are_listed_once(n: int) -> None:
    for size in range(n + 1):
        listed = [_numbers(int(bits)) for bits in _sets_of(n, size)]
        assert sorted(map(sorted, listed)) == sorted(map(list, itertools.combinations(range(n), size)))


def test_where_there_are_too_many_sets_to_list_the_smallest_is_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_conflict, "_MOST_LISTED", 0)
    found = smallest_conflict(7, lambda asked: Verdict(not ({0, 1, 2} <= asked or {5, 6} <= asked), asked))
    assert found.members == (5, 6) and found.is_smallest


def test_where_many_sets_stay_open_it_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_conflict, "_MANY_OPEN", 1)
    monkeypatch.setattr(_conflict, "_MANY_CANDIDATES", 1)
    everything = frozenset(range(8))
    found = smallest_conflict(8, lambda asked: Verdict(len(asked) < 5, asked))
    assert len(found.members) == 5 and found.is_irreducible and not found.is_smallest
    assert smallest_conflict(8, lambda asked: Verdict(asked != everything, asked)).is_smallest


def test_where_nothing_fits_whatever_is_required_the_conflict_has_no_members() -> None:
    assert smallest_conflict(3, lambda asked: Verdict(is_kept=False, requirements=frozenset())) == Conflict(())
