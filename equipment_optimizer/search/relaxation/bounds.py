"""Upper bounds on the score of any build in a box, exact for any prices.

Lagrangian relaxation (M. L. Fisher, "The Lagrangian relaxation method for solving
integer programming problems", Management Science 27, 1981) of a multidimensional
multiple-choice knapsack problem (H. Kellerer, U. Pferschy, D. Pisinger, *Knapsack
Problems*, 2004, chapter 11): every coupled total gets a price, and then the best
conceivable score separates into a maximum per body part (of a piece's *reduced
value*), one per total (over its integer range), and the worth of each kind of slot.
For every build, exactly,

    score = bound - loss - shortfall

where *loss* is what its pieces lack against the best of each part (their reduced
costs) and *shortfall* what its totals lack against the best totals. Any prices will
do: they are integers and so is everything here; an LP only finds good ones.

A *box* restricts the totals' ranges; a search splits the space into boxes.

Array axes: E coupled totals (features, then set bonuses), K slot kinds. What ends in
``_scaled`` is a score times the precision, and so are bounds, losses and shortfalls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...problem.problem import CompiledDecorations, Feature, Problem
from ...problem.value_function import ValueFunction
from .piece_classes import PartClasses, ranges_of

__all__ = [
    "NOTHING",
    "Box",
    "Multipliers",
    "Relaxed",
    "SlotPrices",
    "bonus_worth_scaled",
    "filled_share",
    "loss_cap",
    "prefers_low_slots",
    "price_limit",
    "relax",
    "root_box",
    "rounded_price",
    "share_of_bound",
    "slot_values",
    "stock_price_limit",
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
    """Inclusive ranges of the E finished totals, bonuses and decorations included; set bonuses count pieces."""

    low: tuple[int, ...]
    high: tuple[int, ...]

    def with_range(self, e: int, low: int, high: int) -> Box:
        """The same box with another range of total `e`."""
        return Box((*self.low[:e], low, *self.low[e + 1 :]), (*self.high[:e], high, *self.high[e + 1 :]))


@dataclass(frozen=True)
class Multipliers:
    """Prices of a unit of each coupled total, and of each decoration (0 where unlimited), scaled."""

    price: tuple[int, ...]
    stock_price: tuple[int, ...] = ()

    def scaled(self, problem: Problem, factor: int) -> Multipliers:
        """All prices times `factor`, kept within what 64 bits allow."""
        limits = [price_limit(problem, e) for e in range(len(self.price))]
        price = [min(max(p * factor, -limit), limit) for p, limit in zip(self.price, limits, strict=True)]
        most = stock_price_limit(problem.decorations) if problem.decorations is not None else 0
        return Multipliers(tuple(price), tuple(min(max(0, p * factor), most) for p in self.stock_price))

    def farthest(self, problem: Problem, precision: int) -> int:
        """The factor at which the largest price is above any score, no more than 64 bits allow; 0 without a price."""
        limits = [price_limit(problem, e) for e in range(len(self.price))]
        largest = max(map(abs, self.price), default=0)
        return min([8 * problem.score_bound * precision, *limits]) // largest if largest else 0


def root_box(problem: Problem) -> Box:
    """The box of all builds, with minima and maxima taken in."""
    low = [f.low if f.minimum is None else max(f.low, f.minimum) for f in problem.features]
    high = [f.high if f.maximum is None else min(f.high, f.maximum) for f in problem.features]
    most_pieces = problem.bonus_levels.shape[1] - 1
    n_bonuses = len(problem.bonus_names)
    return Box((*low, *([0] * n_bonuses)), (*high, *([most_pieces] * n_bonuses)))


def total_functions(feature: Feature, box: Box) -> list[ValueFunction]:
    """The functions a feature may have inside the box: one, or two while it is open whether it is raised."""
    if feature.raised_value is None:
        return [feature.value]
    if box.low[feature.raised_by] >= 1:
        return [feature.raised_value]
    if box.high[feature.raised_by] < 1:
        return [feature.value]
    return [feature.value, feature.raised_value]


class SlotPrices(Protocol):
    """What fillings of slots are worth at most under some multipliers (`filling.tables.prices`, unknown here)."""

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
    """A box under given multipliers."""

    bound_scaled: int  # no build of the box scores more; `NOTHING` where a total's range is empty
    loss: tuple[IntArray, ...]  # int64 (n,) of each part's classes, saturated at `loss_cap`
    total_best: tuple[int, ...]  # E: each total's maximum over its range, as it stands in `bound_scaled`
    multipliers: Multipliers
    precision: int
    prices: SlotPrices | None = None  # what fillings are worth, where decorations are given


def loss_cap(problem: Problem) -> int:
    """Losses saturate here, so that those of all positions can be added in 64 bits."""
    return 2**61 // (len(problem.positions) + len(problem.features) + len(problem.bonus_names) + 2)


def usual_precision(problem: Problem) -> int:
    """Units of a price in one of the score: what leaves room for sums in 64 bits, and for prices above any score.

    Sums of what fills slots are exact in floating point; with minima prices are a thousand times as large.
    """
    n_totals, bound = problem.n_features + len(problem.bonus_names), max(problem.score_bound, 1)
    dearest = min((price_limit(problem, e) for e in range(n_totals)), default=2**50)
    has_minima = any(feature.minimum is not None for feature in problem.features)
    most_scaled = 2**50 if problem.decorations is None else 2**40 if has_minima else 2**47
    return max(1, min(_PRECISION, most_scaled // bound, dearest // (8 * bound)))


def price_limit(problem: Problem, e: int) -> int:
    """Largest absolute price of a total for which reduced values stay within 64 bits."""
    if e < problem.n_features:
        feature = problem.features[e]
        most_levels = max(abs(feature.low), abs(feature.high), 1)
    else:
        most_levels = problem.bonus_levels.shape[1]
    return 2**58 // ((problem.n_features + len(problem.bonus_names) + 1) * most_levels)


def stock_price_limit(decorations: CompiledDecorations) -> int:
    """Largest price of a decoration for which what all that there are cost stays within 64 bits."""
    return 2**58 // max(1, int(decorations.stock.max(initial=0)) * len(decorations.stock))


def rounded_price(price: float, limit: int) -> int:
    """The nearest integer within ``-limit..limit``; 0 for what is no number."""
    return 0 if math.isnan(price) else round(min(max(price, -float(limit)), float(limit)))


def slot_values(problem: Problem, multipliers: Multipliers, precision: int) -> list[int]:
    """The most that one slot of each kind can be worth, scaled: free, or filled with the best decoration."""
    values = [precision * int(weight) for weight in problem.slot_weights]
    decorations = problem.decorations
    if decorations is None or not decorations.index:
        return values
    price = np.array(multipliers.price[: problem.n_features], dtype=np.int64)
    worth_scaled = precision * decorations.linear + decorations.levels @ price
    if multipliers.stock_price:
        worth_scaled = worth_scaled - np.array(multipliers.stock_price, dtype=np.int64)
    for k in range(len(values)):
        fitting = worth_scaled[decorations.fits[:, k]]
        if fitting.size:
            values[k] = max(values[k], int(fitting.max()))
    return values


def prefers_low_slots(problem: Problem, worth: IntArray) -> bool:
    """Whether a slot is worth more free than a higher one, by the worth of each kind, shape (K,)."""
    return any(problem.slot_levels[k] > 1 and worth[k] < worth[k - 1] for k in range(1, len(worth)))


def relax(
    problem: Problem,
    classes: Sequence[PartClasses],
    box: Box,
    multipliers: Multipliers,
    precision: int,
    *,
    prices: SlotPrices | None = None,
) -> Relaxed:
    """Evaluate the bound of `box` for any multipliers; O(P (E + K)) time.

    With `prices`, of the same multipliers and precision, decorations of one feature
    are counted in whole numbers, which never weakens the bound.
    """
    price = np.array(multipliers.price, dtype=np.int64)
    values = slot_values(problem, multipliers, precision) if prices is None else prices.slot_values.tolist()
    value_row = np.array(values, dtype=np.int64)
    bound_scaled = _base_scaled(problem, multipliers, precision, values)
    if prices is not None:
        bound_scaled += prices.constant
    elif problem.decorations is not None and multipliers.stock_price:
        stock = problem.decorations.stock.tolist()
        bound_scaled += sum(p * n for p, n in zip(multipliers.stock_price, stock, strict=True) if p)
    cap = loss_cap(problem)
    losses = []
    for part in classes:
        reduced = precision * part.linear + part.totals @ price + part.slots @ value_row
        best = int(reduced.max())
        bound_scaled += part.count * best
        losses.append(np.minimum(best - reduced, cap))
    total_best = _total_best(problem, classes, box, multipliers, precision, prices=prices)
    bound_scaled = NOTHING if total_best is None else bound_scaled + sum(total_best)
    return Relaxed(bound_scaled, tuple(losses), tuple(total_best or ()), multipliers, precision, prices)


def _base_scaled(problem: Problem, multipliers: Multipliers, precision: int, values: Sequence[int]) -> int:
    """The fixed weapon's part of a bound."""
    base = (*problem.base_levels, *problem.base_bonus_counts)
    worth_scaled = precision * problem.base_linear + sum(
        p * int(x) for p, x in zip(multipliers.price, base, strict=True)
    )
    return worth_scaled + sum(v * int(n) for v, n in zip(values, problem.base_slots, strict=True))


