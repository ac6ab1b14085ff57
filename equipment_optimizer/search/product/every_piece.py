"""The best product with every piece: those of a part of thousands apart from all others, where that takes less.

Beside the pieces of other parts most weapons of a long list need not be there: another one has more of everything.
So all other parts are asked for with the few that are left, and the weapons among themselves.

Array axes: L positions, N builds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.dominance import undominated
from ...problem.formula import FormulaProblem
from ...problem.piece_costs import without_pieces
from .each_piece_class import EachProduct
from .nodes.nodes import factors_of, root_node
from .nodes.told_apart import plain_part

__all__ = ["EveryProduct", "without_beaten"]

BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Searches apart pay where a part is left with so few of its pieces, one in so many.
_FEWER = 4


class EveryProduct:
    """See `EachProduct`, whose arguments and answers these are."""

    def __init__(self, formula: FormulaProblem, usable: Sequence[BoolArray], **options: Any) -> None:
        self._whole = EachProduct(formula, usable, **options)
        self._few: EachProduct | None = None
        self._positions = formula.problem.positions
        beaten = without_beaten(formula, usable)
        if beaten is None:
            return
        self._part, self._rows = beaten
        kept = [self._rows if b == self._part else np.arange(len(each)) for b, each in enumerate(usable)]
        few = replace(formula, problem=without_pieces(formula.problem, kept))
        self._few = EachProduct(few, [each[rows] for each, rows in zip(usable, kept, strict=True)], **options)

    def note(self, columns: Sequence[npt.NDArray[np.integer]], scores: npt.NDArray[np.object_]) -> None:
        """Take in some builds."""
        self._whole.best.note(columns, scores)

    def settle(self, columns: Sequence[npt.NDArray[np.integer]], scores: npt.NDArray[np.object_]) -> None:
        """Take in the best builds there are, proved: nothing better holds what they hold."""
        self._whole.settle(columns, scores)

    def of_piece(self, b: int, piece: int) -> tuple[int, int | None]:
        """See `EachProduct.of_piece`."""
        return self._of(b).of_piece(b, piece)

    def class_of(self, b: int, piece: int) -> int:
        """See `EachProduct.class_of`."""
        return self._of(b).class_of(b, piece)

    def _of(self, b: int) -> EachProduct:
        """The search that tells of a part."""
        return self._whole if self._few is None or b == self._part else self._few

    def run(self, columns: Sequence[npt.NDArray[np.integer]]) -> None:
        """See `EachProduct.run`."""
        if self._few is not None:
            for b in range(len(self._few.classes)):
                if b == self._part:
                    self._few.leave(b)
                else:
                    self._few.take_over(self._whole, b)
                    self._whole.leave(b)
            self._few.run(self._among_few(columns))
        self._whole.run(columns)

    def _among_few(self, columns: Sequence[npt.NDArray[np.integer]]) -> list[npt.NDArray[np.integer]]:
        """Those builds that can be told there."""
        if not len(columns):
            return []
        pieces = np.asarray(columns[self._positions.index(self._part)])
        is_there = np.isin(pieces, self._rows)
        return [
            np.searchsorted(self._rows, pieces[is_there]) if b == self._part else np.asarray(column)[is_there]
            for b, column in zip(self._positions, columns, strict=True)
        ]


def without_beaten(formula: FormulaProblem, usable: Sequence[BoolArray]) -> tuple[int, Rows] | None:
    """The part whose pieces alone add to plain parts of sums, and those for which no usable other one can stand in.

    None where these are not much fewer, or more of something may be worse.
    """
    problem = formula.problem
    features = problem.features
    if not formula.rises or problem.exclusive or any(feature.maximum is not None for feature in features):
        return None
    plain = plain_part(formula)
    if plain is None or problem.space.shared_parts or not _are_better_with_more(formula):
        return None
    part, added = plain
    pieces, rows = problem.parts[part], np.flatnonzero(usable[part])
    if problem.space.optional[part]:
        return None
    others = [e for e in range(problem.n_features) if e not in added]
    columns = [pieces.levels[rows][:, added], _slots_from_above(formula, pieces.slots[rows])]
    alike = [pieces.levels[rows][:, others], pieces.bonus_counts[rows]]
    may_rise = np.repeat([True, False], [sum(each.shape[1] for each in some) for some in (columns, alike)])
    worth, firsts = np.unique(np.hstack([*columns, *alike]), axis=0, return_index=True)
    kept = np.sort(rows[firsts[undominated(worth, may_rise)]])
    return (part, kept) if _FEWER * len(kept) <= len(rows) else None


def _slots_from_above(formula: FormulaProblem, slots: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Slots of each kind, shape (n, K), or of each and above, where a higher one takes all that a lower one does."""
    decorations = formula.problem.decorations
    order = np.argsort(formula.problem.slot_levels, kind="stable")
    if decorations is None or not (np.diff(decorations.fits[:, order].astype(np.int8), axis=1) >= 0).all():
        return slots
    from_above: npt.NDArray[np.int64] = np.cumsum(slots[:, order[::-1]], axis=1)
    return from_above


def _are_better_with_more(formula: FormulaProblem) -> bool:
    """Whether more of a plain part never makes a product less: no factor is negative, nor what a sum is times."""
    for factor, scaled in zip(factors_of(formula, root_node(formula)), formula.scaled.sums, strict=True):
        if factor.span[0] < 0:
            return False
        for place, compiled in enumerate(factor.sums):
            other = 1 - place
            if compiled.plain >= 0 and factor.is_pair:
                low = scaled[other].clipped(np.array([factor.sums[other].low], dtype=object))
                if int(low[0]) < 0:
                    return False
    return True
