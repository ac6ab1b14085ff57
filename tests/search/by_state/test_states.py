"""States of combinations: against all combinations, one after the other."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from equipment_optimizer.search.by_state import _states
from equipment_optimizer.search.by_state._states import Places, states_of
from equipment_optimizer.search.relaxation.piece_classes import PartClasses


def part_of(rng: np.random.Generator, n: int) -> PartClasses:
    """A part of n classes of several pieces."""
    sizes = rng.integers(1, 4, n)
    none = np.zeros((n, 0), dtype=np.int64)
    return PartClasses(
        1, rng.integers(0, 3, n), none, none, np.concatenate([[0], np.cumsum(sizes)]), np.arange(sizes.sum())
    )


def random_parts(seed: int) -> tuple[list[PartClasses], list[np.ndarray], list[np.ndarray]]:
    """Classes of some parts, two columns of each, and what they lose."""
    rng = np.random.default_rng(seed)
    parts = [part_of(rng, int(n)) for n in rng.integers(1, 6, 1 + seed % 5)]
    columns = [rng.integers(-2, 3, (len(part), 2)) for part in parts]
    return parts, columns, [part.linear * (seed % 2) for part in parts]


def never() -> bool:
    return False


@pytest.mark.parametrize("n_at_once", [1, 7, 1 << 20])
@pytest.mark.parametrize("seed", range(25))
def test_combinations_with_the_same_sums_are_one_state(
    seed: int, n_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_states, "_AT_ONCE", n_at_once)
    monkeypatch.setattr(_states, "_SAMPLE", 20)
    parts, columns, losses = random_parts(seed)
    expected: dict[tuple[int, ...], list] = {}
    for pick in itertools.product(*(range(len(part)) for part in parts)):
        key = tuple(np.sum([column[i] for column, i in zip(columns, pick, strict=True)], axis=0).tolist())
        lost = sum(int(loss[i]) for loss, i in zip(losses, pick, strict=True))
        n_builds = math.prod(int(part.sizes[i]) for part, i in zip(parts, pick, strict=True))
        best = expected.setdefault(key, [(lost, pick), 0])
        best[0], best[1] = min(best[0], (lost, pick)), best[1] + n_builds
    places = Places([len(part) for part in parts], losses)
    found = states_of(parts, columns, places, never)
    assert found is not None
    several = list(found)
    words = np.concatenate([states.word for states in several])
    assert (np.diff(words) > 0).all()
    picks = [
        place
        for states in several
        for place in zip(*(pick.tolist() for pick in places.picks(states.place)), strict=True)
    ]
    times = [n for states in several for n in states.times.tolist()]
    assert sorted(zip(picks, times, strict=True)) == sorted((best[1], n) for best, n in expected.values())


@pytest.mark.parametrize(("name", "most"), [("_MOST_STATES", 3), ("_MOST_PAIRS", 20)])
def test_too_many_are_given_up(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    parts = [part_of(rng, 5) for _ in range(4)]
    columns, places = [rng.integers(0, 99, (5, 1)) for _ in parts], Places([5] * 4, [np.zeros(5, dtype=np.int64)] * 4)
    assert states_of(parts, columns, places, never) is not None
    assert states_of(parts, columns, places, lambda: True) is None
    monkeypatch.setattr(_states, name, most)
    assert states_of(parts, columns, places, never) is None


def test_numbers_that_are_too_large_are_not_added_up() -> None:
    nothing = np.zeros(2, dtype=np.int64)
    assert Places([2] * 60, [nothing] * 60).is_possible
    assert not Places([2] * 62, [nothing] * 62).is_possible
    assert not Places([2] * 60, [nothing + 3] * 60).is_possible
    rng = np.random.default_rng(1)
    parts = [part_of(rng, 2) for _ in range(2)]
    assert states_of(parts, [np.array([[0, 0], [2**40, 2**40 + 1]])] * 2, Places([2, 2], [nothing] * 2), never) is None
