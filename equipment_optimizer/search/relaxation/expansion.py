"""Scored combinations of classes, turned into builds as far as the list may take them.

In come classes of pieces, one column per position, with scores. They are counted
as the builds behind them; the good ones are expanded, best first, lowest ranks
first, so that no plateau is ever written out. Knows nothing of bounds.

Array axes: N combinations of classes, W words of a rank.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..best.best_list import TopK
from .piece_classes import PartClasses, expand_members

__all__ = ["Offers"]

IntArray = npt.NDArray[np.int64]

#: Expanded combinations offered to the list at a time.
_EXPAND_ROWS = 16_384

#: Scores below the list's last whose builds are still counted.
_MOST_TIES = 4 * _EXPAND_ROWS


class Offers:
    """The list of a search, and what has been offered to it."""

    def __init__(self, limit: int, code: RankCode, position_classes: Sequence[PartClasses]) -> None:
        self.top = TopK(limit, code.n_words, code=code)
        self.n_builds = 0  # scored, exact: of any size
        self.n_leaves = 0  # combinations of classes scored
        self._code = code
        self._classes = position_classes
        self._ties: dict[int, int] = {}

    def n_tied(self) -> int:
        """Builds offered beyond the list that share its last score."""
        if not self.top.is_full:
            return 0
        n_last = self.top.n_last
        return self._ties.get(self.top.nth_score, 0) - n_last

    def is_late(self, lowest: Sequence[IntArray]) -> npt.NDArray[np.bool_]:
        """Whether builds with these pieces, one column per position, rank no earlier than the last of a full list."""
        nth = self.top.nth_words
        assert nth is not None
        return _at_least(self._code.encode(lowest), nth)

    def count(self, picks: npt.NDArray[np.int32]) -> npt.NDArray[np.object_]:
        """Count combinations, shape (L, N), as scored; returns the builds behind each."""
        n_builds = _products([classes.sizes[pick] for classes, pick in zip(self._classes, picks, strict=True)])
        self.n_leaves += picks.shape[1]
        self.n_builds += int(n_builds.sum())
        return n_builds

    def add(self, picks: npt.NDArray[np.int32], scores: IntArray) -> None:
        """Count scored combinations, classes by position (L, N), and offer the good ones to the list.

        O(N log N) time, however many scores differ (tests/search/relaxation/test_expansion.py).
        """
        n_builds = self.count(picks)
        good = np.flatnonzero((scores > NO_BUILD) & (scores >= self.top.nth_score))
        self._count_ties(scores[good], n_builds[good])
        self._expand(picks[:, good], scores[good], n_builds[good])

    def _count_ties(self, scores: IntArray, n_builds: npt.NDArray[np.object_]) -> None:
        """Count builds by score."""
        if not scores.size:
            return
        order = np.argsort(scores, kind="stable")
        starts = np.flatnonzero(np.diff(scores[order], prepend=scores[order[0]] - 1))
        sums = np.add.reduceat(n_builds[order], starts)
        for score, n in zip(scores[order[starts]].tolist(), sums.tolist(), strict=True):
            self._ties[score] = self._ties.get(score, 0) + n
        if len(self._ties) > _MOST_TIES:
            self._ties = {score: n for score, n in self._ties.items() if score >= self.top.nth_score}

    def _expand(self, picks: npt.NDArray[np.int32], scores: IntArray, n_builds: npt.NDArray[np.object_]) -> None:
        """Expand classes into pieces, best first, lowest ranks first, as far as the list may take them."""
        words = self._code.encode([classes.first[pick] for classes, pick in zip(self._classes, picks, strict=True)])
        order = np.lexsort((*words[::-1], -scores))
        expanded = np.minimum(n_builds, self.top.limit).astype(np.int64)[order]
        ends = np.cumsum(expanded)
        start = 0
        while start < len(order):
            before = int(ends[start - 1]) if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + _EXPAND_ROWS, side="right")))
            rows = order[start:stop]
            if self.top.nth_words is not None:
                late = _at_least(words[:, rows], self.top.nth_words) & (scores[rows] == self.top.nth_score)
                rows = rows[(scores[rows] >= self.top.nth_score) & ~late]
            # A combination alone may stand for as many builds as are wanted.
            for begin in range(0, int(expanded[start:stop].max()) if rows.size else 0, _EXPAND_ROWS):
                most = min(begin + _EXPAND_ROWS, self.top.limit)
                owner, columns = expand_members(self._classes, [pick[rows] for pick in picks], most, begin=begin)
                self.top.add(scores[rows][owner], self._code.encode(columns))
                self.top.settle()
            start = stop


def _at_least(words: IntArray, limit: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Whether rank words, shape (W, N), are `limit` or later."""
    result = np.ones(words.shape[1], dtype=np.bool_)
    for word, bound in zip(reversed(words), reversed(limit), strict=True):
        result = (word > bound) | ((word == bound) & result)
    return result


def _products(sizes: Sequence[IntArray]) -> npt.NDArray[np.object_]:
    """Exact products across arrays, as Python integers where 64 bits may not do."""
    if math.prod(int(size.max(initial=1)) for size in sizes) < 2**62:
        result = np.ones(len(sizes[0]), dtype=np.int64)
        for size in sizes:
            result *= size
        return result.astype(object)
    exact = np.ones(len(sizes[0]), dtype=object)
    for size in sizes:
        exact = exact * size.astype(object)
    return exact
