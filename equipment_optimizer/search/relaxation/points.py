"""Outcomes known so far of which none reaches another in everything, each with its first build.

An outcome is a value of the first objective and D values of the others, all turned so that
more is better. What beats a new one is asked thousands of times between two changes, so the best
first value that reaches given others is kept for every combination of known values.

Array axes: n outcomes known, M asked or offered, W words of a rank.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .unbeaten import reached, unbeaten

__all__ = ["NONE_KNOWN", "Points"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Below every first value.
NONE_KNOWN = -(2**62)

#: Cells of the table of best first values, 16 bytes each; where it would have more, outcomes are compared one by one.
_MOST_CELLS = 1 << 21

#: Comparisons made at a time.
_AT_ONCE = 1 << 22


class Points:
    """The n outcomes known so far, in the `first` and the D `others`, with the rank `words` of their builds."""

    def __init__(self, n_others: int, n_words: int) -> None:
        self.first: IntArray = np.zeros(0, dtype=np.int64)  # shape (n,)
        self.others: IntArray = np.zeros((n_others, 0), dtype=np.int64)  # shape (D, n)
        self.words: IntArray = np.zeros((n_words, 0), dtype=np.int64)  # shape (W, n)
        self._table: _Table | None = None

    def __len__(self) -> int:
        return len(self.first)

    def most(self, others: IntArray) -> IntArray:
        """The best first value of an outcome that reaches `others`, shape (D, M); `NONE_KNOWN` where there is none."""
        return self._lookup().most(others)

    def are_beaten(self, first: IntArray, others: IntArray, words: IntArray | None = None) -> BoolArray:
        """Which of M outcomes, none of which may do better, a known one beats or equals, shape (M,).

        An equal one does not count where it may have a build of a lower rank, `words` of shape (W, M).
        """
        table = self._lookup()
        most = table.most(others)
        beaten = most >= first
        if words is None:
            return beaten
        tied = np.flatnonzero(most == first)
        if tied.size:
            owner = table.owner(others[:, tied])
            is_equal = (owner >= 0) & (self.first[owner] == first[tied])
            earlier = is_earlier(words[:, tied[is_equal]], self.words[:, owner[is_equal]])
            beaten[tied[is_equal][earlier]] = False
        return beaten

    def add(self, first: IntArray, others: IntArray, words: IntArray) -> bool:
        """Take in outcomes with the ranks of their builds; whether anything changed."""
        fresh = np.flatnonzero(~self.are_beaten(first, others, words))
        if not fresh.size:
            return False
        fresh = fresh[unbeaten(_together(first[fresh], others[:, fresh]), words[:, fresh])]
        first, others, words = first[fresh], others[:, fresh], words[:, fresh]
        left = ~reached(_together(self.first, self.others), _together(first, others))
        self.first = np.concatenate([self.first[left], first])
        self.others = np.concatenate([self.others[:, left], others], axis=1)
        self.words = np.concatenate([self.words[:, left], words], axis=1)
        self._table = None
        return True

    def _lookup(self) -> _Table:
        if self._table is None:
            self._table = _Table(self.first, self.others)
        return self._table


class _Table:
    """Best first values by known values of the others; exact for any that are asked."""

    def __init__(self, first: IntArray, others: IntArray) -> None:
        self._first, self._others = first, _some(others)
        self._values = [np.unique(other) for other in self._others]
        shape = tuple(len(values) + 1 for values in self._values)
        n_cells = int(np.prod(shape, dtype=np.float64))
        self._most: IntArray | None = None
        self._owners: dict[tuple[int, ...], int] | None = None
        if n_cells > _MOST_CELLS:
            return
        most = np.full(shape, NONE_KNOWN, dtype=np.int64)
        places = self._places(others)
        if len(first):
            np.maximum.at(most, places, first)
        for axis in range(most.ndim):
            most = np.flip(np.maximum.accumulate(np.flip(most, axis), axis=axis), axis)
        self._most = most

    def most(self, others: IntArray) -> IntArray:
        """See `Points.most`."""
        if self._most is not None:
            most: IntArray = self._most[self._places(others)]
            return most
        others = _some(others)
        most = np.full(others.shape[1], NONE_KNOWN, dtype=np.int64)
        n_together = max(1, _AT_ONCE // max(1, len(self._first)))
        for start in range(0, len(most), n_together):
            some = slice(start, start + n_together)
            reaches = (self._others[:, :, None] >= others[:, None, some]).all(axis=0)
            most[some] = np.where(reaches, self._first[:, None], NONE_KNOWN).max(axis=0, initial=NONE_KNOWN)
        return most

    def _places(self, others: IntArray) -> tuple[npt.NDArray[np.intp], ...]:
        """Of each value the first known one that is no lower."""
        return tuple(np.searchsorted(values, other) for values, other in zip(self._values, _some(others), strict=True))

    def owner(self, others: IntArray) -> npt.NDArray[np.intp]:
        """The known outcome with the best first value at exactly these others, -1 for none."""
        if self._owners is None:
            order = np.argsort(self._first, kind="stable")
            known = map(tuple, self._others[:, order].T.tolist())
            self._owners = dict(zip(known, order.tolist(), strict=True))  # of equal keys the last one counts
        owners = self._owners
        wanted = zip(*_some(others).tolist(), strict=True)
        return np.fromiter((owners.get(key, -1) for key in wanted), dtype=np.intp, count=others.shape[1])


def _some(others: IntArray) -> IntArray:
    """The others, or one that is 0 everywhere where there is none."""
    return others if len(others) else np.zeros((1, others.shape[1]), dtype=np.int64)


def _together(first: IntArray, others: IntArray) -> IntArray:
    """Outcomes as columns of values."""
    return np.concatenate([first[None], others])


def is_earlier(words: IntArray, than: IntArray) -> BoolArray:
    """Which of M rank words are lower than those beside them, both of shape (W, M)."""
    result = np.zeros(words.shape[1], dtype=np.bool_)
    for word, bound in zip(words[::-1], than[::-1], strict=True):
        result = (word < bound) | ((word == bound) & result)
    return result
