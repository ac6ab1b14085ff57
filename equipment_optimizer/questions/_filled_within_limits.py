"""Which of some combinations of pieces keep limits once their slots are filled: one filler for all questions.

A limit that nobody asks for is one that a build is given in advance: its totals are
moved to where they keep it. So builds of all questions are filled by one program, and
what ruled out one question's builds rules out the next one's.

Array axes: F features, N combinations.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..problem.scoring import BlockTotals
from ..problem.value_function import sum_of
from ..search.filling.filler import Filler
from ._hard_limits import Limit
from ._level_problem import score_bound

__all__ = ["LimitFiller"]

#: So many sets, of all combinations, are looked at together: some MB.
_TOGETHER = 2**17

#: More levels are never filled one after the other, nor more slots of a kind used: they fit into a byte.
_MUCH = 100

IntArray = npt.NDArray[np.int64]


class LimitFiller:
    """Fillings of a problem with `limits`; `places` are their features there."""

    def __init__(self, problem: Problem, limits: Sequence[Limit], places: Sequence[int]) -> None:
        self._limits, self._places = limits, list(places)
        features = list(problem.features)
        self._twice = {f for f in places if self._places.count(f) > 1}
        for limit, f in zip(limits, places, strict=True):
            if f in self._twice:
                continue
            slack = self._given(limit, features[f].low, features[f].high)
            low, high = features[f].low + min(slack, 0), features[f].high + max(slack, 0)
            features[f] = replace(features[f], value=limit.function(1), low=low, high=high)
        for f in self._twice:
            # A minimum and a maximum: what is asked for is both or neither.
            first, second = (limit.function(1) for limit, place in zip(limits, places, strict=True) if place == f)
            features[f] = replace(features[f], value=sum_of([(1, first), (1, second)]))
        self._low = np.array([feature.low for feature in features], dtype=np.int64)[:, None]
        self._high = np.array([feature.high for feature in features], dtype=np.int64)[:, None]
        self._given_levels = np.array(
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
        """Of sets of limits, as bits, those that some combination keeps if filled one decoration after the other.

        Totals of the N combinations are of shape (F, N) and (K, N); others they may keep, too. Of many sets the first
        combinations alone are looked at. Of decorations `begun`, shape (D,), those of several levels are there.
        """
        if begun is not None:
            levels, slots = self._with_begun(levels, slots, begun)
        some = slice(0, max(1, _TOGETHER // max(1, len(sets))))
        kept: npt.NDArray[np.bool_] = np.logical_or.reduce(self.keeps(levels[:, some], slots[:, some], sets), axis=0)
        return kept

    def keeps(self, levels: IntArray, slots: IntArray, sets: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """For each combination and set of limits whether it is kept, shape (N, sets), as far as that is easily seen.

        Decorations that come in limited numbers, or lower anything, or give what has a maximum, are left out.
        """
        levels = levels[self._places]
        ends = np.array([limit.level for limit in self._limits], dtype=np.int64)[:, None]
        is_maximum = np.array([limit.is_maximum for limit in self._limits], dtype=np.bool_)
        lacks = np.where(is_maximum[:, None], 0, np.maximum(ends - levels, 0))
        is_out = (is_maximum[:, None] & (levels > ends)) | (lacks > _MUCH)
        given, lowest, order = self._plain
        n_kinds = len(order)
        wanted = np.where(lacks.any(axis=1), given, 0)
        single = np.min(np.where(wanted > 0, lowest[:, None], n_kinds), axis=0, initial=n_kinds)
        small = np.minimum(lacks, _MUCH).astype(np.int8)[:, :, None]
        left = [(sets >> i & 1).astype(np.int8) * lack for i, lack in enumerate(small)]
        free = [np.repeat(n[:, None], len(sets), axis=1) for n in np.minimum(slots[order], _MUCH).astype(np.int8)]
        several = np.flatnonzero(wanted.sum(axis=1) > 1)
        scarce = (wanted[several] > 0) @ single
        for d in several[np.argsort(-scarce, kind="stable")].tolist():
            gives = [(i, n) for i, n in enumerate(wanted[d].tolist()) if n]
            most = np.minimum.reduce([left[i] // np.int8(n) if n > 1 else left[i] for i, n in gives])
            if not most.any():
                continue
            for k in range(int(lowest[d]), n_kinds):
                taken = np.minimum(most, free[k])
                free[k] -= taken
                most = most - taken
                for i, n in gives:
                    left[i] -= np.int8(n) * taken
        kept = np.ones((levels.shape[1], len(sets)), dtype=np.bool_)
        for i in np.flatnonzero(is_out.any(axis=1)).tolist():
            kept &= ~(is_out[i][:, None] & (sets >> i & 1 != 0))
        needed, n_free = np.zeros(kept.shape, dtype=np.int16), np.zeros(kept.shape, dtype=np.int16)
        for k in range(n_kinds, -1, -1):
            for i in np.flatnonzero(single == k).tolist():
                needed += left[i]
            n_free += free[k] if k < n_kinds else 0
            kept &= needed <= n_free
        return kept

    def _with_begun(self, levels: IntArray, slots: IntArray, begun: IntArray) -> tuple[IntArray, IntArray]:
        """Totals of one combination once decorations of several levels are there, as far as there are slots."""
        given, lowest, order = self._plain
        levels, free = levels.copy(), slots.copy()
        for d in np.flatnonzero((given.sum(axis=1) > 1) & (begun > 0)).tolist():
            n_left = int(begun[d])
            for k in order[int(lowest[d]) :].tolist():
                taken = min(n_left, int(free[k, 0]))
                free[k] -= taken
                n_left -= taken
            assert self._problem.decorations is not None
            levels += (int(begun[d]) - n_left) * self._problem.decorations.levels[d][:, None]
        return levels, free

    @cached_property
    def _plain(self) -> tuple[IntArray, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """What decorations give, shape (D, limits), the lowest slot of each, and slots from the lowest on.

        Those that are no plain help give nothing; what fits into one slot fits into all above it.
        """
        decorations = self._problem.decorations
        assert decorations is not None
        is_maximum = np.array([limit.is_maximum for limit in self._limits], dtype=np.bool_)
        order = np.argsort(self._problem.slot_levels, kind="stable")
        fits = decorations.fits[:, order]
        lowest = np.where(fits.any(axis=1), fits.argmax(axis=1), len(order))
        given = decorations.levels[:, self._places]
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
                given[f] = self._given_levels[i]
        levels = np.clip(totals.levels + given, self._low, self._high)
        moved = replace(totals, levels=levels)
        # Made once: it takes as long as twenty relaxations.
        self._filler = self._filler or Filler(self._problem)
        scores = self._filler.scores(moved, self._kept, n_wanted=1)
        best = int(scores.argmax())
        if scores[best] < self._kept:
            return None
        counts = self._filler.some_best_filling(moved.take(np.array([best])), int(scores[best]))
        assert self._problem.decorations is not None
        decorations = np.zeros(len(self._problem.decorations.index), dtype=np.int64)
        decorations[list(counts)] = list(counts.values())
        return best, decorations
