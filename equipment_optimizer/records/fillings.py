"""What is in the slots of many builds, compressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Fillings"]

IntArray = npt.NDArray[np.int64]

#: Decorations of which those that occur are counted at a time.
_AT_ONCE = 1 << 16


@dataclass(frozen=True, eq=False)
class Fillings:
    """Decorations of K builds, compressed, and the slots they leave free.

    Build ``k`` holds ``count[i]`` of the configuration's decoration number ``decoration[i]`` for ``i`` in
    ``start[k]:start[k + 1]``; `start` has shape (K + 1,), `free_slots` (K, 4). Those of many builds may be
    `narrow`, of smaller dtypes: `of_rows` is of int64 always.
    """

    start: IntArray
    decoration: IntArray
    count: IntArray
    free_slots: IntArray

    def narrow(self) -> Fillings:
        """The same in the smallest dtypes: a tenth of the bytes. Arrays that have these are not copied."""
        arrays = self.start, self.decoration, self.count, self.free_slots
        dtypes = [np.min_scalar_type(int(array.max(initial=0))) for array in arrays]
        return Fillings(*(array.astype(dtype, copy=False) for array, dtype in zip(arrays, dtypes, strict=True)))

    def decorations(self) -> list[int]:
        """The numbers of all decorations that occur, ascending; looks at a part at a time."""
        chunks = range(0, len(self.decoration), _AT_ONCE)
        occur = [np.flatnonzero(np.bincount(self.decoration[start : start + _AT_ONCE])).tolist() for start in chunks]
        return sorted(set().union(*occur))

    @staticmethod
    def joined(several: Sequence[Fillings]) -> Fillings:
        """Those of several lists of builds, one after the other."""
        sizes = np.concatenate([[0], *(np.diff(fillings.start) for fillings in several)])
        return Fillings(
            np.cumsum(sizes),
            np.concatenate([fillings.decoration for fillings in several]),
            np.concatenate([fillings.count for fillings in several]),
            np.concatenate([fillings.free_slots for fillings in several]),
        )

    def of_rows(self, rows: range) -> Fillings:
        """Those of some builds; views where the rows follow each other and are not narrow."""
        if self.start.dtype != np.int64:
            first, stop = (min(rows), max(rows) + 1) if rows else (0, 0)
            begin, end = int(self.start[first]), int(self.start[stop])
            wide = Fillings(
                self.start[first : stop + 1].astype(np.int64) - begin,
                self.decoration[begin:end].astype(np.int64),
                self.count[begin:end].astype(np.int64),
                self.free_slots[first:stop].astype(np.int64),
            )
            return wide.of_rows(range(rows.start - first, rows.stop - first, rows.step)) if rows else wide
        free_slots = self.free_slots[rows.start : rows.stop if rows.stop >= 0 else None : rows.step]
        if rows.step == 1 or not rows:
            inside = slice(int(self.start[rows.start]), int(self.start[max(rows.start, rows.stop)]))
            start = self.start[rows.start : max(rows.start, rows.stop) + 1] - self.start[rows.start]
            return Fillings(start, self.decoration[inside], self.count[inside], free_slots)
        taken = [np.arange(self.start[k], self.start[k + 1]) for k in rows]
        entries = np.concatenate(taken)
        start = np.cumsum([0] + [len(row_contents) for row_contents in taken])
        return Fillings(start, self.decoration[entries], self.count[entries], free_slots)
