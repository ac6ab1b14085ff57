"""Several small integers in one: columns packed into 64-bit words.

Packed columns are compared, sorted and merged at the cost of one; packed counts are
subtracted and compared at once. Knows nothing of equipment.

Array axes: N rows, K counts, W words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["SlotCode", "clipped", "distinct", "first_of_each", "pack_columns"]

IntArray = npt.NDArray[np.int64]

#: Bits used of a word: no sign, and one to spare.
_WORD_BITS = 62


def clipped(values: IntArray, last: int | IntArray) -> IntArray:
    """Values within ``0..last``; several times faster than `numpy.clip` on short arrays."""
    result: IntArray = np.minimum(np.maximum(values, 0), last)
    return result


def distinct(values: npt.NDArray[np.integer[Any]]) -> list[int]:
    """The distinct values of an array, ascending; `numpy.unique` would load masked arrays, in 8 ms."""
    return sorted(set(values.tolist()))


def pack_columns(columns: Sequence[IntArray], widths: Sequence[int], n_rows: int) -> list[IntArray]:
    """As few words, int64 (N,), as the widths need; rows are equal in them where all columns are.

    Columns are int64 (N,), none negative; widths are the bits that each needs, at most 62.
    """
    words: list[IntArray] = []
    free = 0
    for column, width in zip(columns, widths, strict=True):
        if width > free or not words:
            words.append(np.zeros(n_rows, dtype=np.int64))
            free = _WORD_BITS
        words[-1] = (words[-1] << width) | column
        free -= width
    return words


def first_of_each(words: Sequence[IntArray], order: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Places in `order`, which sorts the words, where another value begins."""
    is_first = np.zeros(len(order), dtype=np.bool_)
    is_first[:1] = True
    for word in words:
        ordered = word[order]
        is_first[1:] |= ordered[1:] != ordered[:-1]
    return np.flatnonzero(is_first)


class SlotCode:
    """Counts of slots by kind, up to `most` (K,), packed into integers, a spare bit above each.

    `widths` are the bits used of each word.
    """

    def __init__(self, most: IntArray) -> None:
        self.widths: list[int] = [0]
        self._places: list[tuple[int, int, int]] = []
        for count in most.tolist():
            width = int(count).bit_length() + 1
            if self.widths[-1] + width > _WORD_BITS:
                self.widths.append(0)
            self._places.append((len(self.widths) - 1, self.widths[-1], width))
            self.widths[-1] += width
        self.n_words = len(self.widths)
        spare = [0] * self.n_words
        for word, shift, width in self._places:
            spare[word] |= 1 << (shift + width - 1)
        self._spare = np.array(spare, dtype=np.int64)

    def encode(self, counts: IntArray) -> IntArray:
        """Words, shape (words, N), of counts, shape (K, N)."""
        words = np.zeros((self.n_words, counts.shape[1]), dtype=np.int64)
        for (word, shift, _), count in zip(self._places, counts, strict=True):
            words[word] += count << shift
        return words

    def decode(self, words: IntArray) -> IntArray:
        """Counts, shape (K, N)."""
        rows = [(words[word] >> shift) & ((1 << (width - 1)) - 1) for word, shift, width in self._places]
        return np.stack(rows) if rows else np.zeros((0, words.shape[1]), dtype=np.int64)

    def mask(self, kinds: npt.NDArray[np.bool_]) -> IntArray:
        """Words, shape (W, N), with all bits of the counts set that `kinds`, shape (K, N), names."""
        words = np.zeros((self.n_words, kinds.shape[1]), dtype=np.int64)
        for (word, shift, width), named in zip(self._places, kinds, strict=True):
            words[word] |= np.where(named, ((1 << width) - 1) << shift, 0)
        return words

    def has_enough(self, words: IntArray, used: IntArray) -> npt.NDArray[np.bool_]:
        """Whether every count of `words` is at least that of `used`; any shapes (W, ...) that go together."""
        enough: npt.NDArray[np.bool_] = np.bool_(True)  # type: ignore[assignment]
        for have, take, spare in zip(words, used, self._spare, strict=True):
            enough = enough & (((have | spare) - take) & spare == spare)
        return enough
