"""What partial builds, of any positions, still have to lose: in the positions that are empty, and by their totals.

A step adds classes of one part. Before each it is known what all that are left may add to a filling of the parts,
which says how many pieces of each are chosen.

Array axes: B parts, E totals that are looked at, F fillings, M partial builds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ..relaxation.bounds import Box, Relaxed, loss_cap, share_of_bound, total_functions
from ..relaxation.piece_classes import PartClasses, ranges_of
from ._steps import Step

__all__ = ["Fillings", "StillToCome"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: What cannot be filled any more loses so much.
_NEVER = 2**61

#: Entries of a table of what a total is worth; of one that ranges further the ends of a range are looked at.
_MAX_TABLE = 1 << 15


class Fillings:
    """Numbers of chosen pieces of each part as one number: `weight` is what one piece of a part adds to it."""

    def __init__(self, counts: Sequence[int]) -> None:
        sizes = np.array(counts, dtype=np.int64) + 1
        self.weight = np.concatenate([[1], np.cumprod(sizes)[:-1]]).astype(np.int64)
        self.n = int(np.prod(sizes))
        #: Chosen pieces of each part, shape (F, B).
        self.chosen = np.arange(self.n)[:, None] // self.weight % sizes
        self.left = np.array(counts, dtype=np.int64) - self.chosen


class StillToCome:
    """Of some steps in order, in a box under some prices; totals that decide are `totals`, E of them."""

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        box: Box,
        relaxed: Relaxed,
        *,
        fillings: Fillings,
        steps: Sequence[Step],
        ignored: Sequence[int],
    ) -> None:
        self._fillings = fillings
        self._shares = _shares(problem, classes, box, relaxed, ignored)
        self.totals = [share.e for share in self._shares]
        self._classes, self._loss = classes, relaxed.loss
        self._steps = self._from_the_end(steps)

    def _from_the_end(self, steps: Sequence[Step]) -> list[tuple[IntArray, IntArray, IntArray, IntArray]]:
        """Before each step: of each part how many pieces are left, the least loss, what of totals least and most."""
        n_parts, n_totals = len(self._classes), len(self.totals)
        n_left, loss = np.zeros(n_parts, dtype=np.int64), np.zeros(n_parts, dtype=np.int64)
        least, most = np.zeros((n_parts, n_totals), dtype=np.int64), np.zeros((n_parts, n_totals), dtype=np.int64)
        states = [(n_left.copy(), loss.copy(), least.copy(), most.copy())]
        for step in reversed(steps):
            b, is_first = step.part, not n_left[step.part]
            numbers = self._classes[b].totals[step.classes][:, self.totals]
            low, high, lost = numbers.min(axis=0), numbers.max(axis=0), self._loss[b][step.classes].min()
            least[b] = low if is_first else np.minimum(least[b], low)
            most[b] = high if is_first else np.maximum(most[b], high)
            loss[b] = lost if is_first else min(loss[b], lost)
            n_left[b] += max(len(step.classes), step.most)
            states.append((n_left.copy(), loss.copy(), least.copy(), most.copy()))
        return states[::-1]

    def losses(self, step: int) -> IntArray:
        """The least that is lost in the places that are empty before a step, by filling, shape (F,)."""
        n_left, loss, _, _ = self._steps[step]
        lost: IntArray = self._fillings.left @ loss
        lost[(self._fillings.left > n_left).any(axis=1)] = _NEVER
        return lost

    def within(self, step: int, fillings: IntArray, totals: IntArray, used: IntArray, slack: int) -> Rows:
        """Which of M partial builds before a step, that have `used` so much, may be filled within a slack."""
        _, _, least, most = self._steps[step]
        low, high = self._fillings.left @ least, self._fillings.left @ most
        used = used + self.losses(step)[fillings]
        rows = np.flatnonzero(used <= slack)
        used = used[rows]
        for number, share in enumerate(self._shares):
            filled, reached = fillings.take(rows), totals[number].take(rows)
            used = used + share.shortfall(reached + low[filled, number], reached + high[filled, number])
            near = np.flatnonzero(used <= slack)
            if len(near) < len(rows):
                rows, used = rows[near], used[near]
        return rows


class _Share(NamedTuple):
    """A total, and its shortfall where it ends somewhere from one value to another, arrays of shape (M,)."""

    e: int
    shortfall: Callable[[IntArray, IntArray], IntArray]


def _shares(
    problem: Problem, classes: Sequence[PartClasses], box: Box, relaxed: Relaxed, ignored: Sequence[int]
) -> list[_Share]:
    """Of the totals that may fall short; what set bonuses and decorations add comes on top of pieces."""
    ranges = ranges_of(problem, classes)
    late_least, late_most = ranges.bonus_least.copy(), ranges.bonus_most.copy()
    if relaxed.prices is None:
        # Otherwise decorations are in the shares.
        late_least += ranges.n_slots * ranges.slot_least
        late_most += ranges.n_slots * ranges.slot_most
    shares = []
    for e, best in enumerate(relaxed.total_best):
        if e in ignored:
            continue
        late = int(late_least[e]), int(late_most[e])
        first = int(ranges.least[e] - ranges.bonus_least[e]) + late[0]
        last = int(ranges.most[e] - ranges.bonus_most[e]) + late[1]
        if last - first >= _MAX_TABLE:
            if e < problem.n_features and not (relaxed.prices is not None and relaxed.prices.changes(e)):
                shares.append(_Share(e, _far_ranging(problem, box, relaxed, e, late)))
            continue
        share = share_of_bound(problem, box, relaxed, e, np.arange(first, last + 1))
        if int(share.min()) < best:
            lost = np.clip(best - share, 0, loss_cap(problem))
            shares.append(_Share(e, _least_between(lost, first, late)))
    return shares


def _least_between(lost: IntArray, first: int, late: tuple[int, int]) -> Callable[[IntArray, IntArray], IntArray]:
    """The least of some numbers, that of `first` foremost, between two places that `late` moves: of two that overlap.

    By the minima of each power of two of neighbours.
    """
    layers = [lost]
    while 2 << (len(layers) - 1) <= len(lost):
        before, width = layers[-1], 1 << (len(layers) - 1)
        layers.append(np.minimum(before[: len(before) - width], before[width:]))
    table = np.array([np.pad(layer, (0, len(lost) - len(layer))) for layer in layers])
    powers = np.array([max(0, n.bit_length() - 1) for n in range(len(lost) + 1)])

    def shortfall(least: IntArray, most: IntArray) -> IntArray:
        start = least + (late[0] - first)
        stop = most + (late[1] - first + 1)
        power = powers[stop - start]
        result: IntArray = np.minimum(table[power, start], table[power, stop - (1 << power)])
        return result

    return shortfall


def _far_ranging(
    problem: Problem, box: Box, relaxed: Relaxed, e: int, late: tuple[int, int]
) -> Callable[[IntArray, IntArray], IntArray]:
    """The shortfall of a total of too many values for a table: the most is at an end or at a corner of a function."""
    low, high, price, precision = box.low[e], box.high[e], relaxed.multipliers.price[e], relaxed.precision
    functions, best, cap = total_functions(problem.features[e], box), relaxed.total_best[e], loss_cap(problem)
    corners = [
        (x, precision * function.at(x) - price * x) for function in functions for x in function.corners(low, high)
    ]

    def shortfall(least: IntArray, most: IntArray) -> IntArray:
        start, stop = np.maximum(least + late[0], low), np.minimum(most + late[1], high)
        share = np.full(len(start), best - cap)
        for function in functions:
            for end in (start, stop):
                share = np.maximum(share, precision * function(end) - price * end)
        for x, worth in corners:
            share = np.where((start <= x) & (x <= stop), np.maximum(share, worth), share)
        return np.where(start <= stop, np.clip(best - share, 0, cap), cap)

    return shortfall
