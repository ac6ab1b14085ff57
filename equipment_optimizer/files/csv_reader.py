"""Cells of a CSV file, checked for their kind.

In: headers and trimmed cells of `text`. Out: whole numbers and skill
lists, or None after a fault that names line, cell and header. Which columns
there are is the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .findings import Findings, shown, shown_source
from .text import WHOLE_LIMIT, CsvTable, open_csv

__all__ = ["CsvReader", "SkillColumns", "header_key", "read_csv"]

_KEY_DROPS = re.compile(r"[\s_]+")
_WHOLE = re.compile(r"[+-]?0*+([0-9]{0,10})")
_DIGITS = re.compile(r"[+-]?[0-9]++")
_STAT = re.compile(r"stat([1-9][0-9]{0,8})")
_SKILL = re.compile(r"(?P<word>skill(?=.*(?:name|level))|stat)(?P<number>[1-9][0-9]{0,8})(?P<kind>name|level)?")
#: Distinct number cells remembered; real files have some hundreds.
_MAX_REMEMBERED = 10_000


def header_key(header: str) -> str:
    """A header as it is compared: without case, spaces and underscores."""
    return _KEY_DROPS.sub("", header).casefold()


class SkillColumns(NamedTuple):
    """The two cells of one skill; -1 for a column that is absent."""

    title: str
    name: int
    level: int


class CsvReader:
    """Columns of one CSV file by meaning, and checked access to their cells.

    Parameters
    ----------
    table : CsvTable
    findings : Findings
    meaning : callable
        What a header key stands for: a name that all spellings of the column
        share, or None where nothing is known of it. Skill columns are known
        without it.

    Attributes
    ----------
    columns : dict of str to int
        Cell index by meaning.
    by_key : dict of str to int
        Cell index by header key, for every column with a header of its own.
    titles : list of str
        How a message names each column.
    skills : dict of str to SkillColumns
        By the number k of skill k, in the order of the file.
    unknown : list of int
        Cell indices of the columns that mean nothing.
    """

    def __init__(self, table: CsvTable, findings: Findings, meaning: Callable[[str], str | None]) -> None:
        self.findings = findings
        self.header_line = table.header_line
        self.columns: dict[str, int] = {}
        self.by_key: dict[str, int] = {}
        self.titles: list[str] = []
        self.unknown: list[int] = []
        self.skills: dict[str, SkillColumns] = {}
        self._meaning = meaning
        self._records = table.records
        self._whole_of: dict[str, int] = {}
        # Cells behind the last header are a spreadsheet's empty columns.
        self.n_columns = max(index for index, title in enumerate(table.header, 1) if title)
        for index, title in enumerate(table.header[: self.n_columns]):
            self._add_column(index, title)

    def _add_column(self, index: int, title: str) -> None:
        """Find out what a column means; a second one of the same meaning is a fault."""
        key = header_key(title)
        if key == "level" and self.titles and (stat := _STAT.fullmatch(header_key(self.titles[-1]))):
            title, key = f"{self.titles[-1]} {title}", f"stat{stat[1]}level"
        self.titles.append(title)
        if not key:
            self.unknown.append(index)
            return
        name = self.meaning_of(key)
        if self._is_repeated(index, key, name):
            return
        self.by_key[key] = index
        if name is None:
            self.unknown.append(index)
            return
        self.columns[name] = index
        if skill := _SKILL.fullmatch(key):
            number = skill["number"]
            pair = self.skills.get(number) or SkillColumns(f"{skill['word'].capitalize()} {number}", -1, -1)
            is_level = skill["kind"] == "level"
            self.skills[number] = pair._replace(level=index) if is_level else pair._replace(name=index)

    def meaning_of(self, key: str) -> str | None:
        """What a column with that header key holds, skills included."""
        skill = _SKILL.fullmatch(key)
        return f"skill {skill['number']} {skill['kind'] or 'name'}" if skill else self._meaning(key)

    def _is_repeated(self, index: int, key: str, name: str | None) -> bool:
        """Report a column whose header or meaning an earlier one has."""
        first = self.by_key.get(key, -1)
        message = f"duplicate header: {shown(self.titles[index])}"
        if first < 0 and name is not None:
            first = self.columns.get(name, -1)
            message = f"{shown(self.titles[index])} means the same as {shown(self.titles[first])}"
        if first < 0:
            return False
        mend = f"keep one of the columns {first + 1} and {index + 1}, or rename one"
        self.findings.fault(self.header_line, index + 1, message, mend)
        return True

    def require(self, wanted: dict[str, str]) -> bool:
        """Whether all columns are there; `wanted` maps each meaning to its usual header."""
        complete = True
        for name, title in wanted.items():
            if name not in self.columns:
                complete = False
                self.findings.fault(
                    self.header_line, 0, f"there is no column {title}", f"add a column with the header {title}"
                )
        return complete

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Line and cells of each record that has the right number of cells.

        The others are reported. A record is at least as long as the header.
        """
        n_columns = self.n_columns
        for line, cells in self._records:
            if cells is None:
                continue
            if len(cells) < n_columns:
                self.findings.fault(
                    line,
                    len(cells) + 1,
                    f"the record ends after cell {len(cells)} of {n_columns}",
                    "write a cell for every column, blank ones too",
                )
            elif len(cells) > n_columns and any(cells[n_columns:]):
                column = next(index for index in range(n_columns, len(cells)) if cells[index])
                self.findings.fault(
                    line,
                    column + 1,
                    f"a cell beyond the last column: {shown(cells[column])}",
                    "give it a header, or put a cell that holds a delimiter in quotes",
                )
            else:
                yield line, cells

    def fault(self, line: int, index: int, message: str, mend: str) -> None:
        """Report a fault in a cell."""
        self.findings.fault(line, index + 1, f"{message} [{shown_source(self.titles[index])}]", mend)

    def text(self, line: int, cells: list[str], index: int, what: str) -> str:
        """The text of a cell that must not be blank; empty after a fault."""
        if not cells[index]:
            self.fault(line, index, f"{what} is blank", "write it, or remove the row")
        return cells[index]

    def cell(self, cells: list[str], name: str) -> str:
        """The cell of the column of that meaning; blank where it is absent."""
        index = self.columns.get(name, -1)
        return cells[index] if index >= 0 else ""

    def whole(self, line: int, cells: list[str], index: int, what: str, mend: str) -> int | None:
        """The whole number in a cell that is not blank; `what` names it in a message."""
        cell = cells[index]
        value = self._whole_of.get(cell)
        if value is not None:
            return value
        match = _WHOLE.fullmatch(cell)
        if match is None or not cell[-1:].isdigit():
            if _DIGITS.fullmatch(cell):
                self._out_of_range(line, index, what, cell)
            else:
                self.fault(line, index, f"{what} is not a whole number: {shown(cell)}", mend)
            return None
        value = int(match[1] or "0") * (-1 if cell.startswith("-") else 1)
        if abs(value) > WHOLE_LIMIT:
            self._out_of_range(line, index, what, cell)
            return None
        if len(self._whole_of) < _MAX_REMEMBERED:
            self._whole_of[cell] = value
        return value

    def whole_or_0(self, line: int, cells: list[str], index: int, what: str) -> int:
        """The whole number in a cell; 0 where it is blank, faulty or the column absent."""
        if index < 0 or not cells[index]:
            return 0
        return self.whole(line, cells, index, what, "write a whole number, or leave the cell empty") or 0

    def count_or_0(self, line: int, cells: list[str], index: int, what: str) -> int:
        """As `whole_or_0`, for a number that cannot be negative."""
        value = self.whole_or_0(line, cells, index, what)
        if value < 0:
            self.fault(line, index, f"{what} is negative: {shown(cells[index])}", "write 0 or more")
        return value

    def skill_levels(self, line: int, cells: list[str]) -> tuple[tuple[str, int], ...]:
        """Skills of a record with their levels, each name once; those without a fault."""
        levels: dict[str, int] = {}
        for title, name_index, level_index in self.skills.values():
            name = cells[name_index] if name_index >= 0 else ""
            level_cell = cells[level_index] if level_index >= 0 else ""
            if name and level_cell:
                mend = f"write a whole number, or leave both {title} cells empty"
                level = self.whole(line, cells, level_index, "level", mend)
                levels[name] = levels.get(name, 0) + (level or 0)
            elif name:
                place = level_index if level_index >= 0 else name_index
                mend = f"write a level, or leave both {title} cells empty"
                self.fault(line, place, f"skill {shown(name)} has no level", mend)
            elif level_cell:
                place = name_index if name_index >= 0 else level_index
                mend = f"write a skill, or leave both {title} cells empty"
                self.fault(line, place, f"level {shown(level_cell)} has no skill", mend)
        return tuple(levels.items())

    def _out_of_range(self, line: int, index: int, what: str, cell: str) -> None:
        """Report a whole number that is too large."""
        mend = f"write a number from -{WHOLE_LIMIT} to {WHOLE_LIMIT}"
        self.fault(line, index, f"{what} is out of range: {shown(cell)}", mend)


def read_csv(raw: bytes, findings: Findings, meaning: Callable[[str], str | None]) -> CsvReader | None:
    """Open a CSV file whose columns `meaning` knows; None after a fault that leaves nothing to read."""

    def is_known(header: str) -> bool:
        key = header_key(header)
        return bool(_SKILL.fullmatch(key) or meaning(key))

    table = open_csv(raw, findings, is_known)
    return None if table is None else CsvReader(table, findings, meaning)
