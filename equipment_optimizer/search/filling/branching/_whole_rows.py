"""Rows that whole counts satisfy and fractions do not, where a decoration gives several levels at once.

Let m levels be missing up to a break, X decorations give a levels each, others R in all,
and s levels stay missing: ``s + R + a X >= m``. With m = 3 and a = 2 the relaxation takes
one decoration and a half. But whole numbers satisfy

    s + R + r X >= min over whole X >= 0 of max(0, m - a X) + r X       (r = 1 .. a - 1)

too, which is 2 for r = 1: one decoration leaves a level missing. Only the right-hand side
depends on the build. (Mixed-integer rounding: L. A. Wolsey, *Integer Programming*, 1998, ch. 8.)

Array axes: W rows, V variants, P corners, X decoration columns, E involved features, G builds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._hulls import Hulls

__all__ = ["WholeRows"]

IntArray = npt.NDArray[np.int64]

#: Decorations that give more levels than this have fewer rows than they could, as have skills with more breaks.
_MOST_LEVELS = 4
_MOST_BREAKS = 2


class WholeRows:
    """The W rows of one problem; `levels` come as what each decoration column gives, shape (X, E).

    No feature has more than `n_entries` levels.
    """

    def __init__(self, hulls: Hulls, levels: IntArray, n_entries: int) -> None:
        owner = np.array(hulls.owner, dtype=np.int64)
        rows: list[tuple[int, int, int, int]] = []
        for i in range(levels.shape[1]):
            n_breaks = max(
                (len(breaks) for breaks, o in zip(hulls.breaks, hulls.owner, strict=True) if o == i), default=0
            )
            several = sorted({n for n in levels[:, i].tolist() if n > 1})
            rows += [
                (i, a, r, k)
                for a in several
                for r in range(1, min(a, _MOST_LEVELS))
                for k in range(min(n_breaks, _MOST_BREAKS))
            ]
        self.feature = np.array([i for i, _, _, _ in rows], dtype=np.int64)
        #: What each decoration counts for, shape (W, X).
        self.levels = np.zeros((len(rows), len(levels)), dtype=np.int64)
        #: Level up to which levels are missing, shape (W, V); 0 where the row says nothing of a variant.
        self.breaks = np.zeros((len(rows), len(owner)), dtype=np.int64)
        self._side = np.zeros((len(rows), len(owner), n_entries), dtype=np.int64)
        for w, (i, a, r, k) in enumerate(rows):
            self.levels[w] = np.where(levels[:, i] == a, r, levels[:, i])
            for v in np.flatnonzero(owner == i).tolist():
                if k < len(hulls.breaks[v]):
                    self.breaks[w, v] = hulls.breaks[v][k]
                    self._side[w, v] = _least(hulls.breaks[v][k], a, r, n_entries)
        #: Levels missing at the variant's corners, shape (W, V, P).
        self.missing: IntArray = np.maximum(self.breaks[:, :, None] - hulls.corner_level[None], 0)
        self.missing[self.breaks == 0] = 0

    def __len__(self) -> int:
        return len(self.feature)

    def sides(self, variant: IntArray, entry: IntArray) -> IntArray:
        """Right-hand sides, shape (W, G), of builds with these variants and levels, shapes (E, G)."""
        rows = np.arange(len(self))[:, None]
        return self._side[rows, variant[self.feature], entry[self.feature]]

    def break_of(self, variant: IntArray) -> IntArray:
        """Level up to which levels are missing, shape (W, G)."""
        return self.breaks[np.arange(len(self))[:, None], variant[self.feature]]


def _least(end: int, a: int, r: int, n_entries: int) -> IntArray:
    """The right-hand side for each level."""
    missing = np.maximum(end - np.arange(n_entries), 0)
    counts = np.arange(end // a + 2)[:, None]
    least: IntArray = (np.maximum(missing - a * counts, 0) + r * counts).min(axis=0)
    return least
