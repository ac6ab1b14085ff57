"""The linear program of a node and its parts by levels: lines, prices and levels, all at once.

A surrogate has a line above the curve of each sum, and the best lines are those with which the bound is least. With
a row for each sum, which makes what its terms come to equal to where its curve is taken, the solver's prices
of these rows are their slopes. Tables enter level by level, curves by points; a part by levels of skills has the
same program with fewer columns, solved again from the last solution on. The answer is advice in floating
point: any slopes and prices are valid.

Rows: coupled totals (features, then set bonuses), body parts, one per total for the weights on its levels, slot
kinds, limited decorations, then sums, and one per sum for the weights on its points.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.problem import Problem
from ..relaxation.bounds import Box, Multipliers, price_limit, relax, root_box, rounded_price
from ..relaxation.box_lp import WHOLE, add_slots, rounded_stock_prices, solve_box
from ..relaxation.linear_program import LinearProgram, LpSolver
from ..relaxation.piece_classes import PartClasses
from ._lister import Leaf
from .nodes.curves import ONE, PRECISION, Curve
from .nodes.levels import splittable, top_level
from .nodes.nodes import Node, factors_of
from .nodes.surrogate import Slopes, slopes_at, surrogate

__all__ = ["NodeProgram", "OpenNode", "PricedNode", "Relaxation", "priced_node"]

FloatArray = npt.NDArray[np.float64]

#: What a logarithm of 1 costs: far above the solver's tolerances.
_COST = 1e5

#: Between points of a curve lies so much of its logarithm, unless there are more points.
_SPAN = 0.01
_MOST_POINTS = 96


@dataclass(frozen=True, eq=False)
class Relaxation:
    """A solution: slopes of the lines, prices of totals, and the levels that it has of features that divide nodes.

    Beside them what it has of each sum with a line, by factor and place. Where there is no solution, prices are a
    direction that may prove it, and there are no levels.
    """

    slopes: Slopes
    multipliers: Multipliers
    levels: dict[int, float]
    sums: dict[tuple[int, int], float]
    #: Those of the features that have one level alone, not several in parts.
    settled: frozenset[int] = frozenset()

    @property
    def is_solved(self) -> bool:
        return bool(self.levels)


class NodeProgram:
    """The program of a node, whose curves its parts by levels share; `box` has the ranges of its features."""

    def __init__(self, formula: FormulaProblem, node: Node, box: Box, classes: Sequence[PartClasses]) -> None:
        problem = formula.problem
        self._formula, self._problem, self._box = formula, problem, box
        self._program = LinearProgram()
        self._solver: LpSolver | None = None
        factors = factors_of(formula, node)
        self._n_sums = [len(factor.sums) for factor in factors]
        #: Factor, place, sum, curve and range of each sum that has a line.
        self._lines = [
            (factor.number, place, factor.sums[place], curve, factor.ranges[place])
            for factor in factors
            for place, curve in factor.priced()
        ]
        #: What each is counted in, so that coefficients are of one size.
        self._units = np.array([max(1.0, (high - low) / 64) for *_, (low, high) in self._lines])
        n_totals, n_lines = len(box.low), len(self._lines)
        part_row = n_totals
        self._weight_row = part_row + len(classes)
        slot_row = self._weight_row + n_totals
        self._stock_row = slot_row + len(problem.slot_levels)
        stock = np.zeros(0, dtype=np.int64) if problem.decorations is None else problem.decorations.stock
        limited = np.flatnonzero(stock >= 0)
        self._sum_row = self._stock_row + len(limited)
        self._sum_rows = range(self._sum_row, self._sum_row + n_lines)
        for b, part in enumerate(classes):
            touched = np.flatnonzero(part.totals.any(axis=0))
            coefficients = [np.ones((len(part), 1)), part.totals[:, touched], part.slots, self._plain(part.totals)]
            rows = [part_row + b, *touched.tolist(), *range(slot_row, self._stock_row), *self._sum_rows]
            self._program.add_matrix(np.zeros(len(part)), rows, np.hstack(coefficients))
        #: Features that divide nodes; whether their maxima are raised, -1 for either; the first column; the levels.
        self._levels: list[tuple[int, int, int, npt.NDArray[np.int64]]] = []
        dividing = set(splittable(formula))
        for e in range(problem.n_features):
            self._add_levels(e, is_dividing=e in dividing)
        for c in range(len(problem.bonus_names)):
            self._add_bonus(c)
        if problem.decorations is not None:
            add_slots(self._program, problem, slot_row, self._stock_row, used=-1.0)
        #: The first column of each line's points, and these.
        self._points: list[tuple[int, npt.NDArray[np.float64]]] = []
        self._add_points()
        lower = np.zeros(self._sum_row + 2 * n_lines)
        lower[: problem.n_features] = -problem.base_levels
        lower[problem.n_features : n_totals] = -problem.base_bonus_counts
        lower[part_row : self._weight_row] = [part.count for part in classes]
        lower[self._weight_row : slot_row] = 1.0
        lower[slot_row : self._stock_row] = -problem.base_slots
        bases = np.array([float(compiled.base) for _, _, compiled, _, _ in self._lines]) / self._units
        lower[self._sum_row : self._sum_row + n_lines] = -bases - self._plain(problem.base_levels[None])[0]
        lower[self._sum_row + n_lines :] = 1.0
        upper = lower.copy()
        lower[self._stock_row : self._sum_row] = -np.inf
        upper[self._stock_row : self._sum_row] = stock[limited]
        self._lower, self._upper = lower, upper

    def _plain(self, totals: npt.NDArray[np.int64]) -> FloatArray:
        """What totals, shape (n, features or more), add to the plain part of each sum, shape (n, lines)."""
        columns = np.zeros((len(totals), len(self._lines)))
        for place, (_, _, compiled, _, _) in enumerate(self._lines):
            if compiled.plain >= 0:
                columns[:, place] = totals[:, compiled.plain] / self._units[place]
        return columns

    def _add_levels(self, e: int, *, is_dividing: bool) -> None:
        """Weights on the levels of a feature, with what they are worth in each sum."""
        low, high = self._box.low[e], self._box.high[e]
        worths = [
            (place, worth)
            for place, (_, _, compiled, _, _) in enumerate(self._lines)
            for worth in compiled.worths
            if worth.feature == e
        ]
        n_modes = max((len(worth.functions) for _, worth in worths), default=1)
        for mode in range(n_modes):
            functions = [(place, worth.functions[min(mode, len(worth.functions) - 1)]) for place, worth in worths]
            levels = sorted({low, high}.union(*(function.corners(low, high) for _, function in functions)))
            if is_dividing:
                levels = list(range(low, max(low, min(high, top_level(self._formula, e))) + 1))
                self._levels.append((e, mode if n_modes > 1 else -1, self._program.n_columns, np.array(levels)))
            entries: list[tuple[int, npt.ArrayLike]] = [
                (e, -np.array(levels, dtype=np.float64)),
                (self._weight_row + e, 1.0),
            ]
            entries += [
                (self._sum_row + place, np.array([float(function.at(x)) for x in levels]) / self._units[place])
                for place, function in functions
            ]
            self._program.add(np.zeros(len(levels)), entries)
        if is_dividing:
            # Levels beyond those that are counted.
            self._program.add([0.0], [(e, -1.0)])

    def _add_bonus(self, c: int) -> None:
        """Weights on the numbers of pieces of a set bonus."""
        problem, e = self._problem, self._problem.n_features + c
        counts = np.arange(self._box.low[e], self._box.high[e] + 1)
        entries: list[tuple[int, npt.ArrayLike]] = [(e, -counts.astype(np.float64)), (self._weight_row + e, 1.0)]
        entries += [(f, problem.bonus_levels[c, counts, f]) for f in problem.bonus_features[c]]
        plain = self._plain(problem.bonus_levels[c, counts])
        entries += [(row, plain[:, place]) for place, row in enumerate(self._sum_rows)]
        self._program.add(problem.bonus_linear[c, counts].astype(np.float64), entries)

    def _add_points(self) -> None:
        """Weights on the points of each sum's curve."""
        for place, (_, _, _, curve, (low, high)) in enumerate(self._lines):
            points = _points(curve, low, high)
            costs = np.array([_log_of(curve, t) * _COST for t in points])
            at = np.array(points, dtype=np.float64)
            self._points.append((self._program.n_columns, at))
            row = self._sum_row + place
            self._program.add(costs - costs.min(), [(row, -at / self._units[place]), (row + len(self._lines), 1.0)])

    def solve(self, node: Node) -> Relaxation:
        """The relaxation of a part of the node by levels."""
        self._solver = self._solver or self._program.solver(self._lower, self._upper, presolve=False)
        for e, mode, first, levels in self._levels:
            low, high = node.levels_of(self._formula, e)
            is_counted = (levels >= min(low, levels[-1])) & (levels <= max(high, levels[0]))
            if mode >= 0:
                least, most = node.levels_of(self._formula, self._problem.features[e].raised_by)
                is_counted &= most >= 1 if mode else least < 1
            columns = np.arange(first, first + len(levels), dtype=np.int32)
            self._solver.bound_columns(columns, np.where(is_counted, np.inf, 0.0))
        solution = self._solver.answer()
        prices = -solution.prices * (ONE / _COST) if len(solution.prices) else np.zeros(len(self._lower))
        prices = np.where(np.isfinite(prices), prices, 0.0)  # whatever the solver says
        by_line = prices[self._sum_row : self._sum_row + len(self._lines)] / self._units
        slopes = [[0.0] * n_sums for n_sums in self._n_sums]
        for (number, place, *_), price in zip(self._lines, by_line.tolist(), strict=True):
            slopes[number][place] = price
        reached, reached_sums = dict[int, float](), dict[tuple[int, int], float]()
        largest = dict[int, float]()
        if solution.status == "optimal":
            for e, _, first, levels in self._levels:
                weights = solution.values[first : first + len(levels)]
                reached[e] = reached.get(e, 0.0) + float(weights @ levels)
                largest[e] = max(largest.get(e, 0.0), float(weights.max()))
            for (number, place, *_), (first, points) in zip(self._lines, self._points, strict=True):
                reached_sums[number, place] = float(solution.values[first : first + len(points)] @ points)
        settled = frozenset(e for e, weight in largest.items() if weight > 1 - WHOLE)
        return Relaxation(tuple(map(tuple, slopes)), self._multipliers(prices), reached, reached_sums, settled)

    def _multipliers(self, prices: FloatArray) -> Multipliers:
        """Prices of totals; a plain part is priced by the lines of its sums as well."""
        problem, n_totals = self._problem, len(self._box.low)
        of_totals = prices[:n_totals].copy()
        for place, (_, _, compiled, _, _) in enumerate(self._lines):
            if compiled.plain >= 0:
                of_totals[compiled.plain] += prices[self._sum_row + place] / self._units[place]
        rounded = tuple(
            rounded_price(price * PRECISION, price_limit(problem, e)) for e, price in enumerate(of_totals.tolist())
        )
        if problem.decorations is None or self._stock_row == self._sum_row:
            return Multipliers(rounded)
        of_stock = prices[self._stock_row : self._sum_row]
        return Multipliers(rounded, rounded_stock_prices(problem.decorations, -of_stock, PRECISION))


