"""A row of a table of what pieces are worth."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..judging import Rows, decimal_text
from ..output_file import Record

__all__ = ["Worth", "text_of"]


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
