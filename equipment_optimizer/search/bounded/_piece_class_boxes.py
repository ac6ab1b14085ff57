"""Boxes with a bound of every class in each, and leaves filled as far as each may beat the best of its class.

Array axes: n classes of one part, L positions, N combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.vocabulary import NO_BUILD
from ..filling.filler import Filler
from ..relaxation.bounds import Box, Relaxed, root_box
from ..relaxation.box_lp import solve_box
from ..relaxation.piece_classes import PartClasses
from ._extra_prices import ExtraPrices
from .splitting import needed_bonus, splittable_totals, worst_raised

__all__ = ["NEVER", "BestOfClasses", "ClassBox", "ClassScorer", "partition"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Of the leaves of a class the most promising are filled first: they rule out others.
_PASSES = (1, 4, 16, 64, 1 << 60)

#: Leaves that are looked at together: some dozen megabytes.
_MOST_ROWS = 50_000


class BestOfClasses:
    """The best score known with each class, `NO_BUILD` where none is: `known` by part, shapes (n,), raised in place.

    `usable` has by part the classes that a build may have beside the one that is asked for.
    """

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], usable: Sequence[BoolArray]) -> None:
        self.known = [np.full(len(part), NO_BUILD, dtype=np.int64) for part in classes]
        self.class_of = [_class_of_piece(part) for part in classes]
        self._positions, self._usable = problem.positions, usable

    def note(self, columns: Sequence[npt.NDArray[np.integer]], scores: npt.NDArray[Any]) -> None:
        """Take in builds, a column of piece indices by position (L, N): for classes beside which all is usable."""
        held = [self.class_of[b][np.asarray(column)] for b, column in zip(self._positions, columns, strict=True)]
        unusable = [~self._usable[b][numbers] for b, numbers in zip(self._positions, held, strict=True)]
        n_unusable = np.sum(unusable, axis=0)
        for b, numbers, is_unusable in zip(self._positions, held, unusable, strict=True):
            counts = n_unusable == is_unusable
            self.take(b, numbers[counts], scores[counts])

    def take(self, b: int, numbers: IntArray, scores: npt.NDArray[Any]) -> None:
        """Take in scores with classes of a part, shapes (N,)."""
        np.maximum.at(self.known[b], numbers, scores)


class ClassScorer:
    """Raises what is `best` of each class; `extra` learns what was filled in vain."""

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        best: BestOfClasses,
        *,
        filler: Filler | None,
        extra: ExtraPrices | None,
        should_stop: Callable[[], bool],
    ) -> None:
        self.problem = problem
        self._classes = classes
        self._best = best
        self.filler = filler
        self.extra = extra
        self.should_stop = should_stop

    def offer(self, columns: Sequence[IntArray]) -> None:
        """Score builds, columns of piece indices by position (L, N), and take them in."""
        if len(columns[0]):
            self._best.note(columns, self.scores(columns, total_columns(self.problem, columns)))

    def scores(self, columns: Sequence[IntArray], totals: BlockTotals) -> npt.NDArray[Any]:
        """What builds come to, shape (N,)."""
        return score_totals(self.problem, totals) if self.filler is None else self.filler.scores(totals)

    def better_scores(self, columns: Sequence[IntArray], totals: BlockTotals, known: IntArray) -> npt.NDArray[Any]:
        """The same as far as it is more than what is known, shape (N,), of each."""
        floor = np.maximum(known, -self.problem.score_bound - 1) + 1
        if self.filler is None:
            return score_totals(self.problem, totals)
        scores = self.filled_above(totals, floor)
        return np.where(scores > NO_BUILD, scores + floor, NO_BUILD)

    def filled_above(self, totals: BlockTotals, floor: IntArray) -> IntArray:
        """How far builds, their slots filled, are above a floor of their own each; `NO_BUILD` below it."""
        assert self.filler is not None
        above = BlockTotals(totals.linear - floor, totals.levels, totals.bonus_counts, totals.slots)
        scores = self.filler.scores(above, 0, should_stop=self.should_stop)
        if self.extra is not None:
            self.extra.note(above.take(np.flatnonzero(scores == NO_BUILD)))
        return scores

    def fill(self, leaves: Sequence[tuple[int, npt.NDArray[np.int32], IntArray]]) -> None:
        """Fill leaves, the most promising of each class first, and take in what is better."""
        part = np.concatenate([np.full(picks.shape[1], b) for b, picks, _ in leaves])
        picks = np.concatenate([picks for _, picks, _ in leaves], axis=1)
        bound = np.concatenate([score for _, _, score in leaves])
        if not len(part):
            return
        place_of_part = np.array([self.problem.positions.index(b) for b in range(len(self._classes))])
        picked = picks[place_of_part[part], np.arange(len(part))]
        order = np.lexsort((-bound, picked, part))
        key = part[order] * (1 << 32) + picked[order]
        starts = np.flatnonzero(np.diff(key, prepend=-1))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
        start = 0
        for stop in _PASSES:
            rows = np.flatnonzero((rank >= start) & (rank < stop))
            start = stop
            for begin in range(0, len(rows), _MOST_ROWS):
                some = rows[begin : begin + _MOST_ROWS]
                some = some[bound[some] > self._known(part[some], picked[some])]
                if len(some):
                    self._fill_some(part[some], picked[some], picks[:, some])
                if self.should_stop():
                    return

    def _known(self, part: IntArray, picked: IntArray) -> IntArray:
        """The best known with each of some classes."""
        known = np.full(len(part), NO_BUILD, dtype=np.int64)
        for b, of_part in enumerate(self._best.known):
            rows = part == b
            known[rows] = of_part[picked[rows]]
        return known

    def _fill_some(self, part: IntArray, picked: IntArray, picks: npt.NDArray[np.int32]) -> None:
        """Fill some leaves as far as they may beat what is known with their classes."""
        columns = [self._classes[b].first[pick] for b, pick in zip(self.problem.positions, picks, strict=True)]
        scores = self.better_scores(columns, total_columns(self.problem, columns), self._known(part, picked))
        for b in range(len(self._classes)):
            rows = part == b
            self._best.take(b, picked[rows], scores[rows])


def _class_of_piece(part: PartClasses) -> IntArray:
    """The class of each piece of a part, shape (pieces,)."""
    owner = np.empty(len(part.members), dtype=np.int64)
    owner[part.members] = np.repeat(np.arange(len(part)), part.sizes)
    return owner


#: Boxes that the space is divided into where set bonuses and raised maxima are open.
_MOST_BOXES = 12

#: The bound of a class that no build of a box has.
NEVER = -(2**62)


@dataclass(eq=False)
class ClassBox:
    """A box with the bounds of all classes in it."""

    box: Box
    #: By part, shape (n,): no build with the class, and not enumerated, is above it; scaled.
    bound_scaled: list[IntArray]
    relaxations: list[Relaxed]
    #: By part, shape (n,): the relaxation that gives the bound, and how far it is enumerated below it.
    by: list[IntArray]
    listed: list[IntArray] = field(default_factory=list)

    def unlisted_scaled(self, b: int) -> IntArray:
        """The bounds of part `b` with what is enumerated taken off."""
        bound_scaled = self.bound_scaled[b]
        return np.where(bound_scaled == NEVER, bound_scaled, bound_scaled - self.listed[b] - 1)


def partition(problem: Problem, classes: Sequence[PartClasses], precision: int, n_most: int = _MOST_BOXES) -> list[Box]:
    """Boxes, so many at the most, that divide the space where set bonuses or raised maxima are open."""
    splittable = splittable_totals(problem)
    left, done = [root_box(problem)], list[Box]()
    while left:
        box = left.pop(0)
        split = None
        if len(left) + len(done) + 1 < n_most:
            advice = solve_box(problem, classes, box, precision)
            if advice.feasible:
                split = needed_bonus(problem, classes, box, advice) or worst_raised(problem, box, advice, splittable)
        if split is None:
            done.append(box)
            continue
        e, value = split
        left.append(box.with_range(e, box.low[e], value - 1))
        left.append(box.with_range(e, value, box.high[e]))
    return done
