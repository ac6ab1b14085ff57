"""Lists of talismans, as players and simulators exchange them, into an equipment list of charms.

In: the bytes of a file with a talisman on each line,
``Skill,Level,Skill,Level,Slot,Slot,Slot`` or as its header says. Out: the text of an
equipment list. All faults of the file are raised together.
"""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ..files.csv_reader import CsvReader
from ..files.csv_text import NO_RULES, CsvTable, TextRules, open_csv
from ..files.findings import MAX_LISTED, Findings, listing, raise_faults, shown
from ..files.numbers import is_blank
from ..files.text import read_bytes, why_unreadable
from ..loading.skill_columns import SkillColumns
from ..loading.slot_columns import slot_counts
from ..records.vocabulary import N_SLOT_LEVELS
from ._rows import slot_level, to_csv
from ._talisman_columns import TITLES, placed, understand

__all__ = ["talismans_file"]

#: What the type of a slot says it takes.
_ON_ARMOUR, _ON_WEAPON = 0, 1

#: Lines that show what the cells of a file without a header hold.
_MOST_LOOKED_AT = 1000


class _Talisman(NamedTuple):
    """One line: skills with levels as they stand, slot levels on armour and on weapons."""

    skills: list[tuple[str, int | str]]
    slots: list[int]
    weapon_slots: list[int]

    @property
    def name(self) -> str:
        """What it has: ``Attack 2, Guard 1 [3-1-0]``."""
        skills = ", ".join(f"{name} {level}" for name, level in self.skills if name)
        slots = "-".join(map(str, self.slots))
        on_weapon = f", weapon {'-'.join(map(str, self.weapon_slots))}" if any(self.weapon_slots) else ""
        return f"{skills or 'Talisman'} [{slots}{on_weapon}]"


