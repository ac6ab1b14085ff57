"""What moves levels away from where the prices of one basis would have them, and at what loss.

Under integer prices each column of the shared program rests at a bound; a filling that scores less than the bound has
moved some, and each step loses at least so much. Steps of some columns change levels; of the others it is known
only which rows they can raise, lower or make parts of. Inverses are made whole by their determinant and checked in
integers, so rows are whole numbers times it.

Array axes: M rows of the program, N columns, E involved features, T columns that change levels, the cheapest first,
R = M + E rows, times the determinant: basic columns, then what decorations give of each level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ._hulls import ENDLESS
from .build_bounds import BuildBounds
from .build_lp import BuildLp

__all__ = ["EXACT", "MOST_TOLD", "LevelMoves"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: T: more columns that change levels are not looked at.
MOST_TOLD = 8

#: Determinants of bases up to which whole inverses are made.
_MOST_DETERMINANT = 10**6

#: Whole numbers below are exact in floating point.
EXACT = 2**53

#: By so little more a level costs less than one that is missing.
_SMALL = 1e-9

#: What no build is so near to its bound that it would not lose, and what every build is.
_NEVER, _ALWAYS = -(2.0**62), 2.0**62


@dataclass(frozen=True, eq=False)
class LevelMoves:
    """One basis, for builds of one kind; where nothing is known of it all `losses` are below any."""

    #: What columns that change levels lose at least by each step, shape (T + 1,), with the first beyond those.
    losses: FloatArray
    #: How many steps each can take, shape (T,).
    most_steps: FloatArray
    #: Those columns, shape (T,), and how rows change by one step, shape (T, R).
    told: IntArray
    steps: FloatArray
    #: What any other column, or one of the first t of these, loses at least that lowers a basic row, and that raises
    #: it, shape (T + 1, M); and any other one that makes it a part of a whole number, shape (M,).
    lowers: FloatArray
    raises: FloatArray
    divides: FloatArray
    determinant: float
    #: The inverse of the basic columns, times the determinant, shape (M, M), and its largest entry.
    inverse: FloatArray
    largest: float
    #: The basic columns, shape (M,), and which others rest high, shape (N,).
    basic: IntArray
    is_high: BoolArray

    @classmethod
    def of(cls, bounds: BuildBounds, number: int, kind: int) -> LevelMoves:
        """Those of a basis; O(M^2 N) time."""
        program = bounds.program
        simplex, basic = program.simplex, program.simplex.basic[number].copy()
        whole, gained = _whole_inverse(simplex.matrix, basic, program.levels), _gained(bounds, number)
        if whole is None or not _fill_up(bounds, gained, kind):
            return cls._unknown(len(basic), len(simplex.cost), program.levels.shape[1])
        inverse, determinant = whole
        is_high = np.where(gained == 0, simplex.status[number] == 1, gained > 0)
        is_high[basic] = False
        rows = _changes(program, basic, inverse, determinant) * np.where(is_high, -1.0, 1.0)
        # Slopes of hulls may be fractions: less is surely no more.
        lost = np.floor(np.maximum(np.abs(gained) * (1 - _SMALL) - _SMALL, 0.0))
        is_open = program.high[kind] > 0
        is_open[basic] = False
        is_told = is_open & rows[len(basic) :].any(axis=0)
        told, others = np.flatnonzero(is_told), np.flatnonzero(is_open & ~is_told)
        told = told[np.argsort(lost[told], kind="stable")]
        losses = np.concatenate([lost[told], np.full(MOST_TOLD + 1, _ALWAYS)])[: MOST_TOLD + 1]
        told = told[:MOST_TOLD]
        steps, most_steps = np.zeros((MOST_TOLD, len(rows))), np.zeros(MOST_TOLD)
        steps[: len(told)], most_steps[: len(told)] = rows[:, told].T, program.high[kind][told]
        told = np.concatenate([told, np.zeros(MOST_TOLD - len(told), dtype=np.int64)])
        of_others, of_told = rows[: len(basic), others], steps[:, : len(basic)]
        return cls(
            losses,
            most_steps,
            told,
            steps,
            _least(of_others < 0, lost[others], of_told < 0, losses),
            _least(of_others > 0, lost[others], of_told > 0, losses),
            _least(np.mod(of_others, determinant) != 0, lost[others], of_told[:0] != 0, losses)[0],
            determinant,
            inverse,
            float(np.abs(inverse).max()),
            basic,
            is_high,
        )

    @classmethod
    def _unknown(cls, n_rows: int, n_columns: int, n_features: int) -> LevelMoves:
        steps, never = np.zeros((MOST_TOLD, n_rows + n_features)), np.full((MOST_TOLD + 1, n_rows), _NEVER)
        told, basic = np.zeros(MOST_TOLD, dtype=np.int64), np.zeros(n_rows, dtype=np.int64)
        inverse, is_high = np.zeros((n_rows, n_rows)), np.zeros(n_columns, dtype=np.bool_)
        bounds = never, never, never[0]
        return cls(never[:, 0], steps[:, 0], told, steps, *bounds, 1.0, inverse, 0.0, basic, is_high)


def _changes(program: BuildLp, basic: IntArray, inverse: FloatArray, determinant: float) -> FloatArray:
    """What a column that goes up by one changes of rows, shape (R, N)."""
    n_columns = program.simplex.matrix.shape[1]
    given = np.zeros((n_columns, program.levels.shape[1]))
    given[: program.n_decorated] = program.levels
    of_basic = -inverse @ program.simplex.matrix
    changes: FloatArray = np.concatenate([of_basic, determinant * given.T + given[basic].T @ of_basic])
    return changes


def _least(is_other: BoolArray, lost: FloatArray, is_told: BoolArray, losses: FloatArray) -> FloatArray:
    """The least loss of others, shape (M, others), that do something, and of the first t, (t, M); shape (t + 1, M)."""
    others = np.where(is_other, lost, _ALWAYS).min(axis=1, initial=_ALWAYS)
    told = np.where(is_told, losses[: len(is_told), None], _ALWAYS)
    least: FloatArray = np.minimum.accumulate(np.concatenate([others[None], told]), axis=0)
    return least


def _gained(bounds: BuildBounds, number: int) -> FloatArray:
    """What each column gains over the prices of a basis, shape (N,), as far as bounds count it; scaled."""
    program, prices = bounds.program, bounds.prices
    amounts, stock, precision = prices.amounts[number], prices.stock[number], program.model.precision
    of_rows = np.concatenate([amounts[: program.stock_row], stock, amounts[program.stock_row :]])
    gained: FloatArray = program.simplex.cost * precision - of_rows @ program.simplex.matrix
    if program.prefers_low:
        # Slots count there by what they are worth free where their price is less: what moves them may lose nothing.
        slots = slice(program.slot_row, program.stock_row)
        is_free = of_rows[slots] <= precision * program.model.free_values
        gained[program.simplex.matrix[slots][is_free].any(axis=0)] = 0.0
    # Without the nudge, which bounds leave out too.
    gained[: program.n_decorated] = prices.worth[number]
    return gained


def _fill_up(bounds: BuildBounds, gained: FloatArray, kind: int) -> bool:
    """Whether under what columns gain, shape (N,), the best level of each skill has all pieces that gain, no other.

    Not so where prices of rows for whole counts make later pieces better than earlier ones, or prices of levels
    are beyond what a missing level costs: bounds are less there than what their columns add up to.
    """
    program, pieces = bounds.program, bounds.program.hulls.pieces
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


def _whole_inverse(matrix: FloatArray, basic: IntArray, levels: IntArray) -> tuple[FloatArray, float] | None:
    """The inverse of some columns, times their determinant, and that; None where it is not known exactly.

    All sums are of whole numbers that floating point has exactly.
    """
    columns = matrix[:, basic]
    determinant = float(np.rint(abs(np.linalg.det(columns))))
    if not 0 < determinant <= _MOST_DETERMINANT or (np.rint(matrix) != matrix).any():
        return None
    inverse = np.rint(np.linalg.inv(columns) * determinant)
    entry = float(max(np.abs(matrix).max(), np.abs(levels).max(initial=1))) * len(basic)
    if not float(np.abs(inverse).max()) * entry**2 < EXACT:
        return None
    if (columns @ inverse != determinant * np.eye(len(basic))).any():
        return None
    return inverse, determinant
