"""The compiled form of a job: integers only, shared by all engines.

For every piece a row of integers, and for every total that couples the pieces an
integer function of it. Everything linear is folded into one number a piece. The
engines see nothing else: no decimals, no text.

    score(build) = base_linear + sum of the pieces' linear values
                 + sum over features of f(total level)
                 + the best filling of the slots, where decorations are given

Array axes: F features (coupled totals), C set bonuses, K slot kinds, n pieces of
one body part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..records.space import CombinationSpace
from .value_function import ValueFunction

__all__ = ["CompiledDecorations", "Feature", "PartColumns", "Problem"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Feature:
    """A total that is not simply linear, and what it is worth.

    Attributes
    ----------
    name : str
        The skill, or ``Defence``, a resistance, a column, a count; of one value of a count ``count: value``.
    kind : {"skill", "defence", "resistance", "total", "count", "value", "pin"}
    path : str
        JSON path of its rule, for messages.
    value : ValueFunction
        Scaled score of the total level.
    raised_value : ValueFunction or None
        Used instead while the feature `raised_by` has a level of at least 1.
    raised_by : int
        Feature index, or -1.
    minimum : int or None
        A build whose total is lower is no result.
    low, high : int
        Every reachable total lies in ``low..high``.
    maximum : int or None
        A build whose total is higher is no result.
    unit, digits : int
        A total of 1 is ``unit / 10**digits`` of what is written.
    """

    name: str
    kind: str
    path: str
    value: ValueFunction
    raised_value: ValueFunction | None
    raised_by: int
    minimum: int | None
    low: int
    high: int
    maximum: int | None = None
    unit: int = 1
    digits: int = 0

    @property
    def n_limits(self) -> int:
        """How many of minimum and maximum there are."""
        return (self.minimum is not None) + (self.maximum is not None)

    def misses(self, levels: IntArray) -> npt.NDArray[np.bool_]:
        """Where a total is below the minimum or above the maximum; the shape of `levels`."""
        missed = np.zeros(levels.shape, dtype=np.bool_)
        if self.minimum is not None:
            missed |= levels < self.minimum
        if self.maximum is not None:
            missed |= levels > self.maximum
        return missed


@dataclass(frozen=True, eq=False)
class PartColumns:
    """The pieces of one body part.

    Attributes
    ----------
    linear : ndarray of int64, shape (n,)
        Scaled score of everything that is linear.
    levels : ndarray of int64, shape (n, F)
    bonus_counts : ndarray of int64, shape (n, C)
        1 where the piece counts for the bonus.
    slots : ndarray of int64, shape (n, K)
        Free slots by kind; K is 0 where no decorations are given.
    """

    linear: IntArray
    levels: IntArray
    bonus_counts: IntArray
    slots: IntArray

    @cached_property
    def vectors(self) -> IntArray:
        """All columns side by side, shape (n, 1 + F + C + K): equal rows score alike in every build."""
        return np.column_stack([self.linear, self.levels, self.bonus_counts, self.slots])


@dataclass(frozen=True, eq=False)
class CompiledDecorations:
    """The decorations worth considering, in file order.

    Attributes
    ----------
    index : tuple of int
        Number of each in the configuration's list.
    linear : ndarray of int64, shape (n,)
    levels : ndarray of int64, shape (n, F)
    fits : ndarray of bool, shape (n, K)
        Whether it may go into a slot of the kind.
    stock : ndarray of int64, shape (n,)
        How many there are; -1 is unlimited.
    """

    index: tuple[int, ...]
    linear: IntArray
    levels: IntArray
    fits: npt.NDArray[np.bool_]
    stock: IntArray


@dataclass(frozen=True, eq=False)
class Problem:
    """The compiled form that all engines share.

    Attributes
    ----------
    digits : int
        Scores are scaled by ``10**digits``.
    features : tuple of Feature, length F
    parts : tuple of PartColumns
        Outermost first.
    base_linear : int
        What a fixed weapon adds, scaled.
    base_levels : ndarray of int64, shape (F,)
    base_bonus_counts : ndarray of int64, shape (C,)
    base_slots : ndarray of int64, shape (K,)
    bonus_names : tuple of str, length C
    bonus_levels : ndarray of int64, shape (C, T, F)
        Levels that a bonus adds at 0, 1, ... T - 1 pieces.
    bonus_linear : ndarray of int64, shape (C, T)
    slot_weights : ndarray of int64, shape (K,)
        Scaled score of a free slot of each kind.
    slot_levels : tuple of int, length K
        Level of each kind, 1 to 4.
    score_bound : int
        No build's absolute scaled score exceeds it.
    exclusive : tuple of tuple of int
        Groups of features of each of which no more than one may be above 0; decorations change none of them.
    """

    space: CombinationSpace
    digits: int
    features: tuple[Feature, ...]
    parts: tuple[PartColumns, ...]
    base_linear: int
    base_levels: IntArray
    base_bonus_counts: IntArray
    base_slots: IntArray
    bonus_names: tuple[str, ...]
    bonus_levels: IntArray
    bonus_linear: IntArray
    slot_weights: IntArray
    slot_levels: tuple[int, ...]
    decorations: CompiledDecorations | None
    score_bound: int
    exclusive: tuple[tuple[int, ...], ...] = ()

    @property
    def n_features(self) -> int:
        """F."""
        return len(self.features)

    @cached_property
    def decoration_places(self) -> tuple[tuple[int, ...], ...]:
        """Of each decoration the lowest fitting kind of slot of each chain: higher slots reach it by stepping down."""
        if self.decorations is None:
            return ()
        is_lowest = self.decorations.fits.copy()
        for k, level in enumerate(self.slot_levels):
            if k and level > 1:
                is_lowest[:, k] &= ~self.decorations.fits[:, k - 1]
        return tuple(tuple(k for k, here in enumerate(row) if here) for row in is_lowest.tolist())

    @cached_property
    def bonus_features(self) -> tuple[tuple[int, ...], ...]:
        """Features that each bonus adds to, length C."""
        return tuple(tuple(np.flatnonzero(levels.any(axis=0)).tolist()) for levels in self.bonus_levels)

    @cached_property
    def positions(self) -> tuple[int, ...]:
        """Part index of each position of a build."""
        return tuple(b for b, count in enumerate(self.space.counts) for _ in range(count))

    @property
    def is_separable(self) -> bool:
        """Whether the score is a plain sum of functions of sums: nothing else couples the pieces."""
        is_coupled = self.bonus_names or self.exclusive or self.space.origins or self.decorations is not None
        return not is_coupled and all(f.raised_by < 0 for f in self.features)
