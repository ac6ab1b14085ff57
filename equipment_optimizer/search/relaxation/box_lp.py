"""The LP relaxation of a box: which piece in shares, which levels, what is in the slots.

In: a problem, classes of pieces and a box. Out: a `LinearProgram` whose row prices
are multipliers for `bounds`. Value functions enter as their concave hulls.

Rows: coupled totals (features, then set bonuses), body parts, one per total for
the weights on its hull, slot kinds, limited decorations.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...problem.problem import CompiledDecorations, Problem
from .bounds import Box, Multipliers, price_limit, rounded_price, total_functions
from .linear_program import LinearProgram, LpSolver
from .piece_classes import PartClasses

__all__ = ["RelaxationModel", "decoration_places", "rounded_stock_prices"]

FloatArray = npt.NDArray[np.float64]


class RelaxationModel:
    """The program and what its columns and rows mean.

    Parameters
    ----------
    problem : Problem
    classes : sequence of PartClasses
    box : Box

    Attributes
    ----------
    part_starts : list of int
        First column of each part's classes; then the number of all.
    decoration_columns : list of (int, int)
        Columns that put a decoration into slots, and the decoration.
    """

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], box: Box) -> None:
        self.problem = problem
        self._box = box
        self._program = LinearProgram()
        n_features, n_totals = problem.n_features, len(box.low)
        part_row = n_totals
        hull_row = part_row + len(classes)
        slot_row = hull_row + n_totals
        stock_row = slot_row + len(problem.slot_levels)
        self.part_starts = [0]
        for b, part in enumerate(classes):
            entries: list[tuple[int, npt.ArrayLike]] = [(part_row + b, 1.0)]
            entries += [(e, part.totals[:, e]) for e in range(n_totals)]
            entries += [(slot_row + k, part.slots[:, k]) for k in range(part.slots.shape[1])]
            self._program.add(part.linear, entries)
            self.part_starts.append(self._program.n_columns)
        self._add_hulls(hull_row)
        stock = np.zeros(0, dtype=np.int64)
        if problem.decorations is not None:
            stock = problem.decorations.stock
        self._limited = np.flatnonzero(stock >= 0)
        self.decoration_columns: list[tuple[int, int]] = []
        self._add_slots(slot_row, stock_row)
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
        self._lower, self._upper = lower, upper

    def solver(self) -> LpSolver:
        """A solver that holds the program; `ImportError` without highspy."""
        return self._program.solver(self._lower, self._upper)

    def multipliers(self, prices: FloatArray, precision: int) -> Multipliers:
        """Rounded prices; zeros where there are none."""
        problem, n_totals = self.problem, len(self._box.low)
        if not len(prices):
            return Multipliers((0,) * n_totals)
        price = tuple(rounded_price(-prices[e] * precision, price_limit(problem, e)) for e in range(n_totals))
        if problem.decorations is None or not self._limited.size:
            return Multipliers(price)
        return Multipliers(price, rounded_stock_prices(problem.decorations, prices[self._stock_row :], precision))

    def totals(self, values: FloatArray) -> list[float]:
        """Each coupled total in a solution, from the weights on its hull."""
        totals, at = [], self.part_starts[-1]
        for x in self._hull_levels:
            totals.append(float(values[at : at + len(x)] @ x))
            at += len(x)
        return totals

    def _add_hulls(self, hull_row: int) -> None:
        """Weights on each feature's hull points, and on each bonus's piece counts."""
        problem, box = self.problem, self._box
        n_features = problem.n_features
        self._hull_levels: list[FloatArray] = []
        for e in range(n_features):
            points = _hull_points(problem, e, box)
            x = np.array([x for x, _ in points], dtype=np.float64)
            self._hull_levels.append(x)
            self._program.add([y for _, y in points], [(e, -x), (hull_row + e, 1.0)])
        for c in range(len(problem.bonus_names)):
            e = n_features + c
            counts = np.arange(box.low[e], box.high[e] + 1)
            x = counts.astype(np.float64)
            self._hull_levels.append(x)
            entries: list[tuple[int, npt.ArrayLike]] = [(e, -x), (hull_row + e, 1.0)]
            entries += [(f, problem.bonus_levels[c, counts, f]) for f in range(n_features)]
            self._program.add(problem.bonus_linear[c, counts], entries)

    def _add_slots(self, slot_row: int, stock_row: int) -> None:
        """Free slots, slots used as lower ones, and decorations."""
        problem, decorations = self.problem, self.problem.decorations
        if decorations is None:
            return
        for k, level in enumerate(problem.slot_levels):
            self._program.add([float(problem.slot_weights[k])], [(slot_row + k, -1.0)])
            if level > 1:
                self._program.add([0.0], [(slot_row + k, -1.0), (slot_row + k - 1, 1.0)])
        stock_rows = {int(d): stock_row + s for s, d in enumerate(self._limited)}
        for d in range(len(decorations.index)):
            entries: list[tuple[int, npt.ArrayLike]] = [
                (f, float(level)) for f, level in enumerate(decorations.levels[d].tolist()) if level
            ]
            if d in stock_rows:
                entries.append((stock_rows[d], 1.0))
            for k in decoration_places(problem, d):
                self.decoration_columns.append((self._program.n_columns, d))
                self._program.add([float(decorations.linear[d])], [*entries, (slot_row + k, -1.0)])


def decoration_places(problem: Problem, d: int) -> list[int]:
    """The lowest fitting kind of slot of each chain: higher slots reach it by stepping down."""
    if problem.decorations is None:
        return []
    fitting = np.flatnonzero(problem.decorations.fits[d]).tolist()
    return [k for k in fitting if k - 1 not in fitting or problem.slot_levels[k] == 1]


def rounded_stock_prices(decorations: CompiledDecorations, prices: FloatArray, precision: int) -> tuple[int, ...]:
    """Prices of all decorations from those of the limited ones, in order; none is negative."""
    stock = decorations.stock
    limit = 2**58 // max(1, int(stock.max()) * len(stock))
    rounded = [0] * len(stock)
    for d, price in zip(np.flatnonzero(stock >= 0).tolist(), prices.tolist(), strict=True):
        rounded[d] = max(0, rounded_price(price * precision, limit))
    return tuple(rounded)


def _hull_points(problem: Problem, e: int, box: Box) -> list[tuple[int, int]]:
    """Points whose concave hull is above the function of feature `e` in the box."""
    points: dict[int, int] = {}
    for function in total_functions(problem, problem.features[e], box):
        for x, y in function.upper_hull(box.low[e], box.high[e]):
            points[x] = max(y, points.get(x, y))
    return sorted(points.items())
