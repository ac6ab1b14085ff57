"""Which pieces may be used: pins, exclusions and filters applied to a table.

In: a table and a configuration. Out: the table of the pieces that every rule
lets pass. Scores and files are not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from ..errors import InfeasibleError, printable
from ..records.config import Config
from ..records.equipment import NO_PIECE, EquipmentTable
from ..records.limited_columns import passes_all
from ..records.space import CombinationSpace

__all__ = ["passes_all", "passing_rows", "rule_verdicts", "select_pieces", "shared_shortage"]

BoolArray = npt.NDArray[np.bool_]


def select_pieces(table: EquipmentTable, config: Config) -> EquipmentTable:
    """The pieces that pins, exclusions and filters let pass: `table` itself where every piece does.

    Its ``other_names`` include the column of every filter: one that the table did not keep is an `InputError`. Where a
    body part has too few pieces an `InfeasibleError` says which rules rejected how many. O(P) time for each rule; a
    cell's text is judged once, however often it comes up.
    """
    _refuse_too_few(table)
    verdicts = dict(rule_verdicts(table, config))
    if not verdicts:
        return table
    keep = np.logical_and.reduce(list(verdicts.values()))
    if keep.all():
        return table
    emptied = []
    mend = "loosen one of these rules, or add pieces that pass them"
    for part, (name, count) in enumerate(zip(table.parts, table.counts, strict=True)):
        rows = slice(int(table.part_start[part]), int(table.part_start[part + 1]))
        n_left, n_before = int(np.count_nonzero(keep[rows])), rows.stop - rows.start
        if n_left < min(count, n_before) and not table.optional[part]:
            left = f"no piece of {printable(name)} is left"
            if n_left:
                left = f"a build takes {count} pieces of {printable(name)}, and there {_are(n_left)} left"
                if name in config.pin:
                    rules = config.body_parts
                    if any(
                        name in rule.drawn_from or (other == name and rule.drawn_from) for other, rule in rules.items()
                    ):
                        mend += "; counts with where and min say what must be there while the rest varies"
                    else:
                        mend += f'; {{"{printable(name)}": {{"all of": [...]}}}} in pin lets the rest of the part vary'
            emptied.append(f"{left}: {_rejections(verdicts, rows)}")
    if emptied:
        raise InfeasibleError("; ".join(emptied), mend)
    return table.select(keep)


def _refuse_too_few(table: EquipmentTable) -> None:
    """Raise an `InfeasibleError` where a part takes more pieces than it has."""
    for part, (count, size) in enumerate(zip(table.counts, table.part_sizes, strict=True)):
        if size < count and not table.optional[part]:
            message = f"a build takes {count} pieces of {printable(table.parts[part])}, and there {_are(size)}"
            raise InfeasibleError(message, "add pieces, or ask for fewer of that part")


def shared_shortage(table: EquipmentTable, chosen: EquipmentTable, config: Config) -> InfeasibleError:
    """The error that parts with pieces in common have not enough of them, among those `chosen` of a table."""
    times = np.bincount(chosen.origin[chosen.origin != NO_PIECE])
    is_shared = (chosen.origin != NO_PIECE) & (times[chosen.origin] > 1)
    by_part = np.split(is_shared, chosen.part_start[1:-1])
    sharing = [part for part, in_part in zip(chosen.parts, by_part, strict=True) if in_part.any()]
    message = f"{' and '.join(map(printable, sharing))} share pieces, and there are not enough"
    if chosen is table or not CombinationSpace.of(table).n_combinations:
        return InfeasibleError(f"{message} for all of them", "add pieces, or ask for fewer of these parts")
    parts = np.repeat(np.isin(table.parts, sharing), table.part_sizes)
    rows = np.flatnonzero(parts & (table.origin != NO_PIECE))
    verdicts = {rule: passes[rows] for rule, passes in rule_verdicts(table, config)}
    n_pieces = len(np.unique(table.origin[rows]))
    rejected = {rule: len(np.unique(table.origin[rows[~passes]])) for rule, passes in verdicts.items()}
    told = ", ".join(f"{rule} rejects {count}" for rule, count in rejected.items() if count)
    mend = "loosen one of these rules, or add pieces that pass them"
    return InfeasibleError(f"{message} left for all of them: of {n_pieces}, {told}", mend)


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


def passing_rows(table: EquipmentTable, config: Config) -> BoolArray:
    """The rows that every rule lets pass, shape (P,); parts may be left with too few of them."""
    passing = np.ones(table.n_pieces, dtype=np.bool_)
    for _, passes in rule_verdicts(table, config):
        passing &= passes
    return passing


def _each(values: tuple[str, ...], passes: Callable[[str], bool]) -> BoolArray:
    """Whether each of the values passes, as an array."""
    return np.fromiter((passes(value) for value in values), dtype=np.bool_, count=len(values))
