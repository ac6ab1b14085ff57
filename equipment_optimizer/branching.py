"""One best build by branching on pieces, where only its score matters.

The bounded engine lists combinations in order of their bound, which suits long
lists and ranks. For a single score, where thousands of builds tie, it is quicker
to fix pieces one part after the other: each choice is bounded anew by the
relaxation of what is left, and pieces whose reduced value is too low for a better
score are dropped at once. The bounds are evaluated in integers, so the answer is
exact whatever the solver says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .bounds import NOTHING, Box, Relaxed, relax, root_box
from .classes import PartClasses, merge_pieces
from .decorate import Filler
from .problem import Problem
from .relaxation_lp import solve_relaxation
from .scoring import score_totals, total_columns

__all__ = ["BranchSearch"]

IntArray = npt.NDArray[np.int64]

#: Prices are rounded to 1 / 1024 of a score unit where 64 bits allow.
_PRECISION = 1024

#: So few combinations are scored rather than branched on: as long as a relaxation
#: takes (a millisecond or two).
_FEW = 24


class BranchSearch:
    """The best score of a problem whose body parts take one piece each.

    Parameters
    ----------
    problem : Problem
    least_score : int
        Scores below it do not matter.
    should_stop : callable, optional
        Polled at every relaxation; true gives up.

    Attributes
    ----------
    best : int
        The highest score found, or one below `least_score`.
    is_settled : bool
        Whether no build scores more than `best`.
    n_nodes : int
        Relaxations solved.
    """

    def __init__(
        self, problem: Problem, least_score: int, *, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self.problem = problem
        self.best = least_score - 1
        self.is_settled = True
        self.n_nodes = 0
        self._should_stop = should_stop
        self._box: Box = root_box(problem)
        self._precision = max(1, min(_PRECISION, 2**52 // max(problem.score_bound, 1)))
        self._filler = None if problem.decorations is None else Filler(problem)
        self._enough: int | None = None

    def run(self, *, enough: int | None = None) -> None:
        """Search until nothing better is left, or a score is `enough`."""
        self._enough = enough
        # Depth first, on a stack of its own: classes of each part, the bound they inherit.
        stack: list[tuple[int | None, tuple[PartClasses, ...]]] = [(None, merge_pieces(self.problem))]
        while stack:
            bound, classes = stack.pop()
            if self._is_enough():
                return
            if bound is not None and not self._may_beat(bound):
                continue
            if self._should_stop is not None and self._should_stop():
                self.is_settled = False
                return
            stack.extend(reversed(self._children(classes)))

    def _is_enough(self) -> bool:
        return self._enough is not None and self.best >= self._enough

    def _may_beat(self, bound: int) -> bool:
        """Whether something with this scaled bound may score more than the best so far."""
        return bound // self._precision > self.best

    def _children(self, classes: tuple[PartClasses, ...]) -> list[tuple[int | None, tuple[PartClasses, ...]]]:
        """What is left of a node once it is bounded: nothing, or its branches, the most promising first."""
        while True:
            if math.prod(len(part) for part in classes) <= _FEW:
                self._score(classes)
                return []
            relaxed = self._relaxed(classes)
            if not self._may_beat(relaxed.bound):
                return []
            slack = relaxed.bound - self._precision * (self.best + 1)
            near = [np.flatnonzero(loss <= slack) for loss in relaxed.loss]
            before = math.prod(len(part) for part in classes)
            classes = tuple(_take(part, rows) for part, rows in zip(classes, near, strict=True))
            if 2 * math.prod(len(part) for part in classes) > before:
                break
        losses = [loss[rows] for loss, rows in zip(relaxed.loss, near, strict=True)]
        open_parts = [b for b, part in enumerate(classes) if len(part) > 1]
        chosen = min(open_parts, key=lambda b: len(classes[b]))
        branches: list[tuple[int | None, tuple[PartClasses, ...]]] = []
        for row in np.argsort(losses[chosen], kind="stable").tolist():
            branch = tuple(_take(part, np.array([row])) if b == chosen else part for b, part in enumerate(classes))
            branches.append((relaxed.bound - int(losses[chosen][row]), branch))
        return branches

    def _relaxed(self, classes: Sequence[PartClasses]) -> Relaxed:
        """A bound on what can be made of these pieces."""
        self.n_nodes += 1
        advice = solve_relaxation(self.problem, classes, self._box, self._precision)
        if self._filler is not None:
            self._filler.add_prices(advice.multipliers)
        return relax(self.problem, classes, self._box, advice.multipliers, self._precision)

    def _score(self, classes: Sequence[PartClasses]) -> None:
        """Score every combination of these pieces."""
        grid = np.indices([len(part) for part in classes]).reshape(len(classes), -1)
        columns = [part.first[rows] for part, rows in zip(classes, grid, strict=True)]
        totals = total_columns(self.problem, columns)
        if self._filler is None:
            scores = score_totals(self.problem, totals)
        else:
            scores = self._filler.scores(totals, self.best + 1)
        self.best = max(self.best, int(scores.max()))


def _take(part: PartClasses, rows: npt.NDArray[np.intp]) -> PartClasses:
    """Some classes of a part, each with its first member."""
    first = part.first[rows]
    return replace(
        part,
        linear=part.linear[rows],
        totals=part.totals[rows],
        slots=part.slots[rows],
        member_start=np.arange(len(rows) + 1),
        members=first,
    )
