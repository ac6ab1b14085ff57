"""Bounds by prices: those of the last relaxation, and those of earlier ones before what is left is relaxed itself.

Any prices bound anything (`search.relaxation.bounds`): those that ruled out one choice
of pieces mostly rule out its neighbours, too. Looking at all of them costs a tenth of a
relaxation. Where parts take one piece each this says what `relax` does.

Array axes: Y price sets, n classes of one part or, one after the other, of all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..search.relaxation.bounds import (
    NOTHING,
    Box,
    Multipliers,
    bonus_worth_scaled,
    loss_cap,
    slot_values,
    total_functions,
)
from ..search.relaxation.piece_classes import PartClasses

__all__ = ["PricePool", "Rows"]

IntArray = npt.NDArray[np.int64]

#: Classes of each part.
Rows = tuple[npt.NDArray[np.intp], ...]

#: Price sets that are kept.
_MOST_SETS = 48

#: Partial combinations looked at together: 6 MB.
_MOST_PARTIAL = 16_384

#: Bounds beyond it are cut off: what losses are taken from them stays within 64 bits.
_FAR = 2**61


class PricePool:
    """Price sets with the losses that they mean; once it is full, the one that was of no use for longest goes.

    `used` are the features that some set which ruled something out has a price for.
    """

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> None:
        self._problem, self._precision = problem, precision
        #: A total that cannot be what it must be: nothing is left.
        self._is_empty = any(low > high for low, high in zip(box.low, box.high, strict=True))
        self._linear = precision * np.concatenate([part.linear for part in classes])
        self._totals = np.concatenate([part.totals for part in classes])
        self._slots = np.concatenate([part.slots for part in classes])
        sizes = [len(part) for part in classes]
        self._starts = np.cumsum([0, *sizes[:-1]])
        self._part = np.repeat(np.arange(len(sizes)), sizes)
        corners = [
            [(e, x, precision * function.at(x)) for function in total_functions(feature, box)
             for x in function.corners(box.low[e], box.high[e])]
            for e, feature in enumerate(problem.features)
        ]  # fmt: skip
        self._corner_starts = np.cumsum([0, *map(len, corners[:-1])])
        flat = np.array([corner for of_feature in corners for corner in of_feature], dtype=np.int64).reshape(-1, 3)
        self._corner_feature, self._corner_level, self._corner_worth = flat.T
        self._losses = np.zeros((_MOST_SETS, len(self._part)), dtype=np.int64)
        self._bounds = np.zeros(_MOST_SETS, dtype=np.int64)
        self._priced = np.zeros((_MOST_SETS, problem.n_features), dtype=np.bool_)
        self._last_use = np.zeros(_MOST_SETS, dtype=np.int64)
        self._clock = self._n_sets = 0
        self.used: set[int] = set()

    def add(self, multipliers: Multipliers, counts: tuple[IntArray, IntArray] | None) -> tuple[int, IntArray]:
        """Keep prices; their bound where pieces of set bonuses lie in `counts`, and all losses, shape (n,)."""
        problem, precision = self._problem, self._precision
        price = np.array(multipliers.price, dtype=np.int64)
        values = slot_values(problem, multipliers, precision)
        reduced = self._linear + self._totals @ price + self._slots @ np.array(values, dtype=np.int64)
        best = np.maximum.reduceat(reduced, self._starts)
        loss = np.minimum(best[self._part] - reduced, loss_cap(problem))
        bound_scaled = precision * problem.base_linear + sum(best.tolist())
        bound_scaled += sum(
            p * n
            for p, n in zip(
                multipliers.price, [*problem.base_levels.tolist(), *problem.base_bonus_counts.tolist()], strict=True
            )
        )
        bound_scaled += sum(v * n for v, n in zip(values, problem.base_slots.tolist(), strict=True))
        if problem.n_features:
            shares = self._corner_worth - self._corner_level * price[self._corner_feature]
            bound_scaled += sum(np.maximum.reduceat(shares, self._corner_starts).tolist())
        if problem.decorations is not None and multipliers.stock_price:
            bound_scaled += sum(
                p * n for p, n in zip(multipliers.stock_price, problem.decorations.stock.tolist(), strict=True) if p
            )
        worth_scaled = [bonus_worth_scaled(problem, c, multipliers, precision) for c in range(len(problem.bonus_names))]
        everywhere = NOTHING if self._is_empty else bound_scaled + sum(map(max, worth_scaled))
        self._clock += 1
        y = self._n_sets if self._n_sets < _MOST_SETS else int(self._last_use.argmin())
        self._n_sets = max(self._n_sets, y + 1)
        self._losses[y] = loss
        self._bounds[y] = min(max(everywhere, -_FAR), _FAR)
        self._priced[y] = price[: problem.n_features] != 0
        self._last_use[y] = self._clock
        if counts is None or self._is_empty:
            return everywhere, loss
        ends = zip(worth_scaled, *(of_bonus.tolist() for of_bonus in counts), strict=True)
        return bound_scaled + sum(max(of_bonus[low : high + 1]) for of_bonus, low, high in ends), loss

    def left(self, rows: Rows, least_scaled: int) -> Rows | None:
        """Of some classes of each part those with which a build may score `least_scaled`; None where none is left."""
        n_sets = self._n_sets
        if not n_sets:
            return rows
        slack = self._bounds[:n_sets] - least_scaled
        while True:
            losses_of_parts = self._of(rows, n_sets)
            least = [losses.min(axis=1) for losses in losses_of_parts]
            left = slack - sum(least)
            if (left < 0).any():
                self._use(left < 0)
                return None
            over = [losses > (left + low)[:, None] for losses, low in zip(losses_of_parts, least, strict=True)]
            dropped = [part.any(axis=0) for part in over]
            if not any(part.any() for part in dropped):
                return rows
            self._use(np.logical_or.reduce([part.any(axis=1) for part in over]))
            rows = tuple(chosen[~part] for chosen, part in zip(rows, dropped, strict=True))
            if not all(map(len, rows)):
                return None

    def combinations(self, rows: Rows, least_scaled: int, most: int) -> list[npt.NDArray[np.intp]] | None:
        """Of classes of each part the combinations that may score `least_scaled`, by part; None where too many.

        Part by part: what no price set rules out goes on. Those that are farthest from that come first.
        """
        n_sets = self._n_sets
        losses = self._of(rows, n_sets)
        least = [of_part.min(axis=1) for of_part in losses]
        left = (self._bounds[:n_sets] - least_scaled - sum(least))[:, None]
        picks: dict[int, npt.NDArray[np.intp]] = {}
        for b in sorted(range(len(rows)), key=lambda b: len(rows[b])):
            if left.shape[1] * len(rows[b]) > _MOST_PARTIAL:
                return None
            grown = left[:, :, None] - (losses[b] - least[b][:, None])[:, None]
            over = grown < 0
            self._use(over.any(axis=(1, 2)))
            before, place = np.nonzero(~over.any(axis=0))
            left = grown[:, before, place]
            picks = {part: chosen[before] for part, chosen in picks.items()} | {b: rows[b][place]}
        if left.shape[1] > most:
            return None
        order = np.argsort(-left.min(axis=0, initial=_FAR), kind="stable")
        return [picks[b][order] for b in range(len(rows))]

    def _of(self, rows: Rows, n_sets: int) -> list[IntArray]:
        """Losses of some classes of each part, shape (Y, n) each."""
        return [self._losses[:n_sets, start + chosen] for start, chosen in zip(self._starts, rows, strict=True)]

    def _use(self, sets: npt.NDArray[np.bool_]) -> None:
        """Take note that some sets, shape (Y,), ruled something out."""
        self._clock += 1
        self._last_use[: self._n_sets][sets] = self._clock
        self.used.update(np.flatnonzero(self._priced[: self._n_sets][sets].any(axis=0)).tolist())
