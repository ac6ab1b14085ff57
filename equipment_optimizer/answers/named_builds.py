"""Builds that somebody names: by the row of a list, or by the names of their pieces.

Out: row numbers of the table, in the order of the positions. Where several pieces have a name, a
row of a list is the build with its score; of names alone all builds are told.
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

__all__ = ["build_of_row", "builds_of_names", "piece_named", "row_of_names", "rows_of_shared_names"]

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


def builds_of_names(text: str, table: EquipmentTable) -> list[Build]:
    """The builds of pieces whose names are separated by semicolons, or commas, in any order.

    By rank, and no more than are tried: there are several where several pieces have a name. A name that stands whole in
    the equipment is one, whatever separators are in it.
    """
    names = _names_in(text, frozenset(map(folded, table.names)))
    builds = list(itertools.islice(_builds_with(Counter(map(folded, names)), table), _MOST_TRIED))
    if not builds:
        raise _why_no_build(text, names, table)
    return builds


def rows_of_shared_names(build: Build, table: EquipmentTable) -> list[int]:
    """The rows of a build whose names are other pieces' too."""
    n_called = Counter(dict(zip(table.origin.tolist(), map(folded, table.names), strict=True)).values())
    return [row for row in build if table.origin[row] != NO_PIECE and n_called[folded(table.names[row])] > 1]


def row_of_names(output: OutputFile, build: Build, table: EquipmentTable) -> int | None:
    """The first row of a list, 1 the first, whose pieces have the names of a build's; None where there is none."""
    places = [output.header.index(name) for name in table.position_names if name in output.header]
    wanted = Counter(filter(None, (folded(table.names[row]) for row in build)))
    for number, record in enumerate(output.records, 1):
        named = (folded(plain(record.cells[place], {})) for place in places if place < len(record.cells))
        if Counter(filter(None, named)) == wanted:
            return number
    return None


def _names_in(text: str, known: frozenset[str]) -> list[str]:
    """The names in a text: as few as possible that are not known, and each as long as it may be."""
    splits = [_split(text, mark, known) for mark in (";", ",") if mark in text] or [
        [text.strip()][: bool(text.strip())]
    ]
    return next((names for names in splits if known.issuperset(map(folded, names))), splits[0])


def _split(text: str, mark: str, known: frozenset[str]) -> list[str]:
    """The names between marks, which may stand in names that are known."""
    pieces = text.split(mark)
    most = 1 + max((name.count(mark) for name in known), default=0)
    # From each piece on: how many names are not known, and all of them.
    best: list[tuple[int, list[str]]] = [(0, [])]
    for start in reversed(range(len(pieces))):
        choices = []
        for stop in range(min(start + most, len(pieces)), start, -1):
            name = mark.join(pieces[start:stop]).strip()
            n_unknown, names = best[len(pieces) - stop]
            if not name:
                choices.append((n_unknown, names))
            elif folded(name) in known or stop == start + 1:
                choices.append((n_unknown + (folded(name) not in known), [name, *names]))
        best.append(min(choices, key=lambda choice: choice[0]))
    return best[-1][1]


def _builds_with(wanted: Counter[str], table: EquipmentTable) -> Iterator[Build]:
    """The builds by rank that have pieces of these folded names and no others; of one set of pieces the first."""
    positions, origin = table.positions, table.origin.tolist()
    by_part = [
        [row for row in range(first, stop) if origin[row] == NO_PIECE or wanted[folded(table.names[row])]]
        for first, stop in itertools.pairwise(table.part_start.tolist())
    ]
    later = [
        {folded(table.names[row]) for b in positions[place:] for row in by_part[b]}
        for place in range(len(positions) + 1)
    ]

    def completed(rows: Build, left: Counter[str]) -> Iterator[Build]:
        """The builds that begin with these rows and have what is left."""
        place = len(rows)
        if left.total() > len(positions) - place or not later[place].issuperset(left):
            return
        if place == len(positions):
            yield rows
            return
        worn = {origin[row] for row in rows} - {NO_PIECE}
        is_same_part = place > 0 and positions[place - 1] == positions[place]
        for row in by_part[positions[place]]:
            name = folded(table.names[row])
            is_empty = origin[row] == NO_PIECE
            if not is_empty and (not left[name] or origin[row] in worn or (is_same_part and row <= rows[-1])):
                continue
            if not is_empty and is_same_part and origin[rows[-1]] == NO_PIECE:
                continue
            yield from completed((*rows, row), left if is_empty else left - Counter([name]))

    known: set[frozenset[int]] = set()
    for build in completed((), wanted):
        pieces = frozenset(origin[row] for row in build)
        if pieces not in known:
            known.add(pieces)
            yield build


def _why_no_build(text: str, names: Sequence[str], table: EquipmentTable) -> UsageError:
    """Why no build has exactly these pieces."""
    by_name, left = _rows_of_names(table), list(table.positions)
    every = frozenset(map(folded, table.names))
    unknown = next((name for name in names if folded(name) not in every), None)
    if unknown is not None:
        return _unknown(unknown, table.names)
    if any(table.optional) or len(set(table.origin.tolist())) < table.n_pieces:
        mend = "name one piece for each place that may not stay empty, and none more often than it is there"
        return UsageError(f"the pieces of {text!r} do not fit the places", mend)
    n_named: Counter[tuple[int, str]] = Counter()
    for name in names:
        b = next((b for b in dict.fromkeys(left) if folded(name) in by_name[b]), None)
        if b is None:
            return UsageError(f"there is no place left for {name!r}", "name one piece for each place")
        left.remove(b)
        n_named[b, folded(name)] += 1
        if n_named[b, folded(name)] > len(by_name[b][folded(name)]):
            return UsageError(f"{name!r} is named more often than there are", "name each piece once")
    parts = ", ".join(dict.fromkeys(table.parts[b] for b in left))
    return UsageError(f"the build {text!r} lacks a piece of {parts}", "name one piece for each place")


def piece_named(name: str, table: EquipmentTable) -> str:
    """The name as the table writes it."""
    known = {folded(known_name): known_name for known_name in table.names}
    if folded(name) not in known:
        raise _unknown(name, table.names)
    return known[folded(name)]


def _unknown(name: str, names: Sequence[str]) -> UsageError:
    """No piece is called so."""
    guess = near(name, names)
    return UsageError(f"no piece is called {name!r}", f"write {guess!r}" if guess else "write it as in the equipment")
