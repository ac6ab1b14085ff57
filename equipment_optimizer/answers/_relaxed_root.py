"""The relaxation of all builds, solved once: what a search begins with, and a good build that it points at."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..problem.scoring import score_totals, total_columns
from ..records.fillings import Fillings
from ..records.vocabulary import N_SLOT_LEVELS
from ..search.filling.greedy import QuickFilling
from ..search.relaxation.bounds import Box, prefers_low_slots, root_box, usual_precision
from ..search.relaxation.box_lp import BoxLp, LpAdvice, solve_box
from ..search.relaxation.piece_classes import PartClasses, merge_pieces

__all__ = ["QuickBuild", "RelaxedRoot", "highest_score"]

IntArray = npt.NDArray[np.int64]


class QuickBuild(NamedTuple):
    """A build as L columns of one piece index, what it scores, and what is in its slots."""

    columns: Sequence[IntArray]
    score: int
    fillings: Fillings | None


class RelaxedRoot:
    """Classes of pieces, and the relaxation of all builds of them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.classes = merge_pieces(problem)
        self._box = root_box(problem)
        self._program = BoxLp(problem, self.classes, self._box, usual_precision(problem))
        solution = self._program.solve(presolve=False)
        self._values = solution.values
        is_optimal = solution.status == "optimal"
        totals = self._program.totals(solution.values) if is_optimal else []
        self.advice = LpAdvice(self._program.multipliers(solution.prices), totals, is_optimal)

    @property
    def prefers_low_slots(self) -> bool:
        """Whether a slot is worth more free than a higher one: then fillings are hard to bound."""
        return prefers_low_slots(self.problem, self.problem.slot_weights)

    def solve(self, problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> LpAdvice:
        """Good prices for a box; those of all builds are there."""
        return self.advice if box == self._box else solve_box(problem, classes, box, precision)

    def picks(self, columns: IntArray) -> npt.NDArray[np.intp]:
        """The classes of builds given by their pieces, shape (L, N)."""
        owners = []
        for part in self.classes:
            owner = np.empty(len(part.members), dtype=np.intp)
            owner[part.members] = np.repeat(np.arange(len(part)), part.sizes)
            owners.append(owner)
        return np.array([owners[b][column] for b, column in zip(self.problem.positions, columns, strict=True)])

    def rounded_build(self) -> QuickBuild | None:
        """The build of the largest shares, its slots filled quickly; None where a part takes several pieces."""
        problem, classes = self.problem, self.classes
        if not self.advice.feasible or problem.space.origins or any(part.count > 1 for part in classes):
            return None
        starts = self._program.part_starts
        places = [int(np.argmax(self._values[start:stop])) for start, stop in pairwise(starts)]
        columns = [part.first[[place]] for part, place in zip(classes, places, strict=True)]
        begun = None
        if problem.decorations is not None:
            begun = np.zeros(len(problem.decorations.index))
            np.add.at(begun, [d for d, _ in self._program.places], self._program.placed_in(self._values))
        return self.quick_build(columns, begun)

    def quick_build(self, columns: Sequence[IntArray], begun: npt.NDArray[np.float64] | None = None) -> QuickBuild:
        """A build, L columns of one piece, its slots filled quickly: beginning with so many of each decoration."""
        problem, decorations = self.problem, self.problem.decorations
        totals = total_columns(problem, columns)
        if decorations is None:
            return QuickBuild(columns, int(score_totals(problem, totals)[0]), None)
        begun = np.zeros(len(decorations.index)) if begun is None else begun
        quick = QuickFilling(problem)
        score = quick.score(totals, begun.round().astype(np.int64))
        free = np.zeros((1, N_SLOT_LEVELS), dtype=np.int64)
        np.add.at(free[0], np.array(problem.slot_levels, dtype=np.int64) - 1, quick.free)
        used = np.flatnonzero(quick.counts)
        numbers = np.array(decorations.index, dtype=np.int64)[used]
        order = np.argsort(numbers)
        filled = Fillings(np.array([0, len(used)]), numbers[order], quick.counts[used[order]], free)
        return QuickBuild(columns, score, filled)


def highest_score(problem: Problem) -> Fraction:
    """No build scores more: what each piece, slot and total brings at the most, each by itself."""
    most = problem.base_linear
    for feature in problem.features:
        functions = [feature.value] if feature.raised_value is None else [feature.value, feature.raised_value]
        most += max(f.at(x) for f in functions for x in f.corners(feature.low, feature.high))
    most += int(problem.bonus_linear.max(axis=1, initial=0).sum())
    in_slot = int(problem.slot_weights.max(initial=0))
    if problem.decorations is not None:
        in_slot = max(in_slot, int(problem.decorations.linear.max(initial=0)))
    most += in_slot * int(problem.base_slots.sum())
    for part, count in zip(problem.parts, problem.space.counts, strict=True):
        most += count * int((part.linear + in_slot * part.slots.sum(axis=1)).max())
    return Fraction(most, 10**problem.digits)
