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
import itertools
import os
import re
import shutil
import stat
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import IO

from ..errors import Fault, InputError, UsageError

__all__ = ["OutputFile", "Record", "is_same", "plain", "read_output"]

#: What `--spreadsheet-safe` puts an apostrophe before.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_DELIMITERS = (",", ";", "\t")

#: A first line that tells spreadsheets the delimiter.
_SEPARATOR_LINE = re.compile(r"\"?sep=([,;\t|])\"?\r?\n", re.IGNORECASE)

#: Characters that such a line has at most.
_MOST_SEPARATOR = 10

#: Of the columns of a file: every list of builds has the first, and every table of answers any of them.
_COLUMNS = ("Score", "Best Score", "Next Above", "Other Worth")

#: What stands in every file but for the delimiters.
_SIGNS = (b"Score", b"Next Above")

_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")

_MEND = "write it again with optimize"

#: Bytes that are decoded together, to see whether they can be.
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Record:
    """One build of the file: the line on which it starts, and its cells."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """Header and records, read from the file whenever they are gone through; whether a comma may be a decimal point."""

    header: tuple[str, ...]
    records: Iterable[Record]
    has_decimal_commas: bool = False


def read_output(path: str) -> OutputFile:
    """Read a file of builds: its header now, its records one by one, each time that they are asked for.

    An `InputError` if it is neither CSV in UTF-8 or UTF-16 nor a workbook, or has no header; of a record, when that is
    read.
    """
    try:
        if path.lower().endswith(".xlsx"):
            rows: Iterable[Record] = _sheet(path)
            delimiter = ""
        else:
            rows, delimiter = _text_records(path)
    except OSError as error:
        fault = Fault(path, f"cannot be read: {error.strerror}", "name a file that optimize wrote")
        raise InputError([fault]) from None
    except (UnicodeError, csv.Error, ValueError) as error:
        raise _unreadable(path, error) from None
    header = next(iter(rows), None)
    if header is None:
        raise InputError([Fault(path, "is empty", _MEND)])
    records = _Cleaned(rows, header)
    return OutputFile(records.header, records, delimiter in (";", "\t"))


def _unreadable(path: str, error: Exception) -> InputError:
    return InputError([Fault(path, f"is not a CSV file in UTF-8 or UTF-16: {error}", _MEND)])


class _TextRecords:
    """Records of a CSV file that are not blank, read anew each time; one reading ends before the next begins."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        self._file, self._path = file, path
        self._encoding = _encoding(file)
        with self._text() as text:
            separator = _SEPARATOR_LINE.match(text.read(_MOST_SEPARATOR))
        #: Characters before the first record, and its line.
        self._start, self._first_line = (separator.end(), 2) if separator is not None else (0, 1)
        self.delimiter = self._likely_delimiter() if separator is None else separator[1]

    def _likely_delimiter(self) -> str:
        """The first that leaves a header with a column that is known, else a comma."""
        for delimiter in _DELIMITERS:
            header = None
            with suppress(csv.Error):  # where all cells are quoted, another delimiter may stand behind the quotes
                header = next(self._split(delimiter), None)
            if header is not None and not set(_COLUMNS).isdisjoint(header.cells):
                return delimiter
        return ","

    def _text(self) -> _Text:
        """The text from its start: what was read before is over."""
        self._file.seek(0)
        return _Text(self._file, self._encoding)

    def _split(self, delimiter: str) -> Iterator[Record]:
        with self._text() as text:
            text.read(self._start)
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            line = self._first_line
            for cells in reader:
                if any(cells):
                    yield Record(line, tuple(cells))
                line = reader.line_num + self._first_line

    def __iter__(self) -> Iterator[Record]:
        try:
            yield from self._split(self.delimiter)
        except (UnicodeError, csv.Error, ValueError) as error:
            raise _unreadable(self._path, error) from None


class _Text(io.TextIOWrapper):
    """Text of a file that stays open when the text is closed; lines end as they do there."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        super().__init__(file, encoding=encoding, newline="")

    def __exit__(self, *_: object) -> None:
        self.detach()


def _text_records(path: str) -> tuple[Iterable[Record], str]:
    """Records of a CSV file, and its delimiter: the first that leaves a header with a known column."""
    file = _opened(path)
    try:
        records = _TextRecords(file, path)
    except BaseException:
        file.close()
        raise
    weakref.finalize(records, file.close)
    return records, records.delimiter


def _opened(path: str) -> IO[bytes]:
    """A file that can be read more than once: what comes from a pipe, as a copy."""
    if path != "-":
        file = open(path, "rb")  # noqa: SIM115
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file
    copy = tempfile.TemporaryFile()  # noqa: SIM115
    if path != "-":
        with file:
            shutil.copyfileobj(file, copy)
    elif sys.stdin is not None:
        shutil.copyfileobj(sys.stdin.buffer, copy)
    return copy


def _encoding(file: IO[bytes]) -> str:
    """The encoding of a CSV file: a byte order mark is obeyed, and what is no UTF-8 has the code page of Windows."""
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _decoding(file, "utf-16")
    try:
        return _decoding(file, "utf-8-sig")
    except UnicodeDecodeError:
        if not _has_sign(file):
            raise
        # A name that was read wrongly is a difference.
        return _decoding(file, "cp1252")


def _decoding(file: IO[bytes], encoding: str) -> str:
    """The encoding, where all of the file can be read so."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(file):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        file.seek(0)
        file.read().decode(encoding)  # which tells where in the file
        raise
    return encoding


def _has_sign(file: IO[bytes]) -> bool:
    """Whether the name of a column is somewhere in the file."""
    end = b""
    for chunk in _chunks(file):
        end = end[-max(map(len, _SIGNS)) :] + chunk
        if any(sign in end for sign in _SIGNS):
            return True
    return False


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    return iter(partial(file.read, _CHUNK_BYTES), b"")


def _sheet(path: str) -> list[Record]:
    """Rows of a workbook's first sheet that are not blank."""
    with open(path, "rb"):
        pass  # what is not there is told as it is of other files
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


class _Cleaned:
    """Records below a header without columns of blank cells below a blank header, and without blanks beyond it."""

    def __init__(self, rows: Iterable[Record], header: Record) -> None:
        self._rows, self._width = rows, len(header.cells)
        self._empty = {k for k, name in enumerate(header.cells) if not name.strip()}
        if self._empty:
            for row in itertools.islice(rows, 1, None):
                self._empty -= {k for k in self._empty if k < len(row.cells) and row.cells[k]}
        self.header = self._without_empty(header.cells)

    def _without_empty(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(cell for k, cell in enumerate(cells) if k not in self._empty) if self._empty else cells

    def __iter__(self) -> Iterator[Record]:
        for record in itertools.islice(self._rows, 1, None):
            n_cells = len(record.cells)
            while n_cells > self._width and not record.cells[n_cells - 1]:
                n_cells -= 1
            yield Record(record.line, self._without_empty(record.cells[:n_cells]))


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
