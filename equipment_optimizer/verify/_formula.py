"""The factors of a formula and their product for one build, in fractions, straight from the definitions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from ..records.config import Config
from ..records.equipment import EquipmentPiece, EquipmentTable
from ..records.formula import Factor, Formula, Sum, Term

__all__ = ["FormulaDefinition"]


class FormulaDefinition:
    """Factors of builds of a table; scores are whole numbers of ``1 / denominator``.

    `skills` are those that may change a score: the skills of the formula, and what raises their maxima.
    """

    def __init__(
        self, formula: Formula, pieces: Sequence[EquipmentPiece], table: EquipmentTable, config: Config
    ) -> None:
        self._formula = formula
        self._config = config
        self._numbers = {
            name: [Fraction(Decimal(piece.other[table.other_names.index(name)] or 0)) for piece in pieces]
            for name in formula.names("column")
        }
        named = formula.names("skill")
        self.skills = {*named, *(raiser for skill in named if (raiser := self._maxima(skill)[2]) is not None)}
        self.denominator = math.prod(self._denominator_of(factor) for factor in formula.factors)
        self._deciding = sorted(self.skills)
        self._known: dict[tuple[int, ...], int] = {}
        self._known_of: tuple[Mapping[str, Fraction], Mapping[str, int]] | None = None

    def _denominator_of(self, factor: Factor) -> int:
        """Every value of a factor is a whole number of one through this."""
        ends = [factor.base, factor.minimum, factor.maximum]
        product = math.prod(map(self._denominator_of_sum, factor.sums))
        return math.lcm(product, *(Fraction(end).denominator for end in ends if end is not None))

    def _denominator_of_sum(self, addends: Sum) -> int:
        numbers = [Fraction(end) for end in (addends.base, addends.minimum, addends.maximum) if end is not None]
        for term in addends.terms:
            numbers += map(Fraction, term.table or ())
            cells = self._numbers[term.name] if term.kind == "column" else [Fraction(1)]
            numbers += [Fraction(term.weight or 0) / math.lcm(*(cell.denominator for cell in cells))]
        return math.lcm(*(number.denominator for number in numbers))

    def columns(self, rows: Sequence[int]) -> dict[str, Fraction]:
        """The sum of each column that the formula names."""
        return {name: sum((cells[row] for row in rows), Fraction(0)) for name, cells in self._numbers.items()}

    def _maxima(self, skill: str) -> tuple[int | None, int | None, str | None]:
        """The maximum of a skill, the one while another is there, and that other: the config's own, else the file's."""
        rule, cap = self._config.skills.get(skill), self._config.skill_caps.get(skill)
        if rule is not None and rule.values is None:
            return (
                rule.maximum if rule.raised_by is None else rule.locked_maximum,
                rule.raised_maximum,
                rule.raised_by,
            )
        if cap is None:
            return None, None, None
        return cap.maximum if cap.raised_by is None else cap.locked_maximum, cap.maximum, cap.raised_by

    def level(self, skill: str, levels: Mapping[str, int]) -> int:
        """A skill's level as far as it counts."""
        maximum, raised, raised_by = self._maxima(skill)
        if raised_by is not None and levels.get(raised_by, 0) >= 1:
            maximum = raised
        have = levels.get(skill, 0)
        return have if maximum is None or have <= maximum else maximum

    def scaled_product(
        self, levels: Mapping[str, int], columns: Mapping[str, Fraction], counts: Mapping[str, int]
    ) -> int:
        """The product of the `factors` of the same; no other levels than those of `skills` decide it."""
        if self._known_of is None or self._known_of[0] is not columns or self._known_of[1] is not counts:
            if self._known_of != (columns, counts):
                self._known.clear()
            self._known_of = columns, counts
        key = tuple([levels.get(skill, 0) for skill in self._deciding])
        product = self._known.get(key)
        if product is None:
            product = int(math.prod(self.factors(levels, columns, counts)) * self.denominator)
            self._known[key] = product
        return product

    def factors(
        self, levels: Mapping[str, int], columns: Mapping[str, Fraction], counts: Mapping[str, int]
    ) -> list[Fraction]:
        """The value of each factor, given the levels of all skills, the sums of `columns` and the configured counts."""

        def total(term: Term) -> Fraction:
            if term.kind == "skill":
                return Fraction(self.level(term.name, levels))
            return columns[term.name] if term.kind == "column" else Fraction(counts[term.name])

        def of_sum(addends: Sum) -> Fraction:
            value = Fraction(addends.base)
            for term in addends.terms:
                if term.table is None:
                    value += Fraction(term.weight or 0) * total(term)
                else:
                    place = int(total(term))
                    value += Fraction(term.table[max(0, min(place, len(term.table) - 1))])
            return _clipped(value, addends)

        values_of_factors = []
        for factor in self._formula.factors:
            value = math.prod((of_sum(addends) for addends in factor.sums), start=Fraction(1))
            if factor.times is not None:
                value += Fraction(factor.base)
            values_of_factors.append(_clipped(value, factor))
        return values_of_factors


def _clipped(value: Fraction, limited: Sum | Factor) -> Fraction:
    """A value that is not below the minimum nor above the maximum."""
    if limited.minimum is not None and value < Fraction(limited.minimum):
        return Fraction(limited.minimum)
    if limited.maximum is not None and value > Fraction(limited.maximum):
        return Fraction(limited.maximum)
    return value
