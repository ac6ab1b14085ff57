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
from ..files.csv_text import NO_RULES, CsvTable, Header, TextRules, open_csv
from ..files.findings import MAX_LISTED, Findings, listing, raise_faults, shown
from ..files.numbers import is_blank
from ..files.text import read_bytes, why_unreadable
from ..loading.skill_columns import SkillColumns
from ..loading.slot_columns import listed_levels, slot_counts, slot_levels
from ..records.vocabulary import N_SLOT_LEVELS
from ._csv_cells import slot_level, to_csv
from ._talisman_columns import TITLES, is_of_slots_or_skills, placed, understand

__all__ = ["talismans_file"]

#: What the type of a slot says it takes.
_ON_ARMOUR, _ON_WEAPON = 0, 1

_KNOWN_HEADERS = "Skill 1, Level 1, Slot 1, Slots, Weapon Slot 1, Weapon Slots, Armour Slot 1"

#: Slots of one level on a talisman.
_MOST_SLOTS = 20

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
    """CSV text of an equipment list with a charm for each talisman of a file, and notices.

    The file has one talisman a line, blank lines and lines that begin with ``#`` aside, between commas, semicolons or
    tabs: two or three skills, either may be blank (with a blank level or 0), then three slots, a level from 1 to 4,
    or 0 for none. An id may stand at an end. Other columns, and slots that take decorations for weapons, need a
    header. A talisman is named for what it has: ``Attack 2, Guard 1 [3-1-0]``. An `InputError` holds all faults.
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
        _tell_left_out(reader)
        return reader
    lines = (line.removeprefix(codecs.BOM_UTF8).strip(b" ,;\t\r\n") for line in io.BytesIO(raw))
    if all(not line or line.startswith(b"#") for line in lines):
        _tell_none(findings)
        return None
    table = open_csv(raw, findings, lambda titles: understand([""] * len(titles)), rules=rules)
    table = None if table is None else _by_place(table, findings)
    return None if table is None else CsvReader(table, findings)


def _tell_left_out(reader: CsvReader) -> None:
    """Name the columns that are not read; one that speaks of slots or skills is a fault."""
    plain = []
    for index in reader.unknown:
        title = reader.titles[index]
        if is_of_slots_or_skills(title):
            message = f"a column of slots or skills that is not known: {shown(title)}"
            mend = f"write its header as one of {_KNOWN_HEADERS}, or remove the column"
            reader.findings.fault(reader.header_line, index + 1, message, mend)
        else:
            plain.append(title or f"(cell {index + 1})")
    if plain:
        text = listing(plain[:MAX_LISTED], len(plain))
        reader.findings.notice(reader.header_line, 0, f"columns that are left out: {text}")


def _by_place(table: CsvTable, findings: Findings) -> CsvTable | None:
    """The table with what its columns hold by their places, and its first line among the records.

    None after a fault: where places cannot tell what a cell is.
    """
    first = table.header_line, list(table.titles)
    below = [cells for _, cells in islice(table.again(), _MOST_LOOKED_AT) if cells is not None]
    has_numbers = any(is_blank(cell) or cell[-1:].isdecimal() for cell in table.titles)
    is_header = bool(below) and len(table.titles) > 1 and not has_numbers
    records = below if is_header else [first[1], *below]
    headers = placed(records)
    if is_header and len(headers) != len(table.titles):
        message = f"this header is not known: {listing(table.titles)}"
        findings.fault(table.header_line, 0, message, f"write headers such as {_KNOWN_HEADERS}")
        return None
    if is_header:
        findings.notice(table.header_line, 0, "this line is taken for a header that is not known, and left out")
    if not all(_is_id(place, records, headers, table, findings) for place in range(len(headers))):
        return None

    def lines() -> Iterator[tuple[int, list[str] | None]]:
        if not is_header:
            yield first
        yield from table.records

    return CsvTable(headers, [header.title for header in headers], 0, lines(), table.again, table.delimiter)


def _is_id(place: int, records: list[list[str]], headers: list[Header], table: CsvTable, findings: Findings) -> bool:
    """Whether what a layout takes for an id, if it does, is plainly one: a fault where it may be something else."""
    if headers[place].meaning is not None:
        return True
    cells = [cells[place] for cells in records if place < len(cells)]
    if place and any(cell.strip("0") for cell in cells) and all(slot_levels(cell) is not None for cell in cells):
        message, mend = f"cell {place + 1} of each line may be a further slot or an id", "write a header line above"
    elif not place and not any(map(str.isdecimal, "".join(cells))):
        message = "cell 1 of each line may be an id or a part of a name"
        mend = "put a name that holds a delimiter in quotes, or write a header line above"
    else:
        message = f"cell {place + 1} of each line is taken for an id, and left out"
        findings.notice(table.header_line, place + 1, f"{message}: {shown(table.titles[place])}")
        return True
    mend += f", such as {','.join(header.title for header in headers)}"
    findings.fault(table.header_line, place + 1, f"{message}: {shown(cells[0])}", mend)
    return False


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
        self.armour, self.weapon, self.plain = (_Levels(reader, what) for what in ("armour ", "weapon ", ""))
        self.types = [reader.columns.get(f"slot {k} type", -1) for k in self.plain.numbers]
        self.has_types = any(index >= 0 for index in self.types)
        #: Whether plain slots, which are on armour or as their types say, are there a second time.
        self.is_repeated = bool(self.plain and (self.armour or (self.weapon and self.has_types)))
        #: What may be missing at the end of a line, since other columns say it too.
        self.may_miss = {"id"} | {meaning for meaning in reader.columns if self.is_repeated and meaning[:5] == "slot "}

    def read(self, line: int, cells: list[str]) -> tuple[list[int], list[int]]:
        """Levels of the slots on armour and on weapons, 0 for none."""
        levels, on_weapon = self.armour.read(line, cells), self.weapon.read(line, cells)
        if self.is_repeated and not any(cells[index] for index in self.plain.places):
            return levels, on_weapon
        again, on_weapon_again = self._by_type(line, cells)
        if not self.is_repeated:
            return levels or again, on_weapon or on_weapon_again
        written = [(levels, on_weapon)] if self.has_types else [(levels, []), (levels + on_weapon, [])]
        if (_levels(again), _levels(on_weapon_again)) not in [tuple(map(_levels, way)) for way in written]:
            message = "the slots are written twice, and not alike"
            mend = "write the same slots, or remove one kind of columns"
            self.reader.fault(line, self.plain.places[0], message, mend)
        return levels, on_weapon

    def _by_type(self, line: int, cells: list[str]) -> tuple[list[int], list[int]]:
        """Slots that a column each says the type of; without one they are on armour."""
        levels = self.plain.read(line, cells)
        if not self.has_types:
            return levels, []
        on: dict[int, list[int]] = {_ON_ARMOUR: [], _ON_WEAPON: []}
        for level, type_index in zip(levels, self.types, strict=False):
            kind = self.reader.whole_or_0(line, cells, type_index, "type of slot")
            if kind not in on and level:
                message = f"a slot of type {kind} is not known"
                mend = "write 0 for decorations on armour, 1 for those on weapons"
                self.reader.fault(line, type_index, message, mend)
            on.setdefault(kind, []).append(level)
            on[_ON_WEAPON if kind == _ON_ARMOUR else _ON_ARMOUR].append(0)
        return on[_ON_ARMOUR], on[_ON_WEAPON]


class _Levels:
    """Reads the slots of one kind: a column each, one cell for all, or how many there are of each level.

    `numbers` are the k of the columns ``slot k``, `places` the cell indices of all.
    """

    def __init__(self, reader: CsvReader, kind: str) -> None:
        columns = reader.columns
        self.reader = reader
        start = f"{kind}slot "
        self.numbers = [
            text for meaning in columns if meaning.startswith(start) and (text := meaning[len(start) :]).isdecimal()
        ]
        self._each = [columns[f"{start}{number}"] for number in self.numbers]
        self._cell = columns.get(f"{kind}slot levels", -1)
        levels = range(1, N_SLOT_LEVELS + 1)
        self._counts = (
            [] if kind else [(level, columns[f"slots {level}"]) for level in levels if f"slots {level}" in columns]
        )
        ways = [self._each, [self._cell] * (self._cell >= 0), [index for _, index in self._counts]]
        self.places = [index for way in ways for index in way]
        first, *others = [way[0] for way in ways if way] or [-1]
        for index in others:
            message = f"{shown(reader.titles[index])} holds slots in another way than {shown(reader.titles[first])}"
            reader.findings.fault(reader.header_line, index + 1, message, "keep one of the two")

    def __bool__(self) -> bool:
        return bool(self.places)

    def read(self, line: int, cells: list[str]) -> list[int]:
        """Levels of the slots of a line, 0 for none."""
        levels = [slot_level(self.reader, line, cells, index) for index in self._each]
        if self._cell >= 0:
            levels += listed_levels(self.reader, line, cells, self._cell)
        for level, index in reversed(self._counts):
            n_slots = self.reader.count_or_0(line, cells, index, "number of slots")
            if n_slots > _MOST_SLOTS:
                self.reader.fault(line, index, f"more than {_MOST_SLOTS} slots: {shown(cells[index])}", "write fewer")
                n_slots = 0
            levels += [level] * n_slots
        return levels


def _levels(levels: list[int]) -> list[int]:
    """Slots in order of level, those of none left out."""
    return sorted(level for level in levels if level)
