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
from ..relaxation.bounds import Box, Relaxed, bonus_worth, filled_share, loss_cap, total_functions
from ..relaxation.piece_classes import PartClasses, ranges_of

__all__ = ["ShortfallTable", "shortfall_tables", "sliding_max"]

IntArray = npt.NDArray[np.int64]

#: Totals that range over more values than this get no table; their share of the
#: bound is then only known when the combination is complete.
_MAX_TABLE = 1 << 15


class ShortfallTable(NamedTuple):
    """Shortfall of total `e` by its value, `low` first; scaled."""

    e: int
    low: int
    shortfall: IntArray


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
    tables: list[list[ShortfallTable]] = [[] for _ in range(len(steps) + 1)]
    cap = loss_cap(problem)
    # Wherever it stands, a total ends in the same range.
    ends_least, ends_most = base + added_least[-1] + late_least, base + added_most[-1] + late_most
    for e, best in enumerate(relaxed.total_best):
        first, last = int(ends_least[e]), int(ends_most[e])
        if last - first >= 4 * _MAX_TABLE:
            continue
        share = share_of_bound(problem, box, relaxed, e, np.arange(first, last + 1))
        if int(share.min()) >= best:
            continue
        for s in range(1, len(steps) + 1):
            low, high = int(base[e] + added_least[s, e]), int(base[e] + added_most[s, e])
            if high - low < _MAX_TABLE:
                # What is still to come is the rest of the range.
                shortfall = best - sliding_max(share, last - first - (high - low) + 1)
                np.clip(shortfall, 0, cap, out=shortfall)
                if shortfall.any():
                    tables[s].append(ShortfallTable(e, low, shortfall))
    most = relaxed.precision * problem.score_bound
    for step in tables:
        step.sort(key=lambda table: -float(np.minimum(table.shortfall, most).mean()))
    return tables


def share_of_bound(problem: Problem, box: Box, relaxed: Relaxed, e: int, x: IntArray) -> IntArray:
    """A total's share of the bound at values `x`, scaled; far below its best outside the box."""
    price = relaxed.multipliers.price[e]
    if e < problem.n_features:
        if relaxed.prices is not None and relaxed.prices.changes(e):
            # No box is split on a total that decorations change (`_splitting.splittable_totals`).
            return filled_share(problem, e, box, relaxed.prices, x) - price * x
        functions = total_functions(problem, problem.features[e], box)
        share: IntArray = np.max([relaxed.precision * function(x) - price * x for function in functions], axis=0)
    else:
        worth = np.array(bonus_worth(problem, e - problem.n_features, relaxed.multipliers, relaxed.precision))
        share = worth[np.clip(x, 0, len(worth) - 1)]
    never = relaxed.total_best[e] - loss_cap(problem)
    share[(x < box.low[e]) | (x > box.high[e])] = never
    return share


def sliding_max(values: IntArray, window: int) -> IntArray:
    """Maximum of each `window` neighbours, by doubling; shape (len(values) - window + 1,)."""
    width, result = 1, values
    while 2 * width <= window:
        result = np.maximum(result[: len(result) - width], result[width:])
        width *= 2
    if width < window:
        shift = window - width
        result = np.maximum(result[: len(result) - shift], result[shift:])
    return result
