"""The first fillings of builds whose products a few cells tell: by branching, step by step.

Cells that ask for the same levels are one additive problem: its minima are the levels, its score is the sum of which
there is a least. So the first filling that scores enough is found as for weights, and of a build's cells the one whose
first filling comes first tells.

Array axes: F features, G builds, C cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ....problem.formula import CompiledSum, FormulaProblem
from ....problem.problem import Feature, Problem
from ....problem.scoring import BlockTotals
from ....problem.value_function import ValueFunction, sum_of
from ...relaxation.bounds import usual_precision
from ..branching.branching import Branching
from ..branching.build_bounds import exact_bounds
from ..branching.completion import Completion
from ..branching.first_fillings import FirstFillings
from ..tables.steps import FillingModel
from .cells import NOT_ASKED, Cells, Place, cells_of

__all__ = ["CellBuilds", "first_by_cells"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
#: What a feature is worth as it is, and raised.
Values = tuple[ValueFunction, ValueFunction]

#: Sets of levels that are asked for, some 50 ms each, above which another method is as quick.
_MOST_ASKED = 32


@dataclass(frozen=True, eq=False)
class CellBuilds:
    """G builds to be filled."""

    totals: BlockTotals  # with nothing in any slot
    most: IntArray  # shape (F, G): levels with the most that may be in the slots
    scores: npt.NDArray[np.object_]  # shape (G,): the products of their best fillings, above 0


def first_by_cells(
    formula: FormulaProblem,
    model: FillingModel,
    builds: CellBuilds,
    should_stop: Callable[[], bool],
) -> tuple[Rows, IntArray]:
    """Builds of which cells tell the first filling with their product, shape (N,), and its options, (steps, N)."""
    n_builds, n_steps = len(builds.scores), len(model.steps)
    nothing = np.zeros(0, dtype=np.intp), np.zeros((n_steps, 0), dtype=np.int64)
    if not n_builds or not formula.rises or model.raisers or (model.decorations.levels < 0).any():
        return nothing
    cells = cells_of(formula, builds.totals.levels, builds.most, builds.scores)
    asked = [] if cells is None else _asked(cells, builds.totals.levels)
    if cells is None or len(asked) > _MOST_ASKED:
        return nothing
    sums = [compiled for sums in formula.sums for compiled in sums]
    # Idle is what adds nothing to any sum.
    rule = model.with_values(_valued(formula.problem, _values(sums)), precision=1)
    paths: dict[int, tuple[int, ...]] = {}
    is_known = np.ones(n_builds, dtype=np.bool_)
    for levels, rows in asked:
        first = _AtLevels(formula, model, cells.of, levels).first(
            builds.totals.take(cells.owner[rows]), cells.least[rows], rule, should_stop
        )
        is_known[cells.owner[rows[~first.is_known]]] = False
        for place in np.flatnonzero(first.is_there).tolist():
            owner, options = int(cells.owner[rows[place]]), tuple(first.path[:, place].tolist())
            paths[owner] = min(paths.get(owner, options), options)
    # In some cell of each there is a filling.
    known = [owner for owner in sorted(paths) if is_known[owner]]
    path = np.array([paths[owner] for owner in known], dtype=np.int64).reshape(len(known), n_steps).T
    return np.array(known, dtype=np.intp), path


def _asked(cells: Cells, levels: IntArray) -> list[tuple[IntArray, Rows]]:
    """Levels, shape (F,), and the cells that ask for them, or for fewer where the build's own are enough."""
    columns, place = np.unique(cells.levels, axis=1, return_inverse=True)
    place, before = place.reshape(-1), levels[:, cells.owner]
    left, asked = np.ones(len(place), dtype=np.bool_), []
    # Those that ask for most features first: they stand for others.
    for number in np.argsort(-(columns > NOT_ASKED).sum(axis=0), kind="stable").tolist():
        if left[place == number].any():
            column = columns[:, [number]]
            is_alike = (cells.levels == column) | ((cells.levels == NOT_ASKED) & (column <= before))
            rows = np.flatnonzero(left & is_alike.all(axis=0))
            asked.append((column[:, 0], rows))
            left[rows] = False
    return asked


