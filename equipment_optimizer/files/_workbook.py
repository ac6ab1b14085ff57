"""Sheets of workbooks (.xlsx, .xls, .ods) as rows of text, with the library python-calamine.

In: the bytes of a workbook and the name of a sheet. Out: rows of trimmed cells, as a
CSV file of the same sheet would have them; a cell that a spreadsheet made a date of
is a fault, and so are errors and formulas without a value.
"""

from __future__ import annotations

import datetime
import functools
import io
import re
import zipfile
from collections.abc import Iterator, Sequence

from .findings import Findings, listing, shown
from .names import near

__all__ = ["read_sheet", "sheet_rows"]

#: Bytes that the parts of a workbook may come to.
_MOST_UNPACKED = 1 << 30

#: Digits of a number that a spreadsheet shows, and how many fewer there have to be to show that it was computed.
_SEEN_DIGITS = 15
_MOST_ZEROS = 3

_SAVE = 'save it as "CSV UTF-8 (comma delimited)" and name that file'
_INSTALL = "python3 -m pip install 'equipment-optimizer[excel]'"

Cell = str | float | int | bool | datetime.date | datetime.time | datetime.timedelta


def read_sheet(
    raw: bytes, kind: str, sheet: str | None, findings: Findings
) -> tuple[Sequence[Sequence[Cell]], Sequence[str]] | None:
    """The cells of a sheet, the first one where none is named, and the names of the others; None after a fault."""
    try:
        import python_calamine
    except ImportError:
        findings.fault(
            0, 0, f"this is {kind}, and the package that reads it is not installed", f"{_SAVE}, or {_INSTALL}"
        )
        return None
    if _unpacked_size(raw) > _MOST_UNPACKED:
        findings.fault(0, 0, f"this is {kind} that unpacks to more than 1 GiB", _SAVE)
        return None
    try:
        book = python_calamine.load_workbook(io.BytesIO(raw))
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            guess = near(sheet, names)
            mend = f"write {shown(guess)}" if guess else f"the sheets are {listing(names)}"
            findings.fault(0, 0, f"there is no sheet {shown(sheet)}", mend)
            return None
        if not names:
            findings.fault(0, 0, f"this is {kind} without a sheet", _SAVE)
            return None
        place = 0 if sheet is None else names.index(sheet)
        if sheet is None and len(names) > 1:
            message = f"the first of {len(names)} sheets is read, {shown(names[0])}; FILE#SHEET names another"
            findings.notice(0, 0, f"{message}: {listing(names[1:])}")
        if not _has_values(raw, place, findings):
            return None
        rows: list[list[Cell]] = book.get_sheet_by_name(names[0] if sheet is None else sheet).to_python(
            skip_empty_area=False
        )
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        findings.fault(0, 0, f"this is {kind} that cannot be read: {shown(reason)}", _SAVE)
        return None
    return rows, [*names[:place], *names[place + 1 :]]


def sheet_rows(
    rows: Sequence[Sequence[Cell]], findings: Findings, *, first_line: int = 1
) -> Iterator[tuple[int, list[str] | None]]:
    """Rows that are not blank, from a line on, with their numbers; None for one with a date."""
    for line, row in enumerate(rows[first_line - 1 :], first_line):
        cells: list[str] = []
        is_faulty = False
        for column, cell in enumerate(row, 1):
            text = _text(cell)
            if text is None:
                is_faulty = True
                message = f"the spreadsheet made a date or time of this cell: {cell}"
                findings.fault(line, column, message, "format the column as text, and write the cell anew")
            cells.append(text or "")
        if is_faulty:
            yield line, None
        elif any(cells):
            yield line, cells


def _text(cell: Cell) -> str | None:
    """A cell as a CSV file has it; None for a date."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        # Spreadsheets show 15 digits: 0.1 + 0.2 is 0.3 in them.
        seen = float(f"{cell:.{_SEEN_DIGITS}g}")
        if len(repr(cell)) - len(repr(seen)) >= _MOST_ZEROS:
            cell = seen
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell) if isinstance(cell, int) else None


def _has_values(raw: bytes, place: int, findings: Findings) -> bool:
    """Whether every cell of a sheet has the value that people see; the library takes errors for blanks.

    Rows that a filter hides are told.

    Only of the format whose sheets are XML of our knowledge (.xlsx); others are taken as they are read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            book, targets = (archive.read(f"xl/{name}") for name in ("workbook.xml", "_rels/workbook.xml.rels"))
            wanted = re.findall(rb'<sheet\b[^>]*?r:id="([^"]*)"', book)[place]
            links = re.findall(rb"<Relationship\b[^>]*>", targets)
            (target,) = (link for link in links if b'Id="' + wanted + b'"' in link)
            path = re.findall(rb'Target="([^"]*)"', target)[0].decode()
            cells = archive.read(path[1:] if path.startswith("/") else f"xl/{path}")
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, OSError, NotImplementedError):
        return True
    rows = [tag for tag in re.findall(rb"<row\b[^>]*>", cells) if re.search(rb'\bhidden="(?:1|true)"', tag)]
    hidden = [number for tag in rows for number in re.findall(rb'\br="([0-9]+)"', tag)]
    if hidden:
        message = f"hidden rows are read too: {len(hidden)}" if len(hidden) > 1 else "a hidden row is read too"
        findings.notice(int(hidden[0]), 0, message)
    before = findings.n_faults
    for name, line, attributes, inside in re.findall(
        rb'<c r="([A-Z]+)([0-9]+)"([^>]*?)(?:/>|>(.*?)</c>)', cells, re.DOTALL
    ):
        column = functools.reduce(lambda number, letter: 26 * number + letter - 64, name, 0)
        value = re.search(rb"<v>([^<]*)</v>", inside)
        if b't="e"' in attributes and value is not None and value[1] != b"#N/A":
            message = f"the spreadsheet shows an error in this cell: {shown(value[1].decode(errors='replace'))}"
            findings.fault(int(line), column, message, "mend the formula, or write the value")
        elif b"<f" in inside and (value is None or not value[1]) and b't="str"' not in attributes:
            message = "a formula whose value is not in the file"
            findings.fault(int(line), column, message, "open the file in a spreadsheet program and save it again")
    return findings.n_faults == before


def _unpacked_size(raw: bytes) -> int:
    """Bytes that the parts of a zip file come to; 0 where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return 0