def _total_best(
    problem: Problem,
    classes: Sequence[PartClasses],
    box: Box,
    multipliers: Multipliers,
    precision: int,
    *,
    prices: SlotPrices | None,
) -> list[int] | None:
    """Each total's maximum of worth less price over its range; None where a range is empty."""
    if any(low > high for low, high in zip(box.low, box.high, strict=True)):
        return None
    n_features = problem.n_features
    changed = [] if prices is None else [e for e in range(n_features) if prices.changes(e)]
    levels = ranges_of(problem, classes) if changed else None
    total_best = []
    for e, price in enumerate(multipliers.price):
        if e >= n_features:
            best = max(
                bonus_worth_scaled(problem, e - n_features, multipliers, precision)[box.low[e] : box.high[e] + 1]
            )
        elif prices is not None and levels is not None and e in changed:
            x = np.arange(int(levels.least[e]), int(levels.most[e]) + 1)
            best = int((filled_share(problem, e, box, prices, x) - price * x).max())
        else:
            best = _feature_best(problem, e, box, price, precision)
        total_best.append(best)
    return total_best


def filled_share(problem: Problem, e: int, box: Box, prices: SlotPrices, x: IntArray) -> IntArray:
    """Share of the bound, at levels `x` before decorations, of a feature that fillings change."""
    feature = problem.features[e]
    functions = total_functions(feature, box)
    if len(functions) == 2:
        return prices.share(e, 2, x)
    return prices.share(e, int(functions[0] is feature.raised_value), x)