def _values(sums: list[CompiledSum]) -> dict[int, Values]:
    """What features are worth in some sums together."""
    values: dict[int, Values] = {}
    for worth in (worth for compiled in sums for worth in compiled.worths):
        value, raised = worth.functions[0], worth.functions[-1]
        if worth.feature in values:
            value, raised = (
                sum_of([(1, before), (1, added)])
                for before, added in zip(values[worth.feature], (value, raised), strict=True)
            )
        values[worth.feature] = value, raised
    return values


def _valued(problem: Problem, values: Mapping[int, Values], asked: IntArray | None = None) -> Problem:
    """A problem that scores these values, and asks for some levels more, shape (F,)."""
    nothing = ValueFunction.linear(0)
    features: list[Feature] = []
    bound = 0
    for e, feature in enumerate(problem.features):
        value, raised = values.get(e, (nothing, nothing))
        minimum = feature.minimum
        if asked is not None and asked[e] > NOT_ASKED:
            minimum = int(asked[e]) if minimum is None else max(minimum, int(asked[e]))
        raised_value = None if feature.raised_value is None else raised
        features.append(replace(feature, value=value, raised_value=raised_value, minimum=minimum))
        bound += max(abs(x) for function in (value, raised) for x in function.corner_values(feature.low, feature.high))
    return replace(problem, features=tuple(features), base_linear=0, score_bound=bound)


@dataclass(frozen=True, eq=False)
class _First:
    """The first fillings in some cells; nothing is said of those that are not known."""

    is_known: BoolArray  # shape (C,)
    is_there: BoolArray  # shape (C,)
    path: IntArray  # options, shape (steps, C)


class _AtLevels:
    """The additive problem of cells that ask for the same levels, shape (F,), and for something of a sum."""

    def __init__(self, formula: FormulaProblem, model: FillingModel, of: Place, levels: IntArray) -> None:
        self._formula, self._sum = formula, formula.sums[of[0]][of[1]]
        problem = _valued(formula.problem, _values([self._sum]), levels)
        self._model = model.with_values(problem, precision=usual_precision(problem))
        self._bounds, coarser = exact_bounds(self._model)
        if self._bounds is None and coarser:
            self._model = model.with_values(problem, precision=coarser)
            self._bounds, _ = exact_bounds(self._model)

    def first(
        self, totals: BlockTotals, least: IntArray, rule: FillingModel, should_stop: Callable[[], bool]
    ) -> _First:
        """The first fillings of C builds with at least so much of the sum, shape (C,)."""
        model, bounds, levels, slots = self._model, self._bounds, totals.levels, totals.slots
        nowhere, path = np.zeros(len(least), dtype=np.bool_), np.zeros((len(model.steps), len(least)), dtype=np.int64)
        unknown = _First(nowhere, nowhere, path)
        if bounds is None:
            return unknown
        # What no filling changes of the sum.
        worths = tuple(worth for worth in self._sum.worths if worth.feature not in model.involved)
        fixed = self._formula.values(replace(self._sum, worths=worths), levels)
        needed = least - np.array(fixed, dtype=np.int64)
        cases = bounds.program.cases(model.indices(levels)[list(model.involved)], model.modes(levels), slots)
        completion = Completion(bounds.program)
        branching = Branching(bounds, completion, cases, floor=needed, is_enough=True)
        branching.run(lambda _: needed, should_stop)
        is_there = branching.best >= needed
        is_known, some = is_there | ~branching.is_open, np.flatnonzero(is_there)
        if some.size:
            first = FirstFillings(model, bounds, completion, levels[:, some], slots[:, some], rule=rule)
            if not first.follow(needed[some], branching.counts[some], branching.owner[some], should_stop):
                return unknown
            path[:, some], is_known[some] = first.path, first.is_known
        return _First(is_known, is_there & is_known, path)
