"""How high a total can go while others keep their minima: one exact search for each question.

In: the levels compiled by `_level_problem` and a question. Out: the level, proved.

Array axes: n pieces of one part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from ..problem.compile import MAX_SCORE
from ..problem.problem import Problem
from ..problem.ranges import Ranges
from ..problem.scoring import score_columns
from ..problem.value_function import ValueFunction
from ..records.vocabulary import NO_BUILD
from ..search.bounded.run import BoundedSearch
from ._branch_search import BranchSearch
from ._level_problem import Goal, restricted_problem, score_bound
from ._merge_parts import is_plain

__all__ = ["Highest", "highest_level"]

BoolArray = npt.NDArray[np.bool_]

#: A level that a minimum lacks costs so many times as much as all else is worth.
_FAR_MORE = 100


@dataclass(frozen=True)
class Highest:
    """What was found."""

    level: int | None  # the highest, caps applied (0 where no goal was set); None where no build keeps the minima
    proved: bool = True  # False where the search was stopped: `level` is then the best so far
    refuted: frozenset[int] | None = None  # where no build keeps the minima: which none keeps together; None for all


def highest_level(
    problem: Problem,
    minima: Mapping[int, int],
    goal: Goal | None = None,
    *,
    allowed: Sequence[BoolArray] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Highest:
    """The highest level of `goal` in any build that keeps `minima`, least totals by feature.

    `problem` is of `compile_levels`; without a goal the question is whether there is
    such a build at all. `allowed` says for each part which pieces may be used; a true
    `should_stop` gives up. A search for one build, ended when its level meets the
    bound: 1 to 100 ms on tables of 2,000 pieces.
    """
    if should_stop is not None and should_stop():
        return Highest(None, proved=False)
    if goal is not None and goal.raised_by >= 0:
        ask = partial(highest_level, problem, allowed=allowed, should_stop=should_stop)
        return _highest_raised(ask, minima, goal)
    small = restricted_problem(problem, minima, goal, allowed)
    if small is None or not small.space.n_combinations:
        return Highest(None)
    if len(small.parts) == 1 and small.decorations is None and small.space.counts == (1,):
        best = int(score_columns(small, [np.arange(small.space.n_combinations)]).max())
        return Highest(None if best == NO_BUILD else best)
    features = sorted({*minima, *((goal.feature,) if goal else ())}.union(*problem.exclusive))
    for f, feature in zip(features, small.features, strict=True):
        if feature.minimum is not None and feature.high < feature.minimum:
            return Highest(None, refuted=frozenset({f}))
    answer = _search(small, goal is None, should_stop)
    if answer.refuted is None or small.decorations is None:
        # Without decorations parts were merged, and pairs dropped that miss a minimum.
        return replace(answer, refuted=None)
    return replace(answer, refuted=frozenset(features[f] for f in answer.refuted))


def _highest_raised(ask: Callable[..., Highest], minima: Mapping[int, int], goal: Goal) -> Highest:
    """Without the raised cap and, where that is reached, with it: a requirement of its own is bounded far better."""
    plain = ask(minima, Goal(goal.feature, goal.cap))
    if plain.level is None or goal.cap is None or plain.level < goal.cap:
        return plain
    unlocked = {**minima, goal.raised_by: max(1, minima.get(goal.raised_by, 1))}
    raised = ask(unlocked, Goal(goal.feature, goal.raised_cap))
    level = plain.level if raised.level is None else max(plain.level, raised.level)
    return Highest(level, proved=raised.proved)


def _search(problem: Problem, any_build: bool, should_stop: Callable[[], bool] | None) -> Highest:
    """The best build of a restricted problem.

    Minima become worth: a level below one costs more than any goal can bring in.
    A build that keeps them all is then one that scores enough, and the prices by
    which builds are bounded and filled know how near one is to keeping them.
    """
    run = _branch if set(problem.space.counts) == {1} and is_plain(problem) else _list
    return run(problem, any_build, should_stop)


def _branch(problem: Problem, any_build: bool, should_stop: Callable[[], bool] | None) -> Highest:
    """By branching on pieces.

    A slot left free is worth something too, together less than a level of the goal: of
    all relaxed builds that keep the minima the solver names the one with most room,
    which is the easiest to fill in whole decorations (required levels of random builds,
    22 skills and 500 talismans: 2 relaxations in place of up to 16,000).
    """
    level_worth = 2 * Ranges.of(problem).n_slots * max(problem.slot_levels, default=0) + 1
    soft, enough = _softened(problem, level_worth)
    if soft.score_bound > MAX_SCORE:
        level_worth = 1
        soft, enough = _softened(problem, level_worth)
        if soft.score_bound > MAX_SCORE:
            return Highest(None, proved=False)
    search = BranchSearch(soft, enough, unit=level_worth, should_stop=should_stop)
    search.run(enough=enough if any_build else None)
    if search.best < enough:
        return Highest(None, proved=search.is_settled, refuted=frozenset(search.priced))
    return Highest((search.best - enough) // level_worth + _lowest(problem), proved=search.is_settled)


def _list(problem: Problem, any_build: bool, should_stop: Callable[[], bool] | None) -> Highest:
    """By the bounded engine, which knows parts that take several pieces."""
    soft, enough = _softened(problem, 1)
    bound = soft.score_bound
    if bound > MAX_SCORE:
        return Highest(None, proved=False)
    gave_up = False

    def on_bound(score: int, threshold: int | None) -> None:
        nonlocal bound
        bound = min(bound, score)

    def is_enough() -> bool:
        return run.top.nth_score >= (enough if any_build else max(bound, enough))

    def is_settled() -> bool:
        nonlocal gave_up
        gave_up = gave_up or (should_stop is not None and should_stop())
        return gave_up or is_enough()

    run = BoundedSearch(soft, 1, should_stop=is_settled, on_bound=on_bound)
    run.look_above(enough - 1)
    run.run()
    best = run.top.nth_score
    level = None if best < enough else best - enough + _lowest(problem)
    return Highest(level, proved=not gave_up or is_enough())


def _lowest(problem: Problem) -> int:
    """Less than this no goal is worth."""
    return sum(min(f.value.at(f.low), f.value.at(f.high)) for f in problem.features)


def _softened(problem: Problem, level_worth: int) -> tuple[Problem, int]:
    """The problem with a goal's levels worth so much and its minima as worth, and the score at which they are kept.

    Where a level is worth more than 1, free slots are worth their level.
    """
    features = [replace(f, value=_times(f.value, level_worth)) for f in problem.features]
    of_slots = np.array(problem.slot_levels if level_worth > 1 else np.zeros(len(problem.slot_levels)), dtype=np.int64)
    bound = score_bound(features) + level_worth
    # Far more than the rest, so that next to nothing of a level is made up for by it.
    kept_worth = (2 if level_worth == 1 else _FAR_MORE) * bound + 1
    for number, feature in enumerate(features):
        if feature.minimum is not None:
            value = _with_minimum(feature.value, feature.minimum, kept_worth)
            features[number] = replace(feature, value=value, minimum=None)
    kept = sum(kept_worth * f.minimum for f in problem.features if f.minimum is not None)
    bound = score_bound(features) + level_worth
    soft = replace(problem, features=tuple(features), slot_weights=of_slots, score_bound=bound)
    return soft, kept + level_worth * _lowest(problem)


def _times(value: ValueFunction, factor: int) -> ValueFunction:
    """The function times a factor."""
    return replace(
        value, slope=tuple(factor * s for s in value.slope), intercept=tuple(factor * i for i in value.intercept)
    )


def _with_minimum(value: ValueFunction, minimum: int, level_worth: int) -> ValueFunction:
    """``value(x) + level_worth * min(x, minimum)``."""
    start = tuple(sorted({*value.start, minimum + 1}))
    slope, intercept = [], []
    for first in (start[0] - 1, *start):
        plain = value.slope_at(first)
        is_below = first <= minimum
        slope.append(plain + (level_worth if is_below else 0))
        intercept.append(value.at(first) - plain * first + (0 if is_below else level_worth * minimum))
    return ValueFunction(start, tuple(slope), tuple(intercept))
