"""One LP relaxation solved again and again for fewer and fewer pieces.

Kept in the solver: a branch only forbids pieces, so the last basis stays
dual-feasible and a few pivots suffice. In: classes that may be used. Out: rounded
prices, and which build the solution is nearest to; no proof relies on either.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..search.relaxation.bounds import Box, Multipliers
from ..search.relaxation.box_lp import RelaxationModel
from ..search.relaxation.linear_program import LpSolver
from ..search.relaxation.piece_classes import PartClasses

__all__ = ["BranchLp"]

IntArray = npt.NDArray[np.int64]

#: A share this little below a whole number is that number.
_WHOLE = 1e-6


class BranchLp:
    """The relaxation of a problem, for subsets of its pieces.

    Parameters
    ----------
    problem : Problem
        Without minima, so that every relaxation has a solution.
    classes : sequence of PartClasses
        All of them; every part takes one piece.
    box : Box
    precision : int
        Units of a price in one of the score.

    Attributes
    ----------
    shares : ndarray of float64
        Of each class in the last solution, all parts one after the other; empty without one.
    decorations : ndarray of int64
        Whole decorations of each kind in the last solution.
    multipliers : Multipliers
        The last prices.
    """

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> None:
        self._model = RelaxationModel(problem, classes, box)
        self._precision = precision
        n_classes = self._model.part_starts[-1]
        self._pieces = np.arange(n_classes, dtype=np.int32)
        self._columns = np.array([column for column, _ in self._model.decoration_columns], dtype=np.int64)
        self._contents = np.array([d for _, d in self._model.decoration_columns], dtype=np.int64)
        self._n_decorations = 0 if problem.decorations is None else len(problem.decorations.index)
        self.shares = np.zeros(n_classes)
        self.decorations: IntArray = np.zeros(self._n_decorations, dtype=np.int64)
        self.multipliers = self._model.multipliers(np.zeros(0), precision)
        self._solver: LpSolver | None
        try:
            self._solver = self._model.solver()
        except ImportError:
            self._solver = None

    def prices(self, rows: Sequence[npt.NDArray[np.intp]]) -> Multipliers:
        """Prices of the coupled totals where each part may use these classes only; zeros without highspy."""
        if self._solver is None:
            return self.multipliers
        most = np.zeros(len(self._pieces))
        for start, own in zip(self._model.part_starts, rows, strict=False):
            most[start + own] = 1.0
        self._solver.bound_columns(self._pieces, most)
        solution = self._solver.solve()
        if solution.status == "optimal":
            self.shares = solution.values[: len(self._pieces)]
            counts = np.bincount(self._contents, solution.values[self._columns], self._n_decorations)
            self.decorations = np.floor(counts + _WHOLE).astype(np.int64)
        self.multipliers = self._model.multipliers(solution.prices, self._precision)
        return self.multipliers

    def nearest(self, rows: Sequence[npt.NDArray[np.intp]]) -> list[int]:
        """Of some classes of each part, the place of the one with the largest share in the last solution."""
        return [
            int(np.argmax(self.shares[start + own])) for start, own in zip(self._model.part_starts, rows, strict=False)
        ]
