"""Results as CSV: rows streamed from the columns, the file replaced as a whole.

In: `BuildResults`. Out: bytes in a file or on standard output. Knows nothing of
how builds were found.
"""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from ..errors import UsageError
from ..progress import EXPORTING, OnProgress, Progress
from ..system.atomic_file import atomic_writer
from ._excel_form import excel_form

if TYPE_CHECKING:
    from ..records.build import Column
    from ..records.results import BuildResults, Cell

__all__ = ["BytesTaker", "counted", "write_csv", "write_csv_to"]

#: Characters collected before they are encoded and written: large enough that
#: the system calls do not show, small beside anything else a run holds.
_CHUNK_CHARACTERS = 1 << 16

#: Rows between two reports of progress.
_ROWS_PER_REPORT = 2_048

#: A spreadsheet takes a cell that begins with one of these (the last four are
#: their full-width forms) for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")

#: What stands between cells, by the name of the form for spreadsheets.
_DELIMITERS = {"comma": ",", "semicolon": ";"}

#: Kinds of columns that hold text which somebody typed.
_TEXT_KINDS = frozenset({"piece", "decorations", "bonuses", "other skills"})


class BytesTaker(Protocol):
    """Whatever takes bytes: a file, a compressor, a hash."""

    def write(self, data: bytes) -> object:
        """Take all of `data`."""


def write_csv(
    results: BuildResults,
    path: str | os.PathLike[str],
    *,
    spreadsheet_safe: bool = False,
    excel: str | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """Write one row per build, best first.

    Parameters
    ----------
    results : BuildResults
    path : str or path-like
        The file to replace; ``-`` is standard output.
    spreadsheet_safe : bool, default False
        Put an apostrophe before every typed text that a spreadsheet would
        otherwise run as a formula. Numbers stay as they are.
    excel : {"comma", "semicolon"}, optional
        Write what a spreadsheet opens with a double click: a byte order mark, this
        delimiter, and the columns that people look at first.
    on_progress : callable, optional

    Raises
    ------
    OutputError
        If the file cannot be written; what was there before is untouched.
    BrokenPipeError
        If the reader of a pipe went away.

    Notes
    -----
    UTF-8, lines end with a line feed. O(K x columns) time; memory holds one
    block of rows, whatever K is (``tests/output/test_csv_file.py`` holds it).

    Examples
    --------
    >>> table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 5)])
    >>> write_csv(optimize(table, Config()), "/dev/null")
    """
    with atomic_writer(os.fspath(path)) as writer:
        write_csv_to(writer, results, spreadsheet_safe=spreadsheet_safe, excel=excel, on_progress=on_progress)


def write_csv_to(
    writer: BytesTaker,
    results: BuildResults,
    *,
    spreadsheet_safe: bool = False,
    excel: str | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """Hand the bytes that `write_csv` would write to `writer`, a chunk at a time."""
    if excel not in (None, *_DELIMITERS):
        raise UsageError(f"unknown form for spreadsheets: {excel!r}", f"use one of {', '.join(_DELIMITERS)}")
    if excel is not None:
        writer.write(codecs.BOM_UTF8)
    columns, rows = (results.columns, results.iter_rows()) if excel is None else excel_form(results)
    if spreadsheet_safe:
        columns, rows = _defused(columns, rows)
    lines = chain([[column.name for column in columns]], counted(rows, len(results), on_progress))
    _write_lines(writer, lines, _DELIMITERS[excel or "comma"])


def counted(rows: Iterable[Iterable[Cell]], n_rows: int, on_progress: OnProgress | None) -> Iterator[Iterable[Cell]]:
    """The rows, with reports of progress on the way."""
    if on_progress is None:
        yield from rows
        return
    for k, row in enumerate(rows):
        if k % _ROWS_PER_REPORT == 0:
            on_progress(Progress(EXPORTING, k, n_rows, "rows"))
        yield row
    on_progress(Progress(EXPORTING, n_rows, n_rows, "rows"))


def _defused(
    columns: Sequence[Column], rows: Iterable[Iterable[Cell]]
) -> tuple[Sequence[Column], Iterator[Iterable[Cell]]]:
    """Columns and rows with every typed text as one that no spreadsheet takes for a formula."""
    are_typed = [column.kind in _TEXT_KINDS for column in columns]
    named = [column._replace(name=str(_neutralised(column.name))) for column in columns]

    def safe(row: Iterable[Cell]) -> list[Cell]:
        return [_neutralised(cell) if is_typed else cell for cell, is_typed in zip(row, are_typed, strict=True)]

    return named, map(safe, rows)


def _neutralised(cell: Cell) -> Cell:
    """The cell as text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


class _Lines:
    """What `csv.writer` writes to: its lines are collected, encoded and passed on in chunks."""

    __slots__ = ("_lines", "_size", "_writer")

    def __init__(self, writer: BytesTaker) -> None:
        self._writer = writer
        self._lines: list[str] = []
        self._size = 0

    def write(self, line: str) -> None:
        """Take one line, which ends with CR LF."""
        self._lines.append(line[:-2])
        self._size += len(line)
        if self._size >= _CHUNK_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Pass on what was collected."""
        self._lines.append("")
        self._writer.write("\n".join(self._lines).encode())
        self._lines.clear()
        self._size = 0


def _write_lines(writer: BytesTaker, rows: Iterable[Iterable[Cell]], delimiter: str) -> None:
    """Write rows of cells as CSV."""
    lines = _Lines(writer)
    # Python 3.11 quotes only the line end's own characters: with CR LF a carriage
    # return inside a name is quoted in every version. `_Lines` takes it off again.
    csv.writer(lines, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    lines.flush()
