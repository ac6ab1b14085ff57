"""Columns that hold skills: which they are, and the levels in them.

``Skill k Name`` beside ``Skill k Level`` in their spellings, or ``Skills``, all in one
cell. Importers use it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from ..files.csv_reader import CsvReader, HeaderNames, header_key
from ..files.csv_text import Header, Understand
from ..files.findings import Findings, shown, shown_source
from ..files.name_differences import difference
from ..files.names import folded
from ..files.numbers import BLANKS, decimal, is_blank, whole

__all__ = ["SkillColumns", "Spellings", "check_unread_pairs", "header_reader", "names_in", "skill_meanings"]

_SKILL = re.compile(r"(?P<word>skill|stat)(?P<number>[1-9][0-9]{0,8})(?P<kind>name|level|lvl?)?")
_SHORT_LEVEL = re.compile(r"(?:level|lv)(?P<number>[1-9][0-9]{0,8})")
_LEVELS = frozenset({"level", "lv"})
#: Between the skills of one cell.
_PARTING = r"[,;/\n\u3001\uff0c\uff1b]"
#: The level at the end of a skill of such a cell.
_LEVEL_AT_END = (
    r"(?:[\s:\uff1a(]|(?=lvl?\.?\s?[0-9]|level\s?[0-9]))"
    r"(?P<level>(?:lvl?\.?|level|x|\u00d7)?\s?[+\-\u2212\u2013]?[0-9\uff10-\uff19]{1,12})\)?$"
)
#: What stands between a skill and its level, and is no part of either.
_LINKS = r"(?:\s[+*.]|[-\u2010-\u2015\u2212\uff0d=~|>\u2192\u00b7\u2022\u30fb\uff1d])$"
_MOST_BEHIND_NAME = 24
_NO_CELLS = ("", "")
#: Different skills with their levels; real files have some hundreds.
_MOST_REMEMBERED = 10_000
#: Rows of a column that nothing uses in which names are looked for, those that show what it holds, letters of a cell.
_MOST_LOOKED_AT = 500
_MOST_TYPICAL = 100
_MOST_LETTERS = 200


def names_in(reader: CsvReader, columns: Sequence[int]) -> dict[str, tuple[int, int, str]]:
    """What may be names in the first rows of the columns, as names are compared: line, cell and header of each."""
    names: dict[str, tuple[int, int, str]] = {}
    rows = _first_rows(reader, _MOST_LOOKED_AT) if columns else []
    for index in columns:
        # Most cells of such a column say the same.
        lines = {cells[index]: line for line, cells in reversed(rows) if index < len(cells)}
        for cell, line in sorted(lines.items(), key=lambda item: item[1]):
            if not cell or len(cell) > _MOST_LETTERS or cell.isdecimal():
                continue
            for part in (cell, *re.split(_PARTING, cell)):
                name = folded(re.sub(_LEVEL_AT_END, "", part.strip(), flags=re.IGNORECASE))
                place = line, index + 1, reader.titles[index]
                if name not in names or names[name][:2] > place[:2]:
                    names[name] = place
    return names


def check_unread_pairs(reader: CsvReader, columns: Sequence[int], known: Iterable[str]) -> None:
    """Report those of the columns that hold mostly `known` skills, beside one of their levels, and are not read."""
    beside = set(columns)
    pairs_at = [index for index in columns if index + 1 in beside]
    names = frozenset(map(folded, known)) if pairs_at else frozenset()
    rows = _first_rows(reader, _MOST_TYPICAL) if names else []
    for index in pairs_at:
        pairs = [cells[index : index + 2] for _, cells in rows if not all(map(is_blank, cells[index : index + 2]))]
        # Numbers beside them are what most columns lack, and sooner seen.
        if not all(pair[-1].isdecimal() for pair in pairs):
            continue
        if 2 * sum(folded(pair[0]) in names for pair in pairs) > len(pairs):
            titles = " and ".join(shown(reader.titles[column]) for column in (index, index + 1))
            message = f"the columns {titles} hold skills and their levels, and are not read as such"
            mend = "write their headers as Skill 2 Name, Skill 2 Level, or map them by headers in the config"
            reader.findings.fault(reader.header_line, index + 1, message, mend)


def _first_rows(reader: CsvReader, n_rows: int) -> list[tuple[int, Sequence[str]]]:
    """Lines and cells of the first rows."""
    return [(line, cells) for line, cells in islice(reader.table.again(), n_rows) if cells is not None]


def skill_meanings(keys: Sequence[str]) -> list[str | None]:
    """What the columns that hold skills mean: ``skill K name`` or ``skill K level``, None for the others.

    K is a number, or empty for a column ``Skill``. A ``Level`` belongs to the skill
    right before it. A numbered one belongs to the skill of its number, or, as where
    a program numbered the second ``Level`` of a row, to the one before it, whichever
    holds for all of them.
    """
    meanings: list[str | None] = [None] * len(keys)
    named: dict[str, int] = {}
    short: dict[int, str] = {}
    for index, key in enumerate(keys):
        if key == "skill" and "" not in named:
            meanings[index] = "skill  name"
            named[""] = index
        elif match := _SKILL.fullmatch(key):
            is_name = match["kind"] in (None, "name")
            meanings[index] = f"skill {match['number']} {'name' if is_name else 'level'}"
            if is_name:
                named.setdefault(match["number"], index)
        elif match := _SHORT_LEVEL.fullmatch(key):
            short[index] = match["number"]
    before = {index + 1: number for number, index in named.items()}
    for index, key in enumerate(keys):
        if key in _LEVELS and index in before:
            meanings[index] = f"skill {before[index]} level"
    taken = set(meanings)
    by_number = {index: f"skill {number} level" for index, number in short.items()}
    by_place = {index: f"skill {before[index]} level" for index in short if index in before}
    fits = len(set(by_number.values())) == len(short) and not taken & set(by_number.values())
    if not fits and len(by_place) == len(short) and not taken & set(by_place.values()):
        by_number = by_place
    for index, meaning in by_number.items():
        meanings[index] = meaning
    return meanings


def header_reader(
    meaning: Callable[[str], str | None],
    names: HeaderNames | None = None,
    *,
    with_skills: bool = True,
    with_others: bool = False,
) -> Understand:
    """How a kind of file understands its headers: by `meaning` of their keys, and skills by their columns.

    Headers that the configuration maps to ones without a meaning are taken
    `with_others` only.
    """
    names = names or HeaderNames({})

    def is_known(key: str) -> bool:
        return meaning(key) is not None or (with_skills and skill_meanings([key]) != [None])

    def understand(titles: Sequence[str]) -> list[Header]:
        keys = names.keys_of(titles, None if with_others else is_known)
        skills = skill_meanings(keys) if with_skills else [None] * len(keys)
        headers: list[Header] = []
        for title, key, skill in zip(titles, keys, skills, strict=True):
            if skill is not None and key in _LEVELS:
                # Several columns may be named so: each is told by the one before it.
                title = f"{headers[-1].title} {title}"
                key = f"{headers[-1].key}level"
            headers.append(Header(title, key, skill if skill is not None else meaning(key) if key else None))
        return headers

    return understand


class Spellings:
    """Names of one kind, `what`, in one file: all that fold together are written as the first of them stands."""

    def __init__(self, what: str, findings: Findings) -> None:
        self.what = what
        self.findings = findings
        #: The name that each cell holds; empty for cells that say there is none.
        self.of: dict[str, str] = dict.fromkeys(BLANKS, "")
        #: Line and cell in which each name stands first.
        self.places: dict[str, tuple[int, int]] = {}
        self._first: dict[str, str] = {}

    def read(self, cell: str, line: int, column: int) -> str:
        """The name in a cell that is not in `of` yet, and from now on is."""
        key = folded(cell)
        name = self._first.get(key)
        if name is None:
            name = "" if is_blank(cell) or not key else cell
            self._first[key] = name
            if name:
                self.places[name] = line, column
                if name[0] in "#=E":
                    self._check_has_value(name, line, column)
        elif name != cell and name:
            where = self.findings.where
            message = f"{self.what} {shown(cell)} counts as {shown(name)} ({where(*self.places[name])})"
            message += f"; it differs {difference(cell, name)}"
            brief = f"{shown(cell)} ({where(line, column)}) as {shown(name)}"
            self.findings.notice(line, column, message, kind=f"{self.what} counts as", brief=brief)
        self.of[cell] = name
        return name

    def _check_has_value(self, name: str, line: int, column: int) -> None:
        """Report a name that is an error of a spreadsheet; give notice of a formula, which may be a name."""
        from ..files.spreadsheet_cells import why_no_value

        why = why_no_value(name)
        if why is not None and name[0] == "=":
            self.findings.notice(line, column, f"{why[0]}, taken as it stands")
        elif why is not None:
            self.findings.fault(line, column, *why)


class _Pair(NamedTuple):
    """The two cells of one skill; -1 for a column that is absent."""

    title: str
    name: int
    level: int


class SkillColumns:
    """Reads the skills of each record; `whole_columns` hold the levels of one skill each, by its name.

    `names` are the cell indices of the columns of names.
    """

    def __init__(self, reader: CsvReader, whole_columns: Mapping[str, int] | None = None) -> None:
        self.reader = reader
        self.spellings = Spellings("the skill", reader.findings)
        self.one_cell = reader.columns.get("skills", -1)
        self.whole_columns = list((whole_columns or {}).items())
        self.spellings.places.update((name, (reader.header_line, index + 1)) for name, index in self.whole_columns)
        pairs: dict[str, _Pair] = {}
        for meaning, index in reader.columns.items():
            if meaning.startswith("skill "):
                _, number, kind = meaning.split(" ")
                title = _title_of_pair(reader.titles[index])
                if kind == "name":
                    pairs[number] = pairs.get(number, _Pair(title, -1, -1))._replace(title=title, name=index)
                else:
                    pairs[number] = pairs.get(number, _Pair(title, -1, -1))._replace(level=index)
        self.pairs = list(pairs.values())
        self._whole_pairs = [pair for pair in self.pairs if min(pair.name, pair.level) >= 0]
        half_pairs = [pair for pair in self.pairs if min(pair.name, pair.level) < 0]
        self._half_pairs = [pair for pair in half_pairs if not self._lacks_header(pair)]
        if self.one_cell >= 0 and not pairs and self._goes_on():
            mend = "write Skill 1 Name, Skill 1 Level, Skill 2 Name, ... above them, or all skills into one cell"
            self._fault_of_unread(self.one_cell + 1, "more", mend)
            self.one_cell = -1
        self._is_elsewhere = bool(self._half_pairs or self.whole_columns or self.one_cell >= 0)
        #: Skills of pairs of cells that were read: equal ones of many pieces are one object.
        self._met: dict[tuple[str, str], tuple[str, int]] = {}
        self.names = [pair.name for pair in self.pairs if pair.name >= 0]
        if self.one_cell >= 0 and pairs:
            message = f"{shown(reader.titles[self.one_cell])} holds all skills, beside columns for each"
            mend = "keep the one or the others"
            reader.findings.fault(reader.header_line, self.one_cell + 1, message, mend)

    def _lacks_header(self, pair: _Pair) -> bool:
        """Report a column of levels that no header says, as where that of its skill was merged over both."""
        index = pair.name + 1
        if pair.name < 0 or not self._is_unread(index):
            return False
        cells = [cell for cell in self.reader.column(index) if not is_blank(cell)]
        if not cells or not all(isinstance(whole(cell), int) for cell in cells):
            return False
        self._fault_of_unread(index, "levels", f"write {shown_source(pair.title)} Level above it")
        return True

    def _goes_on(self) -> bool:
        """Whether skills go on right of the column for all of them, as where its header was merged over several."""
        index = self.one_cell + 1
        if index >= self.reader.n_columns or self.reader.titles[index]:
            return False
        return not all(map(is_blank, self.reader.column(index)))

    def _is_unread(self, index: int) -> bool:
        """Whether there is a column that nothing reads."""
        reader = self.reader
        return index < reader.n_columns and (not reader.titles[index] or index in reader.unknown)

    def _fault_of_unread(self, index: int, what: str, mend: str) -> None:
        """Report a column right of a skill."""
        reader = self.reader
        message = f"the column right of {shown(reader.titles[index - 1])} "
        message += f"is {shown(title)}" if (title := reader.titles[index]) else "has no header"
        reader.findings.fault(reader.header_line, index + 1, f"{message}, and holds {what}", mend)

    def levels(self, line: int, cells: list[str]) -> tuple[tuple[str, int], ...]:
        """Skills of a record with their levels, each name once; those without a fault."""
        skills: list[tuple[str, int]] = []
        met = self._met
        for pair in self._whole_pairs:
            written = cells[pair.name], cells[pair.level]
            if written != _NO_CELLS:
                skill = met.get(written) or self._of_pair(line, cells, pair)
                if skill is not None:
                    skills.append(skill)
        if self._is_elsewhere:
            self._add_others(line, cells, skills)
        return tuple(skills) if len(dict(skills)) == len(skills) else tuple(_added_up(skills).items())

    def _of_pair(self, line: int, cells: list[str], pair: _Pair) -> tuple[str, int] | None:
        """The skill in two cells of which one may have no column; None without one, or after a fault."""
        name_cell = cells[pair.name] if pair.name >= 0 else ""
        level_cell = cells[pair.level] if pair.level >= 0 else ""
        name = self.spellings.of.get(name_cell)
        if name is None:
            name = self.spellings.read(name_cell, line, pair.name + 1)
        if name and not is_blank(level_cell):
            level = self.reader.whole_of.get(level_cell)
            if level is None:
                mend = f"write a whole number, or leave both {shown_source(pair.title)} cells empty"
                level = self.reader.whole(line, cells, pair.level, "level", mend=mend)
            if level is None:
                return None
            if len(self._met) < _MOST_REMEMBERED and level_cell in self.reader.whole_of:
                self._met[name_cell, level_cell] = name, level
            return name, level
        if name:
            place = pair.level if pair.level >= 0 else pair.name
            mend = f"write a level, or leave both {shown_source(pair.title)} cells empty"
            self.reader.fault(line, place, f"skill {shown(name)} has no level", mend)
        elif not is_blank(level_cell) and self.reader.whole_of.get(level_cell) != 0:
            mend = f"write a skill, or leave both {shown_source(pair.title)} cells empty"
            if self.reader.whole(line, cells, pair.level, "level", mend=mend):
                place = pair.name if pair.name >= 0 else pair.level
                self.reader.fault(line, place, f"level {shown(level_cell)} has no skill", mend)
        return None

    def _add_others(self, line: int, cells: list[str], skills: list[tuple[str, int]]) -> None:
        """Add the skills that are not in a pair of columns."""
        for pair in self._half_pairs:
            skill = self._of_pair(line, cells, pair)
            if skill is not None:
                skills.append(skill)
        if self.one_cell >= 0 and cells[self.one_cell]:
            self._in_a_cell(line, cells, skills)
        for name, index in self.whole_columns:
            level = self._of_column(line, cells, index)
            if level:
                skills.append((name, level))

    def _of_column(self, line: int, cells: list[str], index: int) -> int:
        """The level in a cell of a column that is named like a skill; 0 where it is blank or faulty."""
        if is_blank(cells[index]):
            return 0
        mend = "write a whole number, or leave the cell empty"
        if isinstance(decimal(cells[index], decimal_comma=True), Decimal):
            title = shown_source(self.reader.titles[index])
            mend = f'write a whole number; or value the column as a sum: "totals": {{"{title}": {{"weight": 1}}}}'
        return self.reader.whole(line, cells, index, "level", mend=mend) or 0

    def _in_a_cell(self, line: int, cells: list[str], skills: list[tuple[str, int]]) -> None:
        """Add all the skills of a cell ``Fury 2, Calm 1``."""
        index = self.one_cell
        cell = cells[index]
        if is_blank(cell):
            return
        # Compiled here, and kept by the library: most files have no such cell.
        level_at_end = re.compile(_LEVEL_AT_END, re.IGNORECASE)
        for entry in map(str.strip, re.split(_PARTING, cell)):
            match = level_at_end.search(entry, max(0, len(entry) - _MOST_BEHIND_NAME))
            written = entry[: match.start()].rstrip(" :\uff1a(") if match else ""
            if match is None or not written:
                if entry:
                    message = f"a skill without a level: {shown(entry)}"
                    self.reader.fault(line, index, message, "write each skill with its level: Fury 2, Calm 1")
                continue
            if re.search(_LINKS, written):
                message = f"not plainly one skill and its level: {shown(entry)}"
                self.reader.fault(line, index, message, "write each level behind a blank: Fury 2, Calm 1")
                continue
            if any(map(str.isdecimal, written)) or not written[0].isalnum():
                # Two skills that are parted otherwise, a bullet, a remark: never a skill of that name.
                message = f"not plainly one skill and its level: {shown(entry)}"
                self.reader.fault(line, index, message, "part the skills by commas: Fury 2, Calm 1")
                continue
            name = self.spellings.of.get(written)
            if name is None:
                name = self.spellings.read(written, line, index + 1)
            beside = [*cells[:index], match["level"].strip()]
            level = self.reader.whole(line, beside, index, "level", mend="write each level as a whole number")
            if name and level is not None:
                skills.append((name, level))


def _added_up(skills: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The levels of each skill added up, in the order in which they come first."""
    levels: dict[str, int] = {}
    for name, level in skills:
        levels[name] = levels.get(name, 0) + level
    return levels


def _title_of_pair(title: str) -> str:
    """How a message names both columns of a skill."""
    match = _SKILL.fullmatch(header_key(title))
    return f"{match['word'].capitalize()} {match['number']}" if match else title
