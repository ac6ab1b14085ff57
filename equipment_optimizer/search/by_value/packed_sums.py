"""Sums of many numbers of pieces as a few words, which are equal where all the sums are.

Array axes: L positions, N combinations, W words, S columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["PackedSums"]

IntArray = npt.NDArray[np.int64]

#: Words of packed sums stay below this.
_WORD_LIMIT = 2**62


class PackedSums:
    """Words that add up; `columns` are numbers by part, shape (n, S), of which a build takes `counts`.

    `of_part` are the words of each part's classes, shape (n, W); each word of a build is below its entry in `sizes`.
    """

    def __init__(self, columns: Sequence[IntArray], counts: Sequence[int]) -> None:
        # What is there twice is known already.
        once = np.unique(np.concatenate(columns), axis=1, return_index=True)[1]
        columns = [numbers[:, once] for numbers in columns]
        self.of_part = [np.zeros((len(numbers), 1), dtype=np.int64) for numbers in columns]
        least = [numbers.min(axis=0) for numbers in columns]
        width = np.sum(
            [count * np.ptp(numbers, axis=0) for count, numbers in zip(counts, columns, strict=True)], axis=0
        )
        self.sizes = [1]
        for e in np.flatnonzero(width).tolist():
            if self.sizes[-1] * (int(width[e]) + 1) > _WORD_LIMIT:
                self.of_part = [np.pad(words, ((0, 0), (0, 1))) for words in self.of_part]
                self.sizes.append(1)
            for words, numbers, lowest in zip(self.of_part, columns, least, strict=True):
                words[:, -1] += self.sizes[-1] * (numbers[:, e] - lowest[e])
            self.sizes[-1] *= int(width[e]) + 1

    def words(self, parts: Sequence[int], picks: npt.NDArray[np.int32]) -> IntArray:
        """Those of N combinations of classes, of these parts, shape (W, N)."""
        words = np.zeros((len(self.sizes), picks.shape[1]), dtype=np.int64)
        for b, pick in zip(parts, picks, strict=True):
            words += self.of_part[b][pick].T
        return words
