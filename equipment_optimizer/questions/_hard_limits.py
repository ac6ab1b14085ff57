"""Hard minima and maxima of totals, and what their levels are worth where they are not hard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..problem.problem import Feature
from ..problem.value_function import ValueFunction
from ..records.results import format_score

__all__ = ["Limit", "amount", "limits_of"]


@dataclass(frozen=True)
class Limit:
    """A hard minimum or maximum of a feature's total."""

    feature: int
    level: int
    is_maximum: bool = False

    def keeps(self, level: int) -> bool:
        """Whether a total keeps it."""
        return level <= self.level if self.is_maximum else level >= self.level

    def kept_levels(self, level: int) -> int:
        """Levels that count: of a minimum those up to it, of a maximum none, less those above it."""
        return min(0, self.level - level) if self.is_maximum else min(level, self.level)

    def function(self, weight: int) -> ValueFunction:
        """`weight` times `kept_levels`."""
        if self.is_maximum:
            return ValueFunction((self.level + 1,), (0, -weight), (0, weight * self.level))
        return ValueFunction((self.level + 1,), (weight, 0), (0, weight * self.level))


def amount(feature: Feature, level: int) -> str:
    """A total as the file or the configuration writes it."""
    return format_score(level * feature.unit, feature.digits)


def limits_of(features: Sequence[Feature]) -> list[Limit]:
    """The hard limits of a problem, in the order of its features."""
    limits = []
    for f, feature in enumerate(features):
        limits += [Limit(f, feature.minimum)] if feature.minimum is not None else []
        limits += [Limit(f, feature.maximum, is_maximum=True)] if feature.maximum is not None else []
    return limits
