"""Good multipliers for a box from its LP relaxation.

The answer is advice: prices in floating point, rounded to integers, that any bound
is valid for. A failed or missing solver gives prices of zero, which cost time and
nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...problem.problem import Problem
from .bounds import Box, Multipliers
from .box_lp import RelaxationModel
from .linear_program import LpSolution
from .piece_classes import PartClasses

__all__ = ["LpAdvice", "solve_relaxation"]


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


def solve_relaxation(problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> LpAdvice:
    """Prices of the coupled totals of `box` from its LP relaxation.

    Notes
    -----
    One LP with a row per body part, feature, bonus and slot kind; 2 to 25 ms on
    tables of 2,000 pieces.
    """
    nothing = Multipliers((0,) * len(box.low))
    if any(low > high for low, high in zip(box.low, box.high, strict=True)):
        return LpAdvice(nothing, [], False)
    model = RelaxationModel(problem, classes, box)
    solution = _solve(model)
    if solution is None or solution.status == "unknown":
        return LpAdvice(nothing, [], False)
    is_optimal = solution.status == "optimal"
    totals = model.totals(solution.values) if is_optimal else []
    return LpAdvice(model.multipliers(solution.prices, precision), totals, is_optimal)


def _solve(model: RelaxationModel) -> LpSolution | None:
    """The solver's answer; None without one."""
    try:
        solver = model.solver()
    except ImportError:
        return None
    return solver.solve()
