"""By how much totals that are still open must fall short of their best share of a bound.

While a combination is being chosen, what the parts left can add limits where each
total can end. Two parts left that may each add 0 or 1 to a skill worth 5, 0, 9 at
levels 0, 1, 2 (prices taken off already; its best share is 9):

    level so far          0   1   2
    may end at          0-2 1-3 2-4     (worth 5, 0, 9, then nothing: -)
    best of these         9   9   9     a sliding maximum over three levels
    shortfall             0   0   0

and with one part left, windows of two: best 5, 9, 9 and shortfall 4, 0, 0. The
shortfall is a function of the state (step, level), not a sum over steps as the loss is.

Array axes: E coupled totals, M combinations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ..relaxation.bounds import Box, Relaxed, loss_cap, share_of_bound, total_functions
from ..relaxation.piece_classes import PartClasses, ranges_of

__all__ = ["ShortfallTable", "shortfall_tables", "sliding_max"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: Entries of a table. Where a total ranges over more values, several that are neighbours
#: have one entry, and only the end of the range is looked at at which it comes too far.
_MAX_TABLE = 1 << 15


class ShortfallTable(NamedTuple):
    """Shortfall of total `e`, scaled: by its distance from `end`, ``2**shift`` values to an entry.

    The distance is that upwards, or that downwards where `is_from_above`.
    """

    e: int
    end: int
    shortfall: IntArray
    shift: int = 0
    is_from_above: bool = False

    def of(self, totals: IntArray) -> IntArray:
        """Shortfall of each total, or less where several have one entry."""
        place = self.end - totals if self.is_from_above else totals - self.end
        if self.shift:
            place >>= self.shift
        lost: IntArray = self.shortfall[place]
        return lost

    def of_next(self, totals: IntArray, parent: Rows, added: IntArray, pick: Rows) -> IntArray:
        """The same of ``totals[parent] + added[pick]``."""
        place = (totals - self.end).take(parent) + added.take(pick)
        if self.is_from_above:
            np.negative(place, out=place)
        if self.shift:
            place >>= self.shift
        return self.shortfall.take(place)


def shortfall_tables(
    problem: Problem, classes: Sequence[PartClasses], box: Box, relaxed: Relaxed, steps: Sequence[int]
) -> list[list[ShortfallTable]]:
    """Tables of the totals worth looking at: entry ``s`` is for combinations of the first ``s`` steps.

    `steps` are parts. What rules out most comes first.
    """
    ranges = ranges_of(problem, classes)
    base = np.concatenate([problem.base_levels, problem.base_bonus_counts])
    added_least = np.zeros((len(steps) + 1, len(base)), dtype=np.int64)
    added_most = added_least.copy()
    added_least[1:] = np.cumsum(ranges.part_least[list(steps)], axis=0)
    added_most[1:] = np.cumsum(ranges.part_most[list(steps)], axis=0)
    late_least, late_most = ranges.bonus_least, ranges.bonus_most
    if relaxed.prices is None:
        # Otherwise decorations are in the shares.
        late_least = late_least + ranges.n_slots * ranges.slot_least
        late_most = late_most + ranges.n_slots * ranges.slot_most
    tables: list[list[tuple[float, ShortfallTable]]] = [[] for _ in range(len(steps) + 1)]
    cap, most = loss_cap(problem), relaxed.precision * problem.score_bound
    # Wherever it stands, a total ends in the same range.
    ends_least, ends_most = base + added_least[-1] + late_least, base + added_most[-1] + late_most
    for e, best in enumerate(relaxed.total_best):
        first, last = int(ends_least[e]), int(ends_most[e])
        if last - first >= _MAX_TABLE:
            is_wide = e < problem.n_features and not (relaxed.prices is not None and relaxed.prices.changes(e))
            coarse = _coarse_table(problem, box, relaxed, e, first=first, last=last) if is_wide else None
            if coarse is not None:
                reached = base[e] + (added_most[:, e] if coarse.is_from_above else added_least[:, e])
                mean = int(np.minimum(coarse.shortfall, most).sum()) / len(coarse.shortfall)
                for s in range(1, len(steps) + 1):
                    tables[s].append((mean, coarse._replace(end=int(reached[s]))))
            continue
        share = share_of_bound(problem, box, relaxed, e, np.arange(first, last + 1))
        if int(share.min()) >= best:
            continue
        low, high = base[e] + added_least[:, e], base[e] + added_most[:, e]
        # What is still to come is the rest of the range.
        windows = (last - first + 1 - (high - low)).tolist()
        shortfall = best - sliding_max(share, windows, best)
        # There are many short ones, on which NumPy's clip takes several times as long.
        np.minimum(np.maximum(shortfall, 0, out=shortfall), cap, out=shortfall)
        # None is below 0.
        sums = np.minimum(shortfall, most).sum(axis=1).tolist()
        for s in range(1, len(steps) + 1):
            if sums[s]:
                n_places = len(share) - windows[s] + 1
                table = ShortfallTable(e, int(low[s]), shortfall[s, :n_places])
                tables[s].append((sums[s] / n_places, table))
    by_mean = [sorted(of_step, key=lambda entry: -entry[0]) for of_step in tables]
    return [[table for _, table in of_step] for of_step in by_mean]


def _coarse_table(
    problem: Problem, box: Box, relaxed: Relaxed, e: int, *, first: int, last: int
) -> ShortfallTable | None:
    """A table of a total that ranges far, for all steps but for its `end`; None where it says nothing.

    From below it tells what is lost if the total ends at least so high, from above at the
    most so high. Either never shrinks from step to step, as both together would.
    """
    shift = (last - first).bit_length() - (_MAX_TABLE.bit_length() - 1)
    distance = np.arange(((last - first) >> shift) + 1) << shift
    low, high, price, precision = box.low[e], box.high[e], relaxed.multipliers.price[e], relaxed.precision
    tables = []
    for is_from_above in (False, True):
        nearest = np.minimum(last - distance, high) if is_from_above else np.maximum(first + distance, low)
        share = np.full(len(distance), relaxed.total_best[e] - loss_cap(problem))
        for function in total_functions(problem.features[e], box):
            share = np.maximum(share, precision * function(nearest) - price * nearest)
            for x in function.corners(low, high):
                is_open = nearest >= x if is_from_above else nearest <= x
                share = np.where(is_open, np.maximum(share, precision * function.at(x) - price * x), share)
        share[nearest < low if is_from_above else nearest > high] = relaxed.total_best[e] - loss_cap(problem)
        shortfall = np.clip(relaxed.total_best[e] - share, 0, loss_cap(problem))
        tables.append(ShortfallTable(e, 0, shortfall, shift, is_from_above))
    best = max(tables, key=lambda table: int(np.count_nonzero(table.shortfall)))
    return best if best.shortfall.any() else None


def sliding_max(values: IntArray, windows: Sequence[int], beyond: int) -> IntArray:
    """A row for each window: the maximum of each so many neighbours, by doubling, and `beyond` after the last ones."""
    doubled = [values]  # the maximum of each 1, 2, 4, ... neighbours
    for power in range(max(windows).bit_length() - 1):
        last = doubled[-1]
        doubled.append(np.maximum(last[: len(last) - (1 << power)], last[1 << power :]))
    result = np.full((len(windows), len(values) - min(windows) + 1), beyond, dtype=np.int64)
    for row, window in zip(result, windows, strict=True):
        power, n_places = window.bit_length() - 1, len(values) - window + 1
        of_power, shift = doubled[power], window - (1 << power)
        np.maximum(of_power[:n_places], of_power[shift : shift + n_places], out=row[:n_places])
    return result
