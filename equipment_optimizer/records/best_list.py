"""The bounded best list, and *the* rule that orders results.

Score descending, then rank ascending. Ranks may exceed 2^63, so a rank is kept
as a few int64 words that compare like the rank does; `RankCode` packs piece
indices into words and back. Knows nothing of scores' meaning.

Array axes: N candidates, W words, L positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["NO_BUILD", "RankCode", "TopK"]

IntArray = npt.NDArray[np.int64]

#: Score of a combination that is no build (a minimum is missed): below every
#: real score, and far enough from the edge to be subtracted from.
NO_BUILD = -(2**62)

#: Candidates gathered before the list is cut back to its limit. Cutting costs a
#: partition of everything held, so it should hold a few blocks; 4,096 rows of
#: 16 bytes are next to nothing.
_SLACK = 4_096

#: A word stays below this, so that comparing and adding never overflow.
_WORD_LIMIT = 2**62


class RankCode:
    """Piece indices packed into int64 words whose lexicographic order is rank order.

    Parameters
    ----------
    sizes : sequence of int
        Number of pieces each position chooses from, outermost first.
    """

    __slots__ = ("_groups", "sizes")

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self._groups: list[tuple[int, int]] = []
        start, product = 0, 1
        for position, size in enumerate(self.sizes):
            if product * size > _WORD_LIMIT:
                self._groups.append((start, position))
                start, product = position, 1
            product *= size
        self._groups.append((start, len(self.sizes)))

    @property
    def n_words(self) -> int:
        """W: 1 up to 2^62 index tuples."""
        return len(self._groups)

    def encode(self, columns: Sequence[npt.NDArray[Any]]) -> IntArray:
        """Words of index tuples.

        Parameters
        ----------
        columns : sequence of L ndarray of int, shape (N,)

        Returns
        -------
        ndarray of int64, shape (W, N)
        """
        length = len(columns[0]) if columns else 1
        words = np.zeros((self.n_words, length), dtype=np.int64)
        for word, (start, stop) in zip(words, self._groups, strict=True):
            for position in range(start, stop):
                word *= self.sizes[position]
                word += columns[position]
        return words

    def encode_front(self, indices: Sequence[int]) -> list[int]:
        """Words of the outermost positions alone, the others at 0.

        Words are sums over positions: adding these to the words of the other
        positions with the outermost at 0 gives the words of the whole.
        """
        words = []
        for start, stop in self._groups:
            word = 0
            for position in range(start, stop):
                word = word * self.sizes[position] + (indices[position] if position < len(indices) else 0)
            words.append(word)
        return words

    def decode(self, words: IntArray) -> list[IntArray]:
        """Index tuples of words, as L columns; inverse of `encode`."""
        columns: list[IntArray] = []
        for word, (start, stop) in zip(words, self._groups, strict=True):
            group: list[IntArray] = []
            rest = word
            for position in range(stop - 1, start - 1, -1):
                rest, index = np.divmod(rest, self.sizes[position])
                group.append(index)
            columns.extend(reversed(group))
        return columns


def _order(scores: IntArray, words: IntArray) -> npt.NDArray[np.intp]:
    """Indices that put candidates best first."""
    return np.lexsort((*words[::-1], -scores))


class TopK:
    """The best `limit` candidates seen so far, by score and then rank.

    Adding the same candidate twice is the caller's fault: it is not noticed.

    Parameters
    ----------
    limit : int
        Builds to keep, at least 1.
    n_words : int
        Words of a rank.

    Notes
    -----
    Holds at most ``1.5 * limit + 8192`` rows of ``8 * (1 + W)`` bytes plus the
    block being added; starts small and grows. `add` costs amortised O(N).
    """

    __slots__ = ("_full", "_scores", "_size", "_words", "limit", "nth_score", "nth_words")

    def __init__(self, limit: int, n_words: int = 1) -> None:
        self.limit = limit
        capacity = min(limit, _SLACK) + 2 * _SLACK
        self._scores = np.empty(capacity, dtype=np.int64)
        self._words = np.empty((n_words, capacity), dtype=np.int64)
        self._size = 0
        self._full = False
        #: Score a candidate must reach (ties by rank) once `limit` are held; `NO_BUILD` before.
        self.nth_score: int = NO_BUILD
        #: Rank words of the last build held, once `limit` are held.
        self.nth_words: tuple[int, ...] | None = None

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
        for start in range(0, len(chosen), _SLACK):
            part = chosen[start : start + _SLACK]
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
        return _SLACK // 4 + self.limit // 4

    def _make_room(self) -> None:
        """Cut back, or grow where the limit is not reached."""
        if self._size >= self.limit + self._surplus:
            self._cut()
            return
        capacity = min(2 * len(self._scores), self.limit + self._surplus + 2 * _SLACK)
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

    def may_enter(self, score_bound: int, lowest_words: Sequence[int]) -> bool:
        """Whether candidates of at most `score_bound`, none ranked before `lowest_words`, could enter."""
        if not self._full or score_bound > self.nth_score:
            return True
        return score_bound == self.nth_score and (self.nth_words is None or tuple(lowest_words) < self.nth_words)

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
