"""What one step of a filling may choose: decorations, by the slots that they take.

Decorations that touch nothing but one skill are chosen together, for they compete
for it alone; any other decoration is chosen on its own. In come the columns of
the decorations of one step, out come its options: how many slots of each kind
are used, what level and score that gives, and how many of which decoration.

Array axes: n decorations of the step, K slot kinds, O options.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .packing import first_of_each

__all__ = [
    "OptionNumbers",
    "StepDecorations",
    "StepOptions",
    "enumerate_options",
    "lighter_options",
    "wasteful_options",
]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StepOptions:
    """All that a step may choose, of O options; int64. Option 0 is nothing."""

    use: IntArray  # (O, K): slots taken, by kind
    supply: IntArray  # (O,): levels given
    linear: IntArray  # (O,): scaled score that the decorations bring by themselves
    counts: IntArray  # (O, n): how many of each decoration


@dataclass(frozen=True, eq=False)
class StepDecorations:
    """The decorations of one step."""

    levels: IntArray  # int64 (n,): given by one of each
    linear: IntArray  # int64 (n,)
    fits: npt.NDArray[np.bool_]  # (n, K)
    most: IntArray  # int64 (n,): how many of each there are at the most


def enumerate_options(decorations: StepDecorations, slots: IntArray, enough: int | None) -> StepOptions:
    """The options of one step, with no more slots (K,) than any build has.

    From a supply of `enough` on further levels are never worth anything, so whoever reaches it without some decoration
    leaves that one out; None where levels are worth something without end, or a decoration lowers them. Of options with
    the same use and supply the one with the highest score is there; among those the one with more of the earlier
    decorations. Ordered by the number of slots taken, then by use from the first kind on, then by supply.
    """
    n, n_kinds = decorations.fits.shape
    levels = decorations.levels
    use = np.zeros((1, n_kinds), dtype=np.int64)
    counts = np.zeros((1, n), dtype=np.int64)
    for d in range(n):
        ways = _uses(decorations.fits[d], slots, int(decorations.most[d]))
        all_use = (use[:, None, :] + ways[None, :, :]).reshape(-1, n_kinds)
        all_counts = np.repeat(counts, len(ways), axis=0)
        all_counts[:, d] = np.tile(ways.sum(axis=1), len(use))
        keep = np.flatnonzero((all_use <= slots).all(axis=1) & _needed(all_counts, levels, enough))
        use, counts = _best(all_use[keep], all_counts[keep], decorations)
    order = np.lexsort((counts @ levels, *use.T[::-1], use.sum(axis=1)))
    use, counts = use[order], counts[order]
    return StepOptions(use, counts @ levels, counts @ decorations.linear, counts)


class OptionNumbers:
    """Finds options of a step by their use and supply; `slots` (K,) are the most that any build has."""

    def __init__(self, options: StepOptions, slots: IntArray) -> None:
        low, high = int(options.supply.min()), int(options.supply.max())
        # Mixed radix, with room for one more of each and for supplies beyond the range.
        self._span = high - low + 1
        self.is_usable = math.prod((slots + 2).tolist()) * 3 * self._span < 2**62
        if self.is_usable:
            place = np.concatenate([[3 * self._span], 3 * self._span * np.cumprod(slots + 2)])
            self._place = place[:-1]
            self._keys: IntArray = options.use @ self._place + options.supply - low + self._span
            self._order = np.argsort(self._keys, kind="stable")

    def other(self, rows: npt.NDArray[np.intp], supply: int, *, less: int, more: int | None = None) -> IntArray:
        """The options with one slot `less` of a kind, one `more` of another, and that much less supply.

        -1 where there is none; shape of `rows`.
        """
        if not self.is_usable or supply > self._span or supply < -self._span:
            return np.full(len(rows), -1, dtype=np.int64)
        wanted = self._keys[rows] - self._place[less] - supply
        if more is not None:
            wanted = wanted + self._place[more]
        at = np.minimum(np.searchsorted(self._keys[self._order], wanted), len(self._order) - 1)
        option = self._order[at]
        return np.where(self._keys[option] == wanted, option, -1)


def wasteful_options(
    options: StepOptions, numbers: OptionNumbers, higher: Mapping[int, Sequence[int]]
) -> npt.NDArray[np.bool_]:
    """For each kind of slot, which options could take one more of it in place of a higher one; shape (K, O).

    True where the other option gives the same levels and scores no less. `higher` are for each kind those that are at
    least as good.
    """
    wasteful = np.zeros((options.use.shape[1], len(options.supply)), dtype=np.bool_)
    for j, kinds in higher.items():
        for k in kinds:
            rows = np.flatnonzero(options.use[:, k] > 0)
            other = numbers.other(rows, 0, less=k, more=j)
            wasteful[j, rows] |= (other >= 0) & (options.linear[other] >= options.linear[rows])
    return wasteful


def lighter_options(
    options: StepOptions, numbers: OptionNumbers, decorations: StepDecorations
) -> list[tuple[int, IntArray, IntArray]]:
    """For a kind of slot that becomes free: options, and what each becomes without one of its decorations."""
    lighter = []
    for level, fits in {
        (int(level), tuple(row)) for level, row in zip(decorations.levels, decorations.fits.tolist(), strict=True)
    }:
        for k in np.flatnonzero(fits).tolist():
            rows = np.flatnonzero(options.use[:, k] > 0)
            other = numbers.other(rows, level, less=k)
            lighter.append((k, rows[other >= 0], other[other >= 0]))
    return lighter


def _uses(fits: npt.NDArray[np.bool_], slots: IntArray, most: int) -> IntArray:
    """All ways to put up to `most` of one decoration into slots; shape (ways, K)."""
    ways = np.zeros((1, len(slots)), dtype=np.int64)
    for k in np.flatnonzero(fits & (slots > 0)).tolist():
        counts = np.arange(min(int(slots[k]), most) + 1)
        ways = np.repeat(ways, len(counts), axis=0)
        ways[:, k] = np.tile(counts, len(ways) // len(counts))
        ways = ways[ways.sum(axis=1) <= most]
    return ways


def _needed(counts: IntArray, levels: IntArray, enough: int | None) -> npt.NDArray[np.bool_]:
    """Whether an option falls short of `enough` without its weakest decoration."""
    if enough is None:
        return np.ones(len(counts), dtype=np.bool_)
    weakest = np.where(counts > 0, levels, np.iinfo(np.int64).max).min(axis=1, initial=np.iinfo(np.int64).max)
    needed: npt.NDArray[np.bool_] = (counts @ levels - weakest < enough) | (counts.sum(axis=1) == 0)
    return needed


def _best(use: IntArray, counts: IntArray, decorations: StepDecorations) -> tuple[IntArray, IntArray]:
    """One option of each use and supply."""
    keys = [*use.T, counts @ decorations.levels]
    order = np.lexsort((*(-counts).T[::-1], -(counts @ decorations.linear), *keys))
    first = order[first_of_each(keys, order)]
    return use[first], counts[first]
