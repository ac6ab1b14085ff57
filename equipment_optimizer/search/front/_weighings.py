"""Configurations that a front is searched with: other weights, the same builds.

In: a configuration and its objectives. Out: one of which the best build is the best, or the worst,
in one objective, or that limits an objective besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ...records.config import Config
from ...records.formula import Factor, Formula, Sum, Term
from ...records.rules import Objective, ResistanceRule, SkillRule

__all__ = ["limited", "weighing", "with_columns", "with_least"]

_NOTHING = Decimal(0)


def with_columns(config: Config, objectives: Sequence[Objective]) -> Config:
    """A configuration that knows each resistance among the objectives."""
    missing = [
        objective.name
        for objective in objectives
        if objective.kind == "resistance" and objective.name not in config.resistances
    ]
    return replace(config, resistances={**config.resistances, **{name: ResistanceRule() for name in missing}})


def weighing(config: Config, objective: Objective) -> Config:
    """A configuration with the same limits, in which the best build is the best in an objective."""
    if objective.kind == "score":
        return config if objective.sign > 0 else _turned(config)
    weight = Decimal(objective.sign)

    def of(kind: str, name: str) -> Decimal:
        return weight if (kind, name) == (objective.kind, objective.name) else _NOTHING

    return replace(
        config,
        skills={name: _plain(rule, of("skill", name)) for name, rule in config.skills.items()},
        slot_weights=(_NOTHING,) * 4,
        slot_count_weight=_NOTHING,
        defence_weight=of("defence", "Defence"),
        unlisted_skill_weight=_NOTHING,
        resistances={name: replace(rule, weight=of("resistance", name)) for name, rule in config.resistances.items()},
        totals={name: replace(rule, weight=of("total", name)) for name, rule in config.totals.items()},
        counts={name: replace(rule, weight=of("count", name)) for name, rule in config.counts.items()},
    )


def _plain(rule: SkillRule, weight: Decimal) -> SkillRule:
    """A skill of which every level is worth the same."""
    return SkillRule(weight=weight, penalty=weight, maximum=None, minimum=rule.minimum, at_most=rule.at_most)


def _turned(config: Config) -> Config:
    """A configuration whose best build is the worst one."""
    first, second, third, fourth = (-weight for weight in config.slot_weights)
    return replace(
        config,
        formula=None if config.formula is None else _negated(config.formula),
        skills={
            name: replace(
                rule,
                weight=-rule.weight,
                penalty=-rule.penalty,
                values=None if rule.values is None else tuple(-value for value in rule.values),
            )
            for name, rule in config.skills.items()
        },
        slot_weights=(first, second, third, fourth),
        slot_count_weight=-config.slot_count_weight,
        defence_weight=-config.defence_weight,
        unlisted_skill_weight=-config.unlisted_skill_weight,
        resistances={name: replace(rule, weight=-rule.weight) for name, rule in config.resistances.items()},
        totals={name: replace(rule, weight=-rule.weight) for name, rule in config.totals.items()},
        counts={name: replace(rule, weight=-rule.weight) for name, rule in config.counts.items()},
    )


def _negated(formula: Formula) -> Formula:
    """A formula that comes to the same below 0: its first factor is turned."""
    first, *others = formula.factors
    times = None if first.times is None else (replace(first.times[0], **_below_0(first.times[0])), first.times[1])
    return replace(formula, factors=(replace(first, times=times, **_below_0(first)), *others))


def _below_0(addends: Sum | Factor) -> dict[str, Any]:
    """What makes a sum, or a factor beside its product, come to the same below 0, to the last digit."""

    def turned(term: Term) -> Term:
        table = None if term.table is None else tuple(value.copy_negate() for value in term.table)
        return replace(term, weight=term.weight and term.weight.copy_negate(), table=table)

    return {
        "base": addends.base.copy_negate(),
        "terms": tuple(map(turned, addends.terms)),
        "minimum": addends.maximum and addends.maximum.copy_negate(),
        "maximum": addends.minimum and addends.minimum.copy_negate(),
    }


def limited(config: Config, skill: str, least: int | None, most: int | None) -> Config:
    """A configuration in which a listed skill has to have a level from `least` to `most` besides."""
    rule = config.skills[skill]
    minimum = max((level for level in (rule.minimum, least) if level is not None), default=None)
    at_most = min((level for level in (rule.at_most, most) if level is not None), default=None)
    return replace(config, skills={**config.skills, skill: replace(rule, minimum=minimum, at_most=at_most)})


def with_least(config: Config, objective: Objective, least: Decimal) -> Config:
    """A configuration in which an objective has so much at least, turned, besides."""
    number: Any = least if objective.kind == "total" else int(least)
    minimum, maximum = (number, None) if objective.sign > 0 else (None, -number)
    if objective.kind == "skill":
        return limited(config, objective.name, minimum, maximum)
    if objective.kind == "defence":
        lows, highs = (config.min_defence, minimum), (config.max_defence, maximum)
        return replace(config, min_defence=_highest(lows), max_defence=_lowest(highs))
    field = {"resistance": "resistances", "total": "totals", "count": "counts"}[objective.kind]
    rules = getattr(config, field)
    rule = rules[objective.name]
    rule = replace(rule, minimum=_highest((rule.minimum, minimum)), maximum=_lowest((rule.maximum, maximum)))
    changed: Any = {field: {**rules, objective.name: rule}}
    return replace(config, **changed)


def _highest(ends: Sequence[int | Decimal | None]) -> Any:
    return max((end for end in ends if end is not None), default=None)


def _lowest(ends: Sequence[int | Decimal | None]) -> Any:
    return min((end for end in ends if end is not None), default=None)