def _log_of(curve: Curve, t: int) -> float:
    return float(curve.power) * math.log(curve.clipped(t))


def _points(curve: Curve, low: int, high: int) -> list[int]:
    """Totals that a curve is taken at: near one another where it rises steeply."""
    corners = curve.corners(low, high)
    points = set(corners)
    for begin, end in itertools.pairwise(corners):
        first, last = float(curve.clipped(begin)), float(curve.clipped(end))
        if first < last:
            n_pieces = max(1, min(_MOST_POINTS, end - begin, math.ceil(math.log(last / first) / _SPAN)))
            grown = (first * (last / first) ** (i / n_pieces) for i in range(1, n_pieces))
            points |= {min(end, max(begin, round((value - curve.offset) / curve.times))) for value in grown}
    return sorted(points)


@dataclass(frozen=True, eq=False)
class PricedNode:
    """A node with the lines of a relaxation: its surrogate's problem, and several prices, each of which bounds it.

    `program` is for parts of the node, None where it has no lines; `levels`, `sums` and `settled` are those of its
    solution.
    """

    slopes: Slopes
    problem: Problem
    prices: Sequence[Multipliers]
    program: NodeProgram | None
    levels: dict[int, float]
    sums: dict[tuple[int, int], float]
    settled: frozenset[int]

    def within(self, formula: FormulaProblem, part: Node) -> PricedNode:
        """The same lines and prices for a part of the node in which its solution is."""
        return replace(self, problem=surrogate(formula, part, self.slopes, is_rough=True).problem)

    def bound(self, classes: Sequence[PartClasses]) -> int:
        """The most that the logarithm of a product in the node may be, in units."""
        box = root_box(self.problem)
        relaxed = (relax(self.problem, classes, box, each, PRECISION) for each in self.prices)
        return min(each.bound_scaled for each in relaxed) // PRECISION


