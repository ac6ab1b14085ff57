"""A good filling of one build's slots, quickly; not proved to be the best.

For a search that wants some build with a high score early: what it finds is a
filling that there is, so its score is a lower bound. In: totals before any
decoration, and decorations to begin with. Out: a score.

Array axes: F features, K slot kinds, D decorations.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...problem.problem import CompiledDecorations, Problem
from ...problem.scoring import BlockTotals, feature_values
from ...records.vocabulary import N_SLOT_LEVELS, NO_BUILD

__all__ = ["QuickFilling"]

IntArray = npt.NDArray[np.int64]

#: Wider ranges of levels are not tabulated, entries of all features together: 8 MB.
_MOST_ENTRIES = 2**20


class QuickFilling:
    """Fills slots one decoration after another, each time with the one that gains most.

    Raised maxima are not looked for while filling, but count in the score. Of the last filling there are `levels`,
    shape (F,), how many of each decoration it has (`counts`, shape (D,)), and slots that it leaves `free`, shape (K,).
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.levels = np.zeros(problem.n_features, dtype=np.int64)
        assert problem.decorations is not None
        self._decorations: CompiledDecorations = problem.decorations
        self.counts = np.zeros(len(problem.decorations.index), dtype=np.int64)
        self.free = np.zeros(len(problem.slot_levels), dtype=np.int64)
        self._low = np.array([feature.low for feature in problem.features], dtype=np.int64)
        self._last = np.array([feature.high for feature in problem.features], dtype=np.int64) - self._low
        width = int(self._last.max(initial=0)) + 1
        self._values: IntArray | None = None
        if width * problem.n_features <= _MOST_ENTRIES:
            tables = [f.value(f.low + np.arange(width)) for f in problem.features]
            self._values = np.array(tables, dtype=np.int64).reshape(problem.n_features, width)
        self._rows = np.arange(problem.n_features)[:, None]
        # Slots are taken from the fitting kind on that is worth least free, of these the lowest: others can do less
        # with it.
        order = np.lexsort((np.array(problem.slot_levels), problem.slot_weights))
        self._kinds = order
        self._fits = self._decorations.fits[:, order]
        self._added = np.ascontiguousarray(self._decorations.levels.T)
        self._free_worth = problem.slot_weights[order]
        #: Decorations that need the highest slots come first.
        fitting = np.where(self._fits, np.array(problem.slot_levels)[order], N_SLOT_LEVELS)
        lowest = fitting.min(axis=1, initial=N_SLOT_LEVELS)
        self._scarce_first = np.argsort(-lowest, kind="stable").tolist()

    def score(self, totals: BlockTotals, start: IntArray) -> int:
        """The score of a filling of one build that begins with as much of `start`, shape (D,), as there is room for.

        `NO_BUILD` where a limit is missed.
        """
        decorations, problem = self._decorations, self._problem
        free = totals.slots[self._kinds, 0].copy()
        levels = self.levels = totals.levels[:, 0].copy()
        counts = self.counts = np.zeros_like(self.counts)
        stock = np.where(decorations.stock < 0, np.int64(2**62), decorations.stock)
        linear = int(totals.linear[0])

        def put(d: int, count: int) -> None:
            """Put up to `count` of a decoration into slots."""
            nonlocal linear
            wanted = left = min(count, int(stock[d]))
            for k in np.flatnonzero(self._fits[d] & (free > 0)).tolist():
                taken = min(left, int(free[k]))
                free[k] -= taken
                left -= taken
            done = wanted - left
            stock[d] -= done
            counts[d] += done
            levels[:] += done * decorations.levels[d]
            linear += done * int(decorations.linear[d])

        for d in self._scarce_first:
            if start[d]:
                put(d, int(start[d]))
        while self._values is not None and (d := self._most_gaining(levels, free, stock)) >= 0:
            put(d, 1)
        self.free[self._kinds] = free
        value = int(feature_values(problem, levels[:, None])[0])
        if value == NO_BUILD:
            return NO_BUILD
        return value + linear + int(free @ problem.slot_weights[self._kinds])

    def _most_gaining(self, levels: IntArray, free: IntArray, stock: IntArray) -> int:
        """The decoration to put into a slot next; -1 where none gains anything."""
        assert self._values is not None
        open_kinds = self._fits & (free > 0)
        usable = open_kinds.any(axis=1) & (stock > 0)
        if not usable.any():
            return -1
        place = (levels - self._low)[:, None]
        now = np.minimum(np.maximum(place, 0), self._last[:, None])
        then = np.minimum(np.maximum(place + self._added, 0), self._last[:, None])
        gain = (self._values[self._rows, then] - self._values[self._rows, now]).sum(axis=0)
        gain += self._decorations.linear - self._free_worth[open_kinds.argmax(axis=1)]
        gain[~usable] = 0
        best = int(np.argmax(gain))
        return best if gain[best] > 0 else -1
