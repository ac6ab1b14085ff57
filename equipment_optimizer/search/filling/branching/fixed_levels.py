"""Builds whose best fillings all have the same levels, whichever decorations give them.

Any filling solves the shared program. What it scores below a bound is lost by columns that do not rest where
the prices of the bound would have them. Where a build is nearer to its bound than one of those columns would lose,
a best filling moves only the others, and basic columns along with them. If that changes no level, all best
fillings have the same. Inverses are made whole by their determinant and checked in integers.

Array axes: G builds, M rows, N columns, E involved features.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .build_bounds import BuildBounds
from .build_lp import Cases

__all__ = ["FixedLevels"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Determinants of bases up to which whole inverses are made.
_MOST_DETERMINANT = 10**6

#: What no build is so near to its bound that it would not lose, and what every build is.
_NEVER, _ALWAYS = -(2**62), 2**62


class FixedLevels:
    """Asks builds by bases of one program."""

    def __init__(self, bounds: BuildBounds) -> None:
        self._bounds = bounds
        #: By basis and kind of build what is lost at least by columns that change a level.
        self._least: dict[tuple[int, int], int] = {}

    def forget(self) -> None:
        """Numbers of bases mean nothing any more."""
        self._least.clear()

    def are_fixed(self, cases: Cases, basis: IntArray, best: IntArray) -> BoolArray:
        """Which of G builds, whose best fillings score `best`, certainly have one set of levels; a basis for each."""
        bounds, program, every = self._bounds, self._bounds.program, np.arange(len(cases))
        low = np.zeros(program.n_decorated)
        bound = bounds.bounds(bounds.prices, basis, cases, every, low=low, high=program.most)
        slack = bound.astype(np.int64) - program.model.precision * best
        pairs = zip(basis.tolist(), cases.kind.tolist(), strict=True)
        return slack < np.array([self._least_lost(*pair) for pair in pairs], dtype=np.int64)

    def _least_lost(self, number: int, kind: int) -> int:
        """What a column of a basis loses at least that changes a level where it does not rest."""
        key = number, kind
        if key not in self._least:
            self._least[key] = self._lost(number, kind)
        return self._least[key]

    def _lost(self, number: int, kind: int) -> int:
        program, prices = self._bounds.program, self._bounds.prices
        simplex, basic = program.simplex, program.simplex.basic[number]
        changes = _changes(simplex.matrix, basic, program.levels)
        if changes is None:
            return _NEVER
        is_told = changes.any(axis=0) & ~program.closed[kind]
        is_told[basic] = False
        amounts, stock = prices.amounts[number], prices.stock[number]
        of_rows = np.concatenate([amounts[: program.stock_row], stock, amounts[program.stock_row :]])
        lost = np.abs(simplex.cost * program.model.precision - of_rows @ simplex.matrix)
        if program.prefers_low:
            # Slots count there by what they are worth free where their price is less: what moves them may lose nothing.
            slots = slice(program.slot_row, program.stock_row)
            is_free = of_rows[slots] <= program.model.precision * program.model.free_values
            lost[simplex.matrix[slots][is_free].any(axis=0)] = 0
        # Without the nudge, which bounds leave out too.
        lost[: program.n_decorated] = np.abs(prices.worth[number])
        # Slopes of hulls may be fractions: less by one is surely no more.
        return int(lost[is_told].min()) - 1 if is_told.any() else _ALWAYS


def _changes(matrix: FloatArray, basic: IntArray, levels: IntArray) -> IntArray | None:
    """By how much levels change, times one factor, for each column that moves, shape (E, N); None where unknown."""
    columns = matrix[:, basic]
    whole, of_basic = matrix.astype(np.int64), columns.astype(np.int64)
    determinant = round(abs(float(np.linalg.det(columns))))
    if not 0 < determinant <= _MOST_DETERMINANT or (whole != matrix).any():
        return None
    inverse = np.rint(np.linalg.inv(columns) * determinant).astype(np.int64)
    if (of_basic @ inverse != determinant * np.eye(len(basic), dtype=np.int64)).any():
        return None
    given = np.zeros((matrix.shape[1], levels.shape[1]), dtype=np.int64)
    given[: len(levels)] = levels
    changes: IntArray = determinant * given.T - given[basic].T @ (inverse @ whole)
    return changes