@dataclass(order=True)
class OpenNode:
    """A node that is not settled, by its bound, highest first, with its lines and its relaxation."""

    node: Node = field(compare=False)
    priced: PricedNode = field(compare=False)
    order: tuple[int, int] = (0, 0)
    #: Whether its bound is that of a node that it is a part of.
    is_loose: bool = field(compare=False, default=False)
    #: What is left of it where builds are told apart by one part's pieces.
    leaf: Leaf | None = field(compare=False, default=None)


def priced_node(
    formula: FormulaProblem, node: Node, classes: Sequence[PartClasses], program: NodeProgram | None
) -> PricedNode:
    """Lines and prices of a node; `program` is that of a node that it is a part of by levels, if it is one."""
    middle = tuple(tuple(max(1.0, (low + high) / 2) for low, high in factor_sums) for factor_sums in node.sums)
    slopes = slopes_at(formula, node, middle)
    if not any(compiled.worths for sums in formula.sums for compiled in sums):
        problem = surrogate(formula, node, slopes).problem
        prices = [solve_box(problem, classes, root_box(problem), PRECISION).multipliers]
        return PricedNode(slopes, problem, prices, None, {}, {}, frozenset())
    if program is None:
        box = root_box(surrogate(formula, node, slopes, is_rough=True).problem)
        program = NodeProgram(formula, node, box, classes)
    relaxation = program.solve(node)
    slopes = relaxation.slopes if relaxation.is_solved else slopes
    problem = surrogate(formula, node, slopes, is_rough=True).problem
    prices = [relaxation.multipliers]
    if not relaxation.is_solved:
        # No bound proves it by a ray alone: it is followed far and near, both ways.
        prices += [relaxation.multipliers.scaled(problem, sign * 2**n) for n in (24, 16, 8, 0) for sign in (1, -1)]
    return PricedNode(slopes, problem, prices, program, relaxation.levels, relaxation.sums, relaxation.settled)
