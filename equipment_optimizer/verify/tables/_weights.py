"""The weights of a configuration by name, and how much of each a build has, straight from the definitions.

In: a definition. Out: names and values in the order of a config file, and for totals of a build the amounts that the
weights are multiplied with: its score is the sum of value times amount, whatever the values are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from ...errors import member_path
from ...records.config import Config
from ..judging import Definition, Totals

__all__ = ["Amounts", "Weights"]

#: Of each weight, how much a build has of what it weighs.
Amounts = tuple[int | Fraction, ...]


class Weights:
    """Every weight that something is weighed with."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._config = definition.config
        pairs = list(_weights(self._config))
        self.paths = [path for path, _ in pairs]
        #: As tables name them.
        self.names = [path.removeprefix("$.").replace('["', ".").replace('"]', "") for path in self.paths]
        self.values = [Fraction(value) for _, value in pairs]
        self._place = {path: place for place, path in enumerate(self.paths)}
        self.of_slots = self._place["$.decorations.deco_1"]
        self.of_unlisted = self._place["$.unlisted_skill_weight"]
        self._skill_paths = {skill: member_path("$.skills", skill) for skill in self._config.skills}

    def of_skill(self, skill: str, level: int, levels: Mapping[str, int]) -> tuple[int, int]:
        """The weight that a level of a skill counts with, by its place, and how much of it that is."""
        rule = self._config.skills.get(skill)
        if rule is None:
            return self.of_unlisted, level
        path = self._skill_paths[skill]
        if rule.values is not None:
            return self._place[f"{path}.values[{min(max(level, 0), len(rule.values) - 1)}]"], 1
        maximum = rule.maximum
        if rule.raised_by is not None:
            maximum = rule.raised_maximum if levels.get(rule.raised_by, 0) >= 1 else rule.locked_maximum
        weight = self._place[f"{path}.weight"]
        if maximum is None or level <= maximum:
            return weight, level
        return (weight, maximum) if self._config.over_max == "cap" else (self._place[f"{path}.penalty"], level)

    def amounts(self, totals: Totals, free_slots: Sequence[int] | None = None) -> Amounts:
        """What a build has of everything that is weighed; all its slots are free by default."""
        config, place, levels = self._config, self._place, totals.levels
        amounts: list[int | Fraction] = [0] * len(self.paths)
        for skill in {**config.skills, **levels}:
            weight, amount = self.of_skill(skill, levels.get(skill, 0), levels)
            amounts[weight] += amount
        free = totals.slots if free_slots is None else free_slots
        amounts[self.of_slots : self.of_slots + 5] = [*free, sum(free)]
        amounts[place["$.defence"]] = totals.defence
        points = dict(zip(self.definition.table.resistance_names, totals.resistances, strict=True))
        for name in config.resistances:
            amounts[place[f"$.resistances.{name.lower()}.weight"]] = points.get(name, 0)
        for name in config.totals:
            amounts[place[f"{member_path('$.totals', name)}.weight"]] = _whole(totals.columns[name])
        for name, rule in config.counts.items():
            if rule.column is None:
                amounts[place[f"{member_path('$.counts', name)}.weight"]] = totals.counts[name]
        return tuple(amounts)


def _whole(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number


def _weights(config: Config) -> Iterator[tuple[str, Decimal]]:
    """JSON path and value of each weight, in the order of a config file."""
    for skill, rule in config.skills.items():
        path = member_path("$.skills", skill)
        for level, value in enumerate(rule.values or ()):
            yield f"{path}.values[{level}]", value
        if rule.values is None:
            yield f"{path}.weight", rule.weight
            if config.over_max == "penalty" and (rule.maximum is not None or rule.raised_by is not None):
                yield f"{path}.penalty", rule.penalty
    for level, weight in enumerate(config.slot_weights, 1):
        yield f"$.decorations.deco_{level}", weight
    yield "$.decorations.num_decos", config.slot_count_weight
    yield "$.defence", config.defence_weight
    yield "$.unlisted_skill_weight", config.unlisted_skill_weight
    for name, resistance in config.resistances.items():
        yield f"$.resistances.{name.lower()}.weight", resistance.weight
    for name, total in config.totals.items():
        yield f"{member_path('$.totals', name)}.weight", total.weight
    for name, count in config.counts.items():
        if count.column is None:
            yield f"{member_path('$.counts', name)}.weight", count.weight
