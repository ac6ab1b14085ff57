"""A configuration to begin with: for files that an importer made, and for a list of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

import numpy as np

from ..records.equipment import EquipmentTable
from ..records.vocabulary import DEFAULT_BODY_PARTS

__all__ = ["starter_config", "starter_config_of"]

_COMMENT = (
    "Give the skills you want a weight (and a min where you must have them), then run the job. "
    "As it stands this finds the most defence and free slots."
)

#: Small beside a skill's weight of 1 or more: they decide between equals.
_SLOT_WEIGHTS = {"deco_1": 0.1, "deco_2": 0.2, "deco_3": 0.3, "deco_4": 0.4, "num_decos": 0}

_ABOUT = (
    "Made by init. The score of a build is the sum of what its skills, free slots and defence are worth. "
    "Keys that begin with _ are comments."
)
_ABOUT_SKILLS = (
    "weight: what a level is worth to you; 0 where you do not want the skill. max: levels above it are worth "
    "nothing more; as it stands, the most that the pieces of one build have together: write the game's own maximum "
    'where that is lower. Add "min": 3 where a build must have three levels.'
)
_ABOUT_LIMITS = 'Add "exclude": ["name", ...] for pieces you do not own, "pin": {"Head": ["name"]} for pieces you keep.'
_ABOUT_WEAPONS = (
    'Every build has one of them. Add "pin": {"Weapon": ["name"]} for the one you carry, "totals": {"Attack": '
    '{"weight": 0.1}} to value its attack, or take "weapons" out of files.'
)


def starter_config(skills: Iterable[str], *, has_weapons: bool = False) -> str:
    """JSON text of a configuration that lists `skills` in this order at weight 0 and names the side files.

    It works as it stands; the maxima come from the skills file.
    """
    files = {"decorations": "decorations.csv", "set_bonuses": "set_bonuses.csv", "skills": "skills.csv"}
    head = {
        "$comment": _COMMENT,
        "files": {**files, **({"weapons": "weapons.csv"} if has_weapons else {})},
        **({"_weapons": _ABOUT_WEAPONS} if has_weapons else {}),
        "over_max": "cap",
        "unlisted_skill_weight": 0,
        "decorations": _SLOT_WEIGHTS,
        "defence": 0.01,
        "limit": 100,
    }
    return _text(head, {name: {"weight": 0} for name in skills})


def starter_config_of(table: EquipmentTable, *, encoding: str | None = None) -> str:
    """JSON text of a configuration that lists every skill of `table` at weight 1, as far as one build has it together.

    Body parts are declared where they are not the usual six, the encoding where the file needs it. Defence is weighed
    so low that all of it is worth less than a level of a skill.
    """
    usual = {part for part, _ in DEFAULT_BODY_PARTS}
    head: dict[str, object] = {"_about": _ABOUT}
    if encoding is not None:
        head["encoding"] = encoding
    if not usual.issuperset(table.parts):
        head["_body_parts"] = "How many pieces of each part a build has, and in which order they are listed."
        head["body_parts"] = dict(zip(table.parts, table.counts, strict=True))
    head |= {
        "limit": 100,
        "_over_max": "cap: levels above a skill's max are worth nothing more. penalty: see the documentation.",
        "over_max": "cap",
        "_decorations": "What a free slot of each level is worth, and any slot.",
        "decorations": _SLOT_WEIGHTS,
        "_defence": "What a point is worth: as little as decides between builds that are otherwise equal.",
        "defence": _defence_weight(table),
        "_unlisted_skill_weight": "What a level of a skill is worth that does not stand below.",
        "unlisted_skill_weight": 0,
        "_limits": _ABOUT_LIMITS,
        "_skills": _ABOUT_SKILLS,
    }
    return _text(head, {name: {"max": _most(table, name), "weight": 1} for name in table.skill_names})


def _most(table: EquipmentTable, skill: str) -> int:
    """The highest total level that the pieces of one build have."""
    column = table.skill_column(skill)
    total = 0
    for part, count in enumerate(table.counts):
        levels = np.sort(column[table.part_start[part] : table.part_start[part + 1]])
        total += int(levels[-count:].sum())
    return max(total, 0)


def _defence_weight(table: EquipmentTable) -> Decimal:
    """A power of ten at which the most and the least defence of a build differ by less than 1."""
    apart = 0
    for part, count in enumerate(table.counts):
        points = table.defence[table.part_start[part] : table.part_start[part + 1]]
        apart += count * int(np.ptp(points))
    return Decimal(1).scaleb(-max(2, len(str(apart))))


def _text(head: Mapping[str, object], skills: Mapping[str, Mapping[str, object]]) -> str:
    """The file: a line for each key and each skill, since that is what gets edited."""
    lines = [
        f"  {json.dumps(key)}: "
        + (f"{value:f}," if isinstance(value, Decimal) else f"{json.dumps(value, ensure_ascii=False)},")
        for key, value in head.items()
    ]
    listed = ",\n".join(
        f"    {json.dumps(name, ensure_ascii=False)}: {json.dumps(rule)}" for name, rule in skills.items()
    )
    return "\n".join(["{", *lines, '  "skills": {', *([listed] if listed else []), "  }", "}", ""])
