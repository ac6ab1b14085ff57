"""Conditions on the columns of a table; the totals and counts that a configuration limits, the factors of its formula.

Array axes: N combinations, P pieces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import Fault, InputError, member_path, printable
from .combinations import EquipmentCombinationList
from .config import Config, CountRule, FilterRule
from .equipment import NO_PIECE, EquipmentTable
from .rules import OBJECTIVE_SUFFIXES, Objective, ObjectiveKind, objective_parts
from .vocabulary import RESISTANCES

if TYPE_CHECKING:
    from .formula import Formula, Kind, Whole

__all__ = ["FactorColumns", "LimitColumns", "filter_judge", "passes_all", "trades_score"]

IntArray = npt.NDArray[np.int64]

_NUMBER = r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,4})?"


def passes_all(table: EquipmentTable, rules: Iterable[FilterRule], config: Config) -> npt.NDArray[np.bool_]:
    """The rows that satisfy all of some rules, shape (P,)."""
    verdict = np.ones(table.n_pieces, dtype=np.bool_)
    for rule in rules:
        if rule.column not in table.other_names:
            path = member_path("$.filter", rule.column)
            message = f"the equipment was read without the column {rule.column!r} [{printable(path)}]"
            raise InputError([Fault(config.where(path), message, "read it again with this configuration")])
        cells = table.other[table.other_names.index(rule.column)]
        judge = filter_judge(rule)
        passes_of = {cell: judge(cell) for cell in set(cells)}
        passes = np.fromiter(map(passes_of.__getitem__, cells), dtype=np.bool_, count=len(cells))
        if rule.parts is not None:
            concerned = [part in rule.parts for part in table.parts]
            passes |= ~np.repeat(np.array(concerned, dtype=np.bool_), table.part_sizes)
        verdict &= passes
    return verdict


def filter_judge(rule: FilterRule) -> Callable[[str], bool]:
    """A function that tells whether a trimmed cell satisfies a filter rule.

    Two values are compared as numbers where both are numbers, else as exact
    text; text is neither above a minimum nor below a maximum.
    """
    is_wanted = None if rule.one_of is None else _membership(rule.one_of)
    is_refused = None if rule.none_of is None else _membership(rule.none_of)
    passes_blank = rule.blank or (rule.minimum is None and rule.maximum is None and rule.one_of is None)

    def passes(cell: str) -> bool:
        if not cell:
            return passes_blank
        number = _number(cell)
        if rule.minimum is not None and (number is None or number < rule.minimum):
            return False
        if rule.maximum is not None and (number is None or number > rule.maximum):
            return False
        if is_wanted is not None and not is_wanted(cell, number):
            return False
        return is_refused is None or not is_refused(cell, number)

    return passes


def _membership(texts: Iterable[str]) -> Callable[[str, Decimal | None], bool]:
    """A function that tells whether a cell, or the number it spells, is among the texts."""
    names = frozenset(texts)
    numbers = frozenset(map(_number, names)) - {None}
    return lambda cell, number: cell in names if number is None else number in numbers


def _number(text: str) -> Decimal | None:
    """The number that a text spells; None for any other text."""
    return Decimal(text) if re.fullmatch(_NUMBER, text) else None


def objectives_named(text: str, config: Config) -> list[Objective]:
    """What an objective as it is written may be: one, several of one name, or none."""
    bare, sign, suffix = objective_parts(text)
    whole = text.removeprefix("-").strip()
    for name, kinds in ((whole, ()), (bare, OBJECTIVE_SUFFIXES.get(suffix, ()))):
        every = [Objective(kind, key, sign) for kind, title, key in _possible_objectives(config) if title == name]
        wanted = [objective for objective in every if not kinds or objective.kind in kinds]
        if wanted:
            return wanted
    return []


def _possible_objectives(config: Config) -> Iterable[tuple[ObjectiveKind, str, str]]:
    """Kind, title and name of everything that may be an objective."""
    yield "score", "Score", "Score"
    if "Defence" not in config.totals:
        yield "defence", "Defence", "Defence"
    for name in RESISTANCES:
        if f"{name} Res" not in config.totals:
            yield "resistance", f"{name} Res", name
    yield from (("total", name, name) for name in config.totals)
    yield from (("count", name, name) for name in config.counts)
    yield from (("skill", name, name) for name in config.skills)


def resistances_named(config: Config) -> list[str]:
    """The resistances that have a rule, then those that are objectives alone.

    >>> from equipment_optimizer.records.config import Config
    >>> resistances_named(Config(front=["Score", "-Fire Res"]))
    ['Fire']
    """
    objectives = [objective for text in config.front for objective in objectives_named(text, config)]
    aimed_at = [objective.name for objective in objectives if objective.kind == "resistance"]
    return list(dict.fromkeys([*config.resistances, *aimed_at]))


def objectives_of(config: Config) -> tuple[Objective, ...]:
    """The objectives that a configuration names; an `InputError` where one is none, or several.

    >>> from equipment_optimizer.records.config import Config
    >>> [own.title for own in objectives_of(Config(front=["Score", "-Defence"]))]
    ['Score', 'Defence']
    """
    objectives, faults = [], []
    for number, text in enumerate(config.front):
        possible = objectives_named(text, config)
        if len(possible) == 1:
            objectives.append(possible[0])
        else:
            path = f"$.front[{number}]"
            what = "several things" if possible else "no objective"
            mend = "name Score, Defence, a resistance such as Fire Res, or what totals, counts or skills list"
            faults.append(Fault(config.where(path), f"{printable(text)} is {what} [{path}]", mend))
    if faults:
        raise InputError(faults)
    return tuple(objectives)


def trades_score(config: Config) -> bool:
    """Whether the score is among the objectives of a front."""
    return any(objective.kind == "score" for objective in objectives_of(config))


class LimitColumns:
    """The totals and counts of a configuration, for builds of a table.

    `digits` stand behind the point of each total that is no column of its own, in the configuration's order.
    """

    def __init__(self, table: EquipmentTable, config: Config) -> None:
        has_column = {"Defence", *(f"{name} Res" for name in table.resistance_names)}
        columns = {name: table.numbers(name) for name in config.totals if name not in has_column}
        self.digits = {name: digits for name, (_, digits) in columns.items()}
        self._numbers = {name: numbers for name, (numbers, _) in columns.items()}
        self._counted = {
            name: passes_all(table, rule.where, config) & (table.origin != NO_PIECE)
            for name, rule in config.counts.items()
        }
        self._values = {
            name: _values(table, rule, self._counted[name])
            for name, rule in config.counts.items()
            if rule.column is not None
        }

    def totals(self, block: EquipmentCombinationList) -> dict[str, IntArray]:
        """Each total of `digits` of N builds, shape (N,), times that power of ten."""
        return {name: block.total(numbers) for name, numbers in self._numbers.items()}

    def counts(self, block: EquipmentCombinationList) -> dict[str, IntArray]:
        """Each count of N builds, shape (N,): pieces, or the most pieces with one value."""
        counts: dict[str, IntArray] = {}
        for name, counted in self._counted.items():
            values = self._values.get(name)
            counts[name] = block.total(counted.astype(np.int64)) if values is None else _most_alike(block, values)
        return counts


class FactorColumns:
    """The factors of a configuration's formula, for builds of a table; `digits` stand behind the point of each."""

    def __init__(self, table: EquipmentTable, config: Config, formula: Formula) -> None:
        from .formula import ScaledFormula  # only jobs that have one pay for it

        columns = {name: table.numbers(name) for name in formula.names("column")}
        self._numbers = {name: numbers for name, (numbers, _) in columns.items()}
        self._scaled = ScaledFormula(formula, {name: digits for name, (_, digits) in columns.items()})
        self._config, self._formula = config, formula
        self.digits = dict(zip((factor.name for factor in formula.factors), self._scaled.digits, strict=True))

    def values(
        self, block: EquipmentCombinationList, levels: Mapping[str, IntArray], counts: Mapping[str, IntArray]
    ) -> list[Whole]:
        """Each factor of N builds, shape (N,), times that power of ten; `levels` of all skills that any build has."""
        skills = _counted_levels(self._config, self._formula.names("skill"), levels, len(block))
        amounts: dict[tuple[Kind, str], IntArray] = {("skill", name): level for name, level in skills.items()}
        amounts |= {("column", name): block.total(numbers) for name, numbers in self._numbers.items()}
        amounts |= {("count", name): counts[name] for name in self._formula.names("count")}
        return self._scaled.factors(amounts, len(block))


