"""Iterative deepening: ask for what is nearest to a bound first, then for twice as much."""

from __future__ import annotations

from collections.abc import Callable, Iterator

__all__ = ["falling_thresholds"]


def falling_thresholds(start: int, floor: Callable[[], int], unit: int) -> Iterator[int]:
    """Thresholds from `start` down to the floor, in steps of `unit`, 2 `unit`, 4 `unit`, ...

    So whatever is asked at each of them, the last time costs most, and no more than
    about as much again is asked in vain. The floor may rise meanwhile; the last
    threshold is no lower than it. From 100 down to 62, by 5: 100, 95, 85, 65, 62.

    Source: R. E. Korf, "Depth-first iterative-deepening", Artificial Intelligence 27 (1985).
    """
    threshold = start
    while threshold > (lowest := floor()):
        yield threshold
        threshold, unit = threshold - unit, 2 * unit
    yield lowest
