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
    """A total that is not simply linear, and what it is worth: every reachable one lies in ``low..high``.

    A build whose total is below the minimum or above the maximum is no result.
    """

    name: str  # the skill, ``Defence``, resistance, column or count; ``count: value``
    kind: str  # skill, defence, resistance, total, count, value or pin
    path: str  # JSON path of its rule, for messages
    value: ValueFunction  # scaled score of the total level
    raised_value: ValueFunction | None  # instead of it while feature `raised_by` has a level
    raised_by: int  # -1 for none
    minimum: int | None
    low: int
    high: int
    maximum: int | None = None
    unit: int = 1  # a total of 1 is ``unit / 10**digits`` of what is written
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
    """The pieces of one body part; int64."""

    linear: IntArray  # (n,): scaled score of everything that is linear
    levels: IntArray  # (n, F)
    bonus_counts: IntArray  # (n, C): 1 where the piece counts for the bonus
    slots: IntArray  # (n, K): free slots by kind; K is 0 where no decorations are given

    @cached_property
    def vectors(self) -> IntArray:
        """All columns side by side, shape (n, 1 + F + C + K): equal rows score alike in every build."""
        return np.column_stack([self.linear, self.levels, self.bonus_counts, self.slots])


@dataclass(frozen=True, eq=False)
class CompiledDecorations:
    """The decorations worth considering, in file order."""

    index: tuple[int, ...]  # number of each in the configuration's list
    linear: IntArray  # int64 (n,)
    levels: IntArray  # int64 (n, F)
    fits: npt.NDArray[np.bool_]  # (n, K): whether it may go into a slot of the kind
    stock: IntArray  # int64 (n,): how many there are; -1 is unlimited


@dataclass(frozen=True, eq=False)
class Problem:
    """The compiled form that all engines share; arrays are int64."""

    space: CombinationSpace
    digits: int  # scores are scaled by ``10**digits``
    features: tuple[Feature, ...]  # F
    parts: tuple[PartColumns, ...]  # outermost first
    base_linear: int  # what a fixed weapon adds, scaled; so do the other bases
    base_levels: IntArray  # (F,)
    base_bonus_counts: IntArray  # (C,)
    base_slots: IntArray  # (K,)
    bonus_names: tuple[str, ...]  # C
    bonus_levels: IntArray  # (C, T, F): what a bonus adds at 0, 1, ... T - 1 pieces
    bonus_linear: IntArray  # (C, T)
    slot_weights: IntArray  # (K,): scaled score of a free slot of each kind
    slot_levels: tuple[int, ...]  # K: level of each kind, 1 to 4
    decorations: CompiledDecorations | None
    score_bound: int  # no build's absolute scaled score exceeds it
    #: groups of features of which at most one may be above 0; decorations change none
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
