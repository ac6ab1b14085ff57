"""The bounded best list, and *the* rule that orders results.

Score descending, then rank ascending: the rule for ties. A rank is the few int64
words of a `records.space.RankCode`. Knows nothing of what scores mean.

Array axes: N candidates, K of them held, W words.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from .packed_rows import PackedRows
from .runs import Runs, best_first

__all__ = ["RUN_ROWS", "SLACK", "TopK"]

IntArray = npt.NDArray[np.int64]

#: Candidates gathered before the list is cut back to its limit. Cutting costs a
#: partition of everything held, so it should hold a few blocks; 4,096 rows of
#: 16 bytes are next to nothing.
SLACK = 4_096

#: Rows that are packed together, a few megabytes of temporaries; a list with a higher limit is kept so.
RUN_ROWS = 4 * SLACK


class TopK:
    """The best `limit` candidates seen so far, by score and then rank.

    The incumbent list of a search. Adding the same candidate twice is the caller's
    fault: it is not noticed. Holds at most ``1.5 * limit + 8192`` rows of
    ``8 * (1 + W)`` bytes plus the block being added; `add` costs amortised O(N)
    (tests/search/best/test_best_list.py). With the `code` of the words a long
    list is packed (`runs`), and any list can be handed on so.
    """

    __slots__ = ("_code", "_full", "_runs", "_scores", "_size", "_words", "limit", "nth_score", "nth_words")

    def __init__(self, limit: int, n_words: int = 1, *, code: RankCode | None = None) -> None:
        self.limit = limit
        self._code = code
        self._runs = None if code is None or limit <= RUN_ROWS else Runs(code)
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
        return min(self._n_held, self.limit)

    @property
    def _n_held(self) -> int:
        """Rows, some of which may be cut."""
        return self._size + (0 if self._runs is None else self._runs.n_rows)

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
                self._cut_or_grow()
            stop = self._size + len(part)
            self._scores[self._size : stop] = scores[part]
            self._words[:, self._size : stop] = words[:, part]
            self._size = stop
        n_held = self._n_held
        if n_held >= self.limit and (not self._full or n_held >= self.limit + self._surplus):
            self._keep_best()

    @property
    def _surplus(self) -> int:
        """Rows held beyond the limit before the list is cut back."""
        return SLACK // 4 + self.limit // (4 if self._runs is None else 8)

    def _cut_or_grow(self) -> None:
        """Cut back, or grow where the limit is not reached; a long list is packed."""
        if self._runs is not None and self._size >= RUN_ROWS - SLACK:
            self._pack()
            return
        if self._size >= self.limit + self._surplus:
            self._keep_best()
            if self._size + SLACK <= len(self._scores):
                return
        capacity = min(2 * len(self._scores), self.limit + self._surplus + 2 * SLACK)
        scores, words = np.empty(capacity, dtype=np.int64), np.empty((len(self._words), capacity), dtype=np.int64)
        scores[: self._size] = self._scores[: self._size]
        words[:, : self._size] = self._words[:, : self._size]
        self._scores, self._words = scores, words

    def settle(self) -> None:
        """Cut back to the limit now, so that `nth_score` is as sharp as it can be; a long list is once in a while."""
        if self._runs is None and (self._size > self.limit or (self._size == self.limit and not self._full)):
            self._keep_best()

    def _pack(self) -> None:
        """Add what is not packed to the runs of a long list."""
        if self._runs is not None and self._size:
            scores, words = self._scores[: self._size], self._words[:, : self._size]
            order = best_first(scores, words)
            self._runs.add(scores[order], words[:, order])
            self._size = 0

    def _keep_best(self) -> None:
        """Keep the best `limit`; notes the last one kept."""
        if self._runs is not None:
            self._pack()
            if self._runs.n_rows >= self.limit:
                self.nth_score, self.nth_words = self._runs.keep_best(self.limit, RUN_ROWS)
                self._full = True
            return
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

    def kept(self) -> Runs:
        """What is held, to be handed on at once: the next `add` may change it; needs the `code`."""
        assert self._code is not None
        self.settle()
        if self._runs is not None and self._n_held > self.limit:
            self._keep_best()
        scores, words = self._scores[: self._size], self._words[:, : self._size]
        order = best_first(scores, words)
        return (self._runs or Runs(self._code)).and_rows(scores[order], words[:, order])

    def sorted(self) -> tuple[IntArray, IntArray]:
        """Scores, shape (K,), and words, shape (W, K), best first; new arrays."""
        if self._runs is not None and len(self):
            self._keep_best()
            parts = list(self._runs.in_order(RUN_ROWS))
            return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts], axis=1)
        self.settle()
        scores, words = self._scores[: self._size], self._words[:, : self._size]
        order = best_first(scores, words)
        return scores[order], words[:, order]

    def packed(self) -> PackedRows | None:
        """The rows of a long list, best first; None of a short one."""
        if self._runs is None or not len(self):
            return None
        self._keep_best()
        return PackedRows(self._runs.ordered(RUN_ROWS))

    @property
    def n_last(self) -> int:
        """How many rows of a full list have its last score."""
        if self._runs is None:
            self.settle()
            return int((self._scores[: self._size] == self.nth_score).sum())
        self._keep_best()
        return self._runs.n_of(self.nth_score)

    def merge(self, runs: Runs) -> None:
        """Offer what another list `kept`, which is changed."""
        if self._runs is None:
            for scores, words in runs:
                self.add(scores, words)
            self.settle()
            return
        self._runs.join(runs, self.nth_score)
        if self._n_held >= self.limit + self._full * self._surplus:
            self._keep_best()

    def _check(self) -> None:
        """Assert every invariant; for tests."""
        assert self._size <= len(self._scores)
        assert (self._scores[: self._size] > NO_BUILD).all()
        assert self._full == (self.nth_words is not None)
        if self._full and self._runs is None:
            assert self._size >= self.limit
            kept = np.sort(self._scores[: self._size])[::-1]
            assert kept[self.limit - 1] >= self.nth_score
