"""How high a total can go while others keep their minima.

In: a table and a configuration, or the levels compiled from them, and questions:
with these totals at their minima, what is the highest level of that one? Out: the
level, proved. What the configuration values plays no part, so most pieces and
decorations are no better than others in every respect that is asked about, and
are left out of the search.

Array axes: n pieces of one part, F features, C set bonuses, K slot kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from .bounded import BoundedSearch
from .branching import BranchSearch
from .combinations import CombinationSpace
from .compilation import compile_problem
from .config import Config, ResistanceRule, SkillRule
from .dominance import at_least, merge_parts
from .equipment import EquipmentTable
from .problem import CompiledDecorations, Feature, PartColumns, Problem
from .scoring import score_columns
from .topk import NO_BUILD
from .valuefunction import ValueFunction

__all__ = ["Goal", "Reach", "compile_levels", "highest_level"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Goal:
    """The total whose highest level is asked for.

    Attributes
    ----------
    feature : int
        Of the problem of `compile_levels`.
    cap : int or None
        Levels above it count for nothing; None counts them all.
    raised_cap : int or None
        Used instead, where it is higher, while feature `raised_by` is at least 1.
    raised_by : int
        Feature, or -1.
    """

    feature: int
    cap: int | None = None
    raised_cap: int | None = None
    raised_by: int = -1


@dataclass(frozen=True)
class Reach:
    """What was found.

    Attributes
    ----------
    level : int or None
        The highest level, caps applied (0 where no goal was set); None where no
        build keeps the minima.
    proved : bool
        False where the search was stopped: `level` is then the best so far.
    """

    level: int | None
    proved: bool = True


def compile_levels(table: EquipmentTable, config: Config, skills: Iterable[str] = ()) -> Problem:
    """The totals that `config` requires, and those of `skills`, as features of a problem without weights.

    Parameters
    ----------
    table : EquipmentTable
    config : Config
        Its minima become those of the features, except minima that every build
        keeps.
    skills : iterable of str
        Skills that are to be features whether required or not.

    Returns
    -------
    Problem
        Every score is 0.

    Notes
    -----
    O(P (F + C + K)) time and memory.
    """
    names = dict.fromkeys([*(name for name, rule in config.skills.items() if rule.minimum is not None), *skills])
    rules = {}
    for name in names:
        listed = config.skills.get(name)
        # A skill that raises a maximum, if only its own, is never folded away.
        rules[name] = SkillRule(
            weight=_ZERO,
            penalty=_ZERO,
            maximum=None,
            minimum=None if listed is None else listed.minimum,
            locked_maximum=0,
            raised_maximum=0,
            raised_by=name,
        )
    plain = replace(
        config,
        skills=rules,
        slot_weights=(_ZERO, _ZERO, _ZERO, _ZERO),
        slot_count_weight=_ZERO,
        defence_weight=_ZERO,
        unlisted_skill_weight=_ZERO,
        resistances={
            name: ResistanceRule(weight=_ZERO, minimum=rule.minimum) for name, rule in config.resistances.items()
        },
    )
    return compile_problem(table, plain)


def highest_level(
    problem: Problem,
    minima: Mapping[int, int],
    goal: Goal | None = None,
    *,
    allowed: Sequence[BoolArray] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Reach:
    """The highest level of `goal` in any build that keeps `minima`.

    Parameters
    ----------
    problem : Problem
        Of `compile_levels`.
    minima : mapping of int to int
        Least total of each required feature.
    goal : Goal, optional
        Without it the question is whether there is such a build at all.
    allowed : sequence of ndarray of bool, shape (n,), optional
        Pieces that may be used, for each part.
    should_stop : callable, optional
        Polled; true gives up.

    Returns
    -------
    Reach

    Notes
    -----
    A search for one build, ended when its level meets the bound: 1 to 100 ms on
    tables of 2,000 pieces.
    """
    if should_stop is not None and should_stop():
        return Reach(None, proved=False)
    if goal is not None and goal.raised_by >= 0:
        return _highest_raised(problem, minima, goal, allowed, should_stop)
    small = _restricted(problem, minima, goal, allowed)
    if small is None or not small.space.n_combinations:
        return Reach(None)
    if len(small.parts) == 1 and small.decorations is None and small.space.counts == (1,):
        best = int(score_columns(small, [np.arange(small.space.n_combinations)]).max())
        return Reach(None if best == NO_BUILD else best)
    if any(f.minimum is not None and f.high < f.minimum for f in small.features):
        return Reach(None)
    return _search(small, goal is None, should_stop)


def _highest_raised(
    problem: Problem,
    minima: Mapping[int, int],
    goal: Goal,
    allowed: Sequence[BoolArray] | None,
    should_stop: Callable[[], bool] | None,
) -> Reach:
    """Without the raised cap and, where that is reached, with it: a requirement of its own is bounded far better."""
    plain = highest_level(problem, minima, Goal(goal.feature, goal.cap), allowed=allowed, should_stop=should_stop)
    if plain.level is None or goal.cap is None or plain.level < goal.cap:
        return plain
    unlocked = {**minima, goal.raised_by: max(1, minima.get(goal.raised_by, 1))}
    higher = Goal(goal.feature, goal.raised_cap)
    raised = highest_level(problem, unlocked, higher, allowed=allowed, should_stop=should_stop)
    level = plain.level if raised.level is None else max(plain.level, raised.level)
    return Reach(level, proved=raised.proved)


def _search(problem: Problem, any_build: bool, should_stop: Callable[[], bool] | None) -> Reach:
    """The best build of a restricted problem.

    Minima become worth: a level below one costs more than any goal can bring in.
    A build that keeps them all is then one that scores enough, and the prices by
    which builds are bounded and filled know how near one is to keeping them.
    """
    soft, enough = _softened(problem)
    run = _branch if set(problem.space.counts) == {1} else _list
    best, is_settled = run(soft, enough, any_build, should_stop)
    if best < enough:
        return Reach(None, proved=is_settled)
    return Reach(best - enough + _lowest(problem), proved=is_settled)


def _branch(
    soft: Problem, enough: int, any_build: bool, should_stop: Callable[[], bool] | None
) -> tuple[int, bool]:
    """Best score of `enough` or more, or a lower one, and whether that is settled; by branching on pieces."""
    search = BranchSearch(soft, enough, should_stop=should_stop)
    search.run(enough=enough if any_build else None)
    return search.best, search.is_settled


def _list(soft: Problem, enough: int, any_build: bool, should_stop: Callable[[], bool] | None) -> tuple[int, bool]:
    """The same by the bounded engine, which knows parts that take several pieces."""
    bound = soft.score_bound
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
    # A build that misses a minimum by one is in the list from the start, so that
    # the engine looks at better ones only.
    last = [np.array([size - 1]) for size in soft.space.position_sizes]
    run.top.add(np.array([enough - 1]), run.code.encode(last))
    run.top.settle()
    run.run()
    return run.top.nth_score, not gave_up or is_enough()


def _lowest(problem: Problem) -> int:
    """Less than this no goal is worth."""
    return sum(min(f.value.at(f.low), f.value.at(f.high)) for f in problem.features)


def _softened(problem: Problem) -> tuple[Problem, int]:
    """The problem with its minima as worth, and the score from which on they are all kept."""
    step = 2 * problem.score_bound + 1
    features = []
    for f in problem.features:
        value = f.value if f.minimum is None else _with_minimum(f.value, f.minimum, step)
        features.append(replace(f, value=value, minimum=None))
    kept = sum(step * f.minimum for f in problem.features if f.minimum is not None)
    return replace(problem, features=tuple(features), score_bound=_score_bound(features)), kept + _lowest(problem)


def _with_minimum(value: ValueFunction, minimum: int, step: int) -> ValueFunction:
    """``value(x) + step * min(x, minimum)``."""
    start = tuple(sorted({*value.start, minimum + 1}))
    slope, intercept = [], []
    for first in (start[0] - 1, *start):
        own = value.slope_at(first)
        below = first <= minimum
        slope.append(own + (step if below else 0))
        intercept.append(value.at(first) - own * first + (0 if below else step * minimum))
    return ValueFunction(start, tuple(slope), tuple(intercept))


# --- the problem that a question is about ------------------------------------


def _restricted(
    problem: Problem, minima: Mapping[int, int], goal: Goal | None, allowed: Sequence[BoolArray] | None
) -> Problem | None:
    """The features, pieces and decorations that the question is about; None where a part has no piece left."""
    features = sorted({*minima, *((goal.feature,) if goal else ())})
    bonuses = np.flatnonzero(problem.bonus_levels[:, :, features].any(axis=(1, 2)))
    bonus_levels = problem.bonus_levels[bonuses][:, :, features]
    decorations = _restricted_decorations(problem, features)
    kinds = slice(None) if decorations is not None else slice(0, 0)
    slot_levels = problem.slot_levels[kinds]
    both_ways = (bonus_levels[:, 1:] < bonus_levels[:, :-1]).any(axis=(1, 2))
    parts = []
    for b, (part, count) in enumerate(zip(problem.parts, problem.space.counts, strict=True)):
        rows = np.arange(len(part.linear)) if allowed is None else np.flatnonzero(allowed[b])
        if len(rows) < count:
            return None
        parts.append(
            PartColumns(
                np.zeros(len(rows), dtype=np.int64),
                part.levels[np.ix_(rows, features)],
                part.bonus_counts[np.ix_(rows, bonuses)],
                part.slots[rows, kinds],
            )
        )
    own_features = tuple(_feature(problem, f, minima.get(f), goal) for f in features)
    small = replace(
        problem,
        space=CombinationSpace([len(part.linear) for part in parts], problem.space.counts),
        digits=0,
        features=own_features,
        parts=tuple(parts),
        base_linear=0,
        base_levels=problem.base_levels[features],
        base_bonus_counts=problem.base_bonus_counts[bonuses],
        base_slots=problem.base_slots[kinds],
        bonus_names=tuple(problem.bonus_names[c] for c in bonuses.tolist()),
        bonus_levels=bonus_levels,
        bonus_linear=np.zeros((len(bonuses), problem.bonus_linear.shape[1]), dtype=np.int64),
        slot_weights=problem.slot_weights[kinds],
        slot_levels=slot_levels,
        decorations=decorations,
        score_bound=_score_bound(own_features),
    )
    return merge_parts(small, np.flatnonzero(both_ways).tolist())


def _feature(problem: Problem, f: int, minimum: int | None, goal: Goal | None) -> Feature:
    """A feature that is worth its level, up to the cap, if it is the goal, and nothing otherwise."""
    value = ValueFunction.linear(0)
    if goal is not None and f == goal.feature:
        value = ValueFunction.linear(1) if goal.cap is None else ValueFunction.capped(goal.cap, 1)
    return replace(problem.features[f], value=value, raised_value=None, raised_by=-1, minimum=minimum)


def _score_bound(features: Sequence[Feature]) -> int:
    """No build scores more, or less than its negative."""
    return sum(max(abs(f.value.at(f.low)), abs(f.value.at(f.high))) for f in features)


def _restricted_decorations(problem: Problem, features: list[int]) -> CompiledDecorations | None:
    """The decorations that give any of these features; None where there is none."""
    decorations = problem.decorations
    if decorations is None:
        return None
    levels = decorations.levels[:, features]
    rows = np.flatnonzero((levels > 0).any(axis=1) & (decorations.stock != 0))
    if not rows.size:
        return None
    fits, stock = decorations.fits[rows], decorations.stock[rows]
    # A decoration that is never scarce and in nothing worse takes another's place.
    scarce = stock >= 0
    better = at_least(np.column_stack([levels[rows], fits])) & ~scarce[:, None]
    equal = better & better.T
    better &= ~np.tril(equal)
    keep = rows[~better.any(axis=0)]
    return CompiledDecorations(
        tuple(decorations.index[d] for d in keep.tolist()),
        np.zeros(len(keep), dtype=np.int64),
        decorations.levels[np.ix_(keep, features)],
        decorations.fits[keep],
        decorations.stock[keep],
    )
