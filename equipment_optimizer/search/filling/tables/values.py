"""The features of a problem as tables, for everything that fills slots.

In comes a `Problem` with decorations; out comes, for each feature that a filling may
change, its value by level in one long array, levels from which on nothing changes
being one entry; and for builds which entries are theirs.

Array axes: G builds, F features, T table entries.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ....problem.problem import CompiledDecorations, Problem
from ....problem.scoring import feature_values
from ....problem.value_function import ValueFunction
from ...relaxation.bounds import usual_precision
from .packing import clipped

__all__ = ["FillingValues"]

IntArray = npt.NDArray[np.int64]


class FillingValues:
    """Tables of the features that fillings change, T entries; bounds, too, are scaled by the precision."""

    def __init__(self, problem: Problem, precision: int | None = None) -> None:
        assert problem.decorations is not None
        self.problem = problem
        self.decorations: CompiledDecorations = problem.decorations
        self.precision = precision or usual_precision(problem)
        levels = self.decorations.levels
        self.may_rise: list[bool] = np.asarray(np.any(levels > 0, axis=0)).tolist()
        self.may_fall: list[bool] = np.asarray(np.any(levels < 0, axis=0)).tolist()
        #: Stands for the value of a missed limit.
        self.never = -(2**61) // (problem.n_features + 2)
        #: Every score of a filling is a multiple of it.
        self.grain = self._grain()
        #: Level of each table's first entry, shape (F,).
        self.low = np.array([feature.low for feature in problem.features], dtype=np.int64)
        #: Features that raise another's maximum and that decorations change.
        self.raisers = frozenset(
            f.raised_by for f in problem.features if f.raised_value is not None and levels[:, f.raised_by].any()
        )
        #: Features that a filling may change, or the maximum of which it may raise.
        self.involved = tuple(
            e
            for e, feature in enumerate(problem.features)
            if levels[:, e].any() or (feature.raised_value is not None and feature.raised_by in self.raisers)
        )
        self._fixed = tuple(e for e in range(problem.n_features) if e not in self.involved)
        self._tables()

    def functions(self, e: int, mode: int) -> list[ValueFunction]:
        """What feature `e` may be: mode 0 as it is, 1 raised, 2 either."""
        feature = self.problem.features[e]
        if feature.raised_value is None or mode == 0:
            return [feature.value]
        return [feature.raised_value] if mode == 1 else [feature.value, feature.raised_value]

    def _cap(self, e: int) -> int:
        """Levels from here on are all worth the same; the highest where there is no such level."""
        feature = self.problem.features[e]
        functions = [f for f in (feature.value, feature.raised_value) if f is not None]
        if feature.maximum is not None and not self.may_fall[e]:
            # One level more than the maximum is as bad as any.
            return max(min(feature.maximum + 1, feature.high), feature.low)
        if self.may_fall[e] or any(f.slope[-1] for f in functions):
            return feature.high
        cap = max((f.start[-1] if f.start else feature.low for f in functions), default=feature.low)
        cap = max(cap, feature.minimum if feature.minimum is not None else cap)
        if any(other.raised_by == e for other in self.problem.features):
            cap = max(cap, 1)
        return max(min(cap, feature.high), feature.low)

    def _tables(self) -> None:
        """`values_scaled`, `is_missed`, `rows`, and where each row's table ends."""
        lasts = [self._cap(e) - feature.low for e, feature in enumerate(self.problem.features)]
        self._last = np.array(lasts, dtype=np.int64)
        tables: list[IntArray] = []
        missed: list[npt.NDArray[np.bool_]] = []
        #: Where in `values_scaled` an involved feature has its table, by mode: 0 as it is, 1 raised, 2 either.
        self.rows: dict[tuple[int, int], int] = {}
        at = 0
        for e in self.involved:
            feature = self.problem.features[e]
            x = feature.low + np.arange(int(self._last[e]) + 1, dtype=np.int64)
            for mode in (0, 1, 2) if feature.raised_value is not None else (0,):
                worth_scaled = self.precision * np.max([function(x) for function in self.functions(e, mode)], axis=0)
                misses = feature.misses(x) if feature.n_limits else np.zeros(len(x), dtype=np.bool_)
                worth_scaled[misses] = self.never
                missed.append(misses)
                self.rows[e, mode] = at
                tables.append(worth_scaled)
                at += len(worth_scaled)
        self.values_scaled = np.concatenate(tables) if tables else np.zeros(0, dtype=np.int64)
        #: Where a limit is missed: scores near the end of 64 bits may be worth less than `never`.
        self.is_missed = np.concatenate(missed) if missed else np.zeros(0, dtype=np.bool_)

    def is_limited(self, e: int) -> bool:
        """Whether no build may have a level beyond the feature's tables."""
        maximum = self.problem.features[e].maximum
        return maximum is not None and maximum < int(self.low[e]) + self.last(e)

    def last(self, e: int) -> int:
        """Index of the last entry of a feature's tables."""
        return int(self._last[e])

    def indices(self, levels: IntArray) -> IntArray:
        """Entries of the features' tables that hold these levels; shape (F, G), 0 where there is no table."""
        index = np.zeros_like(levels)
        for e in self.involved:
            index[e] = clipped(levels[e] - self.low[e], self.last(e))
        return index

    def fixed_values(self, levels: IntArray) -> IntArray:
        """Score of the features that no filling changes, shape (G,); `NO_BUILD` where a limit is missed."""
        return feature_values(self.problem, levels, self._fixed)

    def modes(self, levels: IntArray) -> dict[int, IntArray]:
        """For features whose maximum may be raised, by build: 0 no, 1 yes, 2 open; shape (G,)."""
        modes = {}
        for e in self.involved:
            feature = self.problem.features[e]
            if feature.raised_value is not None:
                r = feature.raised_by
                now = levels[r] >= 1
                open_up, open_down = ~now & self.may_rise[r], now & self.may_fall[r]
                modes[e] = np.where(open_up | open_down, 2, now).astype(np.int64)
        return modes

    def row_starts(self, e: int, modes: dict[int, IntArray], n_builds: int) -> IntArray:
        """Where each build's table of feature `e` begins, shape (G,)."""
        if e not in modes:
            return np.full(n_builds, self.rows[e, 0], dtype=np.int64)
        starts = np.array([self.rows[e, mode] for mode in (0, 1, 2)], dtype=np.int64)
        chosen: IntArray = starts[modes[e]]
        return chosen

    def _grain(self) -> int:
        """Every value is a multiple of this."""
        values = [*self.decorations.linear.tolist(), *self.problem.slot_weights.tolist()]
        for e in range(self.problem.n_features):
            for function in self.functions(e, 2):
                values += [*function.slope, *function.intercept]
        return math.gcd(*values) or 1

    def top_target(self, bound_scaled: IntArray) -> IntArray:
        """The highest value that a bound allows, as values come in multiples of the grain."""
        return bound_scaled // self.precision // self.grain * self.grain