def _feature_best(problem: Problem, e: int, box: Box, price: int, precision: int) -> int:
    """Maximum of ``precision * f(x) - price * x`` over the box's range."""
    return max(
        precision * function.at(x) - price * x
        for function in total_functions(problem.features[e], box)
        for x in function.corners(box.low[e], box.high[e])
    )


def share_of_bound(problem: Problem, box: Box, relaxed: Relaxed, e: int, x: IntArray) -> IntArray:
    """A total's share of the bound at values `x`, scaled; far below its best outside the box."""
    price = relaxed.multipliers.price[e]
    if e < problem.n_features:
        if relaxed.prices is not None and relaxed.prices.changes(e):
            # No box is split on a total that decorations change (`splitting.splittable_totals`).
            return filled_share(problem, e, box, relaxed.prices, x) - price * x
        functions = total_functions(problem.features[e], box)
        share: IntArray = np.max([relaxed.precision * function(x) - price * x for function in functions], axis=0)
    else:
        worth_scaled = np.array(
            bonus_worth_scaled(problem, e - problem.n_features, relaxed.multipliers, relaxed.precision)
        )
        share = worth_scaled[np.clip(x, 0, len(worth_scaled) - 1)]
    never = relaxed.total_best[e] - loss_cap(problem)
    share[(x < box.low[e]) | (x > box.high[e])] = never
    return share


def bonus_worth_scaled(problem: Problem, c: int, multipliers: Multipliers, precision: int) -> list[int]:
    """What bonus `c` is worth at 0, 1, ... pieces, less the price of the pieces; scaled."""
    price, touched = multipliers.price, problem.bonus_features[c]
    piece_price = price[problem.n_features + c]
    prices = [price[f] for f in touched]
    return [
        precision * linear + sum(p * level for p, level in zip(prices, levels, strict=True)) - piece_price * n
        for n, (linear, levels) in enumerate(
            zip(problem.bonus_linear[c].tolist(), problem.bonus_levels[c][:, touched].tolist(), strict=True)
        )
    ]
