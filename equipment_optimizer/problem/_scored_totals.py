"""Everything that a configuration scores or limits: each total with what it is worth.

In: totals, a configuration, a scale. Out: terms, one at a time. What is folded into one
number a piece, and what becomes a feature, is decided by `compile`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..errors import member_path
from ..records.config import Config, CountRule, SkillRule
from ._contributions import Total, Totals
from ._integer_weights import Scale
from .selection import passes_all
from .value_function import ValueFunction

__all__ = ["Term", "Terms"]


#: No total comes so far (`compile` refuses those that would).
_FAR = 2**61


@dataclass(frozen=True, eq=False)
class Term:
    """A total with what it is worth.

    `unit` and `digits`: one of it is ``unit / 10**digits`` of what is written. `group` numbers terms of
    which a build may have one only, -1 for none.
    """

    name: str
    kind: str
    path: str
    total: Total
    value: ValueFunction
    raised_value: ValueFunction | None = None
    raised_by: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    unit: int = 1
    digits: int = 0
    group: int = -1


class Terms:
    """The terms of one job; `raisers` are the skills that raise another one's maximum."""

    def __init__(self, totals: Totals, config: Config, scale: Scale) -> None:
        self._totals = totals
        self._config = config
        self._scale = scale
        self.raisers: set[str] = set()
        for rule in config.skills.values():
            if rule.raised_by is not None and _is_raised(rule):
                self.raisers.add(rule.raised_by)

    def __iter__(self) -> Iterator[Term]:
        yield from self._skills()
        yield from self._sums()
        yield from self._counts()
        yield from self._pins()
        if self._config.decorations is None:
            yield from self._slots()

    def _linear(self, weight: Decimal) -> ValueFunction:
        """A weight for each one of a total."""
        return ValueFunction.linear(self._scale(weight))

    # --- skills -----------------------------------------------------------------

    def _skills(self) -> Iterator[Term]:
        """Listed skills, those that raise maxima, and all others together."""
        totals, config = self._totals, self._config
        for name, rule in config.skills.items():
            value, raised_value = self._skill_value(rule)
            raised_by = rule.raised_by if raised_value is not None else None
            path = member_path("$.skills", name)
            total = totals.of_skills([name])
            yield Term(name, "skill", path, total, value, raised_value, raised_by, rule.minimum, rule.at_most)
        unlisted = self._linear(config.unlisted_skill_weight)
        path = "$.unlisted_skill_weight"
        raisers = self.raisers - set(config.skills)
        for name in sorted(raisers):
            yield Term(name, "skill", path, totals.of_skills([name]), unlisted)
        others = sorted(totals.all_skills() - set(config.skills) - raisers)
        yield Term("unlisted skills", "skills", path, totals.of_skills(others), unlisted)

    def _skill_value(self, rule: SkillRule) -> tuple[ValueFunction, ValueFunction | None]:
        """A listed skill's function, and the one while its maximum is raised."""
        scale = self._scale
        if rule.values is not None:
            return ValueFunction.listed([scale(value) for value in rule.values]), None

        def up_to(maximum: int) -> ValueFunction:
            if self._config.over_max == "cap":
                return ValueFunction.capped(maximum, scale(rule.weight))
            return ValueFunction.penalised(maximum, scale(rule.weight), scale(rule.penalty))

        if _is_raised(rule):
            assert rule.locked_maximum is not None and rule.raised_maximum is not None
            return up_to(rule.locked_maximum), up_to(rule.raised_maximum)
        if rule.maximum is None:
            return ValueFunction.linear(scale(rule.weight)), None
        return up_to(rule.maximum), None

    # --- sums of columns --------------------------------------------------------

    def _sums(self) -> Iterator[Term]:
        """Defence, resistances and totals."""
        table, config, of_pieces = self._totals.table, self._config, self._totals.of_pieces
        limits = config.min_defence, config.max_defence
        path = "$.defence" if limits == (None, None) else "$.min_defence" if limits[0] is not None else "$.max_defence"
        defence = self._linear(config.defence_weight)
        total = of_pieces(table.defence)
        yield Term("Defence", "defence", path, total, defence, minimum=limits[0], maximum=limits[1])
        for name, resistance in config.resistances.items():
            column = np.zeros(table.n_pieces, dtype=np.int64)
            if name in table.resistance_names:
                column = table.resistances[:, table.resistance_names.index(name)]
            value, path = self._linear(resistance.weight), f"$.resistances.{name.lower()}"
            least, most = resistance.minimum, resistance.maximum
            yield Term(name, "resistance", path, of_pieces(column), value, minimum=least, maximum=most)
        for name, rule in config.totals.items():
            column, digits = table.numbers(name)
            unit = int(np.gcd.reduce(column)) or 1
            amount = Fraction(unit, 10**digits)
            lowest, highest = _inside(rule.minimum, math.ceil, amount), _inside(rule.maximum, math.floor, amount)
            value = ValueFunction.linear(self._scale(rule.weight, digits) * unit)
            path = member_path("$.totals", name)
            total = of_pieces(column // unit)
            yield Term(name, "total", path, total, value, None, None, lowest, highest, unit, digits)

    def _slots(self) -> Iterator[Term]:
        """Slots that stay free, by level and in number."""
        slots, fixed = self._totals.table.slots, self._totals.fixed_slots
        for level, weight in enumerate(self._config.slot_weights, 1):
            total = self._totals.of_pieces(slots[:, level - 1], fixed[level - 1])
            yield Term(f"slots {level}", "slots", f"$.decorations.deco_{level}", total, self._linear(weight))
        total = self._totals.of_pieces(slots.sum(axis=1), sum(fixed))
        value = self._linear(self._config.slot_count_weight)
        yield Term("slots", "slots", "$.decorations.num_decos", total, value)

    def _pins(self) -> Iterator[Term]:
        """Pieces of which one must be there."""
        table = self._totals.table
        for part, groups in self._config.pin_all.items():
            if part not in table.parts:
                continue
            first, stop = table.part_start[table.parts.index(part) :][:2].tolist()
            for names in groups:
                rows = [row for row in range(first, stop) if table.names[row] in names]
                total, nothing = self._totals.of_rows(np.array(rows, dtype=np.int64)), ValueFunction.linear(0)
                yield Term(names[0], "pin", member_path("$.pin", part), total, nothing, minimum=1)

    # --- counts -----------------------------------------------------------------

    def _counts(self) -> Iterator[Term]:
        """Pieces that meet a condition, in all or by the values of a column."""
        for group, (name, rule) in enumerate(self._config.counts.items()):
            path = member_path("$.counts", name)
            counted = np.flatnonzero(self._counted(rule))
            if rule.column is None:
                total = self._totals.of_rows(counted)
                least, most, value = rule.minimum, rule.maximum, self._linear(rule.weight)
                yield Term(name, "count", path, total, value, minimum=least, maximum=most)
                continue
            number = -1 if rule.same is None else group
            for value_name, rows in self._by_value(rule, counted).items():
                total, nothing = self._totals.of_rows(np.array(rows)), ValueFunction.linear(0)
                label = f"{name}: {value_name}"
                yield Term(label, "value", path, total, nothing, maximum=rule.maximum, group=number)

    def _counted(self, rule: CountRule) -> npt.NDArray[np.bool_]:
        """The pieces that a count looks at, shape (P,); never the row of an empty place."""
        return passes_all(self._totals.table, rule.where, self._config) & (self._totals.table.origin >= 0)

    def _by_value(self, rule: CountRule, counted: npt.NDArray[np.intp]) -> dict[str, list[int]]:
        """Rows that carry each value; without values that no build can have too many of."""
        assert rule.column is not None
        cells = self._totals.table.texts(rule.column)
        rows_of: dict[str, list[int]] = {}
        for row in counted.tolist():
            for value in rule.values(cells[row]):
                rows_of.setdefault(value, []).append(row)
        if rule.maximum is None:
            return rows_of if rule.same is not None and len(rows_of) > 1 else {}
        return {value: rows for value, rows in rows_of.items() if self._totals.most_of(rows) > rule.maximum}


def _is_raised(rule: SkillRule) -> bool:
    """Whether another skill raises the maximum of this one."""
    has_both = rule.locked_maximum is not None and rule.raised_maximum is not None
    return rule.values is None and rule.raised_by is not None and has_both


def _inside(limit: Decimal | None, rounded: Callable[[Fraction], int], amount: Fraction) -> int | None:
    """A limit of a total in units of `amount`, rounded to the inside; beyond every total where it would not fit."""
    return None if limit is None else min(max(rounded(Fraction(limit) / amount), -_FAR), _FAR)
