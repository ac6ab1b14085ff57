"""What an equipment file may hold, as text for a terminal; the reference of files tells more."""

from __future__ import annotations

import textwrap

__all__ = ["COLUMNS", "equipment_text"]

#: Headers by what they hold, and a word on it.
COLUMNS = (
    ("Name, Body Part", "required; a body part is Head, Body, Arms, Waist, Legs, Charm, or what the config declares"),
    ("Base Defence", "blank is 0"),
    ("Skill 1 Name, Skill 1 Level, Skill 2 Name, ...", "as many as you like"),
    ("Skills", "all in one cell instead: Fury 2, Calm 1"),
    ("a skill's own name", "its levels, where the config lists the skill and there are no columns Skill k"),
    ("Slot 1, Slot 2, ... or Slots", "the level of each slot, 0 for none; in one cell: 4-2-1"),
    ("Num Lvl 1 Deco Slots ... Num Lvl 4 Deco Slots", "how many slots of each level instead"),
    ("Weapon Slot 1, ... or Weapon Slots", "slots that take decorations for weapons"),
    ("Fire Res, Water Res, Thunder Res, Ice Res, Dragon Res", "may be negative"),
    ("Set Bonus 1, ..., Group Bonus", "set bonuses that the piece counts for"),
    ("anything else", "what filter, totals and counts of the config use, if they do"),
)

_HEAD = """\
An equipment file is a table (CSV, or a workbook) with a row for each piece and these columns, in any order:
"""
_FOOT = """\
'equipment-optimizer init --template -o equipment.csv' writes a file to fill in, 'equipment-optimizer init \
equipment.csv' the config of a file. What is not understood is told with its place and what to write instead.
"""


def equipment_text(width: int = 80) -> str:
    """The columns, one below the other."""
    lines = [*textwrap.wrap(_HEAD, width), ""]
    for headers, meaning in COLUMNS:
        lines += [headers, *textwrap.wrap(meaning, width, initial_indent="    ", subsequent_indent="    ")]
    return "\n".join([*lines, "", *textwrap.wrap(_FOOT, width)])
