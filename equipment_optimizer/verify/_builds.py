"""Which tuples of table rows are builds, straight from the definitions.

One row for each place; rows ascend within a part, and only the row of an empty place
may come up again there. No piece is in a build twice. The same pieces in other places
are one build: of their allowed assignments the first by rank. Those of a list are held as
bytes, some ten a build.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

import numpy as np

from ..records.equipment import NO_PIECE, EquipmentTable

__all__ = ["Builds", "ListedBuilds", "Rows"]

Rows = tuple[int, ...]

#: Draws of a random build before it is given up: pieces may be in several parts.
_MOST_DRAWS = 100


class Builds:
    """The builds of a table of which `allowed` rows of each part may be used."""

    def __init__(self, table: EquipmentTable, allowed: Sequence[Sequence[int]]) -> None:
        self.allowed = [list(rows) for rows in allowed]
        self.counts = table.counts
        self.origin: list[int] = table.origin.tolist()
        real = [number for number in self.origin if number != NO_PIECE]
        #: Whether a piece may be in several parts.
        self.has_drawn = len(set(real)) < len(real)
        #: What the places of each part choose from: the row of an empty one as often as there are places.
        self._choices = [[*rows, *rows[-1:] * self.n_more_empty(part)] for part, rows in enumerate(self.allowed)]
        self._part_of = [part for part, count in enumerate(table.counts) for _ in range(count)]

    def is_empty(self, row: int) -> bool:
        """Whether a row stands for a place without a piece."""
        return self.origin[row] == NO_PIECE

    def may_follow(self, row: int, before: int) -> bool:
        """Whether a row may stand right behind another one in the places of a part."""
        return row > before or (row == before and self.is_empty(row))

    def has_no_piece_twice(self, rows: Sequence[int]) -> bool:
        """Whether all pieces are different ones."""
        worn = [self.origin[row] for row in rows if not self.is_empty(row)]
        return len(set(worn)) == len(worn)

    def first_assignment(self, rows: Rows) -> Rows | None:
        """The first assignment by rank of the pieces of `rows` to places; None where a piece is there twice."""
        if not self.has_drawn:
            return rows
        if not self.has_no_piece_twice(rows):
            return None
        worn = frozenset(self.origin[row] for row in rows if not self.is_empty(row))
        return next(self._assignments((), worn), None)

    def _assignments(self, rows: Rows, left: frozenset[int]) -> Iterator[Rows]:
        """Assignments of the pieces `left` to the places behind `rows`, in rank order."""
        place = len(rows)
        if len(left) > len(self._part_of) - place:
            return
        if place == len(self._part_of):
            yield rows
            return
        part = self._part_of[place]
        is_first = place == 0 or self._part_of[place - 1] != part
        for row in self.allowed[part]:
            if not is_first and not self.may_follow(row, rows[-1]):
                continue
            if self.is_empty(row):
                yield from self._assignments((*rows, row), left)
            elif self.origin[row] in left:
                yield from self._assignments((*rows, row), left - {self.origin[row]})

    def every(self) -> Iterator[Rows]:
        """All builds, in rank order."""
        groups = [self._groups(part) for part in range(len(self.allowed))]
        for picks in itertools.product(*groups):
            rows = tuple(itertools.chain.from_iterable(picks))
            if not self.has_drawn or self.first_assignment(rows) == rows:
                yield rows

    def _groups(self, part: int) -> list[Rows]:
        """Ways to fill the places of one part, in rank order."""
        return list(dict.fromkeys(itertools.combinations(self._choices[part], self.counts[part])))

    def empty(self) -> Rows | None:
        """The build without any piece, where every place may stay empty."""
        if not all(rows and self.is_empty(rows[-1]) for rows in self.allowed):
            return None
        return tuple(rows[-1] for rows, count in zip(self.allowed, self.counts, strict=True) for _ in range(count))

    def n_more_empty(self, part: int) -> int:
        """How many more of a part's places may stay empty than one."""
        rows = self.allowed[part]
        return self.counts[part] - 1 if rows and self.is_empty(rows[-1]) else 0

    def random(self, source: random.Random) -> Rows | None:
        """A build at random; None where none was found."""
        for _ in range(_MOST_DRAWS):
            rows: list[int] = []
            for choices, count in zip(self._choices, self.counts, strict=True):
                if len(choices) < count:
                    return None
                rows += sorted(source.sample(choices, count))
            assignment = self.first_assignment(tuple(rows))
            if assignment is not None:
                return assignment
        return None

    def neighbours(self, rows: Rows) -> Iterator[Rows]:
        """Every build that differs in one piece."""
        start = 0
        for allowed, count in zip(self.allowed, self.counts, strict=True):
            group = rows[start : start + count]
            for leaving, joining in itertools.product(dict.fromkeys(group), allowed):
                if joining in group and (joining == leaving or not self.is_empty(joining)):
                    continue
                changed = list(group)
                changed.remove(leaving)
                other_rows = (*rows[:start], *sorted([*changed, joining]), *rows[start + count :])
                assignment = self.first_assignment(other_rows)
                if assignment is not None:
                    yield assignment
            start += count


class ListedBuilds:
    """Builds in the order of a file: rows of a table of `n_pieces` at `n_positions`, the same ones maybe twice.

    Whether it holds one is told by halving (tests/verify/test_builds.py holds time and memory).
    """

    def __init__(self, n_positions: int, n_pieces: int) -> None:
        self._dtype = np.dtype(">u2" if n_pieces <= 1 << 16 else ">u4")
        self._n_bytes = n_positions * self._dtype.itemsize
        self._bytes = bytearray()
        self._sorted = np.zeros(0, dtype=f"S{self._n_bytes}")

    def _packed(self, rows: Rows) -> bytes:
        return np.array(rows, dtype=self._dtype).tobytes()

    def append(self, rows: Rows) -> None:
        """Add a build behind the others."""
        self._bytes += self._packed(rows)

    def __len__(self) -> int:
        return len(self._bytes) // self._n_bytes

    def __getitem__(self, k: int) -> Rows:
        some = self._bytes[self._n_bytes * k : self._n_bytes * (k + 1)]
        return tuple(np.frombuffer(some, dtype=self._dtype).tolist())

    def __iter__(self) -> Iterator[Rows]:
        return map(self.__getitem__, range(len(self)))

    def __contains__(self, rows: object) -> bool:
        if len(self._sorted) != len(self):
            self._sorted = np.sort(np.frombuffer(bytes(self._bytes), dtype=self._sorted.dtype))
        # As arrays: a text of its own loses the zeros at its end.
        packed = np.frombuffer(self._packed(rows), dtype=self._sorted.dtype)  # type: ignore[arg-type]
        place = int(self._sorted.searchsorted(packed)[0])
        return bool((self._sorted[place : place + 1] == packed).any())

    def repeated(self) -> dict[int, int]:
        """Of each build that was there before: its place, and that of the first one."""
        keys = np.frombuffer(bytes(self._bytes), dtype=self._sorted.dtype)
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], keys[order[1:]] != keys[order[:-1]]])) if len(keys) else order
        first = np.repeat(order[starts], np.diff(np.append(starts, len(keys))))
        again = np.flatnonzero(order != first)
        return dict(zip(order[again].tolist(), first[again].tolist(), strict=True))
