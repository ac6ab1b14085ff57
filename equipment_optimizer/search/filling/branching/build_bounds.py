"""Exact bounds on fillings, from prices of any basis of the program, rounded to integers.

With a price for every level, slot, limited decoration and row for whole counts the best
filling falls apart: each skill takes the level that is worth most over its price, each
decoration is taken as often as it may be if it brings more than its prices, and what the
build has is paid for. Right for any prices; all sums are of whole numbers so small that
floating point has them exactly.

Array axes: G builds, C nodes (builds with bounds on their counts), E involved features,
K slot kinds, X decoration columns, W rows for whole counts, V variants, B sets of prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from ...relaxation.bounds import Multipliers
from ..tables.packing import distinct
from ..tables.prices import FillingPrices
from ..tables.steps import FillingModel
from ._products import product
from ._shared_simplex import grown
from .build_lp import BuildLp, Cases

__all__ = ["BuildBounds", "BuildPrices", "TooFineError", "exact_bounds"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Counts = npt.NDArray[np.floating[Any]] | npt.NDArray[np.unsignedinteger[Any]]

#: Whole numbers up to twice this are exact in floating point.
_EXACT = 2**52

#: Sums of prices that programs lead to are seldom so many times the largest score.
_USUAL_SUM = 32

#: A basis that violates bounds by less is optimal.
_SMALL = 1e-6

#: Bases that new builds are held against to find where to start, and builds that are held against them together.
_STARTS = 128
_BLOCK = 1_024

#: Of the starts that bound a build best so many are looked at.
_TRIED_STARTS = 3

#: Bases above which most are forgotten before new builds come: 2 KB each, and 5 KB more for some of them.
_MOST_BASES = 4_000

#: Entries of temporary arrays while prices are rounded.
_MOST_ENTRIES = 2**18


class TooFineError(OverflowError):
    """Sums of prices would not be exact in floating point; with `precision` they would, unless that is 0."""

    def __init__(self, precision: int) -> None:
        super().__init__("scores are too large for exact sums in floating point")
        self.precision = precision


@dataclass(eq=False)
class BuildPrices:
    """B sets of integer prices, scaled by the precision, with what follows from them; all entries are whole."""

    amounts: FloatArray  # shape (B, E + K + W): of `Cases.amounts`
    stock: FloatArray  # shape (B, S): of one of each limited decoration that has a row
    best: FloatArray  # shape (B, V): the most of value less price of the level, over the levels of a variant
    worth: FloatArray  # shape (B, X): what one of each decoration brings over its prices


class BuildBounds:
    """Bounds of one program's builds; remembers which bases were of use.

    Sums of prices are exact whatever the prices are; with `checks_each` those of each set of prices that is in use, and
    sets too large for that are none: scores may have two to three digits more.
    """

    def __init__(self, program: BuildLp, *, checks_each: bool = False) -> None:
        self.program = program
        self._model = model = program.model
        #: Features whose tables, or corners beyond them, hold every level that there is in a build.
        self._is_whole = np.array(
            [
                model.may_fall[e] or model.is_limited(e) or i in program.hulls.divided
                for i, e in enumerate(model.involved)
            ],
            dtype=np.bool_,
        )
        self._owner = np.array(program.hulls.owner, dtype=np.int64)
        #: Prices are kept within this.
        self._limit = min(4.0 * program.price_of_missing * model.precision, float(_EXACT))
        self._checks_each = checks_each
        self._check_size()
        self._n_priced = 0
        self._of_bases = self.rounded(program.simplex.prices[:0])
        #: Numbers of bases that were the last of some build, the latest at the end.
        self.starts: list[int] = []

    def _check_size(self) -> None:
        """Refuse problems for which sums might not be exact."""
        program, model = self.program, self._model
        self._n_slots = float(model.most_slots.sum())
        self._n_levels = float(sum(program.hulls.last_level(i) + 1 for i in range(len(model.involved))))
        self._n_levels *= 2 + len(program.whole)
        #: Levels that one decoration counts for at the most.
        self._n_each = float(
            np.abs(program.levels).sum(axis=1).max(initial=0) + program.whole.levels.sum(axis=0).max(initial=0) + 2
        )
        if self._checks_each:
            if _USUAL_SUM * model.problem.score_bound * model.precision > _EXACT:
                raise TooFineError(0)
            return
        n_prices = (
            self._n_levels + self._n_slots + float(program.most.sum()) * self._n_each + float(program.stock.sum())
        )
        dearest = 4.0 * program.price_of_missing
        if dearest * model.precision * n_prices > _EXACT:
            raise TooFineError(int(_EXACT / n_prices / dearest))

    def _largest_sums(self, prices: BuildPrices) -> FloatArray:
        """What no sum of some prices exceeds, whatever the build, shape (B,)."""
        program = self.program
        amounts, worth = np.abs(prices.amounts), prices.worth
        slot = slice(program.slot_row, program.stock_row)
        of_slots = amounts[:, slot].max(axis=1, initial=0.0)
        level = np.delete(amounts, np.r_[slot], axis=1).max(axis=1, initial=0.0)
        sums: FloatArray = level * (self._n_levels + self._n_each) + of_slots * (self._n_slots + 1)
        sums += np.abs(prices.best).sum(axis=1) + prices.stock @ program.stock.astype(np.float64)
        sums += np.maximum(worth, 0.0) @ program.most.astype(np.float64)
        sums += self._n_slots * np.abs(worth).max(axis=1, initial=0.0)
        return sums

    # --- prices --------------------------------------------------------------------

    @property
    def prices(self) -> BuildPrices:
        """The prices of all bases, rounded; rows beyond those mean nothing."""
        first, last = self._n_priced, self.program.simplex.n_bases
        if first < last:
            fresh = self.rounded(self.program.simplex.prices[first:last])
            for field in fields(BuildPrices):
                array = grown(getattr(self._of_bases, field.name), last)
                array[first:last] = getattr(fresh, field.name)
                setattr(self._of_bases, field.name, array)
            self._n_priced = last
        return self._of_bases

    def rounded(self, prices: FloatArray) -> BuildPrices:
        """Integer prices near these ones of the rows, shape (B, M)."""
        whole_numbers = np.rint(np.clip(prices * self._model.precision, -self._limit, self._limit))
        near = self._following(whole_numbers)
        if self._checks_each and (too_large := self._largest_sums(near) > _EXACT).any():
            whole_numbers[too_large] = 0.0
            near = self._following(whole_numbers)
        return near

    def _following(self, whole_numbers: FloatArray) -> BuildPrices:
        """What follows from whole prices of the rows, shape (B, M)."""
        program, model = self.program, self._model
        level = whole_numbers[:, : program.slot_row]
        # Levels beyond a table are worth nothing, and not less.
        level = np.where(self._is_whole, level, np.maximum(level, 0.0))
        slot, free = whole_numbers[:, program.slot_row : program.stock_row], model.precision * model.free_values
        if not program.prefers_low:
            slot = np.maximum(slot, free)
        for k, slot_level in enumerate(model.problem.slot_levels):
            if slot_level > 1:
                slot[:, k] = np.maximum(slot[:, k], slot[:, k - 1])
        stock = np.maximum(whole_numbers[:, program.stock_row : program.whole_row], 0.0)
        whole = np.maximum(-whole_numbers[:, program.whole_row :], 0.0)
        worth = model.precision * program.linear + product(level, program.levels.T.astype(np.float64))
        worth += product(whole, program.whole.levels.astype(np.float64)) - slot[:, program.place]
        for d, s in program.stocked.items():
            worth[:, program.decoration == d] -= stock[:, s, None]
        return BuildPrices(
            np.concatenate([level, np.maximum(slot, free), -whole], axis=1),
            stock,
            self._best_values(level, whole),
            worth,
        )

    def _best_values(self, level: FloatArray, whole: FloatArray) -> FloatArray:
        """The most of value less price of the level, shape (B, V)."""
        hulls, missing = self.program.hulls, self.program.whole.missing.astype(np.float64)
        best = np.empty((len(level), len(self._owner)))
        each = max(1, _MOST_ENTRIES // max(hulls.corner_value.size, 1))
        for begin in range(0, len(level), each):
            some = slice(begin, begin + each)
            value = hulls.corner_value - level[some, self._owner, None] * hulls.corner_level
            if whole[some].any():
                value += product(whole[some], missing.reshape(len(missing), -1)).reshape(value.shape)
            best[some] = np.maximum(value.max(axis=2), -float(_EXACT))
        return best

    def multipliers(self, number: int) -> Multipliers:
        """The prices of a basis as those of a box are given."""
        program, problem, prices = self.program, self._model.problem, self.prices
        amounts = prices.amounts[number].astype(np.int64)
        level = amounts[: program.slot_row]
        np.add.at(level, program.whole.feature, -amounts[program.stock_row :])
        price = np.zeros(problem.n_features, dtype=np.int64)
        price[list(self._model.involved)] = level
        stock = self._model.decorations.stock
        if not (stock >= 0).any():
            return Multipliers(tuple(price.tolist()))
        paid = np.zeros(len(stock), dtype=np.int64)
        np.maximum.at(paid, program.decoration, prices.worth[number].astype(np.int64))
        for d, s in program.stocked.items():
            paid[d] += int(prices.stock[number, s])
        paid[stock < 0] = 0
        return Multipliers(tuple(price.tolist()), tuple(paid.tolist()))

    # --- bounds --------------------------------------------------------------------

    def bounds(
        self, prices: BuildPrices, numbers: IntArray, cases: Cases, rows: Rows, *, low: Counts, high: Counts
    ) -> FloatArray:
        """Upper bounds, scaled and whole, on fillings of the builds of C nodes.

        `numbers` says which of the prices are taken for each node, `rows` which build it is of; `low` and `high`,
        shape (C, X) or (X,), how many of each decoration are taken.
        """
        variants = self.program.variants[cases.kind[rows]]
        bound_scaled: FloatArray = prices.best[numbers[:, None], variants].sum(axis=1)
        bound_scaled += np.einsum("ca,ca->c", prices.amounts[numbers], cases.amounts[rows])
        worth = prices.worth[numbers]
        bound_scaled += (worth * np.where(worth > 0, high, low)).sum(axis=1)
        if len(self.program.stock):
            bound_scaled += prices.stock[numbers] @ self.program.stock.astype(np.float64)
        return bound_scaled

    def targets(self, bound_scaled: FloatArray) -> IntArray:
        """The highest values that scaled bounds allow."""
        return self._model.top_target(bound_scaled.astype(np.int64))

    def _by_bases(self, numbers: Sequence[int], cases: Cases, rows: Rows, most: IntArray) -> FloatArray:
        """Bounds of builds of one kind, in units of the grain; shape (B, rows)."""
        bounds = self._scaled_by_bases(numbers, cases, rows, most)
        bounds /= self._model.precision * self._model.grain
        return np.floor(bounds, out=bounds)

    def _scaled_by_bases(self, numbers: Sequence[int], cases: Cases, rows: Rows, most: IntArray) -> FloatArray:
        """Bounds of builds of one kind, scaled; shape (B, rows)."""
        prices, chosen = self.prices, list(numbers)
        variants = self.program.variants[cases.kind[rows[0]]]
        shared = prices.best[chosen][:, variants].sum(axis=1) + np.maximum(prices.worth[chosen], 0.0) @ most.astype(
            np.float64
        )
        shared += prices.stock[chosen] @ self.program.stock.astype(np.float64)
        bounds = product(cases.amounts[rows], prices.amounts[chosen].T).T
        bounds += shared[:, None]
        return bounds

    def with_counts(
        self, numbers: Sequence[int], cases: Cases, most: IntArray, columns: Sequence[Rows], counts: IntArray
    ) -> FloatArray:
        """The best bound that some bases give builds with some decorations at certain counts, scaled.

        Decorations are known by their columns, `counts` has shape (C, decorations), `most`, shape (X,), is of the
        others; returns shape (C, G).
        """
        worth = self.prices.worth[list(numbers)]
        each = np.array([worth[:, places].max(axis=1, initial=-float(_EXACT)) for places in columns])
        taken = counts @ each
        bound_scaled = np.empty((len(counts), len(cases)))
        for kind in distinct(cases.kind):
            of_kind = np.flatnonzero(cases.kind == kind)
            for begin in range(0, len(of_kind), _BLOCK):
                some = of_kind[begin : begin + _BLOCK]
                by_bases = self._scaled_by_bases(numbers, cases, some, most)
                least = np.full((len(counts), len(some)), np.inf)
                for of_basis, more in zip(by_bases, taken.T, strict=True):
                    np.minimum(least, of_basis + more[:, None], out=least)
                bound_scaled[:, some] = least
        return bound_scaled

    def least(self, numbers: Sequence[int], cases: Cases, rows: Rows, most: IntArray) -> FloatArray:
        """The best bound that some bases give each of some builds that take at most `most`, shape (X,)."""
        bound, kinds = np.full(len(rows), np.inf), cases.kind[rows]
        for kind in distinct(kinds) if numbers else ():
            of_kind = np.flatnonzero(kinds == kind)
            for begin in range(0, len(of_kind), _BLOCK):
                some = of_kind[begin : begin + _BLOCK]
                bound[some] = self._by_bases(numbers, cases, rows[some], most).min(axis=0)
        return bound * self._model.grain

    def tidy(self) -> bool:
        """Forget bases where they have become many, and say so; numbers of bases mean nothing afterwards."""
        is_full = self.program.simplex.n_bases > _MOST_BASES
        if is_full:
            renamed = self.program.simplex.forget_but(self.starts)
            self.starts = [renamed[number] for number in self.starts]
            self._n_priced = 0
        return is_full

    # --- where to start --------------------------------------------------------------

    def note_starts(self, numbers: Sequence[int]) -> None:
        """Remember bases as the last of some builds."""
        fresh = dict.fromkeys(numbers)
        self.starts = [*(number for number in self.starts if number not in fresh), *fresh][-_STARTS:]

    def start_near(self, prices: FillingPrices) -> None:
        """Begin with a basis that suits the prices of a box."""
        program = self.program
        of_rows = np.zeros(len(program.simplex.matrix))
        of_rows[: program.slot_row] = np.array(prices.multipliers.price, dtype=np.int64)[list(self._model.involved)]
        of_rows[program.slot_row : program.stock_row] = prices.slot_values
        self.note_starts([program.simplex.basis_near(of_rows / self._model.precision)])

    def best_starts(self, cases: Cases, rows: Rows, most: IntArray) -> IntArray:
        """For each of some builds a start, by number, that bounds it best, of some equal ones the least violated."""
        start = np.empty(len(rows), dtype=np.int64)
        kinds = cases.kind[rows]
        for kind in distinct(kinds):
            of_kind = np.flatnonzero(kinds == kind)
            for begin in range(0, len(of_kind), _BLOCK):
                some = of_kind[begin : begin + _BLOCK]
                bounds = self._by_bases(self.starts, cases, rows[some], most)
                high = self.program.high_of(cases, rows[some] if self.program.prefers_low else rows[some[:1]])
                high[:, : len(most)] = most
                start[some] = self._least_violated(bounds == bounds.min(axis=0), cases.side[rows[some]], high)
        return start

    def _least_violated(self, is_best: BoolArray, sides: FloatArray, high: FloatArray) -> IntArray:
        """Of the first starts that `is_best`, shape (B, C), names the one that violates bounds least, for each build.

        Those that are best for most builds come first. `high`, shape (C, N) or (1, N), bounds the columns.
        """
        simplex, order = self.program.simplex, np.argsort(-is_best.sum(axis=1), kind="stable")
        numbers, is_best = np.array(self.starts, dtype=np.int64)[order], is_best[order].copy()
        start, least = np.zeros(len(sides), dtype=np.int64), np.full(len(sides), np.inf)
        low, rows = np.zeros((1, high.shape[1])), np.arange(len(sides))
        for _ in range(_TRIED_STARTS):
            place = is_best[:, rows].argmax(axis=0)
            rows, place = rows[is_best[place, rows]], place[is_best[place, rows]]
            if not rows.size:
                break
            is_best[place, rows] = False
            build_high = high if len(high) == 1 else high[rows]
            _, basic = simplex.values(numbers[place], sides[rows], low, build_high)
            most = np.take_along_axis(build_high, simplex.basic[numbers[place]], axis=1)
            outside = np.maximum(np.maximum(-basic, basic - most), 0.0).sum(axis=1)
            better = outside < least[rows]
            least[rows[better]], start[rows[better]] = outside[better], numbers[place[better]]
            rows = rows[least[rows] > _SMALL]
        return start


def exact_bounds(model: FillingModel) -> tuple[BuildBounds | None, int]:
    """Bounds of a model's builds, steep where exact sums allow; and the precision with which all sums would be exact.

    That is 0 where they are, or with none. Without it only some bases bound, or there are no bounds.
    """
    precision, program = 0, None
    for is_steep in (False,) if _are_too_steep(model) else (True, False):
        try:
            program = BuildLp(model, is_steep=is_steep)
            return BuildBounds(program), 0
        except TooFineError as error:
            precision = error.precision
        except OverflowError:
            program = None
    try:
        return (None if program is None else BuildBounds(program, checks_each=True)), precision
    except TooFineError:
        return None, precision


def _are_too_steep(model: FillingModel) -> bool:
    """Whether it is known beforehand that sums of steep prices are not exact: a program less is made in vain."""
    least_limit = 8.0 * model.problem.score_bound * model.precision
    n_levels = sum(model.last(e) + 1 for e in model.involved)
    return least_limit * (2.0 * n_levels + float(model.most_slots.sum())) > _EXACT
