"""The columns of talisman lists: by their headers in the languages of the simulators, or by their places."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..files.csv_reader import header_key
from ..files.csv_text import Header
from ..files.names import edit_distance_at_most_one
from ..files.numbers import Misread, is_blank, whole
from ..loading.skill_columns import header_reader
from ..loading.slot_columns import slot_meaning

__all__ = ["TITLES", "is_of_slots_or_skills", "placed", "understand"]

#: What the seven cells of a line hold that has no header.
TITLES = ("Skill 1 Name", "Skill 1 Level", "Skill 2 Name", "Skill 2 Level", "Slot 1", "Slot 2", "Slot 3")

_ID = "Id"
_N_SLOTS = 3
_BRACKETS = re.compile(r"[()\[\]\uff08\uff09\u3010\u3011]")
#: Headers without brackets, numbers in their places; what is left of it all is one cell for all the slots.
_SKILL = r"(?:スキル|技能)(?:系統)?(?:名称?)?"
_SLOT = r"(?:スロ(?:ット)?|孔位?|slot|deco(?:ration)?slot)"
_ON_WEAPON, _ON_ARMOUR = (
    r"(?:(?:泣用)?武器|weapon(?:deco(?:ration)?)?)",
    r"(?:(?:泣用)?防具|armou?r(?:deco(?:ration)?)?)",
)
_MEANINGS = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (f"{_SKILL}([1-9])(?:名称?)?", "skill {} name"),
        (r"(?:スキル|技能)?(?:値|レベル|lv|等[級级])([1-9])", "skill {} level"),
        (r"(?:スキル|技能)([1-9])(?:値|レベル|lv|等[級级])", "skill {} level"),
        (f"{_SLOT}([1-9])(?:タイプ|の?種類|type)", "slot {} type"),
        (f"{_SLOT}([1-9])", "slot {}"),
        (f"{_ON_WEAPON}{_SLOT}([1-9])", "weapon slot {}"),
        (f"{_ON_ARMOUR}{_SLOT}([1-9])", "armour slot {}"),
        (f"{_SLOT}s?", "slot levels"),
        (f"{_ON_WEAPON}{_SLOT}s?", "weapon slot levels"),
        (f"{_ON_ARMOUR}{_SLOT}s?", "armour slot levels"),
        (r"(?:内部管理)?id|マイセット登録有無", "id"),
    )
)
#: Of what a header speaks that may not be left out: it means slots or skills in words that are not known.
_OF_SLOTS_OR_SKILLS = re.compile(r"slot|deco|スロ|孔|skill|スキル|技能|weapon|武器|防具|armou?r")
_MISSPELT = ("skill1", "skill1name", "skill1level", "level1", "slot1", "slots")


def _meaning(key: str) -> str | None:
    """What the column with that header key holds; English skills aside."""
    key = _BRACKETS.sub("", key)
    for pattern, meaning in _MEANINGS:
        if match := pattern.fullmatch(key):
            return meaning.format(*match.groups())
    return slot_meaning(key)


def is_of_slots_or_skills(title: str) -> bool:
    """Whether a header that is not known speaks of slots or skills, so that its cells may not be left out.

    >>> [is_of_slots_or_skills(title) for title in ("Slot Level 1", "Rarity", "スロット数")]
    [True, False, True]
    """
    key = header_key(title)
    family = re.sub(r"[0-9]+", "1", key)
    is_near = any(edit_distance_at_most_one(family, known) for known in _MISSPELT)
    return _OF_SLOTS_OR_SKILLS.search(key) is not None or is_near


#: How a header line is understood.
understand = header_reader(_meaning)


def placed(records: Sequence[Sequence[str]]) -> list[Header]:
    """What the cells of a file without a header hold: the layout that its records fit, else the usual one.

    Two or three skills with their levels, three slots, an id at either end or none.

    >>> [header.title for header in placed([["a1", "Fury", "2", "", "", "1", "0", "0"]])][:3]
    ['Id', 'Skill 1 Name', 'Skill 1 Level']
    """
    n_cells = len(records[0])
    for n_skills in (2, 3):
        titles = [f"Skill {k} {what}" for k in range(1, n_skills + 1) for what in ("Name", "Level")]
        titles += [f"Slot {k}" for k in range(1, _N_SLOTS + 1)]
        for layout in (titles, [*titles, _ID], [_ID, *titles]):
            if len(layout) == n_cells and (tuple(layout) == TITLES or _fits(layout, records)):
                return [Header(title, header_key(title), _of_title(title)) for title in layout]
    return [Header(title, header_key(title), _of_title(title)) for title in TITLES]


def _of_title(title: str) -> str | None:
    """What a column of a layout holds."""
    return None if title == _ID else title.lower()


def _fits(layout: Sequence[str], records: Sequence[Sequence[str]]) -> bool:
    """Whether in most records names are no numbers, and levels and slots are."""
    misfits = [0] * len(layout)
    for cells in records:
        for index, (title, cell) in enumerate(zip(layout, cells, strict=False)):
            if title != _ID and not is_blank(cell):
                is_number = not isinstance(whole(cell), Misread)
                misfits[index] += is_number == title.endswith("Name")
    return all(2 * number < len(records) or not number for number in misfits)
