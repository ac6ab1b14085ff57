"""What somebody might get next: talismans of each listed skill, one more of a limited decoration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..records.config import Config, SkillRule
from ..records.equipment import EquipmentPiece, EquipmentTable
from ..records.vocabulary import part_key

__all__ = ["extra_decorations", "talismans"]

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
    decorations = config.decorations or ()
    for number, decoration in enumerate(decorations):
        if decoration.available is not None:
            more = replace(decoration, available=decoration.available + 1)
            yield (
                decoration.name,
                replace(config, decorations=(*decorations[:number], more, *decorations[number + 1 :])),
            )
