"""Exact scores of blocks of combinations, each looked at on its own.

In integers; knows neither names, decimals nor files. What shares work between
neighbouring combinations is `search.exhaustive.separable`.

Array axes: N combinations of a block, F features, C set bonuses, K slot kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..records.vocabulary import NO_BUILD
from .problem import PartColumns, Problem

__all__ = ["BlockTotals", "ChoiceColumns", "feature_values", "score_columns", "score_totals", "total_columns"]

IntArray = npt.NDArray[np.int64]

#: The best fillings of slots for totals: scores, shape (N,), `NO_BUILD` where a limit is missed.
FillScores = Callable[["BlockTotals"], IntArray]


@dataclass(frozen=True, eq=False)
class BlockTotals:
    """Totals of N combinations, fixed weapon and set bonuses included, decorations not; int64."""

    linear: IntArray  # (N,): scaled score of everything linear
    levels: IntArray  # (F, N)
    bonus_counts: IntArray  # (C, N)
    slots: IntArray  # (K, N)

    def take(self, rows: npt.NDArray[np.intp]) -> BlockTotals:
        """The totals of some combinations."""
        return BlockTotals(self.linear[rows], self.levels[:, rows], self.bonus_counts[:, rows], self.slots[:, rows])


def total_columns(problem: Problem, columns: Sequence[npt.NDArray[Any]]) -> BlockTotals:
    """Totals of the combinations with these piece indices, one column per position.

    O(N L (F + C + K)) time, O(N (F + C + K)) memory.
    """
    length = len(columns[0]) if columns else 1
    linear = np.full(length, problem.base_linear, dtype=np.int64)
    levels = np.repeat(problem.base_levels[:, None], length, axis=1)
    counts = np.repeat(problem.base_bonus_counts[:, None], length, axis=1)
    slots = np.repeat(problem.base_slots[:, None], length, axis=1)
    for part, column in zip(problem.positions, columns, strict=True):
        pieces = problem.parts[part]
        linear += pieces.linear[column]
        levels += pieces.levels.T[:, column]
        counts += pieces.bonus_counts.T[:, column]
        slots += pieces.slots.T[:, column]
    for c, count in enumerate(counts):
        linear += problem.bonus_linear[c][count]
        for f in problem.bonus_features[c]:
            levels[f] += problem.bonus_levels[c, :, f][count]
    return BlockTotals(linear, levels, counts, slots)


def feature_values(problem: Problem, levels: IntArray, only: Iterable[int] | None = None) -> IntArray:
    """Score of the features alone, or of `only` some, at levels (F, N); `NO_BUILD` where a limit is missed."""
    score = np.zeros(levels.shape[1], dtype=np.int64)
    missed = np.zeros(levels.shape[1], dtype=bool)
    for group in problem.exclusive:
        missed |= np.count_nonzero(levels[list(group)] > 0, axis=0) > 1
    for e in range(problem.n_features) if only is None else only:
        feature, level = problem.features[e], levels[e]
        value = feature.value(level)
        if feature.raised_value is not None:
            value = np.where(levels[feature.raised_by] >= 1, feature.raised_value(level), value)
        score += value
        if feature.n_limits:
            missed |= feature.misses(level)
    score[missed] = NO_BUILD
    return score


def score_columns(
    problem: Problem, columns: Sequence[npt.NDArray[Any]], fill_scores: FillScores | None = None
) -> IntArray:
    """Scores of the combinations with these piece indices, shape (N,); `NO_BUILD` where a limit is missed.

    `fill_scores` scores finished builds from totals; needed where decorations are given.
    """
    totals = total_columns(problem, columns)
    return score_totals(problem, totals) if fill_scores is None else fill_scores(totals)


def score_totals(problem: Problem, totals: BlockTotals) -> IntArray:
    """Scores of finished totals, shape (N,); `NO_BUILD` where a limit is missed."""
    score = feature_values(problem, totals.levels)
    return np.where(score == NO_BUILD, NO_BUILD, score + totals.linear)


class ChoiceColumns:
    """All ways to fill one body part, summed: a virtual list of n pieces, a row per set where the part takes several.

    `linear` is int64 (n,), `levels` (n, F).
    """

    __slots__ = ("levels", "linear")

    def __init__(self, part: PartColumns, indices: Sequence[IntArray]) -> None:
        self.linear: IntArray = np.zeros(len(indices[0]), dtype=np.int64)
        self.levels: IntArray = np.zeros((len(indices[0]), part.levels.shape[1]), dtype=np.int64)
        for index in indices:
            self.linear += part.linear[index]
            self.levels += part.levels[index]

    def __len__(self) -> int:
        return len(self.linear)
