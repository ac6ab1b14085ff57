"""What one level more of each skill of a formula would make of a build's score.

In: `BuildResults` of a configuration with a formula. Out: words for each build: a share of its
score, or points where the score is 0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ..records.results import format_score

if TYPE_CHECKING:
    from ..records.results import BuildResults

__all__ = ["gain_text", "level_gains"]


def level_gains(results: BuildResults) -> dict[str, list[str]]:
    """For each skill of the formula, in its order, the gain of every build; empty without a formula.

    O(K x skills x factors) time, O(K) memory for each skill.
    """
    columns, formula = results.factor_columns, results.config.formula
    if columns is None or formula is None:
        return {}
    from ..records.formula import ScaledFormula  # only jobs that have one pay for it

    n_results = len(results)
    levels = results.skill_levels(0, n_results)
    counts = results.limit_columns.counts(results.combinations)
    scores = ScaledFormula.scores(columns.values(results.combinations, levels, counts)).tolist()
    digits = sum(columns.digits.values())
    gains = {}
    for skill in formula.names("skill"):
        level = levels.get(skill, np.zeros(n_results, dtype=np.int64))
        factors = columns.values(results.combinations, {**levels, skill: level + 1}, counts)
        raised = ScaledFormula.scores(factors).tolist()
        pairs = zip(scores, raised, strict=True)
        gains[skill] = [gain_text(before, after, digits).replace("-", "\u2212") for before, after in pairs]
    return gains


def gain_text(before: int, after: int, digits: int) -> str:
    """How much more a score is than another, as a share of that to one place; as points where that is 0.

    >>> [gain_text(1000, after, 1) for after in (1018, 1000, 995, 1_000_000)]
    ['+1.8 %', '+0 %', '-0.5 %', '+99900 %']
    >>> gain_text(10**9, 10**9 + 1, 0), gain_text(0, 125, 1), gain_text(-100, -50, 0)
    ('+<0.1 %', '+12.5', '+50 %')
    """
    sign = "-" if after < before else "+"
    gain = abs(after - before)
    if not before:
        return f"{sign}{format_score(gain, digits)}"
    tenths = round(Fraction(1000 * gain, abs(before)))
    share = format_score(tenths, 1) if tenths or not gain else "<0.1"
    return f"{sign}{share} %"
