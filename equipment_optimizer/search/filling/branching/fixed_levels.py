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

from ._hulls import ENDLESS
from .build_bounds import BuildBounds
from .build_lp import Cases

__all__ = ["FixedLevels"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Determinants of bases up to which whole inverses are made.
_MOST_DETERMINANT = 10**6

#: Whole numbers below are exact in floating point.
_EXACT = 2**53

#: By so little more a level costs less than one that is missing.
_SMALL = 1e-9

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
        bound_scaled = bounds.bounds(bounds.prices, basis, cases, every, low=low, high=program.most)
        slack = bound_scaled.astype(np.int64) - program.model.precision * best
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
        is_told = changes.any(axis=0) & (program.high[kind] > 0)
        is_told[basic] = False
        amounts, stock = prices.amounts[number], prices.stock[number]
        of_rows = np.concatenate([amounts[: program.stock_row], stock, amounts[program.stock_row :]])
        gained = simplex.cost * program.model.precision - of_rows @ simplex.matrix
        if not self._fill_up(gained, kind):
            return _NEVER
        lost = np.abs(gained)
        if program.prefers_low:
            # Slots count there by what they are worth free where their price is less: what moves them may lose nothing.
            slots = slice(program.slot_row, program.stock_row)
            is_free = of_rows[slots] <= program.model.precision * program.model.free_values
            lost[simplex.matrix[slots][is_free].any(axis=0)] = 0
        # Without the nudge, which bounds leave out too.
        lost[: program.n_decorated] = np.abs(prices.worth[number])
        # Slopes of hulls may be fractions: less by one is surely no more.
        return int(lost[is_told].min()) - 1 if is_told.any() else _ALWAYS

    def _fill_up(self, gained: FloatArray, kind: int) -> bool:
        """Whether under what columns gain, shape (N,), the best level of each skill has all pieces that gain, no other.

        Not so where prices of rows for whole counts make later pieces better than earlier ones, or prices of levels
        are beyond what a missing level costs: bounds are less there than what their columns add up to.
        """
        program, pieces = self._bounds.program, self._bounds.program.hulls.pieces
        open_pieces = np.flatnonzero(program.high[kind][program.pieces] > 0)
        gain = gained[program.pieces][open_pieces]
        variant = np.array([pieces[k].variant for k in open_pieces.tolist()], dtype=np.int64)
        is_endless = np.array([pieces[k].end == ENDLESS for k in open_pieces.tolist()], dtype=np.bool_)
        steep = (1 - _SMALL) * program.price_of_missing
        is_steep = np.array([pieces[k].worth >= steep for k in open_pieces.tolist()], dtype=np.bool_)
        first_loss = np.full(len(program.hulls.owner), len(pieces))
        loses = gain < 0
        np.minimum.at(first_loss, variant[loses], open_pieces[loses])
        is_late = (gain > 0) & (open_pieces > first_loss[variant])
        return not (is_late | (is_endless & (gain > 0)) | (is_steep & loses)).any()


def _changes(matrix: FloatArray, basic: IntArray, levels: IntArray) -> FloatArray | None:
    """By how much levels change, times one factor, for each column that moves, shape (E, N); None where unknown.

    All sums are of whole numbers that floating point has exactly.
    """
    columns = matrix[:, basic]
    determinant = float(np.rint(abs(np.linalg.det(columns))))
    if not 0 < determinant <= _MOST_DETERMINANT or (np.rint(matrix) != matrix).any():
        return None
    inverse = np.rint(np.linalg.inv(columns) * determinant)
    entry = float(max(np.abs(matrix).max(), np.abs(levels).max(initial=1))) * len(basic)
    if not float(np.abs(inverse).max()) * entry**2 < _EXACT:
        return None
    if (columns @ inverse != determinant * np.eye(len(basic))).any():
        return None
    given = np.zeros((matrix.shape[1], levels.shape[1]))
    given[: len(levels)] = levels
    changes: FloatArray = determinant * given.T - (given[basic].T @ inverse) @ matrix
    return changes
