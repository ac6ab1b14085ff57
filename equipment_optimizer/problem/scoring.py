"""Exact scores of blocks of combinations.

Two scorers with one result: `SeparableScorer` for scores that are a plain sum of
functions of sums, which shares work between neighbouring combinations, and
`score_columns` for any score, which looks at each combination on its own. Both
compute in integers; neither knows names, decimals or files.

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

#: The best fillings of slots for totals: scores, shape (N,), `NO_BUILD` where a minimum is missed.
FillScores = Callable[["BlockTotals"], IntArray]


@dataclass(frozen=True, eq=False)
class BlockTotals:
    """Totals of N combinations, fixed weapon and set bonuses included, decorations not.

    Attributes
    ----------
    linear : ndarray of int64, shape (N,)
        Scaled score of everything linear.
    levels : ndarray of int64, shape (F, N)
    bonus_counts : ndarray of int64, shape (C, N)
    slots : ndarray of int64, shape (K, N)
    """

    linear: IntArray
    levels: IntArray
    bonus_counts: IntArray
    slots: IntArray

    def take(self, rows: npt.NDArray[np.intp]) -> BlockTotals:
        """The totals of some combinations."""
        return BlockTotals(self.linear[rows], self.levels[:, rows], self.bonus_counts[:, rows], self.slots[:, rows])


def total_columns(problem: Problem, columns: Sequence[npt.NDArray[Any]]) -> BlockTotals:
    """Totals of the combinations with these piece indices, one column per position.

    Notes
    -----
    O(N L (F + C + K)) time, O(N (F + C + K)) memory.
    """
    length = len(columns[0]) if columns else 1
    linear = np.full(length, problem.base_linear, dtype=np.int64)
    levels = np.repeat(problem.base_levels[:, None], length, axis=1)
    counts = np.repeat(problem.base_bonus_counts[:, None], length, axis=1)
    slots = np.repeat(problem.base_slots[:, None], length, axis=1)
    for part, column in zip(problem.positions, columns, strict=True):
        own = problem.parts[part]
        linear += own.linear[column]
        levels += own.levels.T[:, column]
        counts += own.bonus_counts.T[:, column]
        slots += own.slots.T[:, column]
    for c, count in enumerate(counts):
        linear += problem.bonus_linear[c][count]
        levels += problem.bonus_levels[c].T[:, count]
    return BlockTotals(linear, levels, counts, slots)


def feature_values(problem: Problem, levels: IntArray, only: Iterable[int] | None = None) -> IntArray:
    """Score of the features alone; `NO_BUILD` where a minimum is missed.

    Parameters
    ----------
    levels : ndarray of int64, shape (F, N)
    only : iterable of int, optional
        Some of the features.

    Returns
    -------
    ndarray of int64, shape (N,)
    """
    score = np.zeros(levels.shape[1], dtype=np.int64)
    missed = np.zeros(levels.shape[1], dtype=bool)
    for e in range(problem.n_features) if only is None else only:
        feature, level = problem.features[e], levels[e]
        value = feature.value(level)
        if feature.raised_value is not None:
            value = np.where(levels[feature.raised_by] >= 1, feature.raised_value(level), value)
        score += value
        if feature.minimum is not None:
            missed |= level < feature.minimum
    score[missed] = NO_BUILD
    return score


def score_columns(
    problem: Problem, columns: Sequence[npt.NDArray[Any]], fill_scores: FillScores | None = None
) -> IntArray:
    """Scores of the combinations with these piece indices.

    Parameters
    ----------
    problem : Problem
    columns : sequence of L ndarray of int, shape (N,)
    fill_scores : callable, optional
        Scores finished builds from totals; needed where decorations are given.

    Returns
    -------
    ndarray of int64, shape (N,)
        `NO_BUILD` where a minimum is missed.
    """
    totals = total_columns(problem, columns)
    return score_totals(problem, totals) if fill_scores is None else fill_scores(totals)


def score_totals(problem: Problem, totals: BlockTotals) -> IntArray:
    """Scores of finished totals, shape (N,); `NO_BUILD` where a minimum is missed."""
    score = feature_values(problem, totals.levels)
    return np.where(score == NO_BUILD, NO_BUILD, score + totals.linear)


class ChoiceColumns:
    """All ways to fill one body part, summed: a virtual list of pieces.

    Where a part takes one piece these are the part's own columns; where it takes
    several, a row per set of different rows.

    Attributes
    ----------
    linear : ndarray of int64, shape (n,)
    levels : ndarray of int64, shape (n, F)
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
