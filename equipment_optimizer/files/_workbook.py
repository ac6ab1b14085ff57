"""Sheets of workbooks (.xlsx, .xls, .ods) as rows of text, with the library python-calamine.

In: the bytes of a workbook and the name of a sheet. Out: rows of trimmed cells, as a
CSV file of the same sheet would have them; a cell that a spreadsheet made a date of
is a fault. Only here is the library loaded.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator, Sequence

from .findings import Findings, listing, shown
from .names import near

__all__ = ["read_sheet", "sheet_rows"]

#: Bytes that the parts of a workbook may come to.
_MOST_UNPACKED = 1 << 30

_SAVE = 'save it as "CSV UTF-8 (comma delimited)" and name that file'
_INSTALL = "python3 -m pip install 'equipment-optimizer[excel]'"

Cell = str | float | int | bool | datetime.date | datetime.time | datetime.timedelta


def read_sheet(raw: bytes, kind: str, sheet: str | None, findings: Findings) -> Sequence[Sequence[Cell]] | None:
    """The cells of a sheet, the first one where none is named; None after a fault."""
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
        rows: list[list[Cell]] = book.get_sheet_by_name(names[0] if sheet is None else sheet).to_python(
            skip_empty_area=False
        )
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        findings.fault(0, 0, f"this is {kind} that cannot be read: {shown(reason)}", _SAVE)
        return None
    return rows


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
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell) if isinstance(cell, int) else None


def _unpacked_size(raw: bytes) -> int:
    """Bytes that the parts of a zip file come to; 0 where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return 0
