"""Upper bounds on the score of any build in a box, exact for any multipliers.

Lagrangian relaxation: every coupled total gets a multiplier, and then the best
conceivable score separates into a maximum per body part (of a piece's *reduced
value*), a maximum per total (over its integer range), and the worth of each kind
of slot. Such a sum bounds every build whatever the multipliers are; the LP
relaxation merely supplies good ones. They are rounded to integers and the bound
is evaluated in integers, so no proof rests on floating point or on a solver.

A *box* restricts the totals' ranges; a search splits the space into boxes.

Array axes: E coupled totals (features, then set bonuses), K slot kinds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...problem.problem import Feature, Problem
from ...problem.value_function import ValueFunction
from .piece_classes import PartClasses

__all__ = [
    "Box",
    "Multipliers",
    "Relaxed",
    "SlotPrices",
    "filled_share",
    "relax",
    "root_box",
    "total_functions",
    "usual_precision",
]

IntArray = npt.NDArray[np.int64]

#: Prices are rounded to 1 / 1024 of a score unit where 64 bits allow.
_PRECISION = 1024

#: Below every bound that means anything: no build is in the box.
NOTHING = -(2**70)


@dataclass(frozen=True)
class Box:
    """Inclusive ranges of the coupled totals; builds outside belong to other boxes.

    Attributes
    ----------
    low, high : tuple of int, length E
        For features the finished total (bonuses and decorations included), for
        set bonuses the number of pieces.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]

    def with_range(self, e: int, low: int, high: int) -> Box:
        """The same box with another range of total `e`."""
        return Box((*self.low[:e], low, *self.low[e + 1 :]), (*self.high[:e], high, *self.high[e + 1 :]))


@dataclass(frozen=True)
class Multipliers:
    """Prices of a unit of each coupled total, in units of ``score / precision``.

    Attributes
    ----------
    price : tuple of int, length E
    stock_price : tuple of int
        For each decoration; 0 where unlimited.
    """

    price: tuple[int, ...]
    stock_price: tuple[int, ...] = ()

    def scaled(self, problem: Problem, factor: int) -> Multipliers:
        """All prices times `factor`, kept within what 64 bits allow."""
        limits = [price_limit(problem, e) for e in range(len(self.price))]
        price = [min(max(p * factor, -limit), limit) for p, limit in zip(self.price, limits, strict=True)]
        return Multipliers(tuple(price), tuple(max(0, p * factor) for p in self.stock_price))


def root_box(problem: Problem) -> Box:
    """The box of all builds, with the minima taken in."""
    low = [f.low if f.minimum is None else max(f.low, f.minimum) for f in problem.features]
    high = [f.high for f in problem.features]
    steps = problem.bonus_levels.shape[1]
    n_bonuses = len(problem.bonus_names)
    return Box((*low, *([0] * n_bonuses)), (*high, *([steps - 1] * n_bonuses)))


def total_functions(problem: Problem, feature: Feature, box: Box) -> list[ValueFunction]:
    """The functions a feature may have inside the box: one, or two while it is open whether it is raised."""
    if feature.raised_value is None:
        return [feature.value]
    if box.low[feature.raised_by] >= 1:
        return [feature.raised_value]
    if box.high[feature.raised_by] < 1:
        return [feature.value]
    return [feature.value, feature.raised_value]


