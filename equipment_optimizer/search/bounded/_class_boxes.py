"""Boxes that divide the space, with a bound of every class in each.

Array axes: n classes of one part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ..relaxation.bounds import Box, Relaxed, root_box
from ..relaxation.box_lp import solve_box
from ..relaxation.piece_classes import PartClasses
from .splitting import needed_bonus, splittable_totals, worst_raised

__all__ = ["NEVER", "ClassBox", "partition"]

IntArray = npt.NDArray[np.int64]

#: Boxes that the space is divided into where set bonuses and raised maxima are open.
_MOST_BOXES = 12

#: The bound of a class that no build of a box has.
NEVER = -(2**62)


@dataclass(eq=False)
class ClassBox:
    """A box with the bounds of all classes in it."""

    box: Box
    #: By part, shape (n,): no build with the class, and not enumerated, is above it; scaled.
    bound: list[IntArray]
    relaxations: list[Relaxed]
    #: By part, shape (n,): the relaxation that gives the bound, and how far it is enumerated below it.
    by: list[IntArray]
    listed: list[IntArray] = field(default_factory=list)

    def unlisted(self, b: int) -> IntArray:
        """The bounds of part `b` with what is enumerated taken off."""
        bound = self.bound[b]
        return np.where(bound == NEVER, bound, bound - self.listed[b] - 1)


def partition(problem: Problem, classes: Sequence[PartClasses], precision: int) -> list[Box]:
    """Boxes that divide the space where set bonuses or raised maxima are open."""
    splittable = splittable_totals(problem)
    left, done = [root_box(problem)], list[Box]()
    while left:
        box = left.pop(0)
        split = None
        if len(left) + len(done) + 1 < _MOST_BOXES:
            advice = solve_box(problem, classes, box, precision)
            if advice.feasible:
                split = needed_bonus(problem, classes, box, advice) or worst_raised(problem, box, advice, splittable)
        if split is None:
            done.append(box)
            continue
        e, value = split
        left.append(box.with_range(e, box.low[e], value - 1))
        left.append(box.with_range(e, value, box.high[e]))
    return done
