"""Prices for fillings: the LP relaxation of one build after another, solved warm by HiGHS.

Only the right-hand side changes between builds, so one basis serves all of them
with a few pivots each. As everywhere, the answer is advice: prices that any bound
is valid for.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...problem.value_function import ValueFunction
from ..relaxation.bounds import Multipliers, price_limit, rounded_price
from ..relaxation.box_lp import decoration_places, rounded_stock_prices
from ..relaxation.linear_program import LinearProgram
from ._model import FillingModel

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
        self._model = model
        problem, decorations = model.problem, model.decorations
        self._limited = np.flatnonzero(decorations.stock >= 0)
        self._n_features = problem.n_features
        hull_row = self._n_features
        slot_row = hull_row + self._n_features
        self._stock_row = slot_row + len(problem.slot_levels)
        program = LinearProgram()
        stock_rows = {int(d): self._stock_row + s for s, d in enumerate(self._limited)}
        for d in range(len(decorations.index)):
            entries = [(f, float(level)) for f, level in enumerate(decorations.levels[d].tolist()) if level]
            entries += [(stock_rows[d], 1.0)] if d in stock_rows else []
            for k in decoration_places(problem, d):
                program.add([float(decorations.linear[d])], [*entries, (slot_row + k, 1.0)])
        for k, level in enumerate(problem.slot_levels):
            program.add([float(problem.slot_weights[k])], [(slot_row + k, 1.0)])
            if level > 1:
                program.add([0.0], [(slot_row + k, 1.0), (slot_row + k - 1, -1.0)])
        raised: list[int] = []
        raised_features: list[int] = []
        missing = self._price_of_missing()
        for f, feature in enumerate(problem.features):
            for function in (feature.value, feature.raised_value):
                if function is None:
                    continue
                points = self._hull(f, function, missing)
                if function is feature.raised_value:
                    raised += range(program.n_columns, program.n_columns + len(points))
                    raised_features += [f] * len(points)
                x = np.array([x for x, _ in points], dtype=np.float64)
                program.add([y for _, y in points], [(f, -x), (hull_row + f, 1.0)])
        upper = np.zeros(self._stock_row + len(self._limited))
        upper[hull_row:slot_row] = 1.0
        upper[self._stock_row :] = decorations.stock[self._limited]
        lower = upper.copy()
        lower[self._stock_row :] = -np.inf
        self._solver = program.solver(lower, upper, presolve=False)
        self._changing = np.array([*range(self._n_features), *range(slot_row, self._stock_row)], dtype=np.int32)
        self._raised = np.array(raised, dtype=np.int32)
        self._raised_features = np.array(raised_features, dtype=np.int64)
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
        self._solver.bound_rows(self._changing, bounds, bounds)
        if self._raised.size:
            self._solver.bound_columns(self._raised, np.where(raised[self._raised_features], np.inf, 0.0))
        solution = self._solver.solve()
        if solution.status != "optimal":
            return None
        duals = solution.prices.tolist()
        precision, problem = self._model.precision, self._model.problem
        price = tuple(rounded_price(-duals[e] * precision, price_limit(problem, e)) for e in range(self._n_features))
        if not self._limited.size:
            return Multipliers(price)
        return Multipliers(
            price, rounded_stock_prices(self._model.decorations, solution.prices[self._stock_row :], precision)
        )
