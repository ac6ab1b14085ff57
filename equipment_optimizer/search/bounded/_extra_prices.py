"""Further sets of prices for an enumeration: those that rule out what it lists in vain.

An enumeration follows one set of prices, the best for its box. Combinations that come
out of it and are then bounded, by prices that fit their own slots, below what is
needed show what these prices overlook. In: such combinations. Out: the few price
sets that rule out most of them, as relaxations of a box; a partial combination is
dropped as soon as any of them does. Every price set is valid, so only time depends
on the choice.

Array axes: N combinations.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals
from ..filling.filler import Filler
from ..filling.tables.prices import FillingPrices
from ..relaxation.bounds import Box, Multipliers, Relaxed, bonus_worth_scaled, price_limit, relax
from ..relaxation.piece_classes import PartClasses

__all__ = ["ExtraPrices"]


#: Price sets that an enumeration looks at besides its own; each takes time at every step
#: of it, and the first few rule out most of what any would (benchmarks/search/filling.py).
_MOST_SETS = 8

#: Combinations listed in vain before sets are chosen; then so many times more each time.
_FIRST_VAIN = 300
_GROWTH = 2

#: So many of them are enough after so much work since the last choice, in continuations that were looked at: a tenth
#: of a second, many times what choosing takes; and after such a share of all the work before it.
_ENOUGH_VAIN = 50
_MUCH_WORK = 1_000_000
_MORE_WORK = 0.25

#: The last of them that are kept to choose by.
_MOST_KEPT = 2_048

#: Bases of the filler that are looked at besides the prices in its pool: less than a millisecond each. With 16 one of
#: forty popular jobs had none among them that fitted, and took ten times as long.
_LIKELY = 48

#: Share of those that a price set has to rule out, alone, to be worth its time.
_LEAST_SHARE = 0.03

#: The same of what is looked at while it is used.
_LEAST_DROPPED = 0.03


class ExtraPrices:
    """Remembers what was listed in vain and chooses, from the filler's pool, prices that would have ruled it out."""

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], filler: Filler) -> None:
        self._problem = problem
        self._classes = classes
        self._filler = filler
        self._kept: BlockTotals | None = None
        self._n_vain = 0
        self._wanted = _FIRST_VAIN
        self._work_then = 0
        self.chosen: tuple[FillingPrices, ...] = ()

    def is_due(self, work: int = 0) -> bool:
        """Whether so much was listed in vain, or so much done in all, that it is time to choose anew."""
        is_long = work - self._work_then >= max(_MUCH_WORK, _MORE_WORK * self._work_then)
        return self._n_vain >= (_ENOUGH_VAIN if is_long else self._wanted)

    def note(self, vain: BlockTotals) -> None:
        """Take note of combinations that were listed in vain."""
        n_vain = vain.linear.size
        self._n_vain += n_vain
        if n_vain:
            self._kept = vain.take(np.arange(max(0, n_vain - _MOST_KEPT), n_vain))

    def choose(self, least_score: int, dropped: Sequence[float] = (), *, work: int = 0) -> None:
        """Choose `chosen` by what was listed in vain since the last choice; `work` is what was done by now.

        Those chosen before are kept that `dropped` a share worth their time of what they were held against.
        """
        self._wanted *= _GROWTH
        self._n_vain, self._work_then = 0, work
        if self._kept is None:
            return
        is_ruled_out = [
            (known, bound < least_score) for known, bound in self._filler.bounds_by_prices(self._kept, _LIKELY)
        ]
        left = np.ones(self._kept.linear.size, dtype=np.bool_)
        chosen: list[FillingPrices] = []
        while is_ruled_out and len(chosen) < _MOST_SETS:
            prices, out = max(is_ruled_out, key=lambda each: int((each[1] & left).sum()))
            if (out & left).sum() < _LEAST_SHARE * left.size:
                break
            chosen.append(prices)
            left &= ~out
        # Those chosen before rule out what therefore was not listed.
        for prices, share in zip(self.chosen, dropped, strict=False):
            if share >= _LEAST_DROPPED and all(prices is not other for other in chosen):
                chosen.append(prices)
        self.chosen = tuple(chosen[:_MOST_SETS])

    def relaxations(self, box: Box, main: Relaxed) -> tuple[Relaxed, ...]:
        """The chosen prices as relaxations of a box whose enumeration follows `main`."""
        return tuple(self.relaxed(prices, box, main) for prices in self.chosen)

    def relaxed(self, prices: FillingPrices, box: Box, main: Relaxed) -> Relaxed:
        """The better of two ways to price the set bonuses, which fillings say nothing about."""
        problem, stock = self._problem, prices.multipliers.stock_price
        ways = [main.multipliers.price[problem.n_features :], self._bonus_prices(prices, box)]
        bounded = []
        for way in dict.fromkeys(ways):
            multipliers = Multipliers((*prices.multipliers.price, *way), stock)
            bounded.append(relax(problem, self._classes, box, multipliers, main.precision, prices=prices))
        return min(bounded, key=lambda relaxed: relaxed.bound_scaled)

    def _bonus_prices(self, prices: FillingPrices, box: Box) -> tuple[int, ...]:
        """For each set bonus the least price of a piece at which no number of them pays."""
        problem, n_features = self._problem, self._problem.n_features
        n_bonuses = len(problem.bonus_names)
        free = Multipliers((*prices.multipliers.price, *([0] * n_bonuses)), prices.multipliers.stock_price)
        bonus_prices = []
        for c in range(n_bonuses):
            worth_scaled = bonus_worth_scaled(problem, c, free, prices.model.precision)
            high = min(box.high[n_features + c], len(worth_scaled) - 1)
            each = max((-(-(worth_scaled[n] - worth_scaled[0]) // n) for n in range(1, high + 1)), default=0)
            bonus_prices.append(min(max(each, 0), price_limit(problem, n_features + c)))
        return tuple(bonus_prices)
