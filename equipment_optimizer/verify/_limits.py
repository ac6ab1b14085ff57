"""Totals and counts of builds, and which of their limits a build misses, straight from the definitions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from ..records.config import Config
from ..records.equipment import NO_PIECE, EquipmentPiece, EquipmentTable
from ._conditions import passes

__all__ = ["Limits", "Missed", "decimal_text"]

#: Name of a limit that a build misses, what it says, and what the build has.
Missed = tuple[str, str, str]


def decimal_text(value: Fraction) -> str:
    """A fraction that a decimal can hold, without trailing zeros: ``-1.25``, ``7``."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    scaled = abs(int(value * 10**digits))
    text = str(scaled) if not digits else f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"
    return f"-{text}" if value < 0 else text


class Limits:
    """Columns and counts of a configuration, by row; what columns are worth is whole numbers of ``1 / denominator``."""

    def __init__(self, pieces: Sequence[EquipmentPiece], table: EquipmentTable, config: Config) -> None:
        self._config = config
        self._parts = [piece.body_part for piece in pieces]
        self._names = table.names
        self._digits: dict[str, int] = {}
        self._numbers: dict[str, list[int]] = {}
        for name in config.totals:
            place = table.other_names.index(name)
            numbers = [Decimal(piece.other[place] or 0) for piece in pieces]
            digits = max(0, *(-int(number.as_tuple().exponent) for number in numbers), 0)
            self._digits[name] = digits
            self._numbers[name] = [int(Fraction(number) * 10**digits) for number in numbers]
        self.denominator = math.lcm(
            *(
                (Fraction(config.totals[name].weight) * Fraction(1, 10**digits)).denominator
                for name, digits in self._digits.items()
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
                meets = all(passes(where, part, column[row]) for where, column in zip(rule.where, cells, strict=True))
                text = "" if values is None else values[row]
                carried = [text] if rule.separator is None else [value.strip() for value in text.split(rule.separator)]
                if values is None:
                    carried = ["it"]
                marks.append(tuple({value for value in carried if value}) if meets and real[row] else ())
            self._marks[name] = marks

        self._has_any = bool(config.totals or config.counts or config.pin_all)

    def of(self, rows: Sequence[int]) -> tuple[dict[str, Fraction], dict[str, int], tuple[Missed, ...]]:
        """The sum of each column, each count (of pieces, or the highest of any value), and the limits missed."""
        if not self._has_any:
            return {}, {}, ()
        sums = {
            name: Fraction(sum(numbers[row] for row in rows), 10 ** self._digits[name])
            for name, numbers in self._numbers.items()
        }
        tallies = {name: Counter(mark for row in rows for mark in marks[row]) for name, marks in self._marks.items()}
        counts = {name: max(tally.values(), default=0) for name, tally in tallies.items()}
        return sums, counts, tuple(self._missed(rows, sums, tallies))

    def _missed(
        self, rows: Sequence[int], sums: Mapping[str, Fraction], tallies: Mapping[str, Mapping[str, int]]
    ) -> Iterator[Missed]:
        """Every limit that a build misses."""
        for name, total in sums.items():
            rule = self._config.totals[name]
            if rule.minimum is not None and total < Fraction(rule.minimum):
                yield name, f"at least {rule.minimum}", decimal_text(total)
            if rule.maximum is not None and total > Fraction(rule.maximum):
                yield name, f"at most {rule.maximum}", decimal_text(total)
        for name, tally in tallies.items():
            count = self._config.counts[name]
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
