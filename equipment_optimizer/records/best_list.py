"""The bounded best list, and *the* rule that orders results.

Score descending, then rank ascending: the rule for ties. A rank is the few int64
words of a `space.RankCode`. Knows nothing of what scores mean.

Array axes: N candidates, K of them held, W words.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .vocabulary import NO_BUILD

__all__ = ["SLACK", "TopK"]

IntArray = npt.NDArray[np.int64]

#: Candidates gathered before the list is cut back to its limit. Cutting costs a
#: partition of everything held, so it should hold a few blocks; 4,096 rows of
#: 16 bytes are next to nothing.
SLACK = 4_096


def _order(scores: IntArray, words: IntArray) -> npt.NDArray[np.intp]:
    """Indices that put candidates best first."""
    return np.lexsort((*words[::-1], -scores))


class TopK:
    """The best `limit` candidates seen so far, by score and then rank.

    The incumbent list of a search. Adding the same candidate twice is the caller's
    fault: it is not noticed. Holds at most ``1.5 * limit + 8192`` rows of
    ``8 * (1 + W)`` bytes plus the block being added; `add` costs amortised O(N)
    (tests/records/test_best_list.py).
    """

    __slots__ = ("_full", "_scores", "_size", "_words", "limit", "nth_score", "nth_words")

    def __init__(self, limit: int, n_words: int = 1) -> None:
        self.limit = limit
        capacity = min(limit, SLACK) + 2 * SLACK
        self._scores = np.empty(capacity, dtype=np.int64)
        self._words = np.empty((n_words, capacity), dtype=np.int64)
        self._size = 0
        self._full = False
        #: Score a candidate must reach (ties by rank) once `limit` are held; `NO_BUILD` before.
        self.nth_score: int = NO_BUILD
        #: Rank words of the last build held, once `limit` are held.
        self.nth_words: tuple[int, ...] | None = None

    @property
    def tie_score(self) -> int:
        """Whatever scores no more, and enough to matter, ties with the last one held."""
        return self.nth_score

    def __len__(self) -> int:
        return min(self._size, self.limit)

    @property
    def is_full(self) -> bool:
        """Whether `limit` builds are held, so that `nth_score` prunes."""
        return self._full

    def add(self, scores: IntArray, words: IntArray) -> None:
        """Offer candidates: scores of shape (N,) and words of shape (W, N).

        Candidates with score `NO_BUILD` are ignored.
        """
        keep = scores > NO_BUILD
        if self._full:
            keep &= scores >= self.nth_score
        chosen = np.flatnonzero(keep)
        for start in range(0, len(chosen), SLACK):
            part = chosen[start : start + SLACK]
            if self._size + len(part) > len(self._scores):
                self._make_room()
            stop = self._size + len(part)
            self._scores[self._size : stop] = scores[part]
            self._words[:, self._size : stop] = words[:, part]
            self._size = stop
        if self._size >= self.limit and (not self._full or self._size >= self.limit + self._surplus):
            self._cut()

    @property
    def _surplus(self) -> int:
        """Rows held beyond the limit before the list is cut back."""
        return SLACK // 4 + self.limit // 4

    def _make_room(self) -> None:
        """Cut back, or grow where the limit is not reached."""
        if self._size >= self.limit + self._surplus:
            self._cut()
            return
        capacity = min(2 * len(self._scores), self.limit + self._surplus + 2 * SLACK)
        scores, words = np.empty(capacity, dtype=np.int64), np.empty((len(self._words), capacity), dtype=np.int64)
        scores[: self._size] = self._scores[: self._size]
        words[:, : self._size] = self._words[:, : self._size]
        self._scores, self._words = scores, words

    def settle(self) -> None:
        """Cut back to the limit now, so that `nth_score` is as sharp as it can be."""
        if self._size > self.limit or (self._size == self.limit and not self._full):
            self._cut()

    def _cut(self) -> None:
        """Keep the best `limit`; notes the last one kept."""
        if self._size < self.limit:
            return
        scores, words = self._scores[: self._size], self._words[:, : self._size]
        nth = int(np.partition(scores, self._size - self.limit)[self._size - self.limit])
        above = np.flatnonzero(scores > nth)
        ties = np.flatnonzero(scores == nth)
        n_ties = self.limit - len(above)
        if len(ties) > n_ties:
            ties = ties[np.lexsort(words[::-1, ties])[:n_ties]]
        last = ties[np.lexsort(words[::-1, ties])[-1]]
        nth_words = tuple(int(word) for word in words[:, last])
        keep = np.concatenate([above, ties])
        keep.sort()
        # Ascending indices: every row moves down or stays, so the copy is safe.
        self._scores[: self.limit] = scores[keep]
        self._words[:, : self.limit] = words[:, keep]
        self._size = self.limit
        self._full = True
        self.nth_score, self.nth_words = nth, nth_words

    def held(self) -> tuple[IntArray, IntArray]:
        """Scores, shape (K,), and words, shape (W, K), in no order; views that the next `add` may change."""
        self.settle()
        return self._scores[: self._size], self._words[:, : self._size]

    def sorted(self) -> tuple[IntArray, IntArray]:
        """Scores, shape (K,), and words, shape (W, K), best first; new arrays."""
        scores, words = self.held()
        order = _order(scores, words)
        return scores[order], words[:, order]

    def merge(self, scores: IntArray, words: IntArray) -> None:
        """Offer another list's `sorted` result."""
        self.add(scores, words)
        self.settle()

    def _check(self) -> None:
        """Assert every invariant; for tests."""
        assert self._size <= len(self._scores)
        assert (self._scores[: self._size] > NO_BUILD).all()
        assert self._full == (self.nth_words is not None)
        if self._full:
            assert self._size >= self.limit
            kept = np.sort(self._scores[: self._size])[::-1]
            assert kept[self.limit - 1] >= self.nth_score
