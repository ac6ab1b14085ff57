"""The LP relaxation of a box: which piece in shares, which levels, what is in the slots.

In: a problem, classes of pieces and a box. Out: prices for `bounds`, solved once
(`solve_box`) or again and again for fewer and fewer pieces (`BoxLp.prices_of`).
Value functions enter as their concave hulls. The answer is advice in floating
point, rounded to integers: any prices are valid.

Rows: coupled totals (features, then set bonuses), body parts, one per total for
the weights on its hull, slot kinds, limited decorations.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...problem.problem import CompiledDecorations, Problem
from .bounds import (
    Box,
    Multipliers,
    Relaxed,
    loss_cap,
    prefers_low_slots,
    price_limit,
    root_box,
    rounded_price,
    stock_price_limit,
    total_functions,
)
from .linear_program import LinearProgram, LpSolution, LpSolver
from .piece_classes import PartClasses

__all__ = [
    "WHOLE",
    "BoxLp",
    "LpAdvice",
    "add_hulls",
    "add_slots",
    "rounded_stock_prices",
    "solve_box",
]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

#: A share this little below a whole number is that number.
WHOLE = 1e-6


class LpAdvice:
    """What the LP relaxation of a box says: rounded prices, and each total (E) in its solution, if there is one.

    It is not feasible where the solver says that the box holds no build (to be proved otherwise). Where the box was
    bounded by these prices already, `relaxed` says how.
    """

    __slots__ = ("feasible", "multipliers", "relaxed", "totals")

    def __init__(
        self, multipliers: Multipliers, totals: list[float], feasible: bool, relaxed: Relaxed | None = None
    ) -> None:
        self.multipliers = multipliers
        self.totals = totals
        self.feasible = feasible
        self.relaxed = relaxed


def solve_box(problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> LpAdvice:
    """Prices of the coupled totals of `box`; 2 to 25 ms on tables of 2,000 pieces."""
    nothing = LpAdvice(Multipliers((0,) * len(box.low)), [], False)
    if any(low > high for low, high in zip(box.low, box.high, strict=True)):
        return nothing
    program = BoxLp(problem, classes, box, precision)
    # All builds are sooner solved as they are; parts of them take the prices that a presolve leads to.
    solution = program.solve(presolve=box != root_box(problem))
    if solution.status == "unknown":
        return nothing
    is_optimal = solution.status == "optimal"
    totals = program.totals(solution.values) if is_optimal else []
    return LpAdvice(program.multipliers(solution.prices), totals, is_optimal)


class BoxLp:
    """The program, what its columns and rows mean, and its last solution.

    `part_starts` are the first column of each part's classes, then the number of all; `places`, of each of the J
    columns that put decorations into slots, the decoration, and the lowest kind of slot that it takes there. Of the
    last solution `shares` are those of each class, all parts one after the other, `placed` (J,) how many of each
    column, and `limit_prices`, int64, scaled, none negative, of the `n_limits` rows added by `limit_classes`.
    """

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> None:
        self.problem = problem
        self._box = box
        self._precision = precision
        self._program = LinearProgram()
        self._solver: LpSolver | None = None
        n_features, n_totals = problem.n_features, len(box.low)
        part_row = n_totals
        hull_row = part_row + len(classes)
        slot_row = hull_row + n_totals
        stock_row = slot_row + len(problem.slot_levels)
        self.part_starts = [0]
        for b, part in enumerate(classes):
            touched = np.flatnonzero(part.totals.any(axis=0))
            coefficients = np.hstack([np.ones((len(part), 1)), part.totals[:, touched], part.slots])
            rows = [part_row + b, *touched.tolist(), *range(slot_row, slot_row + part.slots.shape[1])]
            self._program.add_matrix(part.linear.astype(np.float64), rows, coefficients)
            self.part_starts.append(self._program.n_columns)
        self._add_hulls(hull_row)
        stock, contents = np.zeros(0, dtype=np.int64), []
        if problem.decorations is not None:
            stock = problem.decorations.stock
            contents = add_slots(self._program, problem, slot_row, stock_row, used=-1.0)
        self._limited = np.flatnonzero(stock >= 0)
        self._place_columns = np.array([column for column, _, _ in contents], dtype=np.int32)
        self.places = [(d, k) for _, d, k in contents]
        lower = np.zeros(stock_row + len(self._limited))
        lower[:n_features] = -problem.base_levels
        lower[n_features:n_totals] = -problem.base_bonus_counts
        lower[part_row:hull_row] = [part.count for part in classes]
        lower[hull_row:slot_row] = 1.0
        lower[slot_row:stock_row] = -problem.base_slots
        upper = lower.copy()
        lower[stock_row:] = -np.inf
        upper[stock_row:] = stock[self._limited]
        self._stock_row = stock_row
        self._price_limits = [price_limit(problem, e) for e in range(n_totals)]
        self._lower, self._upper = lower, upper
        self.shares = np.zeros(self.part_starts[-1])
        self.placed = np.zeros(len(contents))
        self.was_optimal = False
        self.limit_prices = np.zeros(0, dtype=np.int64)
        self.n_limits = 0
        self.last_prices = self.multipliers(np.zeros(0))

    def solve(self, *, presolve: bool = True) -> LpSolution:
        """The solver's answer; from the last basis on where there is one."""
        self._solver = self._solver or self._program.solver(self._lower, self._upper, presolve=presolve)
        return self._solver.answer()

    def revalue(self, problem: Problem) -> None:
        """Go on with a problem whose features alone have other values, with corners at the same levels."""
        self.problem = problem
        self._solver = self._solver or self._program.solver(self._lower, self._upper)
        for e, feature in enumerate(problem.features):
            functions = total_functions(feature, self._box)
            worth = [max(function.at(int(x)) for function in functions) for x in self._hull_levels[e]]
            columns = self._hull_starts[e] + np.arange(len(worth), dtype=np.int32)
            self._solver.cost_columns(columns.astype(np.int32), np.array(worth, dtype=np.float64))

    def prices_of(
        self, rows: Sequence[npt.NDArray[np.intp]], counts: tuple[IntArray, IntArray] | None = None
    ) -> Multipliers:
        """Prices where each part may use these classes only, and pieces of each set bonus lie between `counts`.

        Only bounds change, so the last basis stays dual-feasible and a few pivots suffice.
        """
        most = np.zeros(self.part_starts[-1])
        for start, chosen in zip(self.part_starts, rows, strict=False):
            most[start + chosen] = 1.0
        self._solver = self._solver or self._program.solver(self._lower, self._upper)
        self._solver.bound_columns(np.arange(len(most), dtype=np.int32), most)
        if counts is not None:
            self._bound_counts(self._solver, *counts)
        solution = self.solve()
        self.was_optimal = solution.status == "optimal"
        if self.was_optimal:
            # All of them together cost no more than a loss may be, whatever the solver says.
            dearest = float(loss_cap(self.problem) // (1 + self.n_limits))
            dual = np.nan_to_num(np.abs(solution.prices[len(self._lower) :]), posinf=dearest) * self._precision
            self.limit_prices = np.minimum(np.rint(dual), dearest).astype(np.int64)
            self.shares = solution.values[: len(most)]
            self.placed = self.placed_in(solution.values)
        self.last_prices = self.multipliers(solution.prices)
        return self.last_prices

    def limit_classes(self, rows: Sequence[npt.NDArray[np.intp]], most: int) -> None:
        """From now on a build has no more than so many of these classes of each part."""
        columns = [start + chosen for start, chosen in zip(self.part_starts, rows, strict=False)]
        self._solver = self._solver or self._program.solver(self._lower, self._upper)
        self._solver.limit_columns(np.concatenate(columns).astype(np.int32), float(most))
        self.n_limits += 1

    def placed_in(self, values: FloatArray) -> FloatArray:
        """How many of each column of `places` in a solution."""
        return values[self._place_columns]

    def _bound_counts(self, solver: LpSolver, least: IntArray, most: IntArray) -> None:
        """Forbid numbers of pieces of set bonuses."""
        n_features, columns, upper = self.problem.n_features, [], []
        for c, (low, high) in enumerate(zip(least.tolist(), most.tolist(), strict=True)):
            e = n_features + c
            x = self._hull_levels[e]
            columns.append(self._hull_starts[e] + np.arange(len(x)))
            upper.append(np.where((x >= low) & (x <= high), np.inf, 0.0))
        if columns:
            solver.bound_columns(np.concatenate(columns).astype(np.int32), np.concatenate(upper))

    def nearest(self, rows: Sequence[npt.NDArray[np.intp]]) -> list[int]:
        """Of some classes of each part, the place of the one with the largest share in the last solution."""
        starts = self.part_starts
        return [int(np.argmax(self.shares[start + chosen])) for start, chosen in zip(starts, rows, strict=False)]

    def multipliers(self, prices: FloatArray) -> Multipliers:
        """Rounded prices; zeros where there are none."""
        problem, precision, n_totals = self.problem, self._precision, len(self._box.low)
        if not len(prices):
            return Multipliers((0,) * n_totals)
        scaled = (prices[:n_totals] * -precision).tolist()
        price = tuple(rounded_price(p, limit) for p, limit in zip(scaled, self._price_limits, strict=True))
        if problem.decorations is None or not self._limited.size:
            return Multipliers(price)
        return Multipliers(
            price, rounded_stock_prices(problem.decorations, prices[self._stock_row : len(self._lower)], precision)
        )

    def totals(self, values: FloatArray) -> list[float]:
        """Each coupled total in a solution, from the weights on its hull."""
        return [float(values[at : at + len(x)] @ x) for at, x in zip(self._hull_starts, self._hull_levels, strict=True)]

    def _add_hulls(self, hull_row: int) -> None:
        """Weights on each feature's hull points, and on each bonus's piece counts."""
        problem, box = self.problem, self._box
        n_features = problem.n_features
        first = self._program.n_columns
        self._hull_levels, ends = add_hulls(
            self._program, range(n_features), hull_row, [_hull_points(problem, e, box) for e in range(n_features)]
        )
        self._hull_starts = [first, *(first + end for end in ends)][:n_features]
        for c in range(len(problem.bonus_names)):
            e = n_features + c
            counts = np.arange(box.low[e], box.high[e] + 1)
            x = counts.astype(np.float64)
            self._hull_starts.append(self._program.n_columns)
            self._hull_levels.append(x)
            entries: list[tuple[int, npt.ArrayLike]] = [(e, -x), (hull_row + e, 1.0)]
            entries += [(f, problem.bonus_levels[c, counts, f]) for f in problem.bonus_features[c]]
            self._program.add(problem.bonus_linear[c, counts], entries)


def add_hulls(
    program: LinearProgram, rows: Sequence[int], weight_row: int, hulls: Sequence[Sequence[tuple[int, float]]]
) -> tuple[list[FloatArray], list[int]]:
    """Columns for the weights on the points ``(x, y)`` of hulls, one for each row.

    The weights of each sum to one, in rows from `weight_row` on. Returns the x of each and how many columns there
    are up to its last.
    """
    lengths = [len(points) for points in hulls]
    x, y = np.array([point for points in hulls for point in points], dtype=np.float64).reshape(-1, 2).T
    of_hull = np.repeat(np.arange(len(hulls)), lengths)
    program.add_entries(y, np.array(rows, dtype=np.int64)[of_hull], -x, weight_row + of_hull, np.ones(len(x)))
    ends = np.cumsum(lengths).tolist()
    return np.split(x, ends[:-1]) if ends else [], ends


def add_slots(
    program: LinearProgram, problem: Problem, slot_row: int, stock_row: int, *, used: float
) -> list[tuple[int, int, int]]:
    """Columns for free slots, slots used as lower ones, and decorations.

    A slot that is used stands with the coefficient `used` in the row of its kind.
    Returns the columns that put decorations into slots, each with the decoration and
    the lowest kind of slot that it takes there, or any.
    """
    decorations = problem.decorations
    assert decorations is not None
    # Where a slot is worth more free than a higher one, that is no lower one: decorations then take any that they fit.
    prefers_low = prefers_low_slots(problem, problem.slot_weights)
    for k, level in enumerate(problem.slot_levels):
        program.add([float(problem.slot_weights[k])], [(slot_row + k, used)])
        if level > 1 and not prefers_low:
            program.add([0.0], [(slot_row + k, used), (slot_row + k - 1, -used)])
    limited = np.flatnonzero(decorations.stock >= 0).tolist()
    fitting = [np.flatnonzero(fits).tolist() for fits in decorations.fits]
    pairs = [(d, k) for d, places in enumerate(fitting if prefers_low else problem.decoration_places) for k in places]
    contents = [(program.n_columns + place, d, k) for place, (d, k) in enumerate(pairs)]
    owner, kind = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    taken = np.zeros((len(pairs), len(problem.slot_levels)))
    taken[np.arange(len(pairs)), kind] = used
    stocked = owner[:, None] == np.array(limited, dtype=np.int64)[None]
    rows = [*range(problem.n_features), *range(slot_row, slot_row + taken.shape[1])]
    rows += range(stock_row, stock_row + len(limited))
    program.add_matrix(
        decorations.linear[owner].astype(np.float64), rows, np.hstack([decorations.levels[owner], taken, stocked])
    )
    return contents


def rounded_stock_prices(decorations: CompiledDecorations, prices: FloatArray, precision: int) -> tuple[int, ...]:
    """Prices of all decorations from those of the limited ones, in order; none is negative."""
    stock, limit = decorations.stock, stock_price_limit(decorations)
    rounded = [0] * len(stock)
    for d, price in zip(np.flatnonzero(stock >= 0).tolist(), prices.tolist(), strict=True):
        rounded[d] = max(0, rounded_price(price * precision, limit))
    return tuple(rounded)


def _hull_points(problem: Problem, e: int, box: Box) -> list[tuple[int, float]]:
    """Points whose concave hull is above the function of feature `e` in the box."""
    points: dict[int, int] = {}
    for function in total_functions(problem.features[e], box):
        for x, y in function.upper_hull(box.low[e], box.high[e]):
            points[x] = max(y, points.get(x, y))
    return [(x, float(y)) for x, y in sorted(points.items())]
