"""The LP relaxation of one filling problem after another, solved warm by HiGHS.

Only the right-hand side changes between totals, so one basis serves all of them
with a few pivots each. As everywhere, the answer is advice: prices that any
bound is valid for, and counts of decorations that somebody must round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .problem import CompiledDecorations, Problem

__all__ = ["Choices", "FillingAdvice", "FillingLp"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FillingAdvice:
    """What the LP relaxation of one filling says.

    Attributes
    ----------
    price : ndarray of float, shape (F,)
        Of a level of each feature.
    slot_price : ndarray of float, shape (K,)
    stock_price : ndarray of float, shape (stocked decorations,)
    counts : ndarray of float, shape (choices,)
        How often each choice is made.
    """

    price: FloatArray
    slot_price: FloatArray
    stock_price: FloatArray
    counts: FloatArray


class Choices:
    """The ways to use decorations: each one in the lowest slots it fits, on weapon or armour.

    Higher slots are reached by using them as lower ones.

    Attributes
    ----------
    decoration : ndarray of int64, shape (n,)
    kind : ndarray of int64, shape (n,)
        The lowest kind it fits.
    fits : ndarray of bool, shape (n, K)
    """

    def __init__(self, problem: Problem, decorations: CompiledDecorations) -> None:
        owners = []
        for d in range(len(decorations.index)):
            fitting = np.flatnonzero(decorations.fits[d]).tolist()
            owners += [(d, k) for k in fitting if k - 1 not in fitting or problem.slot_levels[k] == 1]
        self.decoration = np.array([d for d, _ in owners], dtype=np.int64)
        self.kind = np.array([k for _, k in owners], dtype=np.int64)
        n_kinds = len(problem.slot_levels)
        # Kinds run 1 to 4 for each chain, so a chain ends where the level falls.
        chain = np.cumsum([level == 1 for level in problem.slot_levels])
        kinds = np.arange(n_kinds)
        self.fits = (kinds >= self.kind[:, None]) & (chain == chain[self.kind][:, None])

    def __len__(self) -> int:
        return len(self.decoration)


class FillingLp:
    """LP relaxations of fillings that differ in totals, slots and counts allowed.

    Parameters
    ----------
    problem : Problem
        With decorations.
    decorations : CompiledDecorations
    choices : Choices

    Attributes
    ----------
    n_solves : int
    """

    def __init__(self, problem: Problem, decorations: CompiledDecorations, choices: Choices) -> None:
        import highspy

        self._highspy = highspy
        self._n_features, self._n_choices = problem.n_features, len(choices)
        self._stocked = np.flatnonzero(decorations.stock >= 0)
        hull_row = self._n_features
        self._slot_row = hull_row + self._n_features
        self._stock_row = self._slot_row + len(problem.slot_levels)
        self._n_rows = self._stock_row + len(self._stocked)
        self._costs: list[float] = []
        self._starts, self._entry_rows, self._entry_values = [0], [], []  # type: list[int], list[int], list[float]
        for d, k in zip(choices.decoration.tolist(), choices.kind.tolist(), strict=True):
            entries = [(f, float(level)) for f, level in enumerate(decorations.levels[d].tolist()) if level]
            entries += [(self._stock_row + int(s), 1.0) for s in np.flatnonzero(self._stocked == d)]
            self._column(float(decorations.linear[d]), [*entries, (self._slot_row + k, 1.0)])
        for k, level in enumerate(problem.slot_levels):
            self._column(float(problem.slot_weights[k]), [(self._slot_row + k, 1.0)])
            if level > 1:
                self._column(0.0, [(self._slot_row + k, 1.0), (self._slot_row + k - 1, -1.0)])
        self._raised_columns: list[tuple[int, list[int]]] = []
        for f, feature in enumerate(problem.features):
            minimum = feature.low if feature.minimum is None else feature.minimum
            low = max(feature.low, min(minimum, feature.high))
            for x, y in feature.value.upper_hull(low, feature.high):
                self._column(float(y), [(f, -float(x)), (hull_row + f, 1.0)])
            if feature.raised_value is not None:
                own = []
                for x, y in feature.raised_value.upper_hull(low, feature.high):
                    own.append(len(self._costs))
                    self._column(float(y), [(f, -float(x)), (hull_row + f, 1.0)])
                self._raised_columns.append((f, own))
        self._solver = self._build(decorations.stock)
        self._changing = np.array([*range(self._n_features), *range(self._slot_row, self._stock_row)], dtype=np.int32)
        self._changing_columns = np.array(
            [*range(self._n_choices), *(c for _, own in self._raised_columns for c in own)], dtype=np.int32
        )
        self.n_solves = 0

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
        upper[self._stock_row :] = stock[self._stocked]
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

    def forget(self) -> None:
        """Drop the basis of the last solution: the next one starts from scratch."""
        self._solver.clearSolver()

    def solve(
        self, levels: IntArray, slots: IntArray, modes: IntArray, least: IntArray, most: IntArray
    ) -> FillingAdvice | None:
        """Prices and counts; None without an optimum.

        Parameters
        ----------
        levels : ndarray of int64, shape (F,)
            Totals before any decoration.
        slots : ndarray of int64, shape (K,)
        modes : ndarray of int64, shape (F,)
            0 where a raised maximum is out of reach.
        least, most : ndarray of int64, shape (choices,)
            Counts allowed; a negative `most` is no limit.
        """
        self.n_solves += 1
        bounds = np.concatenate([-levels, slots]).astype(np.float64)
        self._solver.changeRowsBounds(len(self._changing), self._changing, bounds, bounds)
        infinity = self._highspy.kHighsInf
        raised = [infinity if modes[f] else 0.0 for f, own in self._raised_columns for _ in own]
        lower = np.concatenate([least, np.zeros(len(raised))]).astype(np.float64)
        upper = np.concatenate([np.where(most < 0, infinity, most), raised]).astype(np.float64)
        self._solver.changeColsBounds(len(self._changing_columns), self._changing_columns, lower, upper)
        self._solver.run()
        if self._solver.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._solver.getSolution()
        duals = np.array(solution.row_dual)
        return FillingAdvice(
            -duals[: self._n_features],
            duals[self._slot_row : self._stock_row],
            duals[self._stock_row :],
            np.array(solution.col_value[: self._n_choices]),
        )
