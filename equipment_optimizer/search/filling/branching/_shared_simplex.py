"""One linear program for many right-hand sides and bounds: a dual simplex that shares its bases.

    most of cost @ x,   matrix @ x = right-hand side,   low <= x <= high

Only right-hand side and bounds differ from case to case. Whether a basis is dual
feasible depends on neither, so the one that is optimal for some case is a start for
every other, and a pivot from it, once made, serves all that come by. Every basis has
prices, and any prices bound every case.

All bounds are finite: a column whose reduced cost has the wrong sign rests at its
other bound, so there is always a dual feasible start. In floating point: what comes
out is advice, never proof.

Array axes: M rows, N columns, C cases.

Source: the bounded dual simplex as in V. Chvatal, *Linear Programming* (1983), ch. 8 and 10.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ._products import product

__all__ = ["Basis", "SharedSimplex"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: How far a basic value may be outside its bounds, and what counts as no entry of a row.
_TOLERANCE = 1e-7
_LEAST_PIVOT = 1e-9

#: Where a column rests.
_AT_LOW, _AT_HIGH, _BASIC = 0, 1, 2


#: Bases whose inverse is kept; of others it is found again, in 40 us.
_MOST_INVERSES = 1_500


class Basis:
    """One basis: prices of the rows, and the pivots that are known from here."""

    __slots__ = ("_program", "basic", "is_high", "kept_inverse", "number", "pivots", "prices", "reduced", "status")

    def __init__(self, number: int, basic: IntArray, status: npt.NDArray[np.int8], program: SharedSimplex) -> None:
        self._program = program
        self.number = number
        self.basic = basic
        self.status = status
        self.kept_inverse: FloatArray | None = None
        self.prices: FloatArray = program.cost[basic] @ self.inverse
        #: What a column loses for each unit it takes, shape (N,): positive where it rests low.
        self.reduced: FloatArray = self.prices @ program.matrix - program.cost
        self.is_high: BoolArray = status == _AT_HIGH
        #: Next basis by (row, side, frozen columns); None where no column can enter.
        self.pivots: dict[tuple[int, bool, int], Basis | None] = {}

    @property
    def inverse(self) -> FloatArray:
        """Of the basic columns, shape (M, M)."""
        if self.kept_inverse is None:
            self.kept_inverse = np.asarray(np.linalg.inv(self._program.matrix[:, self.basic]), dtype=np.float64)
            self._program.keep(self)
        return self.kept_inverse

    def basic_values(self, sides: FloatArray, resting: FloatArray) -> FloatArray:
        """Values of the basic columns, shape (C, M), of cases (C, M) with columns that rest (C, N), basic ones 0."""
        return product(sides - product(resting, self._program.matrix.T), self.inverse.T)


class SharedSimplex:
    """The program and all bases that were met.

    Parameters
    ----------
    matrix : ndarray of float64, shape (M, N)
    cost : ndarray of float64, shape (N,)
    basic : ndarray of int64, shape (M,)
        Columns that form a basis to start from.

    Attributes
    ----------
    bases : list of Basis
    """

    def __init__(self, matrix: FloatArray, cost: FloatArray, basic: IntArray) -> None:
        self.matrix = matrix
        self.cost = cost
        self.bases: list[Basis] = []
        self._known: dict[bytes, Basis] = {}
        self._frozen: list[BoolArray] = []
        self._kinds: dict[bytes, int] = {}
        self._inverses: deque[Basis] = deque()
        status = np.zeros(len(cost), dtype=np.int8)
        reduced = cost[basic] @ np.linalg.inv(matrix[:, basic]) @ matrix - cost
        status[reduced < 0] = _AT_HIGH
        status[basic] = _BASIC
        self._basis(basic, status)

    def _basis(self, basic: IntArray, status: npt.NDArray[np.int8]) -> Basis:
        """The basis with this status of the columns, made if it is new."""
        key = status.tobytes()
        known = self._known.get(key)
        if known is None:
            known = Basis(len(self.bases), basic, status, self)
            self._known[key] = known
            self.bases.append(known)
        return known

    def keep(self, basis: Basis) -> None:
        """Take note that a basis has its inverse; the one that has it longest loses it where they are many."""
        self._inverses.append(basis)
        if len(self._inverses) > _MOST_INVERSES:
            self._inverses.popleft().kept_inverse = None

    def forget_but(self, numbers: Sequence[int]) -> dict[int, int]:
        """Forget all bases but some and their pivots; the new number of each of those."""
        kept = [self.bases[number] for number in dict.fromkeys([0, *numbers])]
        # Bases hold each other: without this they would stay until the garbage collector comes by.
        for basis in self.bases:
            basis.pivots.clear()
            basis.kept_inverse = None
        self.bases, self._known = [], {}
        self._inverses.clear()
        renamed = {}
        for basis in kept:
            again = self._basis(basis.basic, basis.status)
            renamed[basis.number] = again.number
        return renamed

    def kind(self, frozen: BoolArray) -> int:
        """The number of a kind of cases: those with these columns, shape (N,), fixed, which never enter a basis."""
        key = np.packbits(frozen).tobytes()
        if key not in self._kinds:
            self._kinds[key] = len(self._frozen)
            self._frozen.append(frozen)
        return self._kinds[key]

    def values(
        self, basis: Basis, sides: FloatArray, low: FloatArray, high: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Resting columns, shape (C, N) with 0 for basic ones, and basic columns, shape (C, M), of some cases.

        Parameters
        ----------
        basis : Basis
        sides : ndarray of float64, shape (C, M)
        low, high : ndarray of float64, shape (C, N)
        """
        resting = np.where(basis.is_high, high, low)
        resting[:, basis.basic] = 0.0
        return resting, basis.basic_values(sides, resting)

    def violations(
        self, basis: Basis, values: FloatArray, low: FloatArray, high: FloatArray
    ) -> tuple[IntArray, BoolArray, BoolArray]:
        """For each case the row whose column is furthest outside its bounds, whether above, and whether none is."""
        above = values - high[:, basis.basic]
        outside = np.maximum(low[:, basis.basic] - values, above)
        row = outside.argmax(axis=1)
        cases = np.arange(len(row))
        worst = outside[cases, row]
        return row, above[cases, row] >= worst, worst <= _TOLERANCE

    def pivot(self, basis: Basis, row: int, above: bool, kind: int) -> Basis | None:
        """The basis that the column of `row` leaves towards the bound it violates; None where no column can enter."""
        key = (row, above, kind)
        if key not in basis.pivots:
            basis.pivots[key] = self._pivot(basis, row, above, kind)
        return basis.pivots[key]

    def _pivot(self, basis: Basis, row: int, above: bool, kind: int) -> Basis | None:
        entries = basis.inverse[row] @ self.matrix
        entries[basis.basic] = 0.0
        entries = entries if above else -entries
        # A column that rests low can only rise, one that rests high only sink.
        helps = np.where(basis.is_high, -entries, entries)
        helps[self._frozen[kind]] = 0.0
        candidates = np.flatnonzero(helps > _LEAST_PIVOT)
        if not candidates.size:
            return None
        ratio = np.abs(basis.reduced[candidates]) / helps[candidates]
        near = candidates[ratio <= ratio.min() + _LEAST_PIVOT]
        entering = int(near[np.argmax(helps[near])])
        leaving = int(basis.basic[row])
        basic, status = basis.basic.copy(), basis.status.copy()
        basic[row] = entering
        status[entering] = _BASIC
        status[leaving] = _AT_HIGH if above else _AT_LOW
        return self._basis(basic, status)
