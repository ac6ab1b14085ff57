"""Linear programs: gathered column by column, solved by HiGHS, as often as their bounds change.

The only importer of highspy. In: costs, coefficients and bounds. Out: values and
prices in floating point, which no proof may rely on. Knows nothing of equipment.

Why not prices by an ascent of our own: subgradient steps in NumPy, 0.3 ms each, need 500
to 1,000 of them to come within half a per cent of what the solver gives in 7 to 11 ms
(1,200 classes; 3 ms for 29), and loading it takes no more than 0.02 s.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ...errors import UsageError, is_memory_shortage
from ...system.standard_output import prints_to_standard_error

__all__ = ["LinearProgram", "LpSolution", "LpSolver", "load_solver"]

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class LpSolution:
    """What the solver says."""

    status: Literal["optimal", "infeasible", "unknown"]
    values: FloatArray  # of the columns; empty unless optimal
    prices: FloatArray  # of the rows; where infeasible a direction along which the bound falls; else empty


#: What is left of an answer that is right, at the most, as a share of what it is about: the solver has 1e-7.
_CLOSE = 1e-4

#: Costs above the first are divided until they are no larger than the second.
_MOST_COST = 1e8
_USUAL_COST = 1e5


class LinearProgram:
    """A sparse program whose columns are at least 0; its objective is to be as high as possible."""

    def __init__(self) -> None:
        self.n_columns = 0
        self._cost: list[FloatArray] = []
        self._column: list[npt.NDArray[np.int64]] = []
        self._row: list[npt.NDArray[np.int64]] = []
        self._value: list[FloatArray] = []

    def add(self, cost: npt.ArrayLike, entries: Sequence[tuple[int, npt.ArrayLike]]) -> None:
        """Add columns with these costs; `entries` gives, for some rows, a coefficient for each column."""
        costs = np.asarray(cost, dtype=np.float64)
        coefficients = np.empty((len(costs), len(entries)))
        for place, (_, values) in enumerate(entries):
            coefficients[:, place] = values
        self.add_matrix(costs, [row for row, _ in entries], coefficients)

    def add_matrix(self, costs: FloatArray, rows: Sequence[int], coefficients: FloatArray) -> None:
        """Add C columns with coefficients, shape (C, R), in R rows; a row may be named twice."""
        column, place = np.nonzero(coefficients)
        self._column.append(self.n_columns + column)
        self._row.append(np.array(rows, dtype=np.int64)[place])
        self._value.append(coefficients[column, place])
        self._cost.append(costs)
        self.n_columns += len(costs)

    def add_entries(self, costs: FloatArray, *entries: npt.NDArray[Any]) -> None:
        """Add columns of few entries each: row and coefficient of the first of each, of the second, and so on."""
        for rows, coefficients in zip(entries[::2], entries[1::2], strict=True):
            column = np.flatnonzero(coefficients)
            self._column.append(self.n_columns + column)
            self._row.append(rows[column])
            self._value.append(coefficients[column])
        self._cost.append(costs)
        self.n_columns += len(costs)

    def solver(self, lower: FloatArray, upper: FloatArray, *, presolve: bool = True) -> LpSolver:
        """A solver that holds the program; rows lie within ``lower..upper``, infinite where there is no such bound.

        Without `presolve` small programs that are solved many times take less time.
        """
        highspy = load_solver()
        cost, value = np.concatenate(self._cost), np.concatenate(self._value)
        column, row = np.concatenate(self._column), np.concatenate(self._row)
        n_columns, n_rows = len(cost), len(lower)
        order = np.argsort(column * n_rows + row, kind="stable")
        # With costs far above its tolerances the solver comes to no end.
        largest = float(np.abs(cost).max(initial=0.0))
        unit = largest / _USUAL_COST if largest > _MOST_COST else 1.0
        with prints_to_standard_error():
            highs = _silent(highspy)()
        highs.setOptionValue("threads", 1)
        if not presolve:
            highs.setOptionValue("presolve", "off")
        # As arrays it is told in half a millisecond less than as an object.
        highs.passModel(
            n_columns, n_rows, len(value), int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMaximize), 0.0,
            cost / unit, np.zeros(n_columns), np.full(n_columns, highspy.kHighsInf), lower, upper,
            np.searchsorted(column[order], np.arange(n_columns + 1)).astype(np.int32), row[order].astype(np.int32),
            value[order], np.zeros(n_columns, dtype=np.int32),
        )  # fmt: skip
        check = _Check(cost / unit, column, row, value, rows=(lower, upper))
        return LpSolver(highs, highspy.HighsModelStatus, check, unit)


@functools.cache
def _silent(highspy: Any) -> type[Any]:
    """The solver's class, silent from its first step on: HiGHS 1.16 introduces itself while callbacks are set up."""

    def enable_callbacks(self: Any) -> None:
        self.setOptionValue("output_flag", False)
        highspy.Highs.enableCallbacks(self)

    def initialize(self: Any) -> None:
        highspy.Highs.__init__(self)
        self.setOptionValue("output_flag", False)

    return type("SilentHighs", (highspy.Highs,), {"__init__": initialize, "enableCallbacks": enable_callbacks})


