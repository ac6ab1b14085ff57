"""Which of some combinations of pieces keep limits once their slots are filled: one filler for all questions.

A limit that nobody asks for is one that a build is given in advance: its totals are
moved to where they keep it. So builds of all questions are filled by one program, and
what ruled out one question's builds rules out the next one's.

Array axes: F features, N combinations.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..problem.scoring import BlockTotals
from ..search.filling.filler import Filler
from ._level_problem import score_bound
from ._limit import Limit, sum_of

__all__ = ["LimitFiller"]

#: More levels are never filled one after the other, nor more slots of a kind used: they fit into a byte.
_MUCH = 100

IntArray = npt.NDArray[np.int64]


class LimitFiller:
    """Fillings of a problem with `limits`; `places` are their features there."""

    def __init__(self, problem: Problem, limits: Sequence[Limit], places: Sequence[int]) -> None:
        self._limits, self._places = limits, places
        features = list(problem.features)
        self._twice = {f for f in places if list(places).count(f) > 1}
        for limit, f in zip(limits, places, strict=True):
            if f in self._twice:
                continue
            slack = self._given(limit, features[f].low, features[f].high)
            low, high = features[f].low + min(slack, 0), features[f].high + max(slack, 0)
            features[f] = replace(features[f], value=limit.function(1), low=low, high=high)
        for f in self._twice:
            # A minimum and a maximum: what is asked for is both or neither.
            first, second = (limit.function(1) for limit, place in zip(limits, places, strict=True) if place == f)
            features[f] = replace(features[f], value=sum_of(first, second))
        self._low = np.array([feature.low for feature in features], dtype=np.int64)[:, None]
        self._high = np.array([feature.high for feature in features], dtype=np.int64)[:, None]
        self._room = np.array(
            [
                self._given(limit, problem.features[f].low, problem.features[f].high)
                for limit, f in zip(limits, places, strict=True)
            ],
            dtype=np.int64,
        )
        #: What a build scores that keeps all limits.
        self._kept = sum(limit.kept_levels(limit.level) for limit in limits)
        free = np.zeros_like(problem.slot_weights)
        self._problem = replace(
            problem, features=tuple(features), slot_weights=free, score_bound=score_bound(features) + 1
        )
        self._filler: Filler | None = None

    def knows(self, asked: Collection[int], goal: int | None) -> bool:
        """Whether it can answer: of a total with a minimum and a maximum both must be asked for."""
        pairs = [i for i, f in enumerate(self._places) if f in self._twice]
        return goal not in pairs and all(i in asked for i in pairs)

    @staticmethod
    def _given(limit: Limit, low: int, high: int) -> int:
        """Levels that make every build keep a limit."""
        return min(limit.level - high, 0) if limit.is_maximum else max(limit.level - low, 0)

    def keep_all(self, totals: BlockTotals) -> npt.NDArray[np.bool_]:
        """Whether some filling of each of these combinations keeps all limits, shape (N,)."""
        self._filler = self._filler or Filler(self._problem)
        return self._filler.scores(totals, self._kept) >= self._kept

    def kept_sets(
        self, levels: IntArray, slots: IntArray, begun: IntArray | None, sets: npt.NDArray[Any]
    ) -> npt.NDArray[np.bool_]:
        """Of sets of limits, as bits, those that a combination of these totals keeps if filled one after the other.

        Others it may keep, too. Of decorations `begun`, shape (D,), those of several levels are there. Decorations
        that come in limited numbers, or lower anything, or give what has a maximum, are left out. O(sets x
        decorations) time.
        """
        places, ends = np.array(self._places), np.array([limit.level for limit in self._limits], dtype=np.int64)
        is_maximum = np.array([limit.is_maximum for limit in self._limits], dtype=np.bool_)
        given, lowest, order = self._plain(places, is_maximum)
        n_kinds = len(order)
        free_slots = slots[order].tolist()
        levels = levels[places]
        if begun is not None:
            for d in np.flatnonzero((given.sum(axis=1) > 1) & (begun > 0)).tolist():
                left_over = int(begun[d])
                for k in range(int(lowest[d]), n_kinds):
                    taken = min(left_over, free_slots[k])
                    free_slots[k] -= taken
                    left_over -= taken
                levels = levels + (int(begun[d]) - left_over) * given[d]
        lacks = np.where(is_maximum, 0, np.maximum(ends - levels, 0))
        out_of_reach = sum(1 << i for i in np.flatnonzero((is_maximum & (levels > ends)) | (lacks > _MUCH)).tolist())
        wanted = np.where(lacks > 0, given, 0)
        single = np.min(np.where(wanted > 0, lowest[:, None], n_kinds), axis=0, initial=n_kinds)
        lacks = np.minimum(lacks, _MUCH).astype(np.int8)
        left = [(sets >> i & 1).astype(np.int8) * lack for i, lack in enumerate(lacks)]
        free = [np.full(len(sets), min(n, _MUCH), dtype=np.int8) for n in free_slots]
        several = np.flatnonzero(wanted.sum(axis=1) > 1)
        scarce = (wanted[several] > 0) @ single
        for d in several[np.argsort(-scarce, kind="stable")].tolist():
            gives = [(i, n) for i, n in enumerate(wanted[d].tolist()) if n]
            most = np.minimum.reduce([left[i] // np.int8(n) if n > 1 else left[i] for i, n in gives])
            if not most.any():
                continue
            for k in range(int(lowest[d]), n_kinds):
                taken_of = np.minimum(most, free[k])
                free[k] -= taken_of
                most = most - taken_of
                for i, n in gives:
                    left[i] -= np.int8(n) * taken_of
        kept: npt.NDArray[np.bool_] = sets & out_of_reach == 0
        needed, n_free = np.zeros(len(sets), dtype=np.int16), np.zeros(len(sets), dtype=np.int16)
        for k in range(n_kinds, -1, -1):
            for i in np.flatnonzero(single == k).tolist():
                needed += left[i]
            n_free += free[k] if k < n_kinds else 0
            kept &= needed <= n_free
        return kept

    def _plain(
        self, places: npt.NDArray[np.intp], is_maximum: npt.NDArray[np.bool_]
    ) -> tuple[IntArray, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """What decorations give, shape (D, limits), the lowest slot of each, and slots from the lowest on.

        Those that are no plain help give nothing; what fits into one slot fits into all above it.
        """
        decorations = self._problem.decorations
        assert decorations is not None
        order = np.argsort(self._problem.slot_levels, kind="stable")
        fits = decorations.fits[:, order]
        lowest = np.where(fits.any(axis=1), fits.argmax(axis=1), len(order))
        given = decorations.levels[:, places]
        usable = (decorations.stock < 0) & (given >= 0).all(axis=1) & ~(given[:, is_maximum] > 0).any(axis=1)
        usable &= (fits == (np.arange(len(order)) >= lowest[:, None])).all(axis=1)
        return np.where(usable[:, None], np.minimum(given, _MUCH), 0), lowest, order

    def first(
        self, totals: BlockTotals, asked: Collection[int], goal: tuple[int, int] | None
    ) -> tuple[int, IntArray] | None:
        """The place of some combination, and decorations, shape (D,), with which it keeps the limits `asked`.

        None where there is none. Of the limit of a `goal`, by number, a level so far from it is enough.
        """
        given = np.zeros((len(totals.levels), 1), dtype=np.int64)
        for i, f in enumerate(self._places):
            if goal is not None and goal[0] == i:
                given[f] = goal[1]
            elif i not in asked:
                given[f] = self._room[i]
        levels = np.clip(totals.levels + given, self._low, self._high)
        moved = replace(totals, levels=levels)
        # Made once: it takes as long as twenty relaxations.
        self._filler = self._filler or Filler(self._problem)
        scores = self._filler.scores(moved, self._kept, n_wanted=1)
        best = int(scores.argmax())
        if scores[best] < self._kept:
            return None
        counts = self._filler.found(moved.take(np.array([best])), int(scores[best]))
        assert self._problem.decorations is not None
        decorations = np.zeros(len(self._problem.decorations.index), dtype=np.int64)
        decorations[list(counts)] = list(counts.values())
        return best, decorations
