"""Results as CSV: rows streamed from the columns, the file replaced as a whole.

In: `BuildResults`. Out: bytes in a file or on standard output. Knows nothing of
how builds were found.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from ..progress import EXPORTING, OnProgress, Progress
from ..system.atomic_file import atomic_writer

if TYPE_CHECKING:
    from ..records.results import BuildResults, Cell

__all__ = ["write_csv", "write_csv_to"]

#: Characters collected before they are encoded and written: large enough that
#: the system calls do not show, small beside anything else a run holds.
_CHUNK_CHARACTERS = 1 << 16

#: Rows between two reports of progress.
_ROWS_PER_REPORT = 2_048

#: A spreadsheet takes a cell that begins with one of these (the last four are
#: their full-width forms) for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")

#: Kinds of columns that hold text which somebody typed.
_TEXT_KINDS = frozenset({"piece", "decorations", "bonuses"})


class BytesTaker(Protocol):
    """Whatever takes bytes: a file, a compressor, a hash."""

    def write(self, data: bytes) -> object:
        """Take all of `data`."""


def write_csv(
    results: BuildResults,
    path: str,
    *,
    spreadsheet_safe: bool = False,
    on_progress: OnProgress | None = None,
) -> None:
    """Write one row per build, best first.

    Parameters
    ----------
    results : BuildResults
    path : str
        The file to replace; ``-`` is standard output.
    spreadsheet_safe : bool, default False
        Put an apostrophe before every typed text that a spreadsheet would
        otherwise run as a formula. Numbers stay as they are.
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
    with atomic_writer(path) as writer:
        write_csv_to(writer, results, spreadsheet_safe=spreadsheet_safe, on_progress=on_progress)


def write_csv_to(
    writer: BytesTaker,
    results: BuildResults,
    *,
    spreadsheet_safe: bool = False,
    on_progress: OnProgress | None = None,
) -> None:
    """Hand the bytes that `write_csv` would write to `writer`, a chunk at a time."""
    _write_rows(writer, _rows(results, spreadsheet_safe, on_progress))


def _rows(results: BuildResults, spreadsheet_safe: bool, on_progress: OnProgress | None) -> Iterator[Iterable[Cell]]:
    """The header, then the builds."""
    columns, n_rows = results.columns, len(results)
    safe: Callable[[Cell], Cell] = _neutralised if spreadsheet_safe else lambda cell: cell
    typed = [c for c, column in enumerate(columns) if spreadsheet_safe and column.kind in _TEXT_KINDS]
    yield [safe(column.name) for column in columns]
    for k, row in enumerate(results.iter_rows()):
        if on_progress is not None and k % _ROWS_PER_REPORT == 0:
            on_progress(Progress(EXPORTING, k, n_rows, "rows"))
        if typed:
            cells = list(row)
            for c in typed:
                cells[c] = _neutralised(cells[c])
            yield cells
        else:
            yield row
    if on_progress is not None:
        on_progress(Progress(EXPORTING, n_rows, n_rows, "rows"))


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


def _write_rows(writer: BytesTaker, rows: Iterable[Iterable[Cell]]) -> None:
    """Write rows of cells as CSV."""
    lines = _Lines(writer)
    # Python 3.11 quotes only the line end's own characters: with CR LF a carriage
    # return inside a name is quoted in every version. `_Lines` takes it off again.
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    lines.flush()
