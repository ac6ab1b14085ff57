"""Columns that hold decoration slots: how many of each level, or the level of each.

Counts in ``Num Lvl l Deco Slots``, levels in ``Slot k``, or all levels in one cell
``Slots``; and ``Weapon Slot k``, ``Weapon Slots`` for slots that take decorations for
weapons. Importers use the levels too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from ..files.csv_reader import CsvReader, WholeColumns
from ..files.findings import shown
from ..files.numbers import is_blank
from ..records.vocabulary import N_SLOT_LEVELS

__all__ = ["SlotColumns", "SlotCounts", "listed_levels", "slot_counts", "slot_levels", "slot_meaning"]

#: Slots of level 1, 2, 3, 4.
SlotCounts = tuple[int, int, int, int]
_NONE: SlotCounts = (0, 0, 0, 0)

_COUNTS = re.compile(r"(?:num)?(?:lvl([1-4])decoslots|(?:deco)?slotslvl([1-4])|slotlvl([1-4]))")
_LEVELS = re.compile(r"(weapon)?slot([1-9][0-9]?)")
_ALL_LEVELS = {"slots": "slot levels", "weaponslots": "weapon slot levels"}

_CIRCLED = str.maketrans("\u24ea\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2467\u2468", "0123456789")
_WIDE = str.maketrans({0xFF10 + digit: str(digit) for digit in range(10)})
_BRACKETS = {"[": "]", "(": ")", "{": "}", "\uff08": "\uff09", "\uff3b": "\uff3d"}
_PARTING = r"\s*[-,;/|\s\u2010-\u2015\u2212\uff0d\u30fb\u3001\uff0c]\s*"


def slot_meaning(key: str) -> str | None:
    """What the column with that header key holds of slots: ``slots L``, ``slot K``, ``slot levels``, for weapons too.

    >>> [slot_meaning(key) for key in ("decoslotslvl2", "weaponslot1", "slots", "name")]
    ['slots 2', 'weapon slot 1', 'slot levels', None]
    """
    if match := _COUNTS.fullmatch(key):
        return f"slots {match[1] or match[2] or match[3]}"
    if match := _LEVELS.fullmatch(key):
        return f"{'weapon ' if match[1] else ''}slot {match[2]}"
    return _ALL_LEVELS.get(key)


def slot_counts(levels: list[int]) -> SlotCounts:
    """How many slots of level 1, 2, 3, 4 there are among slots of these levels; 0 is no slot.

    >>> slot_counts([4, 2, 0])
    (0, 1, 0, 1)
    """
    return levels.count(1), levels.count(2), levels.count(3), levels.count(4)


def slot_levels(cell: str) -> list[int] | None:
    """The levels of slots that one cell lists; None where it does not.

    >>> [slot_levels(cell) for cell in ("4-2-1", "[4,2,1]", "421", "\u2463\u2461\u2460", "0", "-", "1.5")]
    [[4, 2, 1], [4, 2, 1], [4, 2, 1], [4, 2, 1], [0], [], None]
    """
    if is_blank(cell):
        return []
    text = cell.translate(_CIRCLED).translate(_WIDE).strip()
    if text[0] in _BRACKETS and text[-1] == _BRACKETS[text[0]]:
        text = text[1:-1].strip()
    if text[:1] in "-\u2212\u2013\uff0d" and text[1:].isdecimal():
        return None  # a number below 0 is no list
    if "." in text and text[0].isdigit():
        text = re.sub(r"\.0+", "", text)  # of a column that a program took for numbers
    digits = [part for part in re.split(_PARTING, text) if part]
    if len(digits) == 1:
        digits = list(digits[0])
    if all(len(digit) == 1 and "0" <= digit <= str(N_SLOT_LEVELS) for digit in digits):
        return [int(digit) for digit in digits]
    return None


def listed_levels(reader: CsvReader, line: int, cells: list[str], index: int) -> list[int]:
    """The levels of slots that a cell lists; none after a fault."""
    cell = cells[index]
    levels = slot_levels(cell)
    if levels is None:
        from ..files.spreadsheet_cells import looks_like_a_date

        why = ", perhaps a spreadsheet made a date of it" if looks_like_a_date(cell) else ""
        message = f"not the levels of slots, 0 to {N_SLOT_LEVELS}: {shown(cell)}{why}"
        reader.fault(line, index, message, "write the level of each slot: 4-2-1")
    return levels or []


class SlotColumns:
    """Reads the slots of each record; two kinds of columns beside each other are a fault."""

    def __init__(self, reader: CsvReader) -> None:
        columns = reader.columns
        self.reader = reader
        levels = [level for level in range(1, N_SLOT_LEVELS + 1) if f"slots {level}" in columns]
        self.counts = WholeColumns(
            reader, [columns[f"slots {level}"] for level in levels], "number of slots", are_counts=True
        )
        #: Where the number of slots of each level is among those that are read; -1 without a column.
        self.places = [levels.index(level) if level in levels else -1 for level in range(1, N_SLOT_LEVELS + 1)]
        #: Equal slots of many pieces are one object.
        self._shared: dict[SlotCounts, SlotCounts] = {}
        self.levels = _numbered(columns, "slot")
        self.cell = columns.get("slot levels", -1)
        self.weapon_levels = _numbered(columns, "weapon slot")
        self.weapon_cell = columns.get("weapon slot levels", -1)
        self.has_weapon_slots = bool(self.weapon_levels) or self.weapon_cell >= 0
        kinds = [list(self.counts.indices), self.levels, [self.cell] * (self.cell >= 0)]
        self._check(kinds)
        self._check([self.weapon_levels, [self.weapon_cell] * (self.weapon_cell >= 0)])

    def _check(self, kinds: list[list[int]]) -> None:
        """Report slots that are written in two ways."""
        first, *others = [min(kind) for kind in kinds if kind] or [-1]
        for index in others:
            reader = self.reader
            message = f"{shown(reader.titles[index])} holds slots in another way than {shown(reader.titles[first])}"
            reader.findings.fault(reader.header_line, index + 1, message, "keep one of the two, as counts or as levels")

    def read(self, line: int, cells: list[str]) -> tuple[SlotCounts, SlotCounts]:
        """All slots of a record by level, and those among them that take decorations for weapons."""
        slots = _NONE
        if self.counts.indices:
            counts = self.counts.read(line, cells)
            if len(counts) == N_SLOT_LEVELS:
                slots = cast("SlotCounts", counts)
            else:
                first, second, third, fourth = [counts[place] if place >= 0 else 0 for place in self.places]
                slots = first, second, third, fourth
        elif self.levels or self.cell >= 0:
            slots = self._of_levels(line, cells, self.levels, self.cell)
        if not self.has_weapon_slots:
            return slots, _NONE
        on_weapon = self._of_levels(line, cells, self.weapon_levels, self.weapon_cell)
        first, second, third, fourth = [here + there for here, there in zip(slots, on_weapon, strict=True)]
        slots = first, second, third, fourth
        return self._shared.setdefault(slots, slots), on_weapon

    def _of_levels(self, line: int, cells: list[str], columns: list[int], cell_index: int) -> SlotCounts:
        """Slots of a record from the level of each."""
        levels = [self._level(line, cells, index) for index in columns]
        if cell_index >= 0:
            levels += listed_levels(self.reader, line, cells, cell_index)
        slots = slot_counts(levels)
        return self._shared.setdefault(slots, slots)

    def _level(self, line: int, cells: list[str], index: int) -> int:
        """The level of one slot; 0 is none."""
        level = self.reader.whole_or_0(line, cells, index, "slot level")
        if not 0 <= level <= N_SLOT_LEVELS:
            message = f"slot level is not 0 to {N_SLOT_LEVELS}: {shown(cells[index])}"
            self.reader.fault(line, index, message, f"write the level of the slot, 0 to {N_SLOT_LEVELS}")
            return 0
        return level


def _numbered(columns: Mapping[str, int], what: str) -> list[int]:
    """Cell indices of the columns that mean ``what 1``, ``what 2``, ..."""
    return [index for meaning, index in columns.items() if re.fullmatch(f"{what} [0-9]+", meaning)]
