"""What somebody might get next: talismans of each listed skill, one more of a limited decoration."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ..records.config import Config, SkillRule
from ..records.equipment import EquipmentPiece, EquipmentTable
from ..records.vocabulary import part_key

__all__ = ["extra_decorations", "limited_decorations", "talismans", "with_one_more"]

#: The part that talismans are worn as.
_TALISMAN_PART = "Charm"

#: Levels tried of a skill that has no maximum.
_MOST_LEVELS = 7


def talismans(table: EquipmentTable, config: Config) -> list[EquipmentPiece]:
    """A talisman of each listed skill at each level up to its maximum; none where there is no part for them."""
    part = next((part for part in config.body_parts if part_key(part) == part_key(_TALISMAN_PART)), None)
    if part is None:
        return []
    none, blank = (0,) * len(table.resistance_names), ("",) * len(table.other_names)
    return [
        EquipmentPiece(name=f"{skill} {level}", body_part=part, skills=((skill, level),), resistances=none, other=blank)
        for skill, rule in config.skills.items()
        for level in range(1, _highest(config, skill, rule) + 1)
    ]


def _highest(config: Config, skill: str, rule: SkillRule) -> int:
    """The highest level of a skill that is worth trying."""
    if rule.values is not None:
        return max(len(rule.values) - 1, 1)
    locked, raised, _ = config.maximum_of(skill)
    known = [level for level in (locked, raised) if level is not None]
    return max(known, default=_MOST_LEVELS)


def extra_decorations(config: Config) -> Iterator[tuple[str, Config]]:
    """Each decoration that there are only so many of, with the configuration in which there is one more."""
    for number in limited_decorations(config):
        yield (config.decorations or ())[number].name, with_one_more(config, {number})


def limited_decorations(config: Config) -> list[int]:
    """The numbers of the decorations that there are only so many of."""
    return [number for number, d in enumerate(config.decorations or ()) if d.available is not None]


def with_one_more(config: Config, numbers: Collection[int]) -> Config:
    """The configuration with one more of some limited decorations."""
    decorations = [
        replace(decoration, available=(decoration.available or 0) + 1) if number in numbers else decoration
        for number, decoration in enumerate(config.decorations or ())
    ]
    return replace(config, decorations=tuple(decorations))
