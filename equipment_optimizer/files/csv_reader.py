"""Cells of a table, checked for their kind.

In: headers and trimmed cells of `csv_text`. Out: whole numbers and decimals, or None
after a fault that names line, cell and header. Which columns there are is the
caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter

from .csv_text import DELIMITERS, NO_RULES, CsvTable, TextRules, Understand, open_csv
from .findings import Findings, listing, shown, shown_source
from .names import folded
from .numbers import WHOLE_LIMIT, Marks, Misread, decimal, is_blank, marks_of, two_values, whole

__all__ = [
    "MOST_ROWS_REMEMBERED",
    "CsvReader",
    "HeaderNames",
    "WholeColumns",
    "cells_at",
    "header_key",
    "read_csv",
]

_KEY_DROPS = re.compile(r"[\s_.]+")
#: What stands between the headers of a line that is one cell.
_PARTED_OTHERWISE = re.compile(r"[,;|\t]|\s{2}")
_MARK_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
#: Distinct number cells remembered; real files have some hundreds.
_MOST_REMEMBERED = 10_000
#: Likewise groups of them, as of slots or resistances.
MOST_ROWS_REMEMBERED = 2_000


def header_key(header: str) -> str:
    """A header as it is compared: without case, spaces, underscores and full stops.

    >>> header_key("Skill_1 Name"), header_key("Level.2")
    ('skill1name', 'level2')
    """
    return _KEY_DROPS.sub("", folded(header)).casefold()


class HeaderNames:
    """How the files of a job write our headers; `written` has the file's header by ours."""

    def __init__(self, written: Mapping[str, str]) -> None:
        self._ours = {header_key(theirs): header_key(ours) for ours, theirs in written.items()}
        self.keys = frozenset(self._ours) | frozenset(self._ours.values())
        self.used: set[str] = set()  # Keys of the files' headers that were met.

    def keys_of(self, titles: Iterable[str], is_known: Callable[[str], bool] | None = None) -> list[str]:
        """Key of each header, ours where the file's is mapped; blank for a header of ours that another stands for.

        With `is_known` only headers of ours that it knows are taken: the others are
        another file's.
        """
        keys = [header_key(title) for title in titles]
        ours = {key: self._ours[key] for key in keys if key in self._ours}
        if is_known is not None:
            ours = {theirs: key for theirs, key in ours.items() if is_known(key)}
        if not ours:
            return keys
        self.used.update(ours)
        replaced = frozenset(ours.values())
        return [ours.get(key, "" if key in replaced else key) for key in keys]


