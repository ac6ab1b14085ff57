"""What builds come to with pieces that might be got, and with one more of a decoration, straight from the definitions.

Where there are few such builds all are tried; else good ones with the piece in them, their neighbours, and what
climbing leads to.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from ...records.config import Config
from ...records.equipment import NO_PIECE, EquipmentPiece, EquipmentTable
from ..judging import Builds, Challenge, Definition, Rows

__all__ = ["Outcome", "PossibleBuilds", "own_pieces"]

#: Good builds into which a piece is put.
_MOST_GOOD = 20

#: Fillings that are gone through for each build that would be tried.
_FILLINGS_OF_EACH = 100


class Outcome(NamedTuple):
    """The best score that was seen, None for none; whether all builds with all their fillings were tried; how many."""

    best: Fraction | None
    is_whole: bool
    n_tried: int


class PossibleBuilds:
    """Builds of a job's own pieces and of some that might be got: those of `wishes`, then `talismans`.

    `allowed` are the rows of the job's own table by part; what rules them out does not concern others. Parts that only
    others have hold a piece of nothing so far.
    """

    def __init__(
        self,
        definition: Definition,
        allowed: Sequence[Sequence[int]],
        wishes: EquipmentTable | None,
        talismans: Sequence[EquipmentPiece],
        *,
        seed: int,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._own, self._own_allowed = definition, allowed
        self._seed, self._should_stop = seed, should_stop
        table, config = definition.table, definition.config
        owned, wished = own_pieces(table, config), {} if wishes is None else own_pieces(wishes, config)
        self._number_of = {number: place for place, number in enumerate(owned)}
        named = [table] if wishes is None else [table, wishes]
        columns = (
            tuple(dict.fromkeys(itertools.chain.from_iterable(of.resistance_names for of in named))),
            tuple(dict.fromkeys(itertools.chain.from_iterable(of.other_names for of in named))),
        )
        filled = {piece.body_part for piece in (*wished.values(), *talismans)}
        blanks = [
            EquipmentPiece("", part)
            for part, rule in config.body_parts.items()
            if part not in table.parts and not rule.optional and not filled.isdisjoint((part, *rule.drawn_from))
            for _ in range(rule.count)
        ]
        self._first = len(owned) + len(blanks)
        pieces = [_under(columns, piece, table) for piece in owned.values()]
        pieces += [_under(columns, piece, None) for piece in blanks]
        pieces += [_under(columns, piece, wishes) for piece in wished.values()]
        pieces += [_under(columns, piece, None) for piece in talismans]
        self.table = EquipmentTable.from_pieces(
            pieces, body_parts=config.body_parts, resistance_names=columns[0], other_names=columns[1]
        )
        self._definition = Definition(self.table, config)
        places = {(table.parts[b], int(table.origin[row])) for b, rows in enumerate(allowed) for row in rows}
        usable = {(part, self._number_of.get(number, NO_PIECE)) for part, number in places}
        usable |= {(pieces[n].body_part, n) for n in range(len(owned), self._first)}
        usable |= {(part, NO_PIECE) for part in self.table.parts}
        #: Rows of each part that may be used without any other piece; and each piece's rows, with their parts.
        self._allowed: list[list[int]] = [[] for _ in self.table.parts]
        self._rows_of: dict[int, list[tuple[int, int]]] = {}
        starts = self.table.part_start.tolist()
        for b, part in enumerate(self.table.parts):
            for row in range(starts[b], starts[b + 1]):
                number = int(self.table.origin[row])
                self._rows_of.setdefault(number, []).append((b, row))
                if (part, number) in usable:
                    self._allowed[b].append(row)

    # --- with pieces ---------------------------------------------------------------------

    def with_pieces(self, possible: Sequence[int], good: Sequence[Rows], n_builds: int) -> Outcome:
        """The best with some of the possible pieces, all of them; `good` are builds of the job's own rows."""
        outcomes = []
        for held in self._places([self._first + number for number in possible]):
            rows = [list(of_part) for of_part in self._allowed]
            for b, joining in held.items():
                rows[b] = sorted([*(rows[b] if len(joining) < self.table.counts[b] else ()), *joining])
            wanted = {row for joining in held.values() for row in joining}
            starts = [build for build in map(self._moved, good[:_MOST_GOOD]) if build is not None]
            put = itertools.chain.from_iterable(self._put(build, held) for build in starts)
            chosen = list(itertools.islice(put, _MOST_GOOD))
            outcomes.append(self._try(self._definition, Builds(self.table, rows), wanted, chosen, n_builds))
        scores = [outcome.best for outcome in outcomes if outcome.best is not None]
        is_whole = all(outcome.is_whole for outcome in outcomes)
        return Outcome(max(scores, default=None), is_whole, sum(outcome.n_tried for outcome in outcomes))

    def _places(self, numbers: Sequence[int]) -> Iterator[dict[int, list[int]]]:
        """Ways to have all of some pieces: their rows by part."""
        for picks in itertools.product(*(self._rows_of[number] for number in numbers)):
            held: dict[int, list[int]] = {}
            for b, row in picks:
                held.setdefault(b, []).append(row)
            if all(len(rows) <= self.table.counts[b] for b, rows in held.items()):
                yield held

    def _moved(self, build: Rows) -> Rows | None:
        """The same build here, with nothing in the places of parts that only possible pieces have."""
        table, moved = self._own.table, []
        parts = {part: b for b, part in enumerate(table.parts)}
        place = dict(zip(table.parts, itertools.accumulate((0, *table.counts)), strict=False))
        for b, part in enumerate(self.table.parts):
            if part in parts:
                worn = build[place[part] : place[part] + table.counts[parts[part]]]
                numbers = [int(table.origin[row]) for row in worn]
                rows = [self._row_in(b, self._number_of.get(number, NO_PIECE)) for number in numbers]
            else:
                rows = list(self._allowed[b][: self.table.counts[b]])
                rows += rows[-1:] * (self.table.counts[b] - len(rows))
            if None in rows or len(rows) < self.table.counts[b]:
                return None
            moved += sorted(row for row in rows if row is not None)
        return tuple(moved)

    def _row_in(self, b: int, number: int) -> int | None:
        return next((row for part, row in self._rows_of.get(number, ()) if part == b), None)

    def _put(self, build: Rows, held: Mapping[int, Sequence[int]]) -> Iterator[Rows]:
        """A build with some rows in the place of its own, in every way."""
        starts = list(itertools.accumulate((0, *self.table.counts)))
        groups: list[list[Rows]] = []
        for b, count in enumerate(self.table.counts):
            worn, joining = build[starts[b] : starts[b] + count], held.get(b, ())
            kept = dict.fromkeys(itertools.combinations(worn, count - len(joining)))
            groups.append([tuple(sorted((*rows, *joining))) for rows in kept])
        for picks in itertools.product(*groups):
            yield tuple(itertools.chain.from_iterable(picks))

    # --- with one more of a decoration -----------------------------------------------------

    def with_decoration(self, number: int, good: Sequence[Rows], n_builds: int) -> Outcome:
        """The best of the job's own builds with one more of a decoration, by its number."""
        definition = Definition(self._own.table, _with_one_more(self._own.config, number))
        builds = Builds(self._own.table, self._own_allowed)
        return self._try(definition, builds, set(), good[:_MOST_GOOD], n_builds)

    # --- builds ----------------------------------------------------------------------------

    def _try(
        self, definition: Definition, builds: Builds, wanted: set[int], good: Sequence[Rows], n_builds: int
    ) -> Outcome:
        """The best of builds that have all `wanted` rows."""
        best: int | None = None

        def note(rows: Rows, score: int) -> bool:
            nonlocal best
            if (best is None or score > best) and wanted <= set(rows):
                best = score
            return False

        challenge = Challenge(
            definition,
            builds,
            (),
            None,
            seed=self._seed,
            should_stop=self._should_stop,
            n_fillings=n_builds * _FILLINGS_OF_EACH,
        )
        challenge.belongs = note
        is_whole, n_tried = False, n_builds
        if challenge.n_combinations <= n_builds:
            n_tried, _ = challenge.every_build()
            is_whole = not challenge.n_open
        else:
            starts = [rows for rows in (builds.first_assignment(build) for build in good) if rows is not None]
            for build in starts:
                challenge.try_build(build)
            challenge.exchanges(starts, n_builds // 2)
            challenge.climbs(n_builds // 2)
        return Outcome(None if best is None else Fraction(best, definition.denominator), is_whole, n_tried)


def own_pieces(table: EquipmentTable, config: Config) -> dict[int, EquipmentPiece]:
    """The pieces of a table by their numbers, each of the part that others may draw it from."""
    rows: dict[int, dict[str, int]] = {}
    for b, part in enumerate(table.parts):
        for row in range(int(table.part_start[b]), int(table.part_start[b + 1])):
            if table.origin[row] != NO_PIECE:
                rows.setdefault(int(table.origin[row]), {})[part] = row
    pieces = {}
    for number, places in sorted(rows.items()):
        homes = (part for part in places if all(part in config.body_parts[o].drawn_from for o in places if o != part))
        pieces[number] = table.piece(places[next(homes, next(iter(places)))])
    return pieces


def _under(
    columns: tuple[Sequence[str], Sequence[str]], piece: EquipmentPiece, table: EquipmentTable | None
) -> EquipmentPiece:
    """A piece of a table, or of none, with the cells of these resistances and other columns."""
    numbers = {} if table is None else dict(zip(table.resistance_names, piece.resistances, strict=True))
    cells = {} if table is None else dict(zip(table.other_names, piece.other, strict=True))
    resistances, others = columns
    return piece._replace(
        resistances=tuple(numbers.get(name, 0) for name in resistances),
        other=tuple(cells.get(name, "") for name in others),
    )


def _with_one_more(config: Config, number: int) -> Config:
    """A configuration with one more of a decoration, by its number."""
    decorations = list(config.decorations or ())
    decorations[number] = replace(decorations[number], available=(decorations[number].available or 0) + 1)
    return replace(config, decorations=tuple(decorations))
