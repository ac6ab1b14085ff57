"""A file of builds as rows of cells, whoever saved it last.

In: a CSV file or a workbook as the program writes them or a spreadsheet re-saves
them: with a byte order mark, in UTF-16, with other delimiters, with empty columns and
rows. Out: header and records with their lines, and how numbers are written. What the
cells mean is not known here.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..errors import Fault, InputError, UsageError

__all__ = ["OutputFile", "Record", "is_same", "plain", "read_output"]

#: What `--spreadsheet-safe` puts an apostrophe before.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_DELIMITERS = (",", ";", "\t")

#: A first line that tells spreadsheets the delimiter.
_SEPARATOR_LINE = re.compile(r"\"?sep=([,;\t|])\"?\r?\n", re.IGNORECASE)

#: The column that every file of builds has.
_SCORE = "Score"

_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")

_MEND = "write it again with optimize"


@dataclass(frozen=True, slots=True)
class Record:
    """One build of the file: the line on which it starts, and its cells."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """Header and records; whether a comma may stand for the decimal point."""

    header: tuple[str, ...]
    records: tuple[Record, ...]
    has_decimal_commas: bool = False


def read_output(path: str) -> OutputFile:
    """Read a file of builds.

    Raises
    ------
    InputError
        If it is neither CSV in UTF-8 or UTF-16 nor a workbook, or has no header.
    """
    is_workbook = path.lower().endswith(".xlsx")
    try:
        if path == "-":
            raw = b"" if sys.stdin is None else sys.stdin.buffer.read()
        else:
            with open(path, "rb") as file:
                raw = file.read()
        records, delimiter = (_sheet(path), "") if is_workbook else _records(_text(raw))
    except OSError as error:
        fault = Fault(path, f"cannot be read: {error.strerror}", "name a file that optimize wrote")
        raise InputError([fault]) from None
    except (UnicodeError, csv.Error, ValueError) as error:
        raise InputError([Fault(path, f"is not a CSV file in UTF-8 or UTF-16: {error}", _MEND)]) from None
    if not records:
        raise InputError([Fault(path, "is empty", _MEND)])
    header, *rows = _without_empty_columns(records)
    return OutputFile(header.cells, tuple(rows), delimiter in (";", "\t"))


def _text(raw: bytes) -> str:
    """The text of a CSV file: a byte order mark is obeyed, and what is no UTF-8 has the code page of Windows."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        if _SCORE.encode() not in raw:
            raise
        # A name that was read wrongly is a difference.
        return raw.decode("cp1252")


def _records(text: str) -> tuple[list[Record], str]:
    """Records that are not blank, and the delimiter: the first that leaves a header with a score."""
    separator = _SEPARATOR_LINE.match(text)
    if separator is not None:
        rows = _split(text[separator.end() :], separator[1], first_line=2)
        return list(rows), separator[1]
    for delimiter in _DELIMITERS:
        header = next(_split(text, delimiter), None)
        if header is not None and _SCORE in header.cells:
            return list(_split(text, delimiter)), delimiter
    return list(_split(text, ",")), ","


def _split(text: str, delimiter: str, first_line: int = 1) -> Iterator[Record]:
    """Records that are not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = first_line
    alike: dict[str, str] = {}  # each text once
    for cells in reader:
        if any(cells):
            yield Record(line, tuple(map(alike.setdefault, cells, cells)))
        line = reader.line_num + first_line


def _sheet(path: str) -> list[Record]:
    """Rows of a workbook's first sheet that are not blank."""
    try:
        import python_calamine
    except ImportError:
        mend = "run 'python3 -m pip install \"equipment-optimizer[excel]\"', or save it as CSV"
        raise UsageError("workbooks need the package python-calamine, which is not installed", mend) from None
    try:
        rows = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except python_calamine.CalamineError as error:
        raise InputError([Fault(path, f"is no workbook: {error}", _MEND)]) from None
    records = (Record(line, tuple(map(_cell_text, cells))) for line, cells in enumerate(rows, 1))
    return [record for record in records if any(record.cells)]


def _cell_text(value: object) -> str:
    """A cell of a workbook, numbers as the program writes them."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _without_empty_columns(records: Iterable[Record]) -> list[Record]:
    """The records without columns of blank cells below a blank header, and without blank cells beyond the header."""
    header, *rows = records
    width = len(header.cells)
    empty = {k for k, name in enumerate(header.cells) if not name.strip()}
    empty = {k for k in empty if not any(k < len(row.cells) and row.cells[k] for row in rows)}
    cleaned = []
    for record in (header, *rows):
        cells = list(record.cells)
        while len(cells) > width and not cells[-1]:
            cells.pop()
        cleaned.append(Record(record.line, tuple(cell for k, cell in enumerate(cells) if k not in empty)))
    return cleaned


# --- what cells say ---------------------------------------------------------------


def plain(cell: str, known: Mapping[str, object]) -> str:
    """A name without the apostrophe that keeps spreadsheets from running it."""
    if cell not in known and cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS):
        return cell[1:]
    return cell


def is_same(cell: str, expected: str, *, has_decimal_commas: bool) -> bool:
    """Whether a cell says what is expected: the same text, or a number of the same value."""
    if cell == expected:
        return True
    number, other = _number(cell, has_decimal_commas), _number(expected, False)
    return number is not None and number == other


def _number(text: str, has_decimal_commas: bool) -> Decimal | None:
    """The number that a cell spells, if it does."""
    text = text.strip()
    if has_decimal_commas:
        text = text.replace(",", ".")
    return Decimal(text) if _NUMBER.fullmatch(text) else None
