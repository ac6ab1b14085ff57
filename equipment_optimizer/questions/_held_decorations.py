"""What slots are worth at most while some decorations are held between a least and a most.

Lagrangian, in integers, for any prices of levels and slots: each slot is paid for at
its price, and a decoration that may be had between ``least`` and ``most`` times, at a
gain of ``g`` over its slot, adds ``most * g`` where it gains and ``least * g`` where it
loses. What may be had without end must not gain, so slots cost at least that much.

Array axes: K slot kinds, J places for decorations (`BoxLp.places`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..problem.problem import CompiledDecorations, Problem
from ..search.relaxation.bounds import Multipliers

__all__ = ["UNLIMITED", "HeldDecorations"]

IntArray = npt.NDArray[np.int64]

#: No end to how many may be had.
UNLIMITED = 2**40


class HeldDecorations:
    """`SlotPrices` of decorations whose numbers are bounded; `slot_prices`, scaled, are as good as any."""

    def __init__(
        self,
        problem: Problem,
        places: Sequence[tuple[int, int]],
        multipliers: Multipliers,
        slot_prices: Sequence[int],
        precision: int,
        *,
        least: IntArray,
        most: IntArray,
    ) -> None:
        assert problem.decorations is not None
        worth, self.constant = _worth(problem, problem.decorations, multipliers, precision)
        values = [max(precision * int(w), price) for w, price in zip(problem.slot_weights, slot_prices, strict=True)]
        bounded = least.tolist(), most.tolist()
        for (d, k), _, high in zip(places, *bounded, strict=True):
            if high >= UNLIMITED:
                values[k] = max(values[k], worth[d])
        for k in range(1, len(values)):
            if problem.slot_levels[k] > 1:
                # A higher slot can be used as the next lower one.
                values[k] = max(values[k], values[k - 1])
        for (d, k), low, high in zip(places, *bounded, strict=True):
            gain = worth[d] - values[k]
            self.constant += gain * (high if gain > 0 else low)
        self.slot_values: IntArray = np.array(values, dtype=np.int64)

    def changes(self, e: int) -> bool:
        """No feature has a share of its own: levels are priced."""
        return False

    def share(self, e: int, mode: int, x: IntArray) -> IntArray:
        """See `changes`."""
        raise NotImplementedError  # pragma: no cover


def _worth(
    problem: Problem, decorations: CompiledDecorations, multipliers: Multipliers, precision: int
) -> tuple[list[int], int]:
    """Scaled worth of each decoration at these prices, and the price of all that may run out."""
    price = np.array(multipliers.price[: problem.n_features], dtype=np.int64)
    worth = precision * decorations.linear + decorations.levels @ price
    if not multipliers.stock_price:
        return worth.tolist(), 0
    stock_price = np.array(multipliers.stock_price, dtype=np.int64)
    return (worth - stock_price).tolist(), int(stock_price @ np.maximum(decorations.stock, 0))
