"""The LP relaxation of one filling problem after another, solved warm by HiGHS.

Only the right-hand side changes between totals, so one basis serves all of them
with a few pivots each. As everywhere, the answer is advice: prices that any
bound is valid for, and counts of decorations that somebody must round.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .problem import CompiledDecorations, Problem

__all__ = ["FillingLp"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class FillingLp:
    """LP relaxations of fillings that differ in totals and slots only.

    Parameters
    ----------
    problem : Problem
        With decorations.
    """

    def __init__(self, problem: Problem, decorations: CompiledDecorations) -> None:
        import highspy

        self._highspy = highspy
        self._n_features = problem.n_features
        n_kinds = len(problem.slot_levels)
        stocked = np.flatnonzero(decorations.stock >= 0)
        self._stocked = stocked
        self._n_decorations = len(decorations.index)
        hull_row = self._n_features
        slot_row = hull_row + self._n_features
        stock_row = slot_row + n_kinds
        self._slot_row, self._n_rows = slot_row, stock_row + len(stocked)
        costs: list[float] = []
        starts, rows, values = [0], [], []

        def column(cost: float, entries: list[tuple[int, float]]) -> None:
            costs.append(cost)
            for row, value in sorted(entries):
                rows.append(row)
                values.append(value)
            starts.append(len(rows))

        self._owner: list[tuple[int, int]] = []
        for d in range(self._n_decorations):
            entries = [(f, float(level)) for f, level in enumerate(decorations.levels[d].tolist()) if level]
            entries += [(stock_row + int(s), 1.0) for s in np.flatnonzero(stocked == d)]
            fitting = np.flatnonzero(decorations.fits[d]).tolist()
            for k in fitting:
                if k - 1 not in fitting or problem.slot_levels[k] == 1:
                    self._owner.append((d, k))
                    column(float(decorations.linear[d]), [*entries, (slot_row + k, 1.0)])
        self.n_choices = len(self._owner)
        for k, level in enumerate(problem.slot_levels):
            column(float(problem.slot_weights[k]), [(slot_row + k, 1.0)])
            if level > 1:
                column(0.0, [(slot_row + k, 1.0), (slot_row + k - 1, -1.0)])
        for f, feature in enumerate(problem.features):
            function = feature.value if feature.raised_value is None else feature.raised_value
            low = feature.low if feature.minimum is None else max(feature.low, min(feature.minimum, feature.high))
            for x, y in function.upper_hull(low, feature.high):
                column(float(y), [(f, -float(x)), (hull_row + f, 1.0)])
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(costs), self._n_rows
        lp.col_cost_ = np.array(costs)
        lp.col_lower_ = np.zeros(len(costs))
        lp.col_upper_ = np.full(len(costs), highspy.kHighsInf)
        self._bounds = np.zeros(self._n_rows)
        self._bounds[hull_row:slot_row] = 1.0
        self._bounds[stock_row:] = decorations.stock[stocked]
        self._lower = self._bounds.copy()
        self._lower[stock_row:] = -highspy.kHighsInf
        lp.row_lower_, lp.row_upper_ = self._lower, self._bounds
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(rows, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(values)
        self._solver: Any = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("presolve", "off")
        self._solver.passModel(lp)
        self._changing = np.array([*range(self._n_features), *range(slot_row, stock_row)], dtype=np.int32)
        self.n_solves = 0

    def solve(self, levels: IntArray, slots: IntArray) -> tuple[FloatArray, FloatArray] | None:
        """Prices of levels, shape (F,), then of stock, shape (stocked,); None without an optimum.

        Parameters
        ----------
        levels : ndarray of int64, shape (F,)
            Totals before any decoration.
        slots : ndarray of int64, shape (K,)
        """
        self.n_solves += 1
        bounds = np.concatenate([-levels, slots]).astype(np.float64)
        self._solver.changeRowsBounds(len(self._changing), self._changing, bounds, bounds)
        self._solver.run()
        if self._solver.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
            return None
        duals = np.array(self._solver.getSolution().row_dual)
        return -duals[: self._n_features], duals[self._n_rows - len(self._stocked) :]
