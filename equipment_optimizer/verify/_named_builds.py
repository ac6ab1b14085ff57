"""The builds and fillings that names may stand for.

In: names as an output file writes them. Out: builds whose pieces have these names,
and decorations as numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ._builds import Builds
from ._definition import Definition, Rows

__all__ = ["builds_after", "parse_filling", "same_named"]

#: Between two decorations of a cell: a name may hold a semicolon of its own.
_NEXT_DECORATION = re.compile(r"; (?=[0-9]+x )")
_DECORATION = re.compile(r"([0-9]{1,9})x (.*)", re.DOTALL)


def same_named(definition: Definition, allowed: Sequence[Sequence[int]]) -> list[dict[str, list[int]]]:
    """For each body part, the allowed rows of every name, in file order."""
    by_name: list[dict[str, list[int]]] = []
    for rows in allowed:
        rows_of_name: dict[str, list[int]] = {}
        for row in rows:
            rows_of_name.setdefault(definition.pieces[row].name, []).append(row)
        by_name.append(rows_of_name)
    return by_name


def builds_after(
    choices: Sequence[Sequence[int]], positions: Sequence[int], floor: Rows | None, builds: Builds, *, begun: Rows = ()
) -> Iterator[Rows]:
    """Builds of one of the choices at each position, in rank order, from `floor` on, that begin with some rows.

    Positions of the same body part take ascending rows, and no piece is there twice.
    """
    position = len(begun)
    if position == len(choices):
        if builds.has_no_piece_twice(begun):
            yield begun
        return
    least = floor[position] if floor is not None and begun == floor[:position] else -1
    is_same_part = position > 0 and positions[position] == positions[position - 1]
    for row in choices[position]:
        if row < least or (is_same_part and not builds.may_follow(row, begun[-1])):
            continue
        yield from builds_after(choices, positions, floor, builds, begun=(*begun, row))


def parse_filling(cell: str, definition: Definition) -> tuple[dict[int, int], list[str]]:
    """Decorations of a cell by number, and what is wrong with the cell."""
    filling: dict[int, int] = {}
    faults = []
    for text in _NEXT_DECORATION.split(cell) if cell else ():
        match = _DECORATION.fullmatch(text)
        number = definition.decoration_numbers.get(match[2], -1) if match else -1
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
