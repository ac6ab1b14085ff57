"""What all importers need: checked cells in, rows of an equipment list out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ..files.csv_reader import CsvReader
from ..files.findings import shown
from ..records.vocabulary import N_SLOT_LEVELS

__all__ = ["SkillLevels", "skill_cells", "skill_titles", "slot_level", "to_csv"]

SkillLevels = tuple[tuple[str, int], ...]


def slot_level(reader: CsvReader, line: int, cells: list[str], index: int, *, least: int = 0) -> int:
    """The slot level in a cell, `least` to 4; blank is 0."""
    level = reader.whole_or_0(line, cells, index, "slot level")
    if not least <= level <= N_SLOT_LEVELS:
        message = f"slot level is not {least} to {N_SLOT_LEVELS}: {shown(cells[index])}"
        reader.fault(line, index, message, f"write a number from {least} to {N_SLOT_LEVELS}")
    return level


def skill_cells(skills: SkillLevels, n_most: int) -> list[object]:
    """Names and levels side by side, blank behind the last."""
    cells: list[object] = [cell for pair in skills for cell in pair]
    return cells + [""] * (2 * n_most - len(cells))


def skill_titles(n_most: int) -> list[str]:
    """Headers of the cells of `skill_cells`."""
    return [f"Skill {k} {what}" for k in range(1, n_most + 1) for what in ("Name", "Level")]


def to_csv(rows: Iterable[Sequence[object]]) -> str:
    """Rows of cells as CSV text with line feeds; a row that would be taken for a comment is quoted."""
    text = io.StringIO()
    plain, quoted = (
        csv.writer(text, lineterminator="\n", quoting=quoting) for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
    )
    for row in rows:
        (quoted if str(row[0]).startswith("#") else plain).writerow(row)
    return text.getvalue()
