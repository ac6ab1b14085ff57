"""The columns of talisman lists: by their headers in the languages of the simulators, or by their places."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..files.csv_reader import header_key
from ..files.csv_text import Header
from ..files.numbers import Misread, is_blank, whole
from ..loading.skill_columns import header_reader

__all__ = ["TITLES", "placed", "understand"]

#: What the seven cells of a line hold that has no header.
TITLES = ("Skill 1 Name", "Skill 1 Level", "Skill 2 Name", "Skill 2 Level", "Slot 1", "Slot 2", "Slot 3")

_ID = "Id"
_N_SLOTS = 3
_BRACKETS = re.compile(r"[()\[\]\uff08\uff09\u3010\u3011]")
_MEANINGS = (
    (re.compile(r"スキル(?:系統|名)?([1-9])"), "skill {} name"),
    (re.compile(r"スキル(?:値|レベル|lv)([1-9])"), "skill {} level"),
    (re.compile(r"スロ(?:ット)?([1-9])(?:タイプ|の?種類)"), "slot {} type"),
    (re.compile(r"(?:スロ(?:ット)?|slot)([1-9])"), "slot {}"),
    (re.compile(r"slot([1-9])type"), "slot {} type"),
    (re.compile(r"(?:泣用)?武器スロ(?:ット)?([1-9])"), "weapon slot {}"),
    (re.compile(r"weapon(?:deco|decoration)?slot([1-9])"), "weapon slot {}"),
    (re.compile(r"(?:泣用)?防具スロ(?:ット)?([1-9])"), "armour slot {}"),
    (re.compile(r"(?:内部管理)?id|マイセット登録有無"), "id"),
    (re.compile(r"armou?r(?:deco|decoration)?slot([1-9])"), "armour slot {}"),
)


def _meaning(key: str) -> str | None:
    """What the column with that header key holds; English skills aside."""
    key = _BRACKETS.sub("", key)
    for pattern, meaning in _MEANINGS:
        if match := pattern.fullmatch(key):
            return meaning.format(*match.groups())
    return None


#: How a header line is understood.
understand = header_reader(_meaning)


def placed(records: Sequence[Sequence[str]]) -> list[Header]:
    """What the cells of a file without a header hold: the layout that its records fit, else the usual one.

    Two or three skills with their levels, three slots, an id at either end or none.

    Examples
    --------
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
