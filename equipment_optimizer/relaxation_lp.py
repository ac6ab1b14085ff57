"""Good multipliers for a box from its LP relaxation, solved by HiGHS.

The only importer of highspy. Its answer is advice: prices in floating point,
rounded to integers by the caller, that any bound is valid for. A failed or
missing solver gives prices of zero, which cost time and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .bounds import Box, Multipliers, price_limit, rounded_price, total_functions
from .classes import PartClasses
from .problem import Problem

__all__ = ["LpAdvice", "solve_relaxation"]

FloatArray = npt.NDArray[np.float64]


class LpAdvice:
    """What the LP relaxation of a box says.

    Attributes
    ----------
    multipliers : Multipliers
        Rounded prices.
    totals : list of float, length E
        Each coupled total in the LP's solution; empty if there is none.
    feasible : bool
        False where the solver says that the box holds no build (to be proved
        otherwise).
    """

    __slots__ = ("feasible", "multipliers", "totals")

    def __init__(self, multipliers: Multipliers, totals: list[float], feasible: bool) -> None:
        self.multipliers = multipliers
        self.totals = totals
        self.feasible = feasible


class _Columns:
    """A sparse LP gathered column by column."""

    def __init__(self) -> None:
        self.cost: list[FloatArray] = []
        self.n_columns = 0
        self.column: list[npt.NDArray[np.int64]] = []
        self.row: list[npt.NDArray[np.int64]] = []
        self.value: list[FloatArray] = []

    def add(self, cost: npt.ArrayLike, entries: Sequence[tuple[int, npt.ArrayLike]]) -> None:
        """Columns with these costs; `entries` gives, for some rows, a coefficient for each column."""
        own = np.asarray(cost, dtype=np.float64)
        places = np.arange(self.n_columns, self.n_columns + len(own))
        for row, values in entries:
            dense = np.broadcast_to(np.asarray(values, dtype=np.float64), own.shape)
            used = np.flatnonzero(dense)
            self.column.append(places[used])
            self.row.append(np.full(len(used), row))
            self.value.append(dense[used])
        self.cost.append(own)
        self.n_columns += len(own)


def _zero(problem: Problem) -> Multipliers:
    """Multipliers that ask nothing."""
    return Multipliers((0,) * (problem.n_features + len(problem.bonus_names)))


def solve_relaxation(problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> LpAdvice:
    """Prices of the coupled totals of `box` from its LP relaxation.

    Notes
    -----
    One LP with a row per body part, feature, bonus and slot kind; 2 to 25 ms on
    tables of 2,000 pieces. Value functions enter as their concave hulls.
    """
    n_features, n_bonuses = problem.n_features, len(problem.bonus_names)
    n_totals = n_features + n_bonuses
    if any(low > high for low, high in zip(box.low, box.high, strict=True)):
        return LpAdvice(_zero(problem), [], False)
    part_row = n_totals
    hull_row = part_row + len(classes)
    slot_row = hull_row + n_totals
    stock_row = slot_row + len(problem.slot_levels)
    columns = _Columns()
    for b, part in enumerate(classes):
        entries: list[tuple[int, npt.ArrayLike]] = [(part_row + b, 1.0)]
        entries += [(e, part.totals[:, e]) for e in range(n_totals) if part.totals[:, e].any()]
        entries += [(slot_row + k, part.slots[:, k]) for k in range(part.slots.shape[1])]
        columns.add(part.linear, entries)
    n_pieces = columns.n_columns
    _add_hulls(problem, box, columns, hull_row)
    n_stocked = _add_slots(problem, columns, slot_row, stock_row)
    n_rows = stock_row + n_stocked
    lower = np.zeros(n_rows)
    lower[:n_features] = -problem.base_levels
    lower[n_features:n_totals] = -problem.base_bonus_counts
    lower[part_row:hull_row] = [part.count for part in classes]
    lower[hull_row:slot_row] = 1.0
    lower[slot_row:stock_row] = -problem.base_slots
    upper = lower.copy()
    if problem.decorations is not None and n_stocked:
        stock = problem.decorations.stock
        lower[stock_row:] = -np.inf
        upper[stock_row:] = stock[stock >= 0]
    solution = _solve(columns, lower, upper)
    if solution is None:
        return LpAdvice(_zero(problem), [], False)
    values, duals, feasible = solution
    price = [
        rounded_price(-duals[e] * precision, price_limit(problem, e)) if len(duals) else 0 for e in range(n_totals)
    ]
    stock_price: list[int] = []
    if n_stocked and problem.decorations is not None and len(duals):
        paid = iter(duals[stock_row:])
        limit = 2**58 // max(1, int(problem.decorations.stock.max()) * len(problem.decorations.stock))
        stock_price = [
            max(0, rounded_price(next(paid) * precision, limit)) if n >= 0 else 0
            for n in problem.decorations.stock.tolist()
        ]
    totals: list[float] = []
    if len(values):
        totals = _hull_totals(problem, box, values[n_pieces:])
    return LpAdvice(Multipliers(tuple(price), tuple(stock_price)), totals, feasible)


def _hull_points(problem: Problem, e: int, box: Box) -> list[tuple[int, int]]:
    """Points whose concave hull is above the function of feature `e` in the box."""
    points: dict[int, int] = {}
    for function in total_functions(problem, problem.features[e], box):
        for x, y in function.upper_hull(box.low[e], box.high[e]):
            points[x] = max(y, points.get(x, y))
    return sorted(points.items())


def _add_hulls(problem: Problem, box: Box, columns: _Columns, hull_row: int) -> None:
    """Weights on each feature's hull points, and on each bonus's piece counts."""
    n_features = problem.n_features
    for e in range(n_features):
        points = _hull_points(problem, e, box)
        x = np.array([x for x, _ in points], dtype=np.float64)
        columns.add([y for _, y in points], [(e, -x), (hull_row + e, 1.0)])
    for c in range(len(problem.bonus_names)):
        e = n_features + c
        counts = np.arange(box.low[e], box.high[e] + 1)
        entries: list[tuple[int, npt.ArrayLike]] = [(e, -counts.astype(np.float64)), (hull_row + e, 1.0)]
        entries += [(f, problem.bonus_levels[c, counts, f]) for f in range(n_features)]
        columns.add(problem.bonus_linear[c, counts], entries)


def _hull_totals(problem: Problem, box: Box, weights: FloatArray) -> list[float]:
    """Each total in the solution, from its weights."""
    totals, at = [], 0
    for e in range(len(box.low)):
        if e < problem.n_features:
            x = np.array([x for x, _ in _hull_points(problem, e, box)], dtype=np.float64)
        else:
            x = np.arange(box.low[e], box.high[e] + 1, dtype=np.float64)
        totals.append(float(weights[at : at + len(x)] @ x))
        at += len(x)
    return totals


def _add_slots(problem: Problem, columns: _Columns, slot_row: int, stock_row: int) -> int:
    """Free slots, slots used as lower ones, and decorations; returns the number of stock rows."""
    decorations = problem.decorations
    if decorations is None:
        return 0
    for k, level in enumerate(problem.slot_levels):
        columns.add([float(problem.slot_weights[k])], [(slot_row + k, -1.0)])
        if level > 1:
            columns.add([0.0], [(slot_row + k, -1.0), (slot_row + k - 1, 1.0)])
    n_stocked = 0
    for d in range(len(decorations.index)):
        entries: list[tuple[int, npt.ArrayLike]] = [
            (f, float(level)) for f, level in enumerate(decorations.levels[d].tolist()) if level
        ]
        if decorations.stock[d] >= 0:
            entries.append((stock_row + n_stocked, 1.0))
            n_stocked += 1
        fitting = np.flatnonzero(decorations.fits[d]).tolist()
        # The lowest fitting level of each chain: higher slots reach it by stepping down.
        lowest = [k for k in fitting if k - 1 not in fitting or problem.slot_levels[k] == 1]
        for k in lowest:
            columns.add([float(decorations.linear[d])], [*entries, (slot_row + k, -1.0)])
    return n_stocked


def _solve(columns: _Columns, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray, bool] | None:
    """Column values and row prices (or a ray of them where infeasible), and whether it is feasible."""
    try:
        import highspy
    except ImportError:
        return None
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
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(lp)
    solver.run()
    status = solver.getModelStatus()
    solution = solver.getSolution()
    if status == highspy.HighsModelStatus.kOptimal:
        return np.array(solution.col_value), np.array(solution.row_dual), True
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        ray = _dual_ray(solver, len(lower))
        return np.zeros(0), ray, False
    return None


def _dual_ray(solver: Any, n_rows: int) -> FloatArray:
    """A direction of prices along which an infeasible relaxation's bound falls without end."""
    try:
        _, has_ray, ray = solver.getDualRay()
    except (AttributeError, TypeError, ValueError):  # an older or newer solver interface
        return np.zeros(0)
    return np.array(ray) if has_ray and len(ray) == n_rows else np.zeros(0)