class SlotPrices(Protocol):
    """What fillings of slots are worth at most under some multipliers (`prices`)."""

    @property
    def slot_values(self) -> IntArray:
        """Price of a slot of each kind, shape (K,)."""

    @property
    def constant(self) -> int:
        """Price of the decorations that may run out."""

    def changes(self, e: int) -> bool:
        """Whether some filling changes what a feature is worth."""

    def share(self, e: int, mode: int, x: IntArray) -> IntArray:
        """Such a feature's share at levels `x` before decorations."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """A box under given multipliers.

    Attributes
    ----------
    bound : int
        Scaled by ``precision``; no build of the box scores more. `NOTHING` where
        a total's range is empty.
    loss : tuple of ndarray of int64, shape (n,)
        For each part's classes, how far their reduced value is below the part's
        best, saturated at `Relaxed.loss_cap`.
    total_best : tuple of int, length E
        Each total's maximum over its range, as it stands in `bound`.
    multipliers : Multipliers
    precision : int
    slot_values : tuple of int, length K
    prices : SlotPrices or None
        What fillings are worth under the multipliers, where decorations are given.
    """

    bound: int
    loss: tuple[IntArray, ...]
    total_best: tuple[int, ...]
    multipliers: Multipliers
    precision: int
    slot_values: tuple[int, ...]
    prices: SlotPrices | None = None


def loss_cap(problem: Problem) -> int:
    """Losses saturate here, so that those of all positions can be added in 64 bits."""
    return 2**61 // (len(problem.positions) + len(problem.features) + len(problem.bonus_names) + 2)


def usual_precision(problem: Problem) -> int:
    """Units of a price in one of the score: as many as leave room for sums in 64 bits."""
    return max(1, min(_PRECISION, 2**50 // max(problem.score_bound, 1)))


def price_limit(problem: Problem, e: int) -> int:
    """Largest absolute price of a total for which reduced values stay within 64 bits."""
    if e < problem.n_features:
        feature = problem.features[e]
        reach = max(abs(feature.low), abs(feature.high), 1)
    else:
        reach = problem.bonus_levels.shape[1]
    return 2**58 // ((problem.n_features + len(problem.bonus_names) + 1) * reach)


def rounded_price(price: float, limit: int) -> int:
    """The nearest integer within ``-limit..limit``; 0 for what is no number."""
    return 0 if math.isnan(price) else round(min(max(price, -float(limit)), float(limit)))


def slot_values(problem: Problem, multipliers: Multipliers, precision: int) -> list[int]:
    """The most that one slot of each kind can be worth: free, or filled with the best decoration."""
    values = [precision * int(weight) for weight in problem.slot_weights]
    decorations = problem.decorations
    if decorations is None or not decorations.index:
        return values
    price = np.array(multipliers.price[: problem.n_features], dtype=np.int64)
    worth = precision * decorations.linear + decorations.levels @ price
    if multipliers.stock_price:
        worth = worth - np.array(multipliers.stock_price, dtype=np.int64)
    for k in range(len(values)):
        fitting = worth[decorations.fits[:, k]]
        if fitting.size:
            values[k] = max(values[k], int(fitting.max()))
    return values


def relax(
    problem: Problem,
    classes: Sequence[PartClasses],
    box: Box,
    multipliers: Multipliers,
    precision: int,
    *,
    prices: SlotPrices | None = None,
) -> Relaxed:
    """Evaluate the bound of `box` for any multipliers, in integers.

    Parameters
    ----------
    problem : Problem
    classes : sequence of PartClasses
    box : Box
    multipliers : Multipliers
    precision : int
    prices : SlotPrices, optional
        Of the same multipliers and precision: decorations of one feature are then
        counted in whole numbers, which never weakens the bound.

    Notes
    -----
    O(P (E + K)) time. Source: Lagrangian relaxation as in M. L. Fisher, "The
    Lagrangian relaxation method for solving integer programming problems",
    Management Science 27 (1981).
    """
    price = np.array(multipliers.price, dtype=np.int64)
    n_features = problem.n_features
    values = slot_values(problem, multipliers, precision) if prices is None else prices.slot_values.tolist()
    value_row = np.array(values, dtype=np.int64)
    bound = precision * problem.base_linear
    bound += sum(
        p * int(x) for p, x in zip(multipliers.price, (*problem.base_levels, *problem.base_bonus_counts), strict=True)
    )
    bound += sum(v * int(n) for v, n in zip(values, problem.base_slots, strict=True))
    if prices is not None:
        bound += prices.constant
    elif problem.decorations is not None and multipliers.stock_price:
        stock = problem.decorations.stock.tolist()
        bound += sum(p * n for p, n in zip(multipliers.stock_price, stock, strict=True) if p)
    cap = loss_cap(problem)
    losses = []
    for part in classes:
        reduced = precision * part.linear + part.totals @ price + part.slots @ value_row
        best = int(reduced.max())
        bound += part.count * best
        losses.append(np.minimum(best - reduced, cap))
    total_best = []
    ranges = _level_ranges(problem, classes)
    for e in range(len(multipliers.price)):
        if box.low[e] > box.high[e]:
            return Relaxed(NOTHING, tuple(losses), (), multipliers, precision, tuple(values), prices)
        if e < n_features:
            if prices is not None and prices.changes(e):
                x = np.arange(ranges[e].start, ranges[e].stop)
                best = int((filled_share(problem, e, box, prices, x) - multipliers.price[e] * x).max())
            else:
                best = _feature_best(problem, e, box, multipliers.price[e], precision)
        else:
            worth = bonus_worth(problem, e - n_features, multipliers, precision)
            best = max(worth[box.low[e] : box.high[e] + 1])
        total_best.append(best)
        bound += best
    return Relaxed(bound, tuple(losses), tuple(total_best), multipliers, precision, tuple(values), prices)


def filled_share(problem: Problem, e: int, box: Box, prices: SlotPrices, x: IntArray) -> IntArray:
    """Share of the bound, at levels `x` before decorations, of a feature that fillings change."""
    feature = problem.features[e]
    functions = total_functions(problem, feature, box)
    if len(functions) == 2:
        return prices.share(e, 2, x)
    return prices.share(e, int(functions[0] is feature.raised_value), x)


def _level_ranges(problem: Problem, classes: Sequence[PartClasses]) -> list[range]:
    """Levels that each feature may have before decorations."""
    n_features = problem.n_features
    least = problem.base_levels + problem.bonus_levels.min(axis=1, initial=0).sum(axis=0)
    most = problem.base_levels + problem.bonus_levels.max(axis=1, initial=0).sum(axis=0)
    for part in classes:
        least = least + part.count * part.totals[:, :n_features].min(axis=0)
        most = most + part.count * part.totals[:, :n_features].max(axis=0)
    return [range(low, high + 1) for low, high in zip(least.tolist(), most.tolist(), strict=True)]


def _feature_best(problem: Problem, e: int, box: Box, price: int, precision: int) -> int:
    """Maximum of ``precision * f(x) - price * x`` over the box's range."""
    low, high = box.low[e], box.high[e]
    return max(
        precision * function.at(x) - price * x
        for function in total_functions(problem, problem.features[e], box)
        for x in function.corners(low, high)
    )


def bonus_worth(problem: Problem, c: int, multipliers: Multipliers, precision: int) -> list[int]:
    """What bonus `c` is worth at 0, 1, ... pieces, less the price of the pieces."""
    price = multipliers.price
    levels = problem.bonus_levels[c].tolist()
    own = price[problem.n_features + c]
    return [
        precision * int(problem.bonus_linear[c, n])
        + sum(p * level for p, level in zip(price[: problem.n_features], levels[n], strict=True))
        - own * n
        for n in range(len(levels))
    ]
