"""Exact bounds on fillings, from prices of any basis of the program, rounded to integers.

With a price for every level, slot, limited decoration and row for whole counts the best
filling falls apart: each skill takes the level that is worth most over its price, each
decoration is taken as often as it may be if it brings more than its prices, and what the
build has is paid for. Right for any prices; all sums are of whole numbers so small that
floating point has them exactly.

Array axes: G builds, E involved features, K slot kinds, X decoration columns, W rows for
whole counts, V variants, B bases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...relaxation.bounds import Multipliers
from ._products import product
from ._shared_simplex import Basis
from .build_lp import BuildLp, Cases

__all__ = ["BuildBounds", "BuildPrices"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Whole numbers up to twice this are exact in floating point.
_EXACT = 2**52

#: A basis that violates bounds by less is optimal.
_SMALL = 1e-6

#: Bases that new builds are held against to find where to start, and builds that are held against them together.
_STARTS = 128
_BLOCK = 4_096

#: Bases above which most are forgotten before new builds come: 5 KB each.
_MOST_BASES = 4_000


@dataclass(frozen=True, eq=False)
class BuildPrices:
    """Integer prices, scaled by the precision, with what follows from them.

    Attributes
    ----------
    amounts : ndarray of float64, shape (E + K + W,)
        Prices of `Cases.amounts`, whole.
    stock : ndarray of int64, shape (S,)
        Of one of each limited decoration that has a row.
    best : ndarray of int64, shape (V,)
        The most of value less price of the level, over the levels of a variant.
    gain, loss : ndarray of float64, shape (X,)
        What one of each decoration brings over its prices, whole, split by sign.
    by_kind : dict of int to float
        The part of the bound that all builds of a kind share.
    """

    amounts: FloatArray
    stock: IntArray
    best: IntArray
    gain: FloatArray
    loss: FloatArray
    by_kind: dict[int, float]


class BuildBounds:
    """Bounds of one program's builds; remembers which bases were of use.

    Attributes
    ----------
    starts : list of int
        Numbers of bases that were the last of some build, the latest at the end.
    """

    def __init__(self, program: BuildLp) -> None:
        self.program = program
        self._model = model = program.model
        #: Features whose tables hold every level that there is in a build.
        self._is_whole = np.array([model.may_fall[e] or model.is_limited(e) for e in model.involved], dtype=np.bool_)
        self._owner = np.array(program.hulls.owner, dtype=np.int64)
        self._prices: dict[int, BuildPrices] = {}
        #: Prices are kept within this.
        self._limit = 4.0 * program.price_of_missing * model.precision
        self._check_size()
        self.starts: list[int] = []

    def _check_size(self) -> None:
        """Refuse problems for which sums might not be exact."""
        program, model = self.program, self._model
        n_slots = float(model.most_slots.sum())
        n_levels = float(sum(model.last(e) + 1 for e in model.involved))
        each = float(
            np.abs(program.levels).sum(axis=1).max(initial=0) + program.whole.levels.sum(axis=0).max(initial=0) + 2
        )
        n_prices = (
            n_levels * (2 + len(program.whole))
            + n_slots
            + float(program.most.sum()) * each
            + float(program.stock.sum())
        )
        if self._limit * n_prices > _EXACT:
            raise OverflowError("scores are too large for exact sums in floating point")

    # --- prices --------------------------------------------------------------------

    def prices(self, basis: Basis) -> BuildPrices:
        """The prices of a basis, rounded."""
        known = self._prices.get(basis.number)
        if known is None:
            known = self._prices[basis.number] = self.rounded(basis.prices)
        return known

    def rounded(self, prices: FloatArray) -> BuildPrices:
        """Integer prices near these ones of the rows."""
        program, model = self.program, self._model
        whole_numbers = np.rint(np.clip(prices * model.precision, -self._limit, self._limit)).astype(np.int64)
        level = whole_numbers[: program.slot_row]
        # Levels beyond a table are worth nothing, and not less.
        level = np.where(self._is_whole, level, np.maximum(level, 0))
        slot = np.maximum(whole_numbers[program.slot_row : program.stock_row], model.precision * model.free_values)
        for k, slot_level in enumerate(model.problem.slot_levels):
            if slot_level > 1:
                slot[k] = max(slot[k], slot[k - 1])
        stock = np.maximum(whole_numbers[program.stock_row : program.whole_row], 0)
        whole = np.maximum(-whole_numbers[program.whole_row :], 0)
        worth = model.precision * program.linear + program.levels @ level - slot[program.place]
        worth += whole @ program.whole.levels
        for d, s in program.stocked.items():
            worth[program.decoration == d] -= stock[s]
        hulls = program.hulls
        value = hulls.corner_value - level[self._owner][:, None] * hulls.corner_level
        if whole.any():
            value += (whole @ program.whole.missing.reshape(len(whole), -1)).reshape(value.shape)
        return BuildPrices(
            np.concatenate([level, slot, -whole]).astype(np.float64),
            stock,
            np.maximum(value.max(axis=1), -_EXACT),
            np.maximum(worth, 0).astype(np.float64),
            np.minimum(worth, 0).astype(np.float64),
            {},
        )

    def multipliers(self, number: int) -> Multipliers:
        """The prices of a basis as those of a box are given."""
        program, problem = self.program, self._model.problem
        own = self.prices(program.simplex.bases[number])
        level = own.amounts[: program.slot_row].astype(np.int64)
        np.add.at(level, program.whole.feature, -own.amounts[program.stock_row :].astype(np.int64))
        price = np.zeros(problem.n_features, dtype=np.int64)
        price[list(self._model.involved)] = level
        stock = self._model.decorations.stock
        if not (stock >= 0).any():
            return Multipliers(tuple(price.tolist()))
        paid = np.zeros(len(stock), dtype=np.int64)
        np.maximum.at(paid, program.decoration, own.gain.astype(np.int64))
        for d, s in program.stocked.items():
            paid[d] += own.stock[s]
        paid[stock < 0] = 0
        return Multipliers(tuple(price.tolist()), tuple(paid.tolist()))

    # --- bounds --------------------------------------------------------------------

    def bounds(self, prices: BuildPrices, cases: Cases, rows: Rows) -> FloatArray:
        """Upper bounds, scaled and whole, on fillings of some builds, without what `gain` and `loss` add."""
        kinds = cases.kind[rows]
        first = int(kinds[0]) if kinds.size else 0
        shared: float | FloatArray
        if (kinds == first).all():
            shared = self._shared(prices, first) if kinds.size else 0.0
        else:
            shared = np.array([self._shared(prices, kind) for kind in range(len(self.program.variants))])[kinds]
        return product(cases.amounts[:, rows].T, prices.amounts) + shared

    def _shared(self, prices: BuildPrices, kind: int) -> float:
        """The part of the bound that builds of a kind share."""
        known = prices.by_kind.get(kind)
        if known is None:
            best = prices.best[self.program.variants[kind]].sum()
            known = prices.by_kind[kind] = float(best + prices.stock @ self.program.stock)
        return known

    def targets(self, bound: FloatArray) -> IntArray:
        """The highest values that scaled bounds allow."""
        return self._model.top_target(bound.astype(np.int64))

    def _by_bases(self, numbers: Sequence[int], cases: Cases, rows: Rows, most: IntArray) -> FloatArray:
        """Bounds of builds of one kind, in units of the grain; shape (B, rows)."""
        prices = [self.prices(self.program.simplex.bases[number]) for number in numbers]
        kind = int(cases.kind[rows[0]])
        shared = np.array([self._shared(own, kind) + float(own.gain @ most) for own in prices])
        amounts = np.array([own.amounts for own in prices])
        bounds = product(cases.amounts[:, rows].T, amounts.T).T + shared[:, None]
        whole: FloatArray = np.floor(bounds / (self._model.precision * self._model.grain))
        return whole

    def least(self, numbers: Sequence[int], cases: Cases, rows: Rows, most: IntArray) -> FloatArray:
        """The best bound that some bases give each of some builds that take at most `most`, shape (X,)."""
        bound, kinds = np.full(len(rows), np.inf), cases.kind[rows]
        for kind in np.unique(kinds).tolist() if numbers else ():
            own = np.flatnonzero(kinds == kind)
            for begin in range(0, len(own), _BLOCK):
                some = own[begin : begin + _BLOCK]
                bound[some] = self._by_bases(numbers, cases, rows[some], most).min(axis=0)
        return bound * self._model.grain

    def tidy(self) -> None:
        """Forget bases where they have become many; numbers of bases mean nothing afterwards."""
        if len(self.program.simplex.bases) > _MOST_BASES:
            renamed = self.program.simplex.forget_but(self.starts)
            self.starts = [renamed[number] for number in self.starts]
            self._prices.clear()

    # --- where to start --------------------------------------------------------------

    def note_starts(self, numbers: Sequence[int]) -> None:
        """Remember bases as the last of some builds."""
        fresh = dict.fromkeys(numbers)
        self.starts = [*(number for number in self.starts if number not in fresh), *fresh][-_STARTS:]

    def best_starts(self, cases: Cases, rows: Rows, most: IntArray) -> IntArray:
        """For each of some builds the start, by number, that bounds it best, of equal ones the least violated."""
        start = np.empty(len(rows), dtype=np.int64)
        kinds = cases.kind[rows]
        for kind in np.unique(kinds).tolist():
            own = np.flatnonzero(kinds == kind)
            bounds = self._by_bases(self.starts, cases, rows[own], most)
            high = self.program.high[kind].copy()
            high[: len(most)] = most
            start[own] = self._least_violated(bounds == bounds.min(axis=0), cases.side[rows[own]], high)
        return start

    def _least_violated(self, is_best: BoolArray, sides: FloatArray, high: FloatArray) -> IntArray:
        """Of the starts that `is_best`, shape (B, C), names, the one that violates bounds least, for each build."""
        start = np.zeros(len(sides), dtype=np.int64)
        least = np.full(len(sides), np.inf)
        is_open = np.ones(len(sides), dtype=np.bool_)
        for place in np.argsort(-is_best.sum(axis=1), kind="stable").tolist():
            rows = np.flatnonzero(is_best[place] & is_open)
            if not rows.size:
                continue
            basis = self.program.simplex.bases[self.starts[place]]
            resting = np.where(basis.is_high, high, 0.0)
            basic = basis.basic_values(sides[rows], resting[None])
            outside = np.maximum(np.maximum(-basic, basic - high[basis.basic]), 0.0).sum(axis=1)
            better = outside < least[rows]
            least[rows[better]], start[rows[better]] = outside[better], basis.number
            is_open[rows] = least[rows] > _SMALL
            if not is_open.any():
                break
        return start