class CsvReader:
    """Columns of one table by meaning, and checked access to their cells."""

    def __init__(self, table: CsvTable, findings: Findings) -> None:
        self.findings = findings
        self.table = table
        self.header_line = table.header_line
        self.columns: dict[str, int] = {}  # Cell index by meaning.
        self.by_key: dict[str, int] = {}  # Cell index by header key, for every column with a header of its own.
        #: Columns that mean nothing; those without a header once a record has a cell in them.
        self.unknown: list[int] = []
        self.decimal_comma = table.delimiter not in (",", "")
        #: Whole numbers of cells that mean the same in every column.
        self.whole_of: dict[str, int] = {}
        self._marks: dict[int, Marks] = {}
        # Cells behind the last header are a spreadsheet's empty columns.
        self.n_columns = max(index for index, header in enumerate(table.header, 1) if header.title)
        headers = table.header[: self.n_columns]
        self.titles = [header.title for header in headers]
        self._nameless = [index for index, header in enumerate(headers) if not header.title]
        for index, header in enumerate(headers):
            if header.title and not self._is_repeated(index, header.key, header.meaning):
                if header.key:
                    self.by_key.setdefault(header.key, index)
                if header.meaning is None:
                    self.unknown.append(index)
                else:
                    self.columns[header.meaning] = index

    def _is_repeated(self, index: int, key: str, meaning: str | None) -> bool:
        """Report a column whose header or meaning an earlier one has."""
        first = self.by_key.get(key, -1) if key else -1
        message = f"duplicate header: {shown(self.titles[index])}"
        if first < 0 and meaning is not None:
            first = self.columns.get(meaning, -1)
            message = f"{shown(self.titles[index])} means the same as {shown(self.titles[first])}"
        if first < 0:
            return False
        mend = f"keep one of the columns {first + 1} and {index + 1}, or rename one"
        self.findings.fault(self.header_line, index + 1, message, mend)
        return True

    def require(self, wanted: Mapping[str, str], *, by_config: bool = False) -> bool:
        """Whether all columns are there; `wanted` maps each meaning to its usual header.

        Where a configuration says how headers are written, `by_config`, the mend says so.
        """
        missing = [title for meaning, title in wanted.items() if meaning not in self.columns]
        for title in missing:
            message = f"there is no column {title}"
            if self.table.n_lines_above > 1:
                message += f"; line {self.header_line} comes nearest to a header"
            mend = f"add a column with the header {title}"
            if by_config:
                mend += f', or say which it is in the config: "headers": {{"{title}": "..."}}'
            if self.table.other_sheets:
                mend += f", or name another sheet as FILE#SHEET: {listing(self.table.other_sheets)}"
            if any(title in cell and _PARTED_OTHERWISE.search(cell) for cell in self.titles):
                mend = "part the cells by commas, semicolons or tabs, in all lines by the same"
            self.findings.fault(self.header_line, 0, message, mend)
        return not missing

    def records(self, *, n_least: int | None = None) -> Iterator[tuple[int, list[str]]]:
        """Line and cells of each record that has the right number of cells.

        The others are reported. A record is at least as long as the header; where its
        end may be missing from cell `n_least` on, it is made so.
        """
        n_columns = self.n_columns
        n_least = n_columns if n_least is None else n_least
        nameless = self._nameless
        first_title = self.table.titles[0]
        for line, cells in self.table.records:
            if cells is None:
                continue
            if len(cells) < n_least:
                self._fault_of_too_few(line, cells)
            elif len(cells) > n_columns and any(cells[n_columns:]):
                column = next(index for index in range(n_columns, len(cells)) if cells[index])
                self._fault_of_cell_beyond(line, cells, column)
            elif cells[0] == first_title and self._is_header(cells):
                message = f"the header of line {self.header_line} is here again"
                self.findings.fault(line, 0, message, "remove this line")
            else:
                if len(cells) < n_columns:
                    cells += [""] * (n_columns - len(cells))
                if nameless:
                    nameless = self._still_empty(cells, nameless)
                yield line, cells

    def _fault_of_too_few(self, line: int, cells: list[str]) -> None:
        """Report a record that ends too early: one parted otherwise, a note, or one that lacks cells."""
        mend = "write a cell for every column, blank ones too"
        parted = next((mark for mark in DELIMITERS if mark != self.table.delimiter and mark in cells[0]), "")
        if len(cells) == 1 and cells[0].count(parted or ",") >= self.n_columns - 1:
            mend = f"part its cells as those of the header: by {_MARK_NAMES.get(self.table.delimiter, 'the same mark')}"
        elif len(cells) == 1 and self.n_columns > 2:
            mend += ", or begin a note with #"
        self.findings.fault(line, len(cells) + 1, f"the record ends after cell {len(cells)} of {self.n_columns}", mend)

    def _is_header(self, cells: list[str]) -> bool:
        """Whether a record repeats the header."""
        titles = self.table.titles[: self.n_columns]
        return [header_key(cell) for cell in cells[: self.n_columns]] == [header_key(title) for title in titles]

    def _fault_of_cell_beyond(self, line: int, cells: list[str], column: int) -> None:
        """Report a cell behind the last column."""
        message = f"a cell beyond the last column: {shown(cells[column])}"
        mend = "give it a header, or put a cell that holds a delimiter in quotes"
        self.findings.fault(line, column + 1, message, mend)

    def _still_empty(self, cells: list[str], nameless: list[int]) -> list[int]:
        """Those of the columns without a header that have no cell yet; the others mean nothing."""
        self.unknown += [index for index in nameless if cells[index]]
        return [index for index in nameless if not cells[index]]

    def fault(self, line: int, index: int, message: str, mend: str) -> None:
        """Report a fault in a cell."""
        self.findings.fault(line, index + 1, f"{message} [{shown_source(self.titles[index])}]", mend)

    def text(self, line: int, cells: list[str], index: int, what: str) -> str:
        """The text of a cell that must not be blank; empty after a fault."""
        cell = cells[index]
        if not cell or (not cell.isprintable() and not folded(cell)):
            self.fault(line, index, f"{what} is blank", "write it, or remove the row")
            return ""
        if cell[0] in "#=E":
            self.check_has_value(line, index, cell)
        return cell

    def check_has_value(self, line: int, index: int, cell: str) -> None:
        """Report a text that is an error of a spreadsheet; give notice of a formula, which may be a name."""
        from .spreadsheet_cells import why_no_value

        why = why_no_value(cell)
        if why is not None and cell[0] == "=":
            self.findings.notice(line, index + 1, f"{why[0]}, taken as it stands [{shown_source(self.titles[index])}]")
        elif why is not None:
            self.fault(line, index, *why)

    def cell(self, cells: list[str], meaning: str) -> str:
        """The cell of the column of that meaning; blank where it is absent."""
        index = self.columns.get(meaning, -1)
        return cells[index] if index >= 0 else ""

    def column(self, index: int) -> Iterator[str]:
        """All the cells of a column, read once more."""
        return (cells[index] for _, cells in self.table.again() if cells is not None and index < len(cells))

    def whole(self, line: int, cells: list[str], index: int, what: str, *, mend: str) -> int | None:
        """The whole number in a cell that is not blank; `what` names it in a message."""
        cell = cells[index]
        value = self.whole_of.get(cell)
        if value is not None:
            return value
        read = whole(cell)
        if isinstance(read, int):
            if len(self.whole_of) < _MOST_REMEMBERED:
                self.whole_of[cell] = read
            return read
        if read is Misread.TWO_READINGS:
            read = whole(cell, self._marks_of(index))
            if isinstance(read, int):
                return read
        if read is Misread.TWO_READINGS:
            self._fault_of_two_readings(line, index, what, cell)
        elif read is Misread.OUT_OF_RANGE:
            numbers = f"write a number from -{WHOLE_LIMIT} to {WHOLE_LIMIT}"
            self.fault(line, index, f"{what} is out of range: {shown(cell)}", numbers)
        else:
            self._fault_of_no_number(line, index, cell, f"{what} is not a whole number", mend=mend)
        return None

    def whole_or_0(self, line: int, cells: list[str], index: int, what: str) -> int:
        """The whole number in a cell; 0 where it is blank, faulty or the column absent."""
        if index < 0 or not (cell := cells[index]):
            return 0
        value = self.whole_of.get(cell)
        if value is not None:
            return value
        if is_blank(cell):
            return 0
        return self.whole(line, cells, index, what, mend="write a whole number, or leave the cell empty") or 0

    def count_or_0(self, line: int, cells: list[str], index: int, what: str) -> int:
        """As `whole_or_0`, for a number that cannot be negative."""
        value = self.whole_or_0(line, cells, index, what)
        if value < 0:
            self.fault(line, index, f"{what} is negative: {shown(cells[index])}", "write 0 or more")
        return value

    def decimal(self, line: int, cells: list[str], index: int) -> Decimal | None:
        """The number in a cell; None where it is blank, or after a fault."""
        cell = cells[index]
        if is_blank(cell):
            return None
        read = decimal(cell, decimal_comma=self.decimal_comma)
        if read is Misread.TWO_READINGS:
            read = decimal(cell, self._marks_of(index), decimal_comma=self.decimal_comma)
        if isinstance(read, Decimal):
            return read
        if read is Misread.TWO_READINGS:
            self._fault_of_two_readings(line, index, "the number", cell)
        elif read is Misread.OUT_OF_RANGE:
            self.fault(line, index, f"the number is too long: {shown(cell)}", "write fewer digits")
        else:
            mend = "write a number, or leave the cell empty"
            self._fault_of_no_number(line, index, cell, "not a number", mend=mend)
        return None

    def _fault_of_no_number(self, line: int, index: int, cell: str, message: str, *, mend: str) -> None:
        """Report a text in place of a number, and what a spreadsheet may have to do with it."""
        from .spreadsheet_cells import looks_like_a_date, why_no_value

        why = why_no_value(cell)
        message = f"{message}: {shown(cell)}"
        if why is not None:
            mend = why[1]
        elif looks_like_a_date(cell):
            message += ", perhaps a spreadsheet made a date of it"
            mend = "format the column as text, and write the cell anew"
        elif cell.endswith(("%", "\uff05")):
            mend = f"leave the {cell[-1]} out; {mend}"
        elif not cell.isprintable():
            mend += "; an invisible character stands in it"
        self.fault(line, index, message, mend)

    def _fault_of_two_readings(self, line: int, index: int, what: str, cell: str) -> None:
        """Report a number that nothing decides."""
        by_group, by_mark = two_values(cell)
        message = f"{what} may be {by_group} or {by_mark}, the column does not show which: {shown(cell)}"
        self.fault(line, index, message, f"write {by_group} or {by_mark.rstrip('0').rstrip('.')}")

    def _marks_of(self, index: int) -> Marks:
        """What the cells of a column show of commas and points; one pass over the file the first time."""
        if index not in self._marks:
            self._marks[index] = marks_of(self.column(index))
        return self._marks[index]


