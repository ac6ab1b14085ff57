"""The rows of an output file, and the builds that they may stand for.

In: a CSV file of builds and the definition of the job. Out: records with their
lines, the builds whose names and totals agree with a record, and decorations as
numbers with a slot for each. Nothing here knows which builds are good.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import Fault, InputError
from ._definition import Definition, Rows, Slot

__all__ = ["OutputFile", "Record", "builds_after", "parse_filling", "place_decorations", "read_output", "same_named"]

#: Between two decorations of a cell: a name may hold a semicolon of its own.
_NEXT_DECORATION = re.compile(r"; (?=[0-9]+x )")
_DECORATION = re.compile(r"([0-9]{1,9})x (.*)", re.DOTALL)

#: What `--spreadsheet-safe` puts an apostrophe before.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Record:
    """One build of the file: the line on which it starts, and its cells."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """Header and records of an output file."""

    header: tuple[str, ...]
    records: tuple[Record, ...]


def read_output(path: str) -> OutputFile:
    """Read a file of builds.

    Raises
    ------
    InputError
        If it cannot be read as UTF-8 CSV with a header.
    """
    records = []
    try:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            line = 1
            for cells in reader:
                records.append(Record(line, tuple(cells)))
                line = reader.line_num + 1
    except OSError as error:
        fault = Fault(path, f"cannot be read: {error.strerror}", "name a file that optimize wrote")
        raise InputError([fault]) from None
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        fault = Fault(path, f"is not a CSV file in UTF-8: {error}", "write it again with optimize")
        raise InputError([fault]) from None
    if not records:
        raise InputError([Fault(path, "is empty", "write it again with optimize")])
    return OutputFile(records[0].cells, tuple(records[1:]))


def plain(cell: str, known: Mapping[str, object]) -> str:
    """A name without the apostrophe that keeps spreadsheets from running it."""
    if cell not in known and cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS):
        return cell[1:]
    return cell


def same_named(definition: Definition, allowed: Sequence[Sequence[int]]) -> list[dict[str, list[int]]]:
    """For each body part, the allowed rows of every name, in file order."""
    by_name: list[dict[str, list[int]]] = []
    for rows in allowed:
        own: dict[str, list[int]] = {}
        for row in rows:
            own.setdefault(definition.pieces[row].name, []).append(row)
        by_name.append(own)
    return by_name


def builds_after(choices: Sequence[Sequence[int]], positions: Sequence[int], floor: Rows | None) -> Iterator[Rows]:
    """Builds of one of the choices at each position, in rank order, from `floor` on.

    Positions of the same body part take ascending rows.
    """

    def extend(rows: Rows, at_floor: bool) -> Iterator[Rows]:
        position = len(rows)
        if position == len(choices):
            yield rows
            return
        least = floor[position] if floor is not None and at_floor else -1
        is_same_part = position > 0 and positions[position] == positions[position - 1]
        for row in choices[position]:
            if row < least or (is_same_part and row <= rows[-1]):
                continue
            yield from extend((*rows, row), at_floor and row == least)

    return extend((), floor is not None)


# --- decorations ---------------------------------------------------------------


def parse_filling(cell: str, definition: Definition) -> tuple[dict[int, int], list[str]]:
    """Decorations of a cell by number, and what is wrong with the cell."""
    numbers = {decoration.name: number for number, decoration in enumerate(definition.decorations)}
    filling: dict[int, int] = {}
    faults = []
    for text in _NEXT_DECORATION.split(cell) if cell else ():
        match = _DECORATION.fullmatch(text)
        number = numbers.get(match[2], -1) if match else -1
        if match is None or number < 0:
            faults.append(f"no decoration is written as {text!r}")
            continue
        if number in filling or not int(match[1]):
            faults.append(f"{match[2]!r} must be named once, with its count")
        filling[number] = filling.get(number, 0) + int(match[1])
        available = definition.decorations[number].available
        if available is not None and filling[number] > available:
            faults.append(f"there are only {available} of {match[2]!r}")
    return filling, faults


def may_hold(definition: Definition, slot: Slot, number: int) -> bool:
    """Whether a slot takes a decoration."""
    on_weapon, level = slot
    decoration = definition.decorations[number]
    place = {"any": True, "weapon": on_weapon, "armor": not on_weapon}[decoration.allowed_on]
    return place and decoration.slot_level <= level


def place_decorations(
    definition: Definition, slots: Sequence[Slot], filling: Mapping[int, int], free_slots: Sequence[int]
) -> list[int] | None:
    """A decoration for each slot, -1 where it stays free, or None where they do not fit.

    Parameters
    ----------
    definition : Definition
    slots : sequence of Slot
    filling : mapping of int to int
    free_slots : sequence of 4 int
        By level: so many slots of exactly that level stay free.

    Notes
    -----
    A perfect matching by augmenting paths: decorations and free slots against
    slots. H. W. Kuhn, "The Hungarian method for the assignment problem" (1955).
    """
    # A token -l stands for a slot of level l that stays free.
    tokens = [number for number, count in filling.items() for _ in range(min(count, len(slots) + 1))]
    tokens += [-level for level, count in enumerate(free_slots, 1) for _ in range(min(max(count, 0), len(slots) + 1))]
    if len(tokens) != len(slots) or min(free_slots) < 0:
        return None
    # Decoration 0 and free level 0 would collide: levels start at 1.
    held: list[int | None] = [None] * len(slots)

    def goes_in(token: int, slot: Slot) -> bool:
        return slot[1] == -token if token < 0 else may_hold(definition, slot, token)

    def place(i: int, tried: set[int]) -> bool:
        for s, slot in enumerate(slots):
            if s in tried or not goes_in(tokens[i], slot):
                continue
            tried.add(s)
            owner = held[s]
            if owner is None or place(owner, tried):
                held[s] = i
                return True
        return False

    if not all(place(i, set()) for i in range(len(tokens))):
        return None
    return [-1 if owner is None or tokens[owner] < 0 else tokens[owner] for owner in held]
