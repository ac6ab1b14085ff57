"""Boxes with a bound of every class in each, and leaves filled as far as each may beat the best of its class.

Array axes: n classes of one part, L positions, N combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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

__all__ = ["NEVER", "ClassBox", "ClassScorer", "partition"]

IntArray = npt.NDArray[np.int64]

#: Of the leaves of a class the most promising are filled first: they rule out others.
_PASSES = (1, 4, 16, 64, 1 << 60)

#: Leaves that are looked at together: some dozen megabytes.
_MOST_ROWS = 50_000


class ClassScorer:
    """Raises `best`, scores by part and class, in place; `extra` learns what was filled in vain."""

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        best: Sequence[IntArray],
        *,
        filler: Filler | None,
        extra: ExtraPrices | None,
        should_stop: Callable[[], bool],
    ) -> None:
        self._problem = problem
        self._classes = classes
        self._best = best
        self._filler = filler
        self._extra = extra
        self._should_stop = should_stop

    def fill(self, leaves: Sequence[tuple[int, npt.NDArray[np.int32], IntArray]]) -> None:
        """Fill leaves, the most promising of each class first, and take in what is better."""
        part = np.concatenate([np.full(picks.shape[1], b) for b, picks, _ in leaves])
        picks = np.concatenate([picks for _, picks, _ in leaves], axis=1)
        bound = np.concatenate([score for _, _, score in leaves])
        if not len(part):
            return
        place_of_part = np.array([self._problem.positions.index(b) for b in range(len(self._classes))])
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
                if self._should_stop():
                    return

    def _known(self, part: IntArray, picked: IntArray) -> IntArray:
        """The best known with each of some classes."""
        known = np.full(len(part), NO_BUILD, dtype=np.int64)
        for b in range(len(self._classes)):
            rows = part == b
            known[rows] = self._best[b][picked[rows]]
        return known

    def _fill_some(self, part: IntArray, picked: IntArray, picks: npt.NDArray[np.int32]) -> None:
        """Fill some leaves as far as they may beat what is known with their classes."""
        columns = [self._classes[b].first[pick] for b, pick in zip(self._problem.positions, picks, strict=True)]
        totals = total_columns(self._problem, columns)
        floor = np.maximum(self._known(part, picked), -self._problem.score_bound - 1) + 1
        if self._filler is None:
            scores = score_totals(self._problem, totals)
        else:
            # A score of its own to beat for each: what counts is how far it is above.
            above = BlockTotals(totals.linear - floor, totals.levels, totals.bonus_counts, totals.slots)
            scores = self._filler.scores(above, 0, should_stop=self._should_stop)
            is_better = scores > NO_BUILD
            scores = np.where(is_better, scores + floor, NO_BUILD)
            if self._extra is not None:
                self._extra.note(above.take(np.flatnonzero(~is_better)))
        for b in range(len(self._classes)):
            rows = part == b
            np.maximum.at(self._best[b], picked[rows], scores[rows])


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


def partition(problem: Problem, classes: Sequence[PartClasses], precision: int) -> list[Box]:
    """Boxes that divide the space where set bonuses or raised maxima are open."""
    splittable = splittable_totals(problem)
    left, done = [root_box(problem)], list[Box]()
    while left:
        box = left.pop(0)
        split = None
        if len(left) + len(done) + 1 < _MOST_BOXES:
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
