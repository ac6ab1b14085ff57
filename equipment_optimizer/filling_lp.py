"""Prices for fillings: the LP relaxation of one build after another, solved warm by HiGHS.

Only the right-hand side changes between builds, so one basis serves all of them
with a few pivots each. As everywhere, the answer is advice: prices that any bound
is valid for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .bounds import Multipliers, price_limit, rounded_price
from .filling_model import FillingModel
from .valuefunction import ValueFunction

__all__ = ["FillingLp"]

IntArray = npt.NDArray[np.int64]


class FillingLp:
    """LP relaxations of fillings that differ in totals and slots.

    Parameters
    ----------
    model : FillingModel

    Attributes
    ----------
    n_solves : int

    Raises
    ------
    ImportError
        Without highspy.
    """

    def __init__(self, model: FillingModel) -> None:
        import highspy

        self._highspy = highspy
        self._model = model
        problem, decorations = model.problem, model.decorations
        self._limited = np.flatnonzero(decorations.stock >= 0)
        self._n_features = problem.n_features
        hull_row = self._n_features
        self._slot_row = hull_row + self._n_features
        self._stock_row = self._slot_row + len(problem.slot_levels)
        self._n_rows = self._stock_row + len(self._limited)
        self._costs: list[float] = []
        self._starts, self._entry_rows, self._entry_values = [0], [], []  # type: list[int], list[int], list[float]
        for d in range(len(decorations.index)):
            entries = [(f, float(level)) for f, level in enumerate(decorations.levels[d].tolist()) if level]
            entries += [(self._stock_row + int(s), 1.0) for s in np.flatnonzero(self._limited == d)]
            fitting = np.flatnonzero(decorations.fits[d]).tolist()
            # The lowest fitting level of each chain: higher slots reach it by stepping down.
            for k in fitting:
                if k - 1 not in fitting or problem.slot_levels[k] == 1:
                    self._column(float(decorations.linear[d]), [*entries, (self._slot_row + k, 1.0)])
        for k, level in enumerate(problem.slot_levels):
            self._column(float(problem.slot_weights[k]), [(self._slot_row + k, 1.0)])
            if level > 1:
                self._column(0.0, [(self._slot_row + k, 1.0), (self._slot_row + k - 1, -1.0)])
        self._raised_columns: list[tuple[int, int]] = []
        missing = self._price_of_missing()
        for f, feature in enumerate(problem.features):
            for x, y in self._hull(f, feature.value, missing):
                self._column(float(y), [(f, -float(x)), (hull_row + f, 1.0)])
            if feature.raised_value is not None:
                for x, y in self._hull(f, feature.raised_value, missing):
                    self._raised_columns.append((f, len(self._costs)))
                    self._column(float(y), [(f, -float(x)), (hull_row + f, 1.0)])
        self._solver = self._build(decorations.stock)
        self._changing = np.array([*range(self._n_features), *range(self._slot_row, self._stock_row)], dtype=np.int32)
        self._raised = np.array([column for _, column in self._raised_columns], dtype=np.int32)
        self.n_solves = 0

    def _price_of_missing(self) -> float:
        """More than any filling can gain: what a level costs that is missing for a minimum.

        So there is always an optimum, and its prices tell how much a minimum that is
        out of reach matters.
        """
        problem, total = self._model.problem, 1.0
        for feature in problem.features:
            for function in (feature.value, feature.raised_value):
                if function is not None:
                    values = [function.at(x) for x in function.corners(feature.low, feature.high)]
                    total += max(values) - min(values)
        each = max([abs(int(w)) for w in problem.slot_weights] + [abs(int(n)) for n in self._model.decorations.linear])
        return total + each * float(self._model.most_slots.sum())

    def _hull(self, f: int, function: ValueFunction, missing: float) -> list[tuple[int, float]]:
        """Corners of the feature's hull; below its minimum it falls steeply."""
        feature = self._model.problem.features[f]
        low = feature.low if feature.minimum is None else max(feature.low, min(feature.minimum, feature.high))
        points: list[tuple[int, float]] = [(x, float(y)) for x, y in function.upper_hull(low, feature.high)]
        if feature.minimum is not None and feature.minimum > feature.low:
            points.insert(0, (feature.low, points[0][1] - missing * (feature.minimum - feature.low)))
        return points

    def _column(self, cost: float, entries: list[tuple[int, float]]) -> None:
        self._costs.append(cost)
        for row, value in sorted(entries):
            self._entry_rows.append(row)
            self._entry_values.append(value)
        self._starts.append(len(self._entry_rows))

    def _build(self, stock: IntArray) -> Any:
        """The solver with the model in it."""
        highspy = self._highspy
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self._costs), self._n_rows
        lp.col_cost_ = np.array(self._costs)
        lp.col_lower_ = np.zeros(len(self._costs))
        lp.col_upper_ = np.full(len(self._costs), highspy.kHighsInf)
        upper = np.zeros(self._n_rows)
        upper[self._n_features : self._slot_row] = 1.0
        upper[self._stock_row :] = stock[self._limited]
        lower = upper.copy()
        lower[self._stock_row :] = -highspy.kHighsInf
        lp.row_lower_, lp.row_upper_ = lower, upper
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.array(self._starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(self._entry_rows, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(self._entry_values)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("presolve", "off")
        solver.passModel(lp)
        return solver

    def prices(self, levels: IntArray, slots: IntArray, raised: npt.NDArray[np.bool_]) -> Multipliers | None:
        """Prices of levels and of limited decorations for one build; None where there is no optimum.

        Parameters
        ----------
        levels : ndarray of int64, shape (F,)
            Totals before any decoration.
        slots : ndarray of int64, shape (K,)
        raised : ndarray of bool, shape (F,)
            Whether a raised maximum is within reach.
        """
        self.n_solves += 1
        bounds = np.concatenate([-levels, slots]).astype(np.float64)
        self._solver.changeRowsBounds(len(self._changing), self._changing, bounds, bounds)
        if self._raised.size:
            upper = np.array([self._highspy.kHighsInf if raised[f] else 0.0 for f, _ in self._raised_columns])
            self._solver.changeColsBounds(len(self._raised), self._raised, np.zeros(len(upper)), upper)
        self._solver.run()
        if self._solver.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
            return None
        duals = list(self._solver.getSolution().row_dual)
        precision, problem = self._model.precision, self._model.problem
        price = tuple(rounded_price(-duals[e] * precision, price_limit(problem, e)) for e in range(self._n_features))
        if not self._limited.size:
            return Multipliers(price)
        stock = [0] * len(self._model.decorations.index)
        limit = 2**58 // max(1, int(self._model.decorations.stock.max()) * len(stock))
        for d, paid in zip(self._limited.tolist(), duals[self._stock_row :], strict=True):
            stock[d] = max(0, rounded_price(paid * precision, limit))
        return Multipliers(price, tuple(stock))
