"""The rows of a table of ranges: which weight each is of, what it says, and whether that agrees with itself.

In: the file and the weights of the job. Out: `RangeRow` records, and the names of the first build's pieces as far as
the rows name them. What is wrong is told to whoever asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..output_file import OutputFile, Record
from ._changes import Change, ChangeReader
from ._numbers import number_of, number_text
from ._weights import Weights

__all__ = ["HEADER", "RangeEnd", "RangeRow", "RangeRows"]

HEADER = ("Weight", "Value", "From", "To", "Next Below", "Next Above")

#: Told line, column, what was expected and what was found.
Differ = Callable[[int, str, str, str], None]


@dataclass(frozen=True)
class RangeEnd:
    """An end of a range: below (-1) or above (1) the weight, where, None for nowhere, and who comes next."""

    line: int
    weight: int  # its place among the weights
    sign: int
    at: Fraction | None
    cell: str
    told: str
    change: Change | None
    is_proved: bool

    @property
    def column(self) -> str:
        """The column of the end."""
        return "From" if self.sign < 0 else "To"

    @property
    def next_column(self) -> str:
        """The column of the build that comes next."""
        return "Next Below" if self.sign < 0 else "Next Above"


@dataclass(frozen=True)
class RangeRow:
    """A row that was understood."""

    line: int
    weight: int
    ends: tuple[RangeEnd, ...]  # those whose cells make sense
    is_proved: bool


class RangeRows:
    """Reads the rows; `rows` are those of known weights, `known` the names of the first build's pieces by position."""

    def __init__(self, output: OutputFile, weights: Weights, changes: ChangeReader, differ: Differ) -> None:
        self._output, self._weights, self._changes, self._differ = output, weights, changes, differ
        self.rows: list[RangeRow] = []
        self.known: dict[int, str] = {}
        self._of_weight: dict[int, int] = {}

    def read(self) -> bool:
        """Read all; false where the header is another one."""
        header, is_marked = self._output.header, "Proved" in self._output.header
        expected = (*HEADER, *(["Proved"] if is_marked else []))
        if header != expected:
            self._differ(1, "(header)", ", ".join(expected), ", ".join(header))
            return False
        for record in self._output.records:
            if len(record.cells) != len(header):
                self._differ(record.line, "(row)", f"{len(header)} cells", str(len(record.cells)))
            else:
                self._read(record)
        missing = [name for place, name in enumerate(self._weights.names) if place not in self._of_weight]
        if len(missing) < len(self._weights.names) or not is_marked:  # stopped before there was a build
            for name in missing:
                self._differ(0, "(missing)", f"a row of {name}", "none")
        self._settle_names()
        return True

    def _read(self, record: Record) -> None:
        name, value, *_ = record.cells
        places = [place for place, known in enumerate(self._weights.names) if known == name.lstrip("'")]
        free = [place for place in places if place not in self._of_weight]
        if not free:
            expected = f"once, as in line {self._of_weight[places[0]]}" if places else "a weight of the config"
            self._differ(record.line, "Weight", expected, name)
            return
        weight = free[0]
        if self._of_weight and weight < max(self._of_weight):
            self._differ(record.line, "(order)", "weights in the order of the config", name)
        self._of_weight[weight] = record.line
        actual = self._weights.values[weight]
        if self._number(value) != actual:
            self._differ(record.line, "Value", number_text(actual), value)
        proved = record.cells[6] if len(record.cells) > len(HEADER) else "yes"
        if proved not in ("yes", "no"):
            self._differ(record.line, "Proved", "yes or no", proved)
        ends = tuple(
            end for sign in (-1, 1) if (end := self._end(record, weight, sign, is_proved=proved == "yes")) is not None
        )
        self.rows.append(RangeRow(record.line, weight, ends, proved == "yes"))

    def _end(self, record: Record, weight: int, sign: int, *, is_proved: bool) -> RangeEnd | None:
        """One end of a row; None where its cells make no sense."""
        cell, told = (record.cells[2], record.cells[4]) if sign < 0 else (record.cells[3], record.cells[5])
        at, value = self._number(cell), self._weights.values[weight]
        change = self._changes.read(told) if told else None
        end = RangeEnd(record.line, weight, sign, at, cell, told, change, is_proved)
        if cell and at is None:
            self._differ(record.line, end.column, "a number, or nothing", cell)
        elif at is not None and (at - value) * sign < 0:
            limit = "most" if sign < 0 else "least"
            self._differ(record.line, end.column, f"at {limit} {number_text(value)}, which the config has", cell)
        elif bool(cell) != bool(told):
            expected = "the build that comes next" if cell else "nothing, as there is no end"
            self._differ(record.line, end.next_column, expected, told or "nothing")
        elif told and change is None:
            self._differ(record.line, end.next_column, "pieces of the job, one in place of another", told)
        else:
            return end
        return None

    def _number(self, cell: str) -> Fraction | None:
        return number_of(cell, has_decimal_commas=self._output.has_decimal_commas)

    def _settle_names(self) -> None:
        """The names of the first build's pieces: in each place what most rows say."""
        told: dict[int, Counter[str]] = {}
        changes = [(end, end.change) for row in self.rows for end in row.ends if end.change is not None]
        for _, change in changes:
            for position, (_, old) in change.pieces.items():
                told.setdefault(position, Counter())[old] += 1
        self.known = {position: names.most_common(1)[0][0] for position, names in told.items()}
        for end, change in changes:
            others = [old for position, (_, old) in change.pieces.items() if old != self.known[position]]
            if others:
                expected = self._instead(change.pieces)
                self._differ(end.line, end.next_column, f"instead of {expected}, as in other rows", end.told)

    def _instead(self, pieces: Mapping[int, tuple[str, str]]) -> str:
        return ", ".join(self.known[position] or "nothing" for position in pieces)
