"""What a proof claims of a list: which builds, what they score, and what no other one scores.

Array axes: K rows, L positions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..problem.piece_costs import divisor
from ..problem.problem import Problem
from ..search.relaxation.piece_classes import PartClasses

__all__ = ["Claim"]

IntArray = npt.NDArray[np.int64]


class Claim:
    """The list, and what follows from it: what no build that is not a row scores.

    It scores less than `least`, or as much and ranks later than `last`, the piece indices of the last row (length L).
    Where the list is not full every build is a row, and `last` is None. Scores are whole multiples of `unit`.
    """

    def __init__(self, problem: Problem, columns: Sequence[IntArray], scores: IntArray, limit: int) -> None:
        self._columns = columns
        self._scores = scores
        self.unit = divisor(problem)
        is_full = len(scores) >= limit
        self.least = int(scores[-1]) if is_full else -problem.score_bound
        self.last = [int(column[-1]) for column in columns] if is_full else None

    def row_by_class(self, positions: Sequence[PartClasses]) -> dict[tuple[int, ...], int]:
        """The score of each combination of classes that a row is of."""
        picks = []
        for classes, column in zip(positions, self._columns, strict=True):
            of_piece = np.empty(int(classes.members.max()) + 1, dtype=np.int64)
            of_piece[classes.members] = np.repeat(np.arange(len(classes)), classes.sizes)
            picks.append(of_piece[column].tolist())
        return dict(zip(zip(*picks, strict=True), self._scores.tolist(), strict=True)) if picks else {}
