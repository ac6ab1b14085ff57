"""Scores of neighbouring combinations, sharing their work.

For a score that is a plain sum of functions of sums. The last body parts form an
*inner* block: a few thousand combinations whose totals are columns. Each
combination of the first, *outer* parts shifts those totals by a constant, and
``f(shift + inner)`` is one vector per feature and shift, computed once and kept.
Going from one outer combination to the next changes only the features that the
exchanged piece has, so scoring a block is a few vector additions.

Array axes: M combinations of the inner block.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import ChoiceColumns

__all__ = ["SeparableBlock", "is_supported"]

ScoreVector = npt.NDArray[Any]


def _largest(problem: Problem) -> int:
    """Bound on the absolute value of a score with every limit missed."""
    n_limited = sum(feature.n_limits > 0 for feature in problem.features)
    return n_limited * (2 * problem.score_bound + 1) + problem.score_bound


def is_supported(problem: Problem) -> bool:
    """Whether `SeparableBlock` can score this problem in 64 bits."""
    return problem.is_separable and _largest(problem) < 2**63


def _spread(levels: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ascending values that include all levels, and the place of each level among them."""
    low, high = int(levels.min()), int(levels.max())
    if high - low <= len(levels):
        # No sorting: the values in between cost less.
        return np.arange(low, high + 1), levels - low
    distinct, place = np.unique(levels, return_inverse=True)
    return distinct, place


class SeparableBlock:
    """Scores of one inner block under every combination of the outer body parts, given outermost first.

    `inner_linear`, shape (M,), and `inner_levels`, shape (F, M), do not include the fixed weapon. Within
    `cache_bytes` vectors are kept; others are recomputed rather than more memory used. A block costs O(M)
    per changed feature. Vectors are int32 where every score fits, else int64: sums may wrap on the way,
    the final ones cannot, and in two's complement that is all that matters.
    """

    def __init__(
        self,
        problem: Problem,
        outer: Sequence[ChoiceColumns],
        inner_linear: npt.NDArray[np.int64],
        inner_levels: npt.NDArray[np.int64],
        cache_bytes: int,
    ) -> None:
        self._features = problem.features
        self._outer = outer
        # Levels repeat: a function is evaluated once per level, then spread.
        self._inner = [_spread(level) for level in inner_levels]
        n_features = len(problem.features)
        missed = 2 * problem.score_bound + 1
        self._dtype = np.dtype(np.int32 if _largest(problem) < 2**31 else np.int64)
        #: Added for each missed limit: takes any score below `floor`.
        self._missed = -missed
        #: Every real score is at least this; a missed limit is below.
        self.floor = -problem.score_bound
        length = len(inner_linear)
        self._base = inner_linear.astype(self._dtype)
        self._base_linear = problem.base_linear
        self._base_levels = tuple(problem.base_levels.tolist())
        self._max_vectors = max(2 * n_features, cache_bytes // max(length * self._dtype.itemsize, 1))
        self._vectors: OrderedDict[tuple[int, int], ScoreVector] = OrderedDict()
        self._prefix = [np.empty(length, self._dtype) for _ in range(len(outer) + 1)]
        # What exchanging nothing for a piece changes: (linear, [(feature, level), ...]).
        self._pieces = [
            [
                (linear, [(f, level) for f, level in enumerate(levels) if level])
                for linear, levels in zip(part.linear.tolist(), part.levels.tolist(), strict=True)
            ]
            for part in outer
        ]

    def _vector(self, feature: int, shift: int) -> ScoreVector:
        """``f(shift + inner level)`` for the whole inner block, shape (M,)."""
        key = (feature, shift)
        vector = self._vectors.get(key)
        if vector is not None:
            self._vectors.move_to_end(key)
            return vector
        rule = self._features[feature]
        distinct, place = self._inner[feature]
        value = rule.value(distinct + shift)
        if rule.n_limits:
            value += self._missed * rule.misses(distinct + shift)
        vector = value.astype(self._dtype).take(place)
        if len(self._vectors) >= self._max_vectors:
            self._vectors.popitem(last=False)
        self._vectors[key] = vector
        return vector

    def scores(self, start: Sequence[int], n_blocks: int) -> Iterator[tuple[ScoreVector, int]]:
        """Score the inner block under `n_blocks` outer combinations in rank order, from the choices `start` on.

        Yields int32 or int64 scores, shape (M,), overwritten by the next step, and a constant to add to them.
        """
        depth = len(self._outer)
        choice = list(start)
        levels = [self._base_levels] * (depth + 1)
        linear = [self._base_linear] * (depth + 1)
        prefix = self._prefix
        np.copyto(prefix[0], self._base)
        for feature, shift in enumerate(self._base_levels):
            prefix[0] += self._vector(feature, shift)
        changed = 0
        for _ in range(n_blocks):
            for d in range(changed, depth):
                extra, exchanged = self._pieces[d][choice[d]]
                linear[d + 1] = linear[d] + extra
                if not exchanged:
                    levels[d + 1] = levels[d]
                    np.copyto(prefix[d + 1], prefix[d])
                    continue
                changed_levels = list(levels[d])
                source = prefix[d]
                for feature, level in exchanged:
                    np.subtract(source, self._vector(feature, changed_levels[feature]), out=prefix[d + 1])
                    changed_levels[feature] += level
                    source = prefix[d + 1]
                    np.add(source, self._vector(feature, changed_levels[feature]), out=source)
                levels[d + 1] = tuple(changed_levels)
            yield prefix[depth], linear[depth]
            changed = depth - 1
            while changed >= 0:
                choice[changed] += 1
                if choice[changed] < len(self._pieces[changed]):
                    break
                choice[changed] = 0
                changed -= 1
            changed = max(changed, 0)
