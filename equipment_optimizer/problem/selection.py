"""Which pieces may be used: pins, exclusions and filters applied to a table.

In: a table and a configuration. Out: the table of the pieces that every rule
lets pass. Scores and files are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from ..errors import Fault, InfeasibleError, InputError, member_path, printable
from ..records.config import Config, FilterRule
from ..records.equipment import EquipmentTable

__all__ = ["filter_judge", "passes_all", "rule_verdicts", "select_pieces"]

BoolArray = npt.NDArray[np.bool_]

_NUMBER = r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,4})?"


def select_pieces(table: EquipmentTable, config: Config) -> EquipmentTable:
    """The pieces that pins, exclusions and filters let pass: `table` itself where every piece does.

    Its ``other_names`` include the column of every filter. O(P) time for each rule; a
    cell's text is judged once, however often it comes up.

    Raises
    ------
    InfeasibleError
        If a body part has no piece left; it says which rules rejected how many.
    InputError
        If a filter's column was not kept in the table.
    """
    verdicts = dict(rule_verdicts(table, config))
    if not verdicts:
        return table
    keep = np.logical_and.reduce(list(verdicts.values()))
    if keep.all():
        return table
    emptied = []
    for part, (name, count) in enumerate(zip(table.parts, table.counts, strict=True)):
        rows = slice(int(table.part_start[part]), int(table.part_start[part + 1]))
        n_left, n_before = int(np.count_nonzero(keep[rows])), rows.stop - rows.start
        if n_left < min(count, n_before) and not table.optional[part]:
            left = f"no piece of {printable(name)} is left"
            if n_left:
                left = f"a build takes {count} pieces of {printable(name)}, and there {_are(n_left)} left"
            emptied.append(f"{left}: {_rejections(verdicts, rows)}")
    if emptied:
        raise InfeasibleError("; ".join(emptied), "loosen one of these rules, or add pieces that pass them")
    return table.select(keep)


def _are(number: int) -> str:
    return f"is {number}" if number == 1 else f"are {number}"


def _rejections(verdicts: dict[str, BoolArray], rows: slice) -> str:
    """How many of the rows each rule rejects."""
    counts = [(rule, int(np.count_nonzero(~passes[rows]))) for rule, passes in verdicts.items()]
    named = [f"{rule} rejects {count}" for rule, count in counts if count]
    return f"of {rows.stop - rows.start}, {', '.join(named)}"


def rule_verdicts(table: EquipmentTable, config: Config) -> Iterable[tuple[str, BoolArray]]:
    """Every rule by its name in messages, with the rows that it lets pass, shape (P,); an empty place always passes."""
    is_empty = table.origin < 0
    if config.pin:
        passes = np.ones(table.n_pieces, dtype=np.bool_)
        for part, name in enumerate(table.parts):
            if name in config.pin:
                rows = slice(int(table.part_start[part]), int(table.part_start[part + 1]))
                allowed = frozenset(config.pin[name])
                passes[rows] = _each(table.names[rows], allowed.__contains__)
        yield "pin", passes | is_empty
    if config.exclude:
        excluded = frozenset(config.exclude)
        yield "exclude", _each(table.names, lambda name: name not in excluded)
    for rule in config.filters:
        yield f'the filter on "{printable(rule.column)}"', passes_all(table, [rule], config) | is_empty


def passes_all(table: EquipmentTable, rules: Iterable[FilterRule], config: Config) -> BoolArray:
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
        passes = _each(cells, passes_of.__getitem__)
        if rule.parts is not None:
            concerned = [part in rule.parts for part in table.parts]
            passes |= ~np.repeat(np.array(concerned, dtype=np.bool_), table.part_sizes)
        verdict &= passes
    return verdict


def _each(values: tuple[str, ...], passes: Callable[[str], bool]) -> BoolArray:
    """Whether each of the values passes, as an array."""
    return np.fromiter((passes(value) for value in values), dtype=np.bool_, count=len(values))


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
