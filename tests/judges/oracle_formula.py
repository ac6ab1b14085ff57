"""What a formula makes of a build: slow and obvious, in fractions, for the oracle.

Totals come as functions of their names; only the records are imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from equipment_optimizer.records.config import Config
from equipment_optimizer.records.formula import Factor, Sum, Term


def counted_level(config: Config, skill: str, levels: Counter[str]) -> int:
    """A skill's level up to the maximum in force."""
    rule = config.skills.get(skill)
    if rule is not None and rule.values is None:
        fixed, locked, raised, raiser = rule.maximum, rule.locked_maximum, rule.raised_maximum, rule.raised_by
    elif skill in config.skill_caps:
        cap = config.skill_caps[skill]
        fixed, locked, raised, raiser = cap.maximum, cap.locked_maximum, cap.maximum, cap.raised_by
    else:
        return levels[skill]
    if raiser is not None:
        fixed = raised if levels[raiser] >= 1 else locked
    return levels[skill] if fixed is None else min(levels[skill], fixed)


def _value(own: Sum | Factor, product: bool, worth: Callable[[Term], Fraction]) -> Fraction:
    """A sum, or the product that a factor is, not below its minimum nor above its maximum."""
    if product:
        first, second = own.times
        value = Fraction(own.base) + _value(first, False, worth) * _value(second, False, worth)
    else:
        value = Fraction(own.base) + sum((worth(term) for term in own.terms), Fraction(0))
    if own.minimum is not None:
        value = max(value, Fraction(own.minimum))
    if own.maximum is not None:
        value = min(value, Fraction(own.maximum))
    return value


def formula_factors(config: Config, total: Callable[[str, str], Fraction | int], levels: Counter[str]):
    """The factors, given `total` of a kind, column or count, and a name."""

    def worth(term: Term) -> Fraction:
        amount = counted_level(config, term.name, levels) if term.kind == "skill" else total(term.kind, term.name)
        if term.table is None:
            return Fraction(term.weight) * amount
        entries = [*term.table]
        if amount < 0:
            return Fraction(entries[0])
        return Fraction(entries[int(amount)] if amount < len(entries) else entries[-1])

    return [_value(factor, factor.times is not None, worth) for factor in config.formula.factors]
