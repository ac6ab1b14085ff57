"""What every way of filling slots knows of a problem, and bounds under given prices.

In comes a `Problem` with decorations; out come the features' functions, where
their levels stop mattering, and for a set of prices what each feature and each
slot can be worth at most. Nothing here searches.

Array axes: G builds, F features, K slot kinds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .bounds import Multipliers, slot_values
from .problem import CompiledDecorations, Problem
from .topk import NO_BUILD, RankCode
from .valuefunction import ValueFunction

__all__ = ["FillingGroups", "FillingModel", "FillingPrices"]

IntArray = npt.NDArray[np.int64]

#: Prices are rounded to 1 / 1024 of a score unit where 64 bits allow.
_PRECISION = 1024

#: Far below every share of a bound; several of them can be added.
_NEVER = -(2**56)


class FillingModel:
    """The fixed part of all fillings of one problem.

    Parameters
    ----------
    problem : Problem
        With decorations.

    Attributes
    ----------
    precision : int
        Bounds are scaled by it.
    grain : int
        Every score of a filling is a multiple of it.
    table_low, table_high : list of int, length F
        Range of each feature's level.
    may_rise, may_fall : list of bool, length F
        Whether some decoration adds to the feature, or takes from it.
    limited : ndarray of int64
        Decorations that may run out.
    state_code : RankCode
        Packs levels and uses of limited decorations into words.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        assert problem.decorations is not None
        self.decorations: CompiledDecorations = problem.decorations
        self.precision = max(1, min(_PRECISION, 2**50 // max(problem.score_bound, 1)))
        levels = self.decorations.levels
        self.may_rise: list[bool] = np.asarray(np.any(levels > 0, axis=0)).tolist()
        self.may_fall: list[bool] = np.asarray(np.any(levels < 0, axis=0)).tolist()
        self.table_low = [feature.low for feature in problem.features]
        self.table_high = [feature.high for feature in problem.features]
        self._caps = np.array([max(self._cap(e), self.table_low[e]) for e in range(problem.n_features)], dtype=np.int64)
        #: Decorations that may run out.
        self.limited = np.flatnonzero(self.decorations.stock >= 0)
        sizes = [high - low + 1 for low, high in zip(self.table_low, self.table_high, strict=True)]
        n_slots = sum(int(part.slots.sum(axis=1).max()) for part in problem.parts) * max(problem.space.counts)
        self.state_code = RankCode([*sizes, *([n_slots + int(problem.base_slots.sum()) + 1] * len(self.limited))])
        self.grain = self._grain()

    def functions(self, e: int, mode: int) -> list[ValueFunction]:
        """What feature `e` may be: mode 0 as it is, 1 raised, 2 either."""
        feature = self.problem.features[e]
        if feature.raised_value is None or mode == 0:
            return [feature.value]
        return [feature.raised_value] if mode == 1 else [feature.value, feature.raised_value]

    def node_share(self, e: int, mode: int, x: IntArray, price: int) -> int:
        """A feature's share of a bound at one level, for a price that is not in the pool."""
        low, high = int(x[0]), self.table_high[e]
        if self.may_fall[e]:
            low = self.table_low[e]
        elif not self.may_rise[e]:
            high = low
        minimum = self.problem.features[e].minimum
        if minimum is not None:
            low = max(low, minimum)
        if low > high:
            return _NEVER
        return max(
            self.precision * function.at(at) - price * at
            for function in self.functions(e, mode)
            for at in function.corners(low, high)
        )

    def modes(self, levels: IntArray) -> IntArray:
        """For each build and feature whether its maximum is raised: 0 no, 1 yes, 2 open; shape (F, G)."""
        modes = np.zeros_like(levels)
        for e, feature in enumerate(self.problem.features):
            if feature.raised_value is not None:
                r = feature.raised_by
                now = levels[r] >= 1
                open_up, open_down = ~now & self.may_rise[r], now & self.may_fall[r]
                modes[e] = np.where(open_up | open_down, 2, now)
        return modes

    def _grain(self) -> int:
        """Every value is a multiple of this."""
        values = [*self.decorations.linear.tolist(), *self.problem.slot_weights.tolist()]
        for e in range(self.problem.n_features):
            for function in self.functions(e, 2):
                values += [*function.slope, *function.intercept]
        return math.gcd(*values) or 1

    def _cap(self, e: int) -> int:
        """Levels from here on are all worth the same; above the table where there is no such level."""
        feature = self.problem.features[e]
        functions = [f for f in (feature.value, feature.raised_value) if f is not None]
        if self.may_fall[e] or any(f.slope[-1] for f in functions):
            return feature.high
        cap = max((f.start[-1] if f.start else feature.low for f in functions), default=feature.low)
        cap = max(cap, feature.minimum if feature.minimum is not None else cap)
        raises = any(other.raised_by == e for other in self.problem.features)
        return max(cap, 1) if raises else cap

    def capped(self, levels: IntArray) -> IntArray:
        """Levels with everything above a cap at the cap; a new array."""
        result = levels.copy()
        self.cap_in_place(result)
        return result

    def cap_in_place(self, levels: IntArray) -> None:
        """Lower levels above a cap to the cap; further rows stay."""
        own = levels[: len(self._caps)]
        np.minimum(own.T, self._caps, out=own.T)

    def bounds(self, prices: FillingPrices, levels: IntArray, modes: IntArray, slots: IntArray) -> IntArray:
        """Upper bounds, scaled by the precision, on the best filling of each build; shape (G,)."""
        bound = prices.slot_values @ slots + prices.constant
        for e in range(len(levels)):
            bound = bound + self.share(prices, e, modes[e], levels[e]) + int(prices.price[e]) * levels[e]
        return bound

    def share(self, prices: FillingPrices, e: int, mode: IntArray, x: IntArray) -> IntArray:
        """A feature's share of the bound at level `x`, by mode; shape of `x`."""
        if self.problem.features[e].raised_value is None:
            return prices.share(e, 0, x)
        return np.select([mode == m for m in (0, 1, 2)], [prices.share(e, m, x) for m in (0, 1, 2)])

    def top_target(self, bound: IntArray) -> IntArray:
        """The highest value that a bound allows, as values come in multiples of the grain."""
        return bound // self.precision // self.grain * self.grain


class FillingPrices:
    """One set of multipliers with everything that follows from it."""

    def __init__(self, model: FillingModel, multipliers: Multipliers) -> None:
        problem, decorations = model.problem, model.decorations
        precision = model.precision
        self.multipliers = multipliers
        self.price = np.array(multipliers.price, dtype=np.int64)
        self.slot_values = np.array(slot_values(problem, multipliers, precision), dtype=np.int64)
        worth = precision * decorations.linear + decorations.levels @ self.price
        self.constant = 0
        if multipliers.stock_price:
            paid = np.array(multipliers.stock_price, dtype=np.int64)
            worth = worth - paid
            self.constant = int((paid * np.maximum(decorations.stock, 0)).sum())
        # Options of each kind: (loss, option), smallest loss first; option 0 leaves the slot free.
        self.options: list[tuple[IntArray, IntArray]] = []
        for k, weight in enumerate(problem.slot_weights.tolist()):
            fitting = np.flatnonzero(decorations.fits[:, k])
            loss = np.concatenate([[self.slot_values[k] - precision * weight], self.slot_values[k] - worth[fitting]])
            option = np.concatenate([[0], fitting + 1])
            order = np.argsort(loss, kind="stable")
            self.options.append((loss[order], option[order]))
        self._model = model
        self._tables: dict[tuple[int, int], tuple[int, IntArray]] = {}

    def share(self, e: int, mode: int, x: IntArray) -> IntArray:
        """Most that feature `e` at level `x` or above, less its price, can be worth; shape of `x`."""
        low, table = self._table(e, mode)
        return table[x - low]

    def _table(self, e: int, mode: int) -> tuple[int, IntArray]:
        key = (e, mode)
        if key not in self._tables:
            model = self._model
            low, high = model.table_low[e], model.table_high[e]
            x = np.arange(low, high + 1, dtype=np.int64)
            functions = model.functions(e, mode)
            worth = np.max([model.precision * function(x) for function in functions], axis=0) - self.price[e] * x
            minimum = model.problem.features[e].minimum
            if minimum is not None:
                worth[x < minimum] = _NEVER
            if model.may_fall[e]:
                worth[:] = worth.max()
            elif model.may_rise[e]:
                worth = np.maximum.accumulate(worth[::-1])[::-1]
            self._tables[key] = (low, worth)
        return self._tables[key]


class FillingGroups:
    """Builds being filled: totals, bounds, and what is known of their best."""

    def __init__(self, model: FillingModel, levels: IntArray, slots: IntArray, needed: IntArray) -> None:
        n_groups = levels.shape[1]
        self._model = model
        self.levels = model.capped(levels)
        self.modes = model.modes(levels)
        self.slots = slots
        self.floor = np.maximum(needed, -model.problem.score_bound)
        self.best = np.full(n_groups, NO_BUILD, dtype=np.int64)
        self.bound = np.full(n_groups, 2**62, dtype=np.int64)
        self.owner = np.full(n_groups, -1, dtype=np.int64)
        #: Not walked yet under the prices that bound it.
        self.fresh = np.ones(n_groups, dtype=bool)
        self.closed = np.zeros(n_groups, dtype=bool)
        self.prices: list[FillingPrices] = []

    def is_open(self, rows: IntArray) -> npt.NDArray[np.bool_]:
        """Whether the best of these builds is unknown and may be needed."""
        is_open: npt.NDArray[np.bool_] = self._model.top_target(self.bound[rows]) >= self.floor[rows]
        is_open &= (self.best[rows] == NO_BUILD) & ~self.closed[rows]
        return is_open

    def open_rows(self) -> IntArray:
        """All such builds."""
        rows = np.arange(len(self.best))
        return rows[self.is_open(rows)]

    def rebound(self, pool: Sequence[FillingPrices]) -> None:
        """Lower the bounds of open builds by further prices."""
        rows = self.open_rows()
        for prices in pool:
            self.prices.append(prices)
            own = self._model.bounds(prices, self.levels[:, rows], self.modes[:, rows], self.slots[:, rows])
            better = own < self.bound[rows]
            changed = rows[better]
            self.bound[changed], self.owner[changed], self.fresh[changed] = own[better], len(self.prices) - 1, True
