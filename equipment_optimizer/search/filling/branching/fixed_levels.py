"""Builds whose best fillings all have the same levels, whichever decorations give them.

Any filling solves the shared program. What it scores below a bound is lost by columns that do not rest where
the prices of the bound would have them. Where a build is nearer to its bound than a column would lose, that column
rests in every best filling; several bases that bound a build alike leave different columns to move. Levels follow
from columns that are not basic, by any basis at all: if all that change a level rest, all best fillings have the
same. Inverses are made whole by their determinant and checked in integers.

Array axes: G builds, M rows, N columns, E involved features, B bases.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..tables.packing import distinct
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

#: No more of a loss than that is due to floating point.
_INEXACT = 0.25

#: What is lost by columns of which nothing is known: no build is so near to its bound.
_NEVER = -(2**62)

#: Builds that are asked together: a MB.
_BLOCK = 1_024


class FixedLevels:
    """Asks builds by bases of one program."""

    def __init__(self, bounds: BuildBounds) -> None:
        self._bounds = bounds
        pieces = bounds.program.hulls.pieces
        self._variant = np.array([piece.variant for piece in pieces], dtype=np.int64)
        self._is_endless = np.array([piece.end == ENDLESS for piece in pieces], dtype=np.bool_)
        steep = (1 - _SMALL) * bounds.program.price_of_missing
        self._is_steep = np.array([piece.worth >= steep for piece in pieces], dtype=np.bool_)
        #: By basis and kind of build what is lost at least for each unit that a column does not rest, shape (N,).
        self._lost: dict[tuple[int, int], FloatArray] = {}
        #: By basis which columns change a level, shape (N,), none of them basic; None where unknown.
        self._changing: dict[int, BoolArray | None] = {}

    def forget(self) -> None:
        """Numbers of bases mean nothing any more."""
        self._lost.clear()
        self._changing.clear()

    def are_fixed(self, cases: Cases, basis: IntArray, best: IntArray) -> BoolArray:
        """Which of G builds, whose best fillings score `best`, certainly have one set of levels; a basis for each."""
        are_fixed = np.zeros(len(cases), dtype=np.bool_)
        for kind in distinct(cases.kind):
            of_kind = np.flatnonzero(cases.kind == kind)
            for begin in range(0, len(of_kind), _BLOCK):
                rows = of_kind[begin : begin + _BLOCK]
                numbers = list(dict.fromkeys([*self._bounds.starts, *distinct(basis[rows])]))
                bound_scaled = self._bounds.scaled_by_bases(numbers, cases, rows, self._bounds.program.most)
                slack = bound_scaled - float(self._bounds.program.model.precision) * best[rows]
                are_fixed[rows] = self._by_bases(kind, numbers, slack)
        return are_fixed

    def _by_bases(self, kind: int, numbers: list[int], slack: FloatArray) -> BoolArray:
        """Which builds of one kind have one set of levels, shape (G,), by how far bases bound them, shape (B, G)."""
        # Bases that bound no build best say little more.
        near = np.flatnonzero((slack == slack.min(axis=0)).any(axis=1))
        slack, of_near = slack[near], [numbers[place] for place in near.tolist()]
        losses = [self._lost_by(number, kind) for number in of_near]
        masks = [self._changed_by(number) for number in of_near]
        closed = self._bounds.program.high[kind] <= 0
        # Mostly one basis does.
        least = [
            np.where(closed | ~mask, np.inf, lost).min() if mask is not None else float(_NEVER)
            for lost, mask in zip(losses, masks, strict=True)
        ]
        are_fixed: BoolArray = np.any(slack < np.array(least)[:, None], axis=0)
        rows = np.flatnonzero(~are_fixed)
        if rows.size:
            do_rest = np.repeat(closed[None], len(rows), axis=0)
            for lost, of_basis in zip(losses, slack[:, rows], strict=True):
                some = np.flatnonzero(of_basis < lost.max())
                do_rest[some] |= of_basis[some, None] < lost
            for mask in {mask.tobytes(): mask for mask in masks if mask is not None}.values():
                are_fixed[rows] |= do_rest[:, mask].all(axis=1)
        return are_fixed

    def _changed_by(self, number: int) -> BoolArray | None:
        """Columns that change a level where they do not rest, shape (N,), by a basis."""
        if number not in self._changing:
            simplex = self._bounds.program.simplex
            basic = simplex.basic[number]
            changes = _changes(simplex.matrix, basic, self._bounds.program.levels)
            if changes is None:
                self._changing[number] = None
            else:
                is_changing = np.any(changes != 0, axis=0)
                is_changing[basic] = False
                self._changing[number] = is_changing
        return self._changing[number]

    def _lost_by(self, number: int, kind: int) -> FloatArray:
        """What is lost at least for each unit that a column does not rest, shape (N,), by the prices of a basis."""
        key = number, kind
        if key in self._lost:
            return self._lost[key]
        program, prices = self._bounds.program, self._bounds.prices
        simplex, amounts = program.simplex, prices.amounts[number]
        of_rows = np.concatenate([amounts[: program.stock_row], prices.stock[number], amounts[program.stock_row :]])
        gained = simplex.cost * program.model.precision - of_rows @ simplex.matrix
        lost = np.abs(gained)
        if program.prefers_low:
            # Slots count there by what they are worth free where their price is less: what moves them may lose nothing.
            slots = slice(program.slot_row, program.stock_row)
            is_free = of_rows[slots] <= program.model.precision * program.model.free_values
            lost[simplex.matrix[slots][is_free].any(axis=0)] = 0
        # Without the nudge, which bounds leave out too.
        lost[: program.n_decorated] = np.abs(prices.worth[number])
        # Slopes of hulls may be fractions, of numbers for which sums have fewer bits than there are.
        lost = lost - _INEXACT if self._fill_up(gained, kind) else np.full(len(lost), float(_NEVER))
        self._lost[key] = lost
        return lost

    def _fill_up(self, gained: FloatArray, kind: int) -> bool:
        """Whether under what columns gain, shape (N,), the best level of each skill has all pieces that gain, no other.

        Not so where prices of rows for whole counts make later pieces better than earlier ones, or prices of levels
        are beyond what a missing level costs: bounds are less there than what their columns add up to.
        """
        program = self._bounds.program
        open_pieces = np.flatnonzero(program.high[kind][program.pieces] > 0)
        gain, variant = gained[program.pieces][open_pieces], self._variant[open_pieces]
        first_loss = np.full(len(program.hulls.owner), len(self._variant))
        loses = gain < 0
        np.minimum.at(first_loss, variant[loses], open_pieces[loses])
        is_late = (gain > 0) & (open_pieces > first_loss[variant])
        is_endless, is_steep = self._is_endless[open_pieces], self._is_steep[open_pieces]
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
