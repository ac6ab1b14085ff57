"""The order in which a spreadsheet shows builds: what people look at first stands first.

Score, pieces, listed skills, decorations, one cell with all other skills, then the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..records.build import Column
from .overwriting import OTHER_SKILLS

if TYPE_CHECKING:
    from ..records.results import BuildResults, Cell

__all__ = ["excel_form"]

#: Kinds of columns before it, in their order; of skills those that are listed.
_FIRST = ("score", "piece", "skill", "decorations")


def excel_form(results: BuildResults) -> tuple[Sequence[Column], Iterator[Iterable[Cell]]]:
    """Columns and rows of `results` in the order for spreadsheets."""
    columns = results.columns
    skills = [c for c, column in enumerate(columns) if column.kind == "skill"]
    listed = frozenset(results.config.listed_skills)
    others = [(c, skill) for c, skill in zip(skills, results.skill_names, strict=True) if skill not in listed]
    shown = [c for c in range(len(columns)) if c not in dict(others)]
    before = [c for kind in _FIRST for c in shown if columns[c].kind == kind]
    after = [c for c in shown if c not in before]
    name = OTHER_SKILLS
    while name in {columns[c].name for c in shown}:
        name += " (cell)"

    def rows() -> Iterator[Iterable[Cell]]:
        for row in results.iter_rows():
            cell = ", ".join(f"{skill} {row[c]}" for c, skill in others if row[c])
            yield [*(row[c] for c in before), cell, *(row[c] for c in after)]

    named = [*(columns[c] for c in before), Column(name, "other skills"), *(columns[c] for c in after)]
    return named, rows()
