"""Builds that somebody names: by the row of a list, or by the names of their pieces.

Out: row numbers of the table, in the order of the positions; a name stands for the first
piece of its part that has it, unless the list's score tells another.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation

from ..errors import Fault, InputError, UsageError
from ..files.names import folded, near
from ..records.equipment import NO_PIECE, EquipmentTable
from ..verify.output_file import OutputFile, plain

__all__ = ["build_of_names", "build_of_row", "piece_named"]

Build = tuple[int, ...]

#: Builds of the same names that are tried for the one with the score of the list.
_MOST_TRIED = 2_000


def _rows_of_names(table: EquipmentTable) -> list[dict[str, list[int]]]:
    """By part: the rows of each folded name."""
    rows_of_builds: list[dict[str, list[int]]] = []
    for b in range(len(table.parts)):
        rows: dict[str, list[int]] = {}
        for row in range(int(table.part_start[b]), int(table.part_start[b + 1])):
            rows.setdefault(folded(table.names[row]), []).append(row)
        rows_of_builds.append(rows)
    return rows_of_builds


def build_of_row(
    path: str, output: OutputFile, row: int, table: EquipmentTable, score_of: Callable[[Build], Decimal | None]
) -> Build:
    """The build in a row of a list, 1 the first; of several with these names the one with the row's score."""
    record = next(itertools.islice(output.records, row - 1, None), None) if row >= 1 else None
    if record is None:
        message = f"{path} has {sum(1 for _ in output.records)} rows, and row {row} was asked for"
        raise UsageError(message, "name a row of the list, 1 the first")
    cells = dict(zip(output.header, record.cells, strict=False))
    missing = [name for name in table.position_names if name not in cells]
    if missing:
        raise InputError([Fault(f"{path}:1:1", f"there is no column {missing[0]!r}", "name a list of this equipment")])
    by_name = _rows_of_names(table)
    choices = []
    for name, b in zip(table.position_names, table.positions, strict=True):
        cell = plain(cells[name], {})
        rows = by_name[b].get(folded(cell))
        if rows is None:
            message = f"no piece of {table.parts[b]} is called {cell!r} [{name}]"
            raise InputError([Fault(f"{path}:{record.line}", message, "name the equipment that the list is of")])
        choices.append(rows)
    builds = list(itertools.islice(_builds(choices, table), _MOST_TRIED))
    if len(builds) > 1:
        try:
            score = Decimal(cells.get("Score", "").replace(",", "."))
        except InvalidOperation:
            return builds[0]
        return next((build for build in builds if score_of(build) == score), builds[0])
    if not builds:
        message = "the row names one piece twice where a build takes different ones"
        raise InputError([Fault(f"{path}:{record.line}", message, "name the equipment that the list is of")])
    return builds[0]


def _builds(choices: Sequence[Sequence[int]], table: EquipmentTable) -> Iterator[Build]:
    """Builds of these rows, none twice, those of one part ascending; only an empty place is there several times."""
    positions, origin = table.positions, table.origin.tolist()
    for rows in itertools.product(*choices):
        worn = [origin[row] for row in rows if origin[row] != NO_PIECE]
        places = itertools.pairwise(zip(rows, positions, strict=True))
        if len(set(worn)) == len(worn) and all(p != q or a < b or origin[a] == NO_PIECE for (a, p), (b, q) in places):
            yield rows


def build_of_names(text: str, table: EquipmentTable) -> Build:
    """The build of pieces whose names are separated by semicolons, or commas, in any order."""
    names = [name.strip() for name in text.split(";" if ";" in text else ",") if name.strip()]
    if any(table.optional) or len(set(table.origin.tolist())) < table.n_pieces:
        return _first_of_names(text, names, table)
    by_name, left = _rows_of_names(table), list(table.positions)
    chosen: dict[int, list[int]] = {}
    for name in names:
        b = next((b for b in dict.fromkeys(left) if folded(name) in by_name[b]), None)
        if b is None:
            raise _unknown(name, [table.names[row] for row in range(table.n_pieces)], "a build has one such piece less")
        row = next((row for row in by_name[b][folded(name)] if row not in chosen.get(b, [])), None)
        if row is None:
            raise UsageError(f"{name!r} is named more often than there are", "name each piece once")
        chosen.setdefault(b, []).append(row)
        left.remove(b)
    if left:
        parts = ", ".join(dict.fromkeys(table.parts[b] for b in left))
        raise UsageError(f"the build {text!r} lacks a piece of {parts}", "name one piece for each place")
    rows = {b: iter(sorted(rows_of_part)) for b, rows_of_part in chosen.items()}
    return tuple(next(rows[b]) for b in table.positions)


def _first_of_names(text: str, names: Sequence[str], table: EquipmentTable) -> Build:
    """The first build by rank that has these pieces, where places may stay empty or share pieces."""
    wanted = Counter(map(folded, names))
    unknown = next((name for name in names if folded(name) not in set(map(folded, table.names))), None)
    if unknown is not None:
        raise _unknown(unknown, table.names, "")
    positions, origin = table.positions, table.origin.tolist()
    by_part = [
        [row for row in range(first, stop) if origin[row] == NO_PIECE or wanted[folded(table.names[row])]]
        for first, stop in itertools.pairwise(table.part_start.tolist())
    ]

    def completed(rows: Build, left: Counter[str]) -> Build | None:
        """The first build that begins with these rows and has what is left."""
        place = len(rows)
        if place == len(positions) or left.total() > len(positions) - place:
            return rows if place == len(positions) and not left.total() else None
        worn = {origin[row] for row in rows} - {NO_PIECE}
        is_same_part = place > 0 and positions[place - 1] == positions[place]
        for row in by_part[positions[place]]:
            name = folded(table.names[row])
            is_empty = origin[row] == NO_PIECE
            if not is_empty and (not left[name] or origin[row] in worn or (is_same_part and row <= rows[-1])):
                continue
            if not is_empty and is_same_part and origin[rows[-1]] == NO_PIECE:
                continue
            build = completed((*rows, row), left if is_empty else left - Counter([name]))
            if build is not None:
                return build
        return None

    build = completed((), wanted)
    if build is None:
        mend = "name one piece for each place that may not stay empty, and none more often than it is there"
        raise UsageError(f"the pieces of {text!r} do not fit the places", mend)
    return build


def piece_named(name: str, table: EquipmentTable) -> str:
    """The name as the table writes it."""
    known = {folded(known_name): known_name for known_name in table.names}
    if folded(name) not in known:
        raise _unknown(name, table.names, "")
    return known[folded(name)]


def _unknown(name: str, names: Sequence[str], otherwise: str) -> UsageError:
    """No piece, or none that has a place left, is called so."""
    if otherwise and folded(name) in {folded(other) for other in names}:
        return UsageError(f"there is no place left for {name!r}", "name one piece for each place")
    guess = near(name, names)
    return UsageError(f"no piece is called {name!r}", f"write {guess!r}" if guess else "write it as in the equipment")
