"""Scores of blocks of combinations with their slots filled.

Array axes: N combinations, L positions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import total_columns
from .filler import Filler

__all__ = ["FilledScores"]

IntArray = npt.NDArray[np.int64]


class FilledScores:
    """Scores of blocks of combinations with their slots filled; pickles without what it has learnt."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._filler: Filler | None = None

    def __call__(self, columns: Sequence[IntArray]) -> IntArray:
        """Scores, shape (N,), of L index columns."""
        if self._filler is None:
            self._filler = Filler(self._problem)
        return self._filler.scores(total_columns(self._problem, columns))

    def __reduce__(self) -> tuple[type[FilledScores], tuple[Problem]]:
        return FilledScores, (self._problem,)