def _counted_levels(
    config: Config, skills: Iterable[str], levels: Mapping[str, IntArray], n_builds: int
) -> dict[str, IntArray]:
    """The levels of some skills, shape (N,), up to the maximum in force in each build."""
    none = np.zeros(n_builds, dtype=np.int64)
    counted: dict[str, IntArray] = {}
    for name in skills:
        level = levels.get(name, none)
        maximum, raised, raised_by = config.maximum_of(name)
        if maximum is not None:
            is_raised = levels.get(raised_by or "", none) >= 1
            level = np.minimum(level, maximum if raised is None else np.where(is_raised, raised, maximum))
        counted[name] = level
    return counted


def _values(table: EquipmentTable, rule: CountRule, counted: npt.NDArray[np.bool_]) -> Mapping[int, tuple[str, ...]]:
    """The values that each counted row carries."""
    cells = table.texts(rule.column or "")
    return {row: rule.values(cells[row]) for row in np.flatnonzero(counted).tolist()}


def _most_alike(block: EquipmentCombinationList, values: Mapping[int, tuple[str, ...]]) -> IntArray:
    """The most pieces of each build that carry one value."""
    rows = [block.rows(position).tolist() for position in range(len(block.columns))]
    most = np.zeros(len(block), dtype=np.int64)
    for k, build in enumerate(zip(*rows, strict=True)):
        tally = Counter(value for row in build for value in values.get(row, ()))
        most[k] = max(tally.values(), default=0)
    return most
