"""Cells of CSV: a slot level read and checked, rows written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ..files.csv_reader import CsvReader
from ..files.findings import shown
from ..records.vocabulary import N_SLOT_LEVELS

__all__ = ["slot_level", "to_csv"]


def slot_level(reader: CsvReader, line: int, cells: list[str], index: int, *, least: int = 0) -> int:
    """The slot level in a cell, `least` to 4; blank is 0."""
    level = reader.whole_or_0(line, cells, index, "slot level")
    if not least <= level <= N_SLOT_LEVELS:
        message = f"slot level is not {least} to {N_SLOT_LEVELS}: {shown(cells[index])}"
        reader.fault(line, index, message, f"write a number from {least} to {N_SLOT_LEVELS}")
    return level


def to_csv(rows: Iterable[Sequence[object]]) -> str:
    """Rows of cells as CSV text with line feeds; a row that would be taken for a comment is quoted."""
    text = io.StringIO()
    plain, quoted = (
        csv.writer(text, lineterminator="\n", quoting=quoting) for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
    )
    for row in rows:
        (quoted if str(row[0]).startswith("#") else plain).writerow(row)
    return text.getvalue()
