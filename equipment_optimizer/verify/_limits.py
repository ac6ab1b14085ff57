"""Totals and counts of builds, and which of their limits a build misses, straight from the definitions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from ..records.config import Config
from ..records.equipment import NO_PIECE, EquipmentPiece, EquipmentTable
from ._conditions import passes

__all__ = ["Limits", "decimal_text"]


def decimal_text(value: Fraction) -> str:
    """A fraction that a decimal can hold, without trailing zeros: ``-1.25``, ``7``."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    scaled = abs(int(value * 10**digits))
    text = str(scaled) if not digits else f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"
    return f"-{text}" if value < 0 else text


class Limits:
    """Columns and counts of a configuration, by row.

    Attributes
    ----------
    denominator : int
        What the columns are worth are whole numbers of ``1 / denominator``.
    """

    def __init__(self, pieces: Sequence[EquipmentPiece], table: EquipmentTable, config: Config) -> None:
        self._config = config
        self._parts = [piece.body_part for piece in pieces]
        self._names = table.names
        self._numbers = {
            name: [Fraction(Decimal(piece.other[table.other_names.index(name)] or 0)) for piece in pieces]
            for name in config.totals
        }
        self.denominator = math.lcm(
            *(
                (Fraction(config.totals[name].weight) * number).denominator
                for name, numbers in self._numbers.items()
                for number in set(numbers)
            )
        )
        real = [origin != NO_PIECE for origin in table.origin.tolist()]
        #: What each row counts for: itself, or the values that it carries.
        self._marks: dict[str, list[tuple[str, ...]]] = {}
        for name, rule in config.counts.items():
            cells = [table.other[table.other_names.index(condition.column)] for condition in rule.where]
            values = None if rule.column is None else table.other[table.other_names.index(rule.column)]
            marks: list[tuple[str, ...]] = []
            for row, part in enumerate(self._parts):
                meets = all(passes(one, part, column[row]) for one, column in zip(rule.where, cells, strict=True))
                text = "" if values is None else values[row]
                carried = [text] if rule.separator is None else [value.strip() for value in text.split(rule.separator)]
                if values is None:
                    carried = ["it"]
                marks.append(tuple({value for value in carried if value}) if meets and real[row] else ())
            self._marks[name] = marks

    def columns(self, rows: Sequence[int]) -> dict[str, Fraction]:
        """The sum of each column."""
        return {name: sum((numbers[row] for row in rows), Fraction(0)) for name, numbers in self._numbers.items()}

    def counts(self, rows: Sequence[int]) -> dict[str, int]:
        """Each count: of pieces, or the highest of any value."""
        return {name: max(self._tally(name, rows).values(), default=0) for name in self._marks}

    def _tally(self, name: str, rows: Sequence[int]) -> Mapping[str, int]:
        """How many of a build's rows carry each value."""
        tally: dict[str, int] = {}
        for row in rows:
            for value in self._marks[name][row]:
                tally[value] = tally.get(value, 0) + 1
        return tally

    def missed(self, rows: Sequence[int]) -> Iterator[tuple[str, str, str]]:
        """Name, limit and what there is, of every limit that a build misses."""
        for name, total in self.columns(rows).items():
            rule = self._config.totals[name]
            if rule.minimum is not None and total < Fraction(rule.minimum):
                yield name, f"at least {rule.minimum}", decimal_text(total)
            if rule.maximum is not None and total > Fraction(rule.maximum):
                yield name, f"at most {rule.maximum}", decimal_text(total)
        for name, count in self._config.counts.items():
            tally = self._tally(name, rows)
            most = max(tally.values(), default=0)
            if count.same is not None and len(tally) > 1:
                yield name, f"one value of {count.same}", " and ".join(sorted(tally))
            if count.minimum is not None and most < count.minimum:
                yield name, f"at least {count.minimum}", str(most)
            if count.maximum is not None and most > count.maximum:
                yield name, f"at most {count.maximum}", str(most)
        for part, groups in self._config.pin_all.items():
            worn = {self._names[row] for row in rows if self._parts[row] == part}
            for group in groups:
                if worn.isdisjoint(group) and part in self._parts:
                    yield part, f"{group[0]} among the pieces", ", ".join(sorted(worn))
