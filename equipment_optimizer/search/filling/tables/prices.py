"""Upper bounds on every filling, from one set of prices.

Let every slot of a kind have a price, and every level of a skill that is bought
with decorations of several skills. Then what a build's slots can be worth falls
apart: each skill takes, of its own decorations, whole numbers that gain most over
the prices of their slots, and the slots are paid for. That is the Lagrangian bound
of `bounds` with one difference: the decorations of a single skill are counted in
whole numbers instead of being priced by the level, which is never weaker.

In come multipliers, out come tables by feature and level that sum to the bound,
and what each option of a step loses against it. All in integers, scaled by the
model's precision; valid for any multipliers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...relaxation.bounds import Multipliers, slot_values
from .packing import clipped
from .steps import FillingModel, Step

__all__ = ["TOO_MUCH", "FillingPrices"]

IntArray = npt.NDArray[np.int64]

#: More than any slack: what misses a limit loses that.
TOO_MUCH = 2**62


class FillingPrices:
    """One set of multipliers with everything that follows from it.

    `slot_values`, int64 (K,), are prices of a slot of each kind: at least what it is worth free. `open`, int64 (T,),
    is by entry of the model's tables the most that a feature can be worth from that level on, less what its
    decorations pay, while those of several skills can still be bought; `settled` the same without them.
    """

    def __init__(self, model: FillingModel, multipliers: Multipliers) -> None:
        self.model = model
        self.multipliers = multipliers
        values = np.array(slot_values(model.problem, multipliers, model.precision), dtype=np.int64)
        # What fills slots without a step pays for no stock.
        self.slot_values: IntArray = np.maximum(values, model.precision * model.free_values)
        paid = multipliers.stock_price
        stock = model.decorations.stock.tolist()
        #: The price of all there is of a limited decoration that is chosen on its own.
        self._stock_paid = {d: paid[d] * stock[d] for d, _ in model.alone if paid and stock[d] >= 0}
        self.constant = sum(self._stock_paid.values())
        self._price = np.array(multipliers.price, dtype=np.int64)
        self._costs: dict[int, IntArray] = {}
        self._sorted: dict[tuple[int, int, int, int], tuple[IntArray, npt.NDArray[np.intp]]] = {}
        costs = model.supplies.costs(self.slot_values, model.precision)
        self.settled: IntArray = model.supplied.best(model.values_scaled, costs)
        self.open: IntArray = model.supplied.best(self._bought(), costs) if model.kept else self.settled

    def costs(self, number: int) -> IntArray:
        """What each option of a step pays for its slots, less its linear score; shape (O,)."""
        if number not in self._costs:
            step = self.model.steps[number]
            options = step.options
            cost = options.use @ self.slot_values - self.model.precision * options.linear
            if step.feature < 0:
                # The bound has the whole stock paid for: what the options take of it is in their slots' prices.
                cost = cost + self._stock_paid.get(step.decorations[0], 0)
            self._costs[number] = cost
        return self._costs[number]

    def _bought(self) -> IntArray:
        """Values where further levels can be bought at their price."""
        model = self.model
        values_scaled, prices = model.values_scaled.copy(), self._price.tolist()
        for (e, _), start in model.rows.items():
            if e not in model.kept:
                continue
            last, price = model.last(e), prices[e]
            paid = price * np.arange(last + 1)
            worth_scaled = model.values_scaled[start : start + last + 1] - paid
            if price < 0:
                # Levels beyond the table are paid for too.
                worth_scaled[last] -= price * (model.problem.features[e].high - int(model.low[e]) - last)
            rises, falls = model.ways_alone[e]
            if rises and falls:
                worth_scaled = np.full(last + 1, worth_scaled.max())
            elif rises:
                worth_scaled = np.maximum.accumulate(worth_scaled[::-1])[::-1]
            elif falls:
                worth_scaled = np.maximum.accumulate(worth_scaled)
            values_scaled[start : start + last + 1] = worth_scaled + paid
        return values_scaled

    def changes(self, e: int) -> bool:
        """Whether some filling changes what a feature is worth."""
        return (e, 0) in self.model.rows

    def share(self, e: int, mode: int, x: IntArray) -> IntArray:
        """Most that such a feature, with its decorations, is worth at levels `x`, less what they pay; scaled."""
        start, last = self.model.rows[e, mode], self.model.last(e)
        return self.open[start + clipped(x - int(self.model.low[e]), last)]

    def bounds(self, entries: IntArray, slots: IntArray) -> IntArray:
        """Upper bounds, scaled, on the best filling of each build, shape (G,).

        `entries` (involved features, G) are places in the model's tables; `slots` is (K, G).
        """
        bound_scaled: IntArray = self.slot_values @ slots + self.constant
        for entry in entries:
            bound_scaled += self.open[entry]
        return bound_scaled

    def sorted_losses(self, number: int, before: int, after: int, level: int) -> tuple[IntArray, npt.NDArray[np.intp]]:
        """Losses of the options of a feature's step at one level, ascending, and which options they are.

        `before` and `after` are where the feature's table begins under the mode it was bounded with, and under its
        real one; `level` is an index within it.
        """
        key = (number, before, after, level)
        if key not in self._sorted:
            step: Step = self.model.steps[number]
            useful = self.model.useful_options(number, after, level)
            places = clipped(level + step.options.supply[useful], self.model.last(step.feature))
            loss = self.settled[before + level] - self.model.values_scaled[after + places] + self.costs(number)[useful]
            loss[self.model.is_missed[after + places]] = TOO_MUCH
            order = np.argsort(loss, kind="stable")
            self._sorted[key] = (loss[order], useful[order])
        return self._sorted[key]
