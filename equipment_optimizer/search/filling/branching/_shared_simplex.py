"""One linear program for many right-hand sides and bounds: a dual simplex that shares its bases.

    most of cost @ x,   matrix @ x = right-hand side,   low <= x <= high

Only right-hand side and bounds differ from case to case. Whether a basis is dual
feasible depends on neither, so the one that is optimal for some case is a start for
every other, and a pivot from it, once made, serves all that come by. Every basis has
prices, and any prices bound every case. Bases are rows of arrays: many cases at many
bases go on together.

All bounds are finite: a column whose reduced cost has the wrong sign rests at its
other bound, so there is always a dual feasible start. In floating point: what comes
out is advice, never proof.

Array axes: M rows, N columns, C cases, B bases.

Source: the bounded dual simplex as in V. Chvatal, *Linear Programming* (1983), ch. 8 and 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..tables.packing import distinct
from ._products import product

__all__ = ["SharedSimplex", "grown"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: How far a basic value may be outside its bounds, and what counts as no entry of a row.
_TOLERANCE = 1e-7
_LEAST_PIVOT = 1e-9

#: Below this an inverse is found afresh, as it is after so many pivots: errors add up.
_SURE_PIVOT = 1e-6
_MOST_UPDATES = 24

#: Where a column rests.
_AT_LOW, _AT_HIGH, _BASIC = 0, 1, 2

#: Bases whose inverse is kept, of others it is found again; and cases that go on together: a fraction of that.
_MOST_INVERSES = 1_024
_BLOCK = 256

#: More kinds of cases than there will be: a factor of the keys of pivots.
_KINDS = 2**20

#: In place of a basis, where no column can enter.
_NONE = -1

_Scalar = TypeVar("_Scalar", bound=np.generic)


def grown(array: npt.NDArray[_Scalar], n_rows: int) -> npt.NDArray[_Scalar]:
    """The array, or a longer one that begins with it: twice as long at least, where it has fewer rows."""
    if len(array) >= n_rows:
        return array
    longer = np.empty((max(n_rows, 2 * len(array)), *array.shape[1:]), dtype=array.dtype)
    longer[: len(array)] = array
    return longer


class SharedSimplex:
    """The program and all bases that were met; a basis is known by its number.

    That is its row in `basic`, `status` and `prices`; rows beyond `n_bases` mean nothing. `matrix` has shape (M, N),
    `cost` (N,). Basis 0 has the columns that are given first, shape (M,).
    """

    def __init__(self, matrix: FloatArray, cost: FloatArray, basic: IntArray) -> None:
        n_rows, n_columns = matrix.shape
        self.matrix = matrix
        self.cost = cost
        self.n_bases = 0
        self.basic = np.zeros((0, n_rows), dtype=np.int64)
        #: Where columns rest.
        self.status = np.zeros((0, n_columns), dtype=np.int8)
        self.prices = np.zeros((0, n_rows))
        #: Pivots since the inverse was found afresh.
        self._n_updates = np.zeros(0, dtype=np.int64)
        #: Where the inverse of a basis is kept, -1 for nowhere; the basis of each place.
        self._place = np.zeros(0, dtype=np.int64)
        # Places that are not used yet take no memory.
        self._inverses = np.empty((_MOST_INVERSES, n_rows, n_rows))
        self._owner = np.full(_MOST_INVERSES, -1, dtype=np.int64)
        self._next_place = 0
        self._known: dict[bytes, int] = {}
        self._pivots: dict[int, int] = {}
        self._frozen = np.zeros((0, n_columns), dtype=np.bool_)
        self._kinds: dict[bytes, int] = {}
        self._begin(basic.astype(np.int64))

    # --- bases -----------------------------------------------------------------------

    def _begin(self, basic: IntArray) -> int:
        """The number of a basis that no pivot leads to."""
        inverse: FloatArray = np.linalg.inv(self.matrix[:, basic]).astype(np.float64)
        status = np.zeros(len(self.cost), dtype=np.int8)
        status[self.cost[basic] @ inverse @ self.matrix - self.cost < 0] = _AT_HIGH
        status[basic] = _BASIC
        if (key := status.tobytes()) not in self._known:
            self._add(basic[None], status[None], inverse[None], np.zeros(1, dtype=np.int64))
        return self._known[key]

    def basis_near(self, prices: FloatArray) -> int:
        """The number of a basis whose columns lose least under some prices, shape (M,); O(M^2 N) time."""
        loss = np.abs(prices @ self.matrix - self.cost)
        order = np.argsort(loss, kind="stable")
        left, basic = self.matrix[:, order], np.zeros(len(self.matrix), dtype=np.int64)
        free = np.ones(len(left), dtype=np.bool_)
        for _ in range(len(left)):
            # What is left of columns when those chosen are taken out of them.
            size = np.abs(left[free]).max(axis=0)
            column = int((size > _SURE_PIVOT).argmax())
            row = int(np.flatnonzero(free)[np.abs(left[free, column]).argmax()])
            if size[column] <= _SURE_PIVOT:
                return 0
            basic[row], free[row] = order[column], False
            factor = left[:, column] / left[row, column]
            factor[~free] = 0.0
            left -= factor[:, None] * left[row]
        return self._begin(basic)

    def _add(self, basic: IntArray, status: npt.NDArray[np.int8], inverses: FloatArray, n_updates: IntArray) -> None:
        """New bases, in the order given."""
        first, last = self.n_bases, self.n_bases + len(basic)
        for name in ("basic", "status", "prices", "_n_updates", "_place"):
            setattr(self, name, grown(getattr(self, name), last))
        fresh = slice(first, last)
        self.n_bases = last
        self.basic[fresh], self.status[fresh] = basic, status
        self.prices[fresh] = np.matmul(self.cost[basic][:, None, :], inverses)[:, 0, :]
        self._n_updates[fresh], self._place[fresh] = n_updates, -1
        self._known |= {columns.tobytes(): first + place for place, columns in enumerate(status)}
        self._keep(np.arange(first, last), inverses)

    def _keep(self, numbers: Rows, inverses: FloatArray) -> None:
        """Keep inverses of some bases, in place of those that are kept longest."""
        places = (self._next_place + np.arange(len(numbers))) % _MOST_INVERSES
        self._next_place = (self._next_place + len(numbers)) % _MOST_INVERSES
        before = self._owner[places]
        self._place[before[before >= 0]] = -1
        self._inverses[places], self._owner[places], self._place[numbers] = inverses, numbers, places

    def inverses(self, numbers: IntArray) -> FloatArray:
        """Of the basic columns of some bases, shape (C, M, M), a copy; at most `_BLOCK` of them."""
        missing = numbers[self._place[numbers] < 0]
        if missing.size:
            missing = np.array(distinct(missing), dtype=np.int64)
            columns = self.matrix[:, self.basic[missing]].transpose(1, 0, 2)
            afresh: FloatArray = np.linalg.inv(columns).astype(np.float64)
            self._n_updates[missing] = 0
            kept = np.flatnonzero(self._place[numbers] >= 0)
            result = np.empty((len(numbers), *self._inverses.shape[1:]))
            result[kept] = self._inverses[self._place[numbers[kept]]]
            others = np.flatnonzero(self._place[numbers] < 0)
            result[others] = afresh[np.searchsorted(missing, numbers[others])]
            self._keep(missing, afresh)
            return result
        inverses: FloatArray = self._inverses[self._place[numbers]]
        return inverses

    def forget_but(self, numbers: Sequence[int]) -> dict[int, int]:
        """Forget all bases but some and their pivots; the new number of each of those."""
        kept = np.array(list(dict.fromkeys([0, *numbers])), dtype=np.intp)
        for name in ("basic", "status", "prices", "_n_updates", "_place"):
            setattr(self, name, getattr(self, name)[kept])
        self.n_bases = len(kept)
        self._known = {columns.tobytes(): place for place, columns in enumerate(self.status)}
        self._pivots.clear()
        self._place[:] = -1
        self._owner[:] = -1
        self._next_place = 0
        return {number: place for place, number in enumerate(kept.tolist())}

    def kind(self, frozen: BoolArray) -> int:
        """The number of a kind of cases: those with these columns, shape (N,), fixed, which never enter a basis."""
        key = np.packbits(frozen).tobytes()
        if key not in self._kinds:
            self._kinds[key] = len(self._frozen)
            self._frozen = np.concatenate([self._frozen, frozen[None]])
        return self._kinds[key]

    # --- cases -----------------------------------------------------------------------

    def values(
        self, numbers: IntArray, sides: FloatArray, low: FloatArray, high: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Resting columns, shape (C, N) with 0 for basic ones, and basic columns, shape (C, M), of some cases.

        The cases have bases by their `numbers`, `sides` of shape (C, M), and bounds of columns of shape (C, N).
        """
        resting = np.where(self.status[numbers] == _AT_HIGH, high, low)
        resting[np.arange(len(numbers))[:, None], self.basic[numbers]] = 0.0
        uncovered = sides - product(resting, self.matrix.T)
        basic = np.empty_like(uncovered)
        for begin in range(0, len(uncovered), _BLOCK):
            some = slice(begin, begin + _BLOCK)
            basic[some] = np.matmul(self.inverses(numbers[some]), uncovered[some, :, None])[:, :, 0]
        return resting, basic

    def violations(
        self, numbers: IntArray, values: FloatArray, low: FloatArray, high: FloatArray
    ) -> tuple[Rows, BoolArray, BoolArray]:
        """For each case the row whose column is furthest outside its bounds, whether above, and whether none is."""
        cases, basic = np.arange(len(numbers)), self.basic[numbers]
        above = values - high[cases[:, None], basic]
        outside = np.maximum(low[cases[:, None], basic] - values, above)
        row = outside.argmax(axis=1)
        worst = outside[cases, row]
        return row, above[cases, row] >= worst, worst <= _TOLERANCE

    # --- pivots ----------------------------------------------------------------------

    def following(self, numbers: IntArray, rows: Rows, above: BoolArray, kinds: IntArray) -> IntArray:
        """The bases, shape (C,), that the columns of `rows` leave towards the bounds they violate; -1 for none."""
        keys = (((numbers * self.matrix.shape[0] + rows) * 2 + above) * _KINDS + kinds).tolist()
        fresh: dict[int, int] = {}
        for case, key in enumerate(keys):
            if key not in self._pivots:
                fresh.setdefault(key, case)
        made, cases = list(fresh), np.array(list(fresh.values()), dtype=np.intp)
        for begin in range(0, len(made), _BLOCK):
            some = cases[begin : begin + _BLOCK]
            after = self._pivoted(numbers[some], rows[some], above[some], kinds[some])
            self._pivots |= zip(made[begin : begin + _BLOCK], after.tolist(), strict=True)
        return np.array([self._pivots[key] for key in keys], dtype=np.int64)

    def _ratios(
        self, inverse_row: FloatArray, numbers: IntArray, above: BoolArray, kinds: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """How far columns move basic ones towards the bounds they violate, and what that loses for each unit.

        `inverse_row`, shape (C, M), are the rows of the inverses that belong to the basic columns. Then entries of
        these rows, 0 for basic columns, and reduced costs.
        """
        entries = product(inverse_row, self.matrix)
        entries[np.arange(len(numbers))[:, None], self.basic[numbers]] = 0.0
        reduced = product(self.prices[numbers], self.matrix) - self.cost
        # A column that rests low can only rise, one that rests high only sink.
        helps = np.where((self.status[numbers] == _AT_HIGH) == above[:, None], -entries, entries)
        helps[self._frozen[kinds]] = 0.0
        helps[helps <= _LEAST_PIVOT] = 0.0
        ratio = np.full_like(helps, np.inf)
        np.divide(np.abs(reduced), helps, out=ratio, where=helps > 0)
        return helps, ratio, entries, reduced

    def losses(self, numbers: IntArray, columns: IntArray, kinds: IntArray) -> tuple[FloatArray, FloatArray]:
        """What is lost at least for each unit that a basic column sinks, and that it rises, shape (C,)."""
        sinks, rises = np.empty(len(numbers)), np.empty(len(numbers))
        for begin in range(0, len(numbers), _BLOCK):
            some = slice(begin, begin + _BLOCK)
            row = (self.basic[numbers[some]] == columns[some, None]).argmax(axis=1)
            inverse_row = self.inverses(numbers[some])[np.arange(len(row)), row]
            for ratios, above in ((sinks, True), (rises, False)):
                is_above = np.full(len(row), above)
                ratios[some] = self._ratios(inverse_row, numbers[some], is_above, kinds[some])[1].min(axis=1)
        return sinks, rises

    def _pivoted(self, numbers: IntArray, rows: Rows, above: BoolArray, kinds: IntArray) -> IntArray:
        """Make pivots, at most `_BLOCK`."""
        inverses = self.inverses(numbers)
        helps, ratio, entries, reduced = self._ratios(inverses[np.arange(len(rows)), rows], numbers, above, kinds)
        near = ratio <= ratio.min(axis=1, keepdims=True) + _LEAST_PIVOT
        entering = np.where(near, helps, -1.0).argmax(axis=1)
        after = np.full(len(rows), _NONE, dtype=np.int64)
        possible = np.flatnonzero(helps.any(axis=1))
        basic, status = self.basic[numbers[possible]], self.status[numbers[possible]]
        place, row, column = np.arange(len(possible)), rows[possible], entering[possible]
        leaving = basic[place, row]
        basic[place, row] = column
        status[place, column] = _BASIC
        status[place, leaving] = np.where(above[possible], _AT_HIGH, _AT_LOW)
        self._rest(status, self._frozen[kinds[possible]], column, entries[possible], reduced[possible])
        fresh: dict[bytes, int] = {}
        keys = [columns.tobytes() for columns in status]
        for n, key in enumerate(keys):
            if key not in self._known:
                fresh.setdefault(key, n)
        if fresh:
            new = np.array(list(fresh.values()), dtype=np.intp)
            parent = possible[new]
            self._add(
                basic[new],
                status[new],
                *self._updated(inverses[parent], row[new], column[new], self._n_updates[numbers[parent]], basic[new]),
            )
        after[possible] = [self._known[key] for key in keys]
        return after

    @staticmethod
    def _rest(
        status: npt.NDArray[np.int8], frozen: BoolArray, entering: Rows, entries: FloatArray, reduced: FloatArray
    ) -> None:
        """Let columns that are fixed, shape (C, N), rest where they belong once others enter; `status` is changed.

        They did not tell which did; for other kinds of cases, which they are not fixed for, they would be no start.
        """
        some = np.flatnonzero(frozen.any(axis=1))
        if not some.size:
            return
        entries, reduced, column = entries[some], reduced[some], entering[some]
        place = np.arange(len(some))
        after = reduced - (reduced[place, column] / entries[place, column])[:, None] * entries
        moves = frozen[some] & (np.abs(after) > _LEAST_PIVOT) & (status[some] != _BASIC)
        status[some] = np.where(moves, np.where(after < 0, _AT_HIGH, _AT_LOW), status[some])

    def _updated(
        self, inverses: FloatArray, row: Rows, column: Rows, n_updates: IntArray, basic: IntArray
    ) -> tuple[FloatArray, IntArray]:
        """Inverses, changed in place, after one column has come into each basis; and pivots since they were exact."""
        place = np.arange(len(row))
        entering = np.matmul(inverses, self.matrix.T[column][:, :, None])[:, :, 0]
        pivot = entering[place, row]
        entering[place, row] -= 1.0
        afresh = np.flatnonzero((np.abs(pivot) < _SURE_PIVOT) | (n_updates >= _MOST_UPDATES))
        inverses -= entering[:, :, None] * (inverses[place, row] / pivot[:, None])[:, None, :]
        n_updates = n_updates + 1
        if afresh.size:
            inverses[afresh] = np.linalg.inv(self.matrix[:, basic[afresh]].transpose(1, 0, 2))
            n_updates[afresh] = 0
        return inverses, n_updates
