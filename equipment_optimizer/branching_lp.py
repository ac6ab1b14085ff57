"""One LP relaxation solved again and again for fewer and fewer pieces.

The LP of `relaxation_lp`, kept in the solver: a branch only forbids pieces, so the
last basis stays dual-feasible and a few pivots suffice. In: classes that may be
used. Out: rounded prices, which no proof relies on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .bounds import Box, Multipliers, price_limit, rounded_price
from .classes import PartClasses
from .problem import Problem
from .relaxation_lp import _add_hulls, _add_slots, _Columns

__all__ = ["BranchLp"]

FloatArray = npt.NDArray[np.float64]


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
    """

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> None:
        self._problem = problem
        self._precision = precision
        n_features, n_totals = problem.n_features, len(box.low)
        part_row = n_totals
        hull_row = part_row + len(classes)
        slot_row = hull_row + n_totals
        self._stock_row = slot_row + len(problem.slot_levels)
        columns = _Columns()
        starts = [0]
        for b, part in enumerate(classes):
            entries: list[tuple[int, npt.ArrayLike]] = [(part_row + b, 1.0)]
            entries += [(e, part.totals[:, e]) for e in range(n_totals)]
            entries += [(slot_row + k, part.slots[:, k]) for k in range(part.slots.shape[1])]
            columns.add(part.linear, entries)
            starts.append(columns.n_columns)
        self._starts = starts
        _add_hulls(problem, box, columns, hull_row)
        self._n_stocked = _add_slots(problem, columns, slot_row, self._stock_row)
        lower = np.zeros(self._stock_row + self._n_stocked)
        lower[:n_features] = -problem.base_levels
        lower[n_features:n_totals] = -problem.base_bonus_counts
        lower[part_row:slot_row] = 1.0
        lower[slot_row : self._stock_row] = -problem.base_slots
        upper = lower.copy()
        if problem.decorations is not None and self._n_stocked:
            stock = problem.decorations.stock
            lower[self._stock_row :] = -np.inf
            upper[self._stock_row :] = stock[stock >= 0]
        self._pieces = np.arange(starts[-1], dtype=np.int32)
        self._none = np.zeros(starts[-1])
        self._limits = [price_limit(problem, e) for e in range(n_totals)]
        self._solver = _solver(columns, lower, upper)

    def prices(self, rows: Sequence[npt.NDArray[np.intp]]) -> Multipliers:
        """Prices of the coupled totals where each part may use these classes only."""
        most = np.zeros(len(self._pieces))
        for start, own in zip(self._starts, rows, strict=False):
            most[start + own] = 1.0
        self._solver.changeColsBounds(len(self._pieces), self._pieces, self._none, most)
        self._solver.run()
        duals = np.array(self._solver.getSolution().row_dual)
        if len(duals) != self._stock_row + self._n_stocked:
            duals = np.zeros(self._stock_row + self._n_stocked)
        price = [
            rounded_price(-dual * self._precision, limit)
            for dual, limit in zip(duals.tolist(), self._limits, strict=False)
        ]
        return Multipliers(tuple(price), self._stock_prices(duals))

    def _stock_prices(self, duals: FloatArray) -> tuple[int, ...]:
        """Prices of decorations that are scarce, 0 for the others."""
        decorations = self._problem.decorations
        if decorations is None or not self._n_stocked:
            return ()
        limit = 2**58 // max(1, int(decorations.stock.max()) * len(decorations.stock))
        paid = iter(duals[self._stock_row :].tolist())
        return tuple(
            max(0, rounded_price(next(paid) * self._precision, limit)) if n >= 0 else 0
            for n in decorations.stock.tolist()
        )


def _solver(columns: _Columns, lower: FloatArray, upper: FloatArray) -> Any:
    """A solver that holds the LP."""
    import highspy

    cost = np.concatenate(columns.cost)
    column, row = np.concatenate(columns.column), np.concatenate(columns.row)
    value = np.concatenate(columns.value)
    order = np.lexsort((row, column))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(lower)
    lp.col_cost_ = cost
    lp.col_lower_ = np.zeros(len(cost))
    lp.col_upper_ = np.full(len(cost), highspy.kHighsInf)
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(len(cost) + 1)).astype(np.int32)
    lp.a_matrix_.index_ = row[order].astype(np.int32)
    lp.a_matrix_.value_ = value[order]
    make: Any = highspy.Highs
    solver = make()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(lp)
    return solver