def load_solver() -> Any:
    """The solver's module, loaded where it is not yet; why it cannot be is told as it is."""
    try:
        with prints_to_standard_error():
            import highspy
    except ImportError as error:
        if is_memory_shortage(error):
            raise
        raise UsageError(f"the solver cannot be loaded: {error}", "install the package highspy again") from error
    return highspy


class _Check:
    """A program as it was told to the solver, held against what that answers."""

    def __init__(
        self,
        cost: FloatArray,
        column: npt.NDArray[np.int64],
        row: npt.NDArray[np.int64],
        value: FloatArray,
        *,
        rows: tuple[FloatArray, FloatArray],
    ) -> None:
        self.cost = cost
        self.lower, self.upper = np.zeros(len(cost)), np.full(len(cost), np.inf)
        self._column, self._row, self._value = column, row, value
        self._rows = rows

    @property
    def n_rows(self) -> int:
        return len(self._rows[0])

    def add_row(self, columns: IndexArray, most: float) -> None:
        """A row of ones, with an upper bound."""
        row = np.full(len(columns), self.n_rows)
        self._column, self._row = np.append(self._column, columns), np.append(self._row, row)
        self._value = np.append(self._value, np.ones(len(columns)))
        self._rows = np.append(self._rows[0], -np.inf), np.append(self._rows[1], most)

    def is_optimal(self, values: FloatArray, prices: FloatArray) -> bool:
        """Whether prices bound the objective by what values, which are not looked at otherwise, come to.

        O(entries): a small part of solving (tests/search/relaxation/test_linear_program.py).
        """
        if len(values) != len(self.cost) or len(prices) != self.n_rows:
            return False
        if not (np.isfinite(values).all() and np.isfinite(prices).all()):
            return False
        reduced = self.cost - np.bincount(self._column, self._value * prices[self._row], len(self.cost))
        bound = sum(_most(some, *ends) for some, ends in ((reduced, (self.lower, self.upper)), (prices, self._rows)))
        objective = float(self.cost @ values)
        return abs(bound - objective) <= _CLOSE * (1 + abs(objective) + float(np.abs(self.cost).max(initial=0.0)))


def _most(slopes: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """The most that some slopes come to between ends; next to none counts for nothing where there is no end."""
    ends = np.where(slopes > 0, high, low)
    next_to_none = _CLOSE * (1 + np.abs(slopes).max(initial=0.0))
    some = np.flatnonzero((slopes != 0) & (np.isfinite(ends) | (np.abs(slopes) > next_to_none)))
    return float(slopes[some] @ ends[some])


class LpSolver:
    """A program in the solver; after a change of bounds it goes on from the last solution."""

    def __init__(self, highs: Any, statuses: Any, check: _Check, unit: float = 1.0) -> None:
        self._highs = highs
        #: Costs are told to the solver divided by it.
        self._unit = unit
        self._statuses = statuses
        self._check = check
        self._n_answers, self._is_trusted = 0, True

    def bound_columns(self, columns: IndexArray, upper: FloatArray) -> None:
        """Replace the upper bounds of some columns; the lower ones are 0."""
        lower = np.zeros(len(columns))
        self._check.lower[columns], self._check.upper[columns] = lower, upper
        self._highs.changeColsBounds(len(columns), columns, lower, upper)

    def limit_columns(self, columns: IndexArray, most: float) -> None:
        """Add a row: some columns come to no more than `most` together."""
        self._highs.addRow(-np.inf, most, len(columns), columns, np.ones(len(columns)))
        self._check.add_row(columns, most)

    def cost_columns(self, columns: IndexArray, costs: FloatArray) -> None:
        """Replace the costs of some columns."""
        self._check.cost[columns] = costs / self._unit
        self._highs.changeColsCost(len(columns), columns, costs / self._unit)

    def answer(self) -> LpSolution:
        """What `solve` says, or "unknown" where that contradicts itself: prices that are none make a search endless.

        Looked at less and less often, and always once it was found to be wrong.
        """
        solution = self.solve()
        self._n_answers += 1
        is_due = not self._is_trusted or not self._n_answers & (self._n_answers - 1)
        if solution.status == "optimal" and is_due:
            is_right = self._check.is_optimal(solution.values, solution.prices / self._unit)
            self._is_trusted &= is_right
            if not is_right:
                return LpSolution("unknown", np.zeros(0), np.zeros(0))
        return solution

    def solve(self) -> LpSolution:
        """The best solution, or why there is none."""
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == self._statuses.kOptimal:
            solution = self._highs.getSolution()
            return LpSolution("optimal", np.array(solution.col_value), self._unit * np.array(solution.row_dual))
        nothing = np.zeros(0)
        if status in (self._statuses.kInfeasible, self._statuses.kUnboundedOrInfeasible):
            return LpSolution("infeasible", nothing, self._ray())
        return LpSolution("unknown", nothing, nothing)

    def _ray(self) -> FloatArray:
        """A direction of prices that proves infeasibility."""
        try:
            _, has_ray, ray = self._highs.getDualRay()
        except (AttributeError, TypeError, ValueError):  # an older or newer solver interface
            return np.zeros(0)
        return np.array(ray) if has_ray and len(ray) == self._check.n_rows else np.zeros(0)