def talismans_file(path: str | os.PathLike[str], *, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    """An equipment list with a charm for each talisman of a file.

    Parameters
    ----------
    path : str or path-like
        The file: one talisman a line, blank lines and lines that begin with
        ``#`` aside. Two or three skills, either may be blank (with a blank level
        or 0), then three slots: a level from 1 to 4, or 0 for none. An id may stand
        at an end. Other columns, and slots that take decorations for weapons, need
        a header. Comma, semicolon or tab.
    encoding : str, optional
        Of a file that is not UTF-8 and has no byte order mark.

    Returns
    -------
    text : str
        CSV with the columns of an equipment list. A talisman is named for what
        it has: ``Attack 2, Guard 1 [3-1-0]``.
    notices : tuple of str

    Raises
    ------
    InputError
        If the file cannot be read or is faulty; it holds all the faults.
    """
    findings = Findings(os.fspath(path))
    talismans: list[_Talisman] = []
    try:
        raw = read_bytes(findings.path)
    except (OSError, ValueError) as error:
        findings.fault(0, 0, *why_unreadable(error))
    else:
        reader = _open(raw, findings, NO_RULES if encoding is None else TextRules(encoding))
        if reader is not None:
            talismans = list(_talismans(reader))
            if not talismans and not findings.n_faults:
                _tell_none(findings)
    raise_faults(findings)
    return _text(talismans), tuple(findings.notices())


def _text(talismans: list[_Talisman]) -> str:
    """The equipment list."""
    n_skills = max((len(talisman.skills) for talisman in talismans), default=2)
    has_weapon_slots = any(any(talisman.weapon_slots) for talisman in talismans)
    titles = ["Name", "Body Part"]
    titles += [f"Skill {k} {what}" for k in range(1, n_skills + 1) for what in ("Name", "Level")]
    titles += [f"Num Lvl {level} Deco Slots" for level in range(1, N_SLOT_LEVELS + 1)]
    rows: list[list[object]] = [[*titles, *(["Weapon Slots"] if has_weapon_slots else [])]]
    for talisman in talismans:
        row: list[object] = [talisman.name, "Charm"]
        row += [cell for skill in talisman.skills for cell in skill]
        row += slot_counts(list(talisman.slots))
        rows.append([*row, *(["-".join(map(str, talisman.weapon_slots))] if has_weapon_slots else [])])
    return to_csv(rows)


def _tell_none(findings: Findings) -> None:
    """Report a file without a talisman."""
    findings.fault(0, 0, "there is no talisman in the file", "write a line for each: " + ",".join(TITLES))


def _open(raw: bytes, findings: Findings, rules: TextRules) -> CsvReader | None:
    """A reader of the file: by its header, or by the places of the cells where it has none we know."""
    silent = Findings("")
    table = open_csv(raw, silent, understand, required=("skill 1 name",), rules=rules)
    if table is not None and "skill 1 name" in {header.meaning for header in table.header}:
        table = open_csv(raw, findings, understand, required=("skill 1 name",), rules=rules)
        assert table is not None
        reader = CsvReader(table, findings)
        left_out = [reader.titles[index] or f"(cell {index + 1})" for index in reader.unknown]
        if left_out:
            text = listing(left_out[:MAX_LISTED], len(left_out))
            findings.notice(reader.header_line, 0, f"columns that are left out: {text}")
        return reader
    lines = (line.removeprefix(codecs.BOM_UTF8).strip(b" ,;\t\r\n") for line in io.BytesIO(raw))
    if all(not line or line.startswith(b"#") for line in lines):
        _tell_none(findings)
        return None
    table = open_csv(raw, findings, lambda titles: understand([""] * len(titles)), rules=rules)
    return None if table is None else CsvReader(_by_place(table, findings), findings)


def _by_place(table: CsvTable, findings: Findings) -> CsvTable:
    """The table with what its columns hold by their places, and its first line among the records."""
    first = table.header_line, list(table.titles)
    below = [cells for _, cells in islice(table.again(), _MOST_LOOKED_AT) if cells is not None]
    has_numbers = any(is_blank(cell) or cell[-1:].isdecimal() for cell in table.titles)
    is_header = bool(below) and len(table.titles) >= len(TITLES) and not has_numbers
    headers = placed(below if is_header else [first[1], *below])
    if is_header:
        findings.notice(table.header_line, 0, "this line is taken for a header that is not known, and left out")
    for place, header in enumerate(headers, 1):
        if header.meaning is None:
            message = f"cell {place} of each line is taken for an id, and left out"
            findings.notice(table.header_line, place, f"{message}: {shown(table.titles[place - 1])}")

    def records() -> Iterator[tuple[int, list[str] | None]]:
        if not is_header:
            yield first
        yield from table.records

    return CsvTable(headers, [header.title for header in headers], 0, records(), table.again, table.delimiter)


def _talismans(reader: CsvReader) -> Iterator[_Talisman]:
    """All talismans of the file."""
    skills = SkillColumns(reader)
    slots = _Slots(reader)
    needed = 1 + max((index for meaning, index in reader.columns.items() if meaning not in slots.may_miss), default=0)
    for line, cells in reader.records(n_least=needed):
        pairs = [_skill(skills, line, cells, index, level) for _, index, level in skills.pairs]
        yield _Talisman(pairs, *slots.read(line, cells))


def _skill(columns: SkillColumns, line: int, cells: list[str], index: int, level_index: int) -> tuple[str, int | str]:
    """Name and level of a skill, both blank where there is none."""
    reader = columns.reader
    cell = cells[level_index] if level_index >= 0 else ""
    name = columns.spellings.of.get(cells[index] if index >= 0 else "")
    if name is None:
        name = columns.spellings.read(cells[index], line, index + 1)
    if is_blank(cell):
        if name:
            mend = "write its level, 1 or more"
            reader.fault(line, max(index, level_index), f"skill {shown(name)} has no level", mend)
        return name, ""
    level = reader.whole(line, cells, level_index, "level", mend="write a whole number")
    if level is None:
        return name, ""
    if not name:
        if level:
            mend = "write the skill, or 0 for no level"
            reader.fault(line, max(index, 0), f"level {shown(cell)} has no skill", mend)
        return "", ""
    if level < 1:
        mend = "write 1 or more, or leave the skill empty"
        reader.fault(line, level_index, f"the level of {shown(name)} is below 1: {shown(cell)}", mend)
    return name, level


class _Slots:
    """Reads the slots of each talisman, which may be written in two ways that must agree."""

    def __init__(self, reader: CsvReader) -> None:
        self.reader = reader
        self.armour = self._columns("armour slot")
        self.weapon = self._columns("weapon slot")
        self.plain = self._columns("slot")
        self.types = [reader.columns.get(f"slot {k} type", -1) for k in self._numbers("slot")]
        self.has_both = bool(self.armour or self.weapon) and bool(self.plain)
        #: What may be missing at the end of a line, since other columns say it too.
        self.may_miss = {"id"} | {meaning for meaning in reader.columns if self.has_both and meaning[:5] == "slot "}

    def _numbers(self, what: str) -> list[str]:
        """The numbers k of the columns ``what k``."""
        return [
            number
            for meaning in self.reader.columns
            if meaning.startswith(f"{what} ") and (number := meaning[len(what) + 1 :]).isdecimal()
        ]

    def _columns(self, what: str) -> list[int]:
        """Cell indices of the columns ``what k``."""
        return [self.reader.columns[f"{what} {number}"] for number in self._numbers(what)]

    def read(self, line: int, cells: list[str]) -> tuple[list[int], list[int]]:
        """Levels of the slots on armour and on weapons, 0 for none."""
        if not (self.armour or self.weapon):
            return self._by_type(line, cells)
        levels = [slot_level(self.reader, line, cells, index) for index in self.armour]
        on_weapon = [slot_level(self.reader, line, cells, index) for index in self.weapon]
        if self.has_both and any(cells[index] for index in self.plain):
            again, on_weapon_again = self._by_type(line, cells)
            if _levels(again) != _levels(levels) or _levels(on_weapon_again) != _levels(on_weapon):
                message = "the slots are written twice, and not alike"
                self.reader.fault(line, self.plain[0], message, "write the same slots, or remove one kind of columns")
        return levels, on_weapon

    def _by_type(self, line: int, cells: list[str]) -> tuple[list[int], list[int]]:
        """Slots that a column each says the type of; without one they are on armour."""
        on: dict[int, list[int]] = {_ON_ARMOUR: [], _ON_WEAPON: []}
        for index, type_index in zip(self.plain, self.types, strict=True):
            level = slot_level(self.reader, line, cells, index)
            kind = self.reader.whole_or_0(line, cells, type_index, "type of slot")
            if kind not in on and level:
                message = f"a slot of type {kind} is not known"
                self.reader.fault(
                    line, type_index, message, "write 0 for decorations on armour, 1 for those on weapons"
                )
            on.setdefault(kind, []).append(level)
            on[_ON_WEAPON if kind == _ON_ARMOUR else _ON_ARMOUR].append(0)
        return on[_ON_ARMOUR], on[_ON_WEAPON]


def _levels(levels: list[int]) -> list[int]:
    """Slots in order of level, those of none left out."""
    return sorted(level for level in levels if level)
