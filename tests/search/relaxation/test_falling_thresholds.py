"""Thresholds fall in doubling steps and end at the floor, wherever that is by then."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.search.relaxation.falling_thresholds import falling_thresholds


def test_steps_double() -> None:
    assert list(falling_thresholds(100, lambda: 62, 5)) == [100, 95, 85, 65, 62]
    assert list(falling_thresholds(7, lambda: 7, 1)) == [7]
    assert list(falling_thresholds(3, lambda: 7, 1)) == [7]


@given(st.integers(-1000, 1000), st.integers(1, 50), st.lists(st.integers(-1000, 1000), min_size=1, max_size=20))
def test_thresholds_fall_and_the_last_is_no_lower_than_the_floor(start: int, unit: int, floors: list[int]) -> None:
    floors = sorted(floors)
    seen: list[int] = []
    for threshold in falling_thresholds(start, lambda: floors[min(len(seen), len(floors) - 1)], unit):
        assert threshold >= floors[min(len(seen), len(floors) - 1)]
        seen.append(threshold)
    # Only a floor that has risen ends higher than what was asked before.
    assert seen[:-1] == sorted(seen[:-1], reverse=True)
    assert seen[-1] in floors
