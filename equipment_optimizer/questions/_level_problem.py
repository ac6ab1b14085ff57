"""The problem behind a question: with these totals at their minima, how high that one can be.

In: a table and a configuration, compiled once into levels without weights, and
questions. Out: problems of few features, pieces and decorations: what a question
is not about plays no part, so most pieces are no better than others in any respect
that is left.

Array axes: n pieces of one part, F features, C set bonuses, K slot kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from ..problem.compile import compile_problem
from ..problem.dominance import undominated
from ..problem.problem import CompiledDecorations, Feature, PartColumns, Problem
from ..problem.value_function import ValueFunction, sum_of
from ..records.config import Config, SkillRule
from ..records.equipment import EquipmentTable
from ._hard_limits import Limit
from ._merge_parts import merge_parts, useful_rows

__all__ = [
    "Goal",
    "compile_levels",
    "limits_problem",
    "restricted_problem",
    "score_bound",
    "with_mirrored",
    "without_useless_pieces",
]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Goal:
    """The total whose highest level is asked for, as a feature of the problem of `compile_levels`."""

    feature: int
    cap: int | None = None  # levels above it count for nothing; None counts them all
    raised_cap: int | None = None  # instead, where it is higher, while feature `raised_by` is at least 1
    raised_by: int = -1


def compile_levels(
    table: EquipmentTable, config: Config, skills: Iterable[str] = (), *, keep_limited: bool = False
) -> Problem:
    """The totals that `config` limits, and those of `skills`, as features of a problem without weights.

    Limits that every build keeps are left out, their totals with them unless `keep_limited`;
    every score is 0. O(P (F + C + K)) time and memory.
    """
    limited = (name for name, rule in config.skills.items() if (rule.minimum, rule.at_most) != (None, None))
    rules = {}
    for name in dict.fromkeys([*limited, *skills]):
        # A skill that raises a maximum, if only its own, is never folded away.
        rules[name] = replace(
            config.skills.get(name, SkillRule()),
            weight=_ZERO,
            penalty=_ZERO,
            maximum=None,
            values=None,
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
        resistances={name: replace(rule, weight=_ZERO) for name, rule in config.resistances.items()},
        totals={name: replace(rule, weight=_ZERO) for name, rule in config.totals.items()},
        counts={name: replace(rule, weight=_ZERO) for name, rule in config.counts.items()},
    )
    return compile_problem(table, plain, keep_limited=keep_limited)


def with_mirrored(problem: Problem, mirrored: Sequence[int]) -> Problem:
    """The problem with further features that count some others down, a maximum being a minimum there.

    Their `unit` is negative. So what is asked with minima alone is asked with maxima, too.
    """

    def both(levels: IntArray) -> IntArray:
        return np.concatenate([levels, -levels[..., mirrored]], axis=-1)

    downward = [_downward(problem.features[f]) for f in mirrored]
    decorations = problem.decorations
    return replace(
        problem,
        features=(*(replace(feature, maximum=None) for feature in problem.features), *downward),
        parts=tuple(replace(part, levels=both(part.levels)) for part in problem.parts),
        base_levels=both(problem.base_levels),
        bonus_levels=both(problem.bonus_levels),
        decorations=None if decorations is None else replace(decorations, levels=both(decorations.levels)),
    )


def _downward(feature: Feature) -> Feature:
    """The feature that counts a feature down."""
    return replace(
        feature,
        value=ValueFunction.linear(0),
        raised_value=None,
        raised_by=-1,
        minimum=None if feature.maximum is None else -feature.maximum,
        maximum=None,
        low=-feature.high,
        high=-feature.low,
        unit=-feature.unit,
    )


def without_useless_pieces(problem: Problem, passes: Sequence[BoolArray]) -> tuple[Problem, list[BoolArray]]:
    """The problem without pieces that are in nothing better than others, for questions up to its own minima.

    `passes`, shape (n, rules) for each part, says which rules let a piece pass: a piece
    stands in only for such as no rule prefers to it. Comes back for the pieces left.
    """
    bonus_levels = problem.bonus_levels
    both_ways = np.flatnonzero((bonus_levels[:, 1:] < bonus_levels[:, :-1]).any(axis=(1, 2))).tolist()
    kept = useful_rows(problem, both_ways, passes)
    parts = tuple(
        PartColumns(part.linear[rows], part.levels[rows], part.bonus_counts[rows], part.slots[rows])
        for part, rows in zip(problem.parts, kept, strict=True)
    )
    return replace(problem, parts=parts, space=problem.space.of_rows(kept)), [
        of_part[rows] for of_part, rows in zip(passes, kept, strict=True)
    ]


def restricted_problem(
    problem: Problem, minima: Mapping[int, int], goal: Goal | None, allowed: Sequence[BoolArray] | None
) -> Problem | None:
    """The features, pieces and decorations that the question is about; None where a part has no piece left."""
    features = sorted({*minima, *((goal.feature,) if goal else ())}.union(*problem.exclusive))
    return _restricted(problem, [_feature(problem, f, minima.get(f), goal) for f in features], features, allowed)


def limits_problem(
    problem: Problem,
    limits: Sequence[Limit],
    allowed: Sequence[BoolArray] | None,
    *,
    merges: bool = True,
    worths: Mapping[int, ValueFunction] | None = None,
) -> Problem | None:
    """The features, pieces and decorations that limits are about, none of them hard; None where a part is left empty.

    All pieces are there if nothing `merges`, else those that others stand in for are left out. Of a feature's levels
    those up to its minimum count, and those that rise its worth, if any; where it has a maximum more may be worse.
    """
    worths = worths or {}
    minima = {limit.feature: limit.level for limit in limits if not limit.is_maximum}
    falling = {limit.feature for limit in limits if limit.is_maximum}
    features = sorted({*minima, *falling, *worths}.union(*problem.exclusive))
    changed_features = [
        replace(
            problem.features[f],
            value=sum_of(
                [
                    (1, ValueFunction.linear(1) if f in falling else ValueFunction.capped(minima.get(f, 0), 1)),
                    (1, worths.get(f, ValueFunction.linear(0))),
                ]
            ),
            raised_value=None,
            raised_by=-1,
            minimum=None,
            maximum=problem.features[f].maximum if f in falling else None,
        )
        for f in features
    ]
    small = _restricted(problem, changed_features, features, allowed, merges=merges)
    if small is None:
        return None
    return replace(small, features=tuple(replace(feature, maximum=None) for feature in small.features))


def _restricted(
    problem: Problem,
    changed_features: Sequence[Feature],
    chosen: Sequence[int],
    allowed: Sequence[BoolArray] | None,
    *,
    merges: bool = True,
) -> Problem | None:
    """The problem of some of its features, which are `chosen`, with values and limits of their own."""
    features = np.array(chosen, dtype=np.int64)
    bonuses = np.flatnonzero(problem.bonus_levels[:, :, features].any(axis=(1, 2)))
    bonus_levels = problem.bonus_levels[bonuses][:, :, features]
    decorations = _restricted_decorations(problem, features, [f.maximum is not None for f in changed_features])
    kinds = slice(None) if decorations is not None else slice(0, 0)
    slot_levels = problem.slot_levels[kinds]
    both_ways = (bonus_levels[:, 1:] < bonus_levels[:, :-1]).any(axis=(1, 2))
    parts, kept = [], []
    for b, part in enumerate(problem.parts):
        rows = np.arange(len(part.linear)) if allowed is None else np.flatnonzero(allowed[b])
        kept.append(rows)
        parts.append(
            PartColumns(
                np.zeros(len(rows), dtype=np.int64),
                part.levels[rows][:, features],
                part.bonus_counts[rows][:, bonuses],
                part.slots[rows, kinds],
            )
        )
    space, place = problem.space.of_rows(kept), {f: number for number, f in enumerate(chosen)}
    if not space.n_combinations:
        return None
    small = replace(
        problem,
        space=space,
        digits=0,
        exclusive=tuple(tuple(place[f] for f in group) for group in problem.exclusive),
        features=tuple(changed_features),
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
        score_bound=score_bound(changed_features),
    )
    return merge_parts(small, np.flatnonzero(both_ways).tolist()) if merges else small


def _feature(problem: Problem, f: int, minimum: int | None, goal: Goal | None) -> Feature:
    """A feature that is worth its level, up to the cap, if it is the goal, and nothing otherwise."""
    value = ValueFunction.linear(0)
    if goal is not None and f == goal.feature:
        value = ValueFunction.linear(1) if goal.cap is None else ValueFunction.capped(goal.cap, 1)
    return replace(problem.features[f], value=value, raised_value=None, raised_by=-1, minimum=minimum)


def score_bound(features: Sequence[Feature]) -> int:
    """No build scores more, or less than its negative."""
    return sum(max(abs(f.value.at(f.low)), abs(f.value.at(f.high))) for f in features)


def _restricted_decorations(problem: Problem, features: IntArray, falls: Sequence[bool]) -> CompiledDecorations | None:
    """The decorations that give any of these features; None where there is none. More may harm where `falls`."""
    decorations = problem.decorations
    if decorations is None:
        return None
    levels = decorations.levels[:, features]
    helps = (levels > 0) | ((levels < 0) & np.array(falls, dtype=np.bool_))
    rows = np.flatnonzero(helps.any(axis=1) & (decorations.stock != 0))
    if not rows.size:
        return None
    fits, stock = decorations.fits[rows], decorations.stock[rows]
    may_rise = np.concatenate([~np.array(falls, dtype=np.bool_), np.ones(fits.shape[1], dtype=np.bool_)])
    keep = rows[undominated(np.column_stack([levels[rows], fits]), may_rise, scarce=stock >= 0)]
    return CompiledDecorations(
        tuple(decorations.index[d] for d in keep.tolist()),
        np.zeros(len(keep), dtype=np.int64),
        decorations.levels[keep][:, features],
        decorations.fits[keep],
        decorations.stock[keep],
    )
