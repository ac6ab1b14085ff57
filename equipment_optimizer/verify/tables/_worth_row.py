"""A row of a table of what pieces are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..judging import Rows, decimal_text
from ..output_file import Record

__all__ = ["GAIN", "KNOWN", "OPEN", "Worth", "faults_of_cells", "text_of"]

#: The columns that such a table begins with, the one where something might be got, and those where something is open.
KNOWN = ("Kind", "Name", "Body Part", "Best Score", "Loss", "Loss When Sold", "In Best", "Never Useful")
GAIN = "Gain"
OPEN = ("At Most", "Proved")

#: Columns of numbers, of which any may be blank but the one that counts builds.
_NUMBERS = ("Best Score", "Loss", "Loss When Sold", "In Best", GAIN, "At Most")

#: Of each kind of row the columns that are always blank.
_BLANK = {
    "not allowed": (*_NUMBERS, "Never Useful"),
    "piece": (GAIN,),
    "wish": ("Loss When Sold", "In Best"),
    "talisman": ("Loss When Sold", "In Best"),
    "pair": ("Loss", "Loss When Sold", "In Best", "Never Useful"),
    "decoration": ("Loss", "Loss When Sold", "In Best", "Never Useful"),
}


@dataclass(eq=False)
class Worth:
    """A row: numbers as they are written, None for a blank, and what builds say."""

    record: Record
    best: Fraction | None
    sold: Fraction | None
    most: Fraction | None
    is_proved: bool
    is_allowed: bool = True
    with_it: Fraction | None = None
    without: Fraction | None = None
    rows: Rows = ()

    @property
    def kind(self) -> str:
        """What the row is of."""
        return self.record.cells[0]

    @property
    def name(self) -> str:
        """Its name."""
        return self.record.cells[1]

    @property
    def part(self) -> str:
        """Its body part."""
        return self.record.cells[2]


def text_of(number: Fraction | None) -> str:
    """A number in words."""
    return "nothing" if number is None else decimal_text(number)


def faults_of_cells(cells: Mapping[str, str], read: Callable[[str], Fraction | None]) -> Iterator[tuple[str, str]]:
    """Columns of a row that hold what no row of its kind does, or nothing where it must be something, and what is due.

    Which number it is that a cell must hold is not looked at. After a stop numbers may be blank, but no row is then
    without a yes or no.
    """
    blank = _BLANK.get(cells["Kind"])
    if blank is None:
        return
    for column, cell in cells.items():
        if column in blank:
            if cell.strip():
                yield column, "nothing"
        elif column in _NUMBERS:
            if cell.strip() and read(cell) is None:
                yield column, "a number, or nothing"
        elif column in ("Never Useful", "Proved") and cell not in ("yes", "no"):
            yield column, "yes or no"
