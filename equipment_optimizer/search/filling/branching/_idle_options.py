"""Options that do as well without one of their decorations, for builds on their way through the steps of a model.

Array axes: G builds, E involved features, O options of a step.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..tables.packing import clipped
from ..tables.steps import FillingModel, Step

__all__ = ["IdleOptions"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


class IdleOptions:
    """Knows by a model's values which options are idle, by what was chosen before, for builds of levels (F, G)."""

    def __init__(self, model: FillingModel, levels: IntArray) -> None:
        self._model = model
        self._place = {e: i for i, e in enumerate(model.involved)}
        #: Places in the model's tables, shape (E, G).
        self.entry = model.indices(levels)[list(model.involved)]
        self.last = np.array([[model.last(e)] for e in model.involved], dtype=np.int64).reshape(-1, 1)
        modes = model.modes(levels)
        self._starts = {e: model.row_starts(e, modes, levels.shape[1]) for e in model.has_step}

    def take(self, builds: Rows, given: IntArray) -> None:
        """Builds chose options that give levels, shape (E, builds)."""
        self.entry[:, builds] = clipped(self.entry[:, builds] + given, self.last)

    def of(self, step: Step, number: int, builds: Rows) -> BoolArray:
        """Which options of a step are idle, shape (O, builds)."""
        return self._alone(step, builds) if step.feature < 0 else self._together(step, number, builds)

    def _alone(self, step: Step, builds: Rows) -> BoolArray:
        """Of a decoration on its own: the last one adds no level that counts."""
        counts = step.options.counts[:, :1]
        idle = np.repeat(counts > 0, len(builds), axis=1)
        for e, level in step.touched:
            before, last = self.entry[self._place[e], builds], self._model.last(e)
            idle &= clipped(before + counts * level, last) == clipped(before + (counts - 1) * level, last)
        return idle

    def _together(self, step: Step, number: int, builds: Rows) -> BoolArray:
        idle = np.ones((len(step.options.supply), len(builds)), dtype=np.bool_)
        start, entry = self._starts[step.feature][builds], self.entry[self._place[step.feature], builds]
        for its_start, its_entry in sorted({*zip(start.tolist(), entry.tolist(), strict=True)}):
            useful = self._model.useful_options(number, its_start, its_entry)
            idle[np.ix_(useful, np.flatnonzero((start == its_start) & (entry == its_entry)))] = False
        return idle
