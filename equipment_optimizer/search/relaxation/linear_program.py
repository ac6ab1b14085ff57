"""Linear programs: gathered column by column, solved by HiGHS, as often as their bounds change.

The only importer of highspy. In: costs, coefficients and bounds. Out: values and
prices in floating point, which no proof may rely on. Knows nothing of equipment.

Why not prices by an ascent of our own: subgradient steps in NumPy, 0.3 ms each, need 500
to 1,000 of them to come within half a per cent of what the solver gives in 7 to 11 ms
(1,200 classes; 3 ms for 29), and loading it takes no more than 0.02 s.
"""

from __future__ import annotations

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
    """What the solver says.

    Attributes
    ----------
    status : {"optimal", "infeasible", "unknown"}
    values : ndarray of float64
        Of the columns; empty unless optimal.
    prices : ndarray of float64
        Of the rows; where infeasible a direction along which the bound falls
        without end; empty where there is neither.
    """

    status: Literal["optimal", "infeasible", "unknown"]
    values: FloatArray
    prices: FloatArray


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
        cost = np.concatenate(self._cost)
        column, row = np.concatenate(self._column), np.concatenate(self._row)
        order = np.lexsort((row, column))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(cost), len(lower)
        # With costs far above its tolerances the solver comes to no end.
        largest = float(np.abs(cost).max(initial=0.0))
        unit = largest / _USUAL_COST if largest > _MOST_COST else 1.0
        lp.col_cost_ = cost / unit
        lp.col_lower_ = np.zeros(len(cost))
        lp.col_upper_ = np.full(len(cost), highspy.kHighsInf)
        lp.row_lower_, lp.row_upper_ = lower, upper
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(len(cost) + 1)).astype(np.int32)
        lp.a_matrix_.index_ = row[order].astype(np.int32)
        lp.a_matrix_.value_ = np.concatenate(self._value)[order]
        with prints_to_standard_error():
            highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        if not presolve:
            highs.setOptionValue("presolve", "off")
        highs.passModel(lp)
        return LpSolver(highs, highspy.HighsModelStatus, len(lower), unit)


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


class LpSolver:
    """A program in the solver; after a change of bounds it goes on from the last solution."""

    def __init__(self, highs: Any, statuses: Any, n_rows: int, unit: float = 1.0) -> None:
        self._highs = highs
        #: Costs are told to the solver divided by it.
        self._unit = unit
        self._statuses = statuses
        self._n_rows = n_rows

    def bound_columns(self, columns: IndexArray, upper: FloatArray, lower: FloatArray | None = None) -> None:
        """Replace the bounds of some columns; the lower ones are 0 if not given."""
        lower = np.zeros(len(columns)) if lower is None else lower
        self._highs.changeColsBounds(len(columns), columns, lower, upper)

    def limit_columns(self, columns: IndexArray, most: float) -> None:
        """Add a row: some columns come to no more than `most` together."""
        self._highs.addRow(-np.inf, most, len(columns), columns, np.ones(len(columns)))
        self._n_rows += 1

    def cost_columns(self, columns: IndexArray, costs: FloatArray) -> None:
        """Replace the costs of some columns."""
        self._highs.changeColsCost(len(columns), columns, costs / self._unit)

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
        return np.array(ray) if has_ray and len(ray) == self._n_rows else np.zeros(0)
