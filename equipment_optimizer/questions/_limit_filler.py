"""Which of some combinations of pieces keep limits once their slots are filled: one filler for all questions.

A limit that nobody asks for is one that a build is given in advance: its totals are
moved to where they keep it. So builds of all questions are filled by one program, and
what ruled out one question's builds rules out the next one's.

Array axes: F features, N combinations.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..problem.scoring import BlockTotals
from ..search.filling.filler import Filler
from ._level_problem import score_bound
from ._limit import Limit, sum_of

__all__ = ["LimitFiller"]

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
