"""Where the score of a build comes from, term by term, by definition.

In: `BuildResults`. Out: a `Term` for each skill, slot level, defence and each
resistance: what a build has of it and what that is worth. The worths of a build
add up to its score exactly (``tests/output/test_score_terms.py`` holds it); with a formula
they are all 0, and its factors are terms too. Nothing here
searches, and nothing is taken from the compiled form of the search.

Array axes: K results.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..records.vocabulary import N_SLOT_LEVELS

if TYPE_CHECKING:
    from ..records.config import Config, SkillRule
    from ..records.results import BuildResults

__all__ = ["NO_MAXIMUM", "Term", "score_terms"]

IntArray = npt.NDArray[np.int64]

#: Stands in a column of maxima for a skill without one.
NO_MAXIMUM = -1


@dataclass(frozen=True, eq=False)
class Term:
    """One quantity of K builds and what it is worth."""

    name: str
    kind: str  # skill, slots, defence, resistance, total, count or factor
    #: Skill level, free slots, points, pieces, a column's total or a factor, times ``10**digits``; shape (K,), int64,
    #: or Python's whole numbers.
    amount: npt.NDArray[Any]
    worth: IntArray  # shape (K,), times ``10**score_digits``
    maximum: IntArray  # of a skill, shape (K,); `NO_MAXIMUM` where there is none
    is_listed: bool  # by name, in the configuration
    digits: int = 0  # behind the point of the amounts


def score_terms(results: BuildResults) -> list[Term]:
    """All terms of all results: skills in order of name, slots, defence, resistances, other totals, counts, factors.

    O(K x skills) time and memory.
    """
    config, n_results = results.config, len(results)
    levels = results.skill_levels(0, n_results)
    zeros = np.zeros(n_results, dtype=np.int64)
    terms = []
    for name in sorted({*levels, *config.listed_skills}):
        terms.append(_skill_term(results, name, levels.get(name, zeros), levels))
    slots = results.free_slots(0, n_results)
    for level in range(N_SLOT_LEVELS):
        weight = config.slot_weights[level] + config.slot_count_weight
        terms.append(_linear_term(results, f"Lvl {level + 1} slots", "slots", slots[:, level], weight=weight))
    combinations, limits = results.combinations, results.limit_columns

    def total_weight(name: str) -> Decimal:
        rule = config.totals.get(name)
        return Decimal(0) if rule is None else rule.weight

    weight = config.defence_weight + total_weight("Defence")
    terms.append(_linear_term(results, "Defence", "defence", combinations.total_defence, weight=weight))
    for column, name in zip(combinations.total_resistances.T, results.table.resistance_names, strict=True):
        resistance = config.resistances.get(name)
        weight = total_weight(f"{name} Res") + (Decimal(0) if resistance is None else resistance.weight)
        terms.append(_linear_term(results, f"{name} Res", "resistance", column, weight=weight))
    for name, column in limits.totals(combinations).items():
        terms.append(
            _linear_term(results, name, "total", column, weight=total_weight(name), digits=limits.digits[name])
        )
    counts = limits.counts(combinations)
    for name, column in counts.items():
        terms.append(_linear_term(results, name, "count", column, weight=config.counts[name].weight))
    if results.factor_columns is not None:
        factors = results.factor_columns.values(combinations, levels, counts)
        no_maximum = np.full(n_results, NO_MAXIMUM, dtype=np.int64)
        for (name, digits), column in zip(results.factor_columns.digits.items(), factors, strict=True):
            terms.append(Term(name, "factor", column, zeros, no_maximum, True, digits))
    return terms


def _linear_term(
    results: BuildResults, name: str, kind: str, amount: IntArray, *, weight: Decimal, digits: int = 0
) -> Term:
    """A term that is worth `weight` a point; of amounts with `digits` behind the point."""
    no_maximum = np.full(len(amount), NO_MAXIMUM, dtype=np.int64)
    if not weight:
        return Term(name, kind, amount, np.zeros(len(amount), dtype=np.int64), no_maximum, True, digits)
    values, place = np.unique(amount, return_inverse=True)
    worths = [int((value * weight).scaleb(results.score_digits - digits)) for value in values.tolist()]
    worth = np.array(worths, dtype=np.int64)[place.reshape(-1)]
    return Term(name, kind, amount, worth, no_maximum, True, digits)


def _skill_term(results: BuildResults, name: str, amount: IntArray, levels: dict[str, IntArray]) -> Term:
    """A skill's levels, each pair of level and maximum judged once."""
    config = results.config
    maximum = _maximum(config, name, levels, len(amount))
    worth = np.zeros(len(amount), dtype=np.int64)
    if not _is_worthless(config, name):
        worth_of = _worth(config, name)
        keys, place = np.unique(np.stack([amount, maximum]), axis=1, return_inverse=True)
        worths = [worth_of(int(level), int(most)).scaleb(results.score_digits) for level, most in keys.T.tolist()]
        worth = np.array([int(value) for value in worths], dtype=np.int64)[place.reshape(-1)]
    # A term of the formula is listed too.
    is_listed = name in config.skills or (config.formula is not None and name in config.listed_skills)
    return Term(name, "skill", amount, worth, maximum, is_listed)


def _maximum(config: Config, name: str, levels: dict[str, IntArray], length: int) -> IntArray:
    """The maximum that holds in each build; `NO_MAXIMUM` where none is known."""
    rule = config.skills.get(name)
    locked, raised, raised_by = config.maximum_of(name)
    if rule is not None and rule.values is not None:
        locked, raised_by = len(rule.values) - 1, None
    fixed = locked if raised_by is None else raised
    column = np.full(length, NO_MAXIMUM if fixed is None else fixed, dtype=np.int64)
    if locked is not None and raised_by is not None:
        is_raised = levels.get(raised_by, np.zeros(length, dtype=np.int64)) >= 1
        column = np.where(is_raised, column, locked)
    return column


def _is_worthless(config: Config, name: str) -> bool:
    """Whether no level of a skill is worth anything, or costs anything."""
    rule = config.skills.get(name)
    if rule is None:
        return not config.unlisted_skill_weight
    return not (any(rule.values) if rule.values is not None else rule.weight or rule.penalty)


def _worth(config: Config, name: str) -> Callable[[int, int], Decimal]:
    """A function of level and maximum: what the skill is worth."""
    rule = config.skills.get(name)
    if rule is None:
        return lambda level, maximum: level * config.unlisted_skill_weight
    if rule.values is not None:
        values = rule.values
        return lambda level, maximum: values[min(max(level, 0), len(values) - 1)]
    if rule.maximum is None and rule.raised_by is None:
        weight = rule.weight
        return lambda level, maximum: level * weight
    return lambda level, maximum: _up_to(rule, config, level, maximum)


def _up_to(rule: SkillRule, config: Config, level: int, maximum: int) -> Decimal:
    """Worth of a level under a maximum: all of it at the penalty, or no more than the maximum."""
    if level <= maximum:
        return level * rule.weight
    return maximum * rule.weight if config.over_max == "cap" else level * rule.penalty