def cells_at(indices: Sequence[int]) -> Callable[[list[str]], object]:
    """What tells records apart that differ in these cells: the one, all as a tuple, or None of none."""
    return itemgetter(*indices) if indices else lambda cells: None


class WholeColumns:
    """Several columns of whole numbers, such as resistances: equal groups of cells are read once.

    `what` a number is, is for messages; where they `are_counts` a number below 0 is a fault.
    """

    def __init__(self, reader: CsvReader, indices: Sequence[int], what: str, *, are_counts: bool = False) -> None:
        self.reader = reader
        self.indices = tuple(indices)
        self.what = what
        self._cells_of = cells_at(indices)
        self._known: dict[object, tuple[int, ...]] = {}
        self._number = reader.count_or_0 if are_counts else reader.whole_or_0

    def read(self, line: int, cells: list[str]) -> tuple[int, ...]:
        """The numbers of a record; 0 where a cell is blank or faulty."""
        key = self._cells_of(cells)
        values = self._known.get(key)
        if values is None:
            reader = self.reader
            n_faults = reader.findings.n_faults
            values = tuple([self._number(line, cells, index, self.what) for index in self.indices])
            if n_faults == reader.findings.n_faults and len(self._known) < MOST_ROWS_REMEMBERED:
                self._known[key] = values
        return values


def read_csv(
    raw: bytes,
    findings: Findings,
    understand: Understand,
    *,
    required: Iterable[str] = (),
    rules: TextRules = NO_RULES,
) -> CsvReader | None:
    """Open a CSV file whose headers the caller understands; None after a fault that leaves nothing to read."""
    table = open_csv(raw, findings, understand, required=required, rules=rules)
    return None if table is None else CsvReader(table, findings)
