"""Parts that draw from the same rows: which assignments of rows to places are a build of their own.

No row is twice in a build, and the same rows in other places are one build: the assignment
that is first by rank. Whether another one is earlier shows in a cycle: a place takes the
row of a later place, that one the row of the next, and the last the row of the first. Of
assignments, as of flows, one is the least where no such cycle gives its outermost place
an earlier row (R. K. Ahuja, T. L. Magnanti, J. B. Orlin, *Network Flows*, 1993, ch. 9).

Array axes: N combinations, Q places of the parts that share rows.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["DrawnRows"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: In place of the number of a row: the empty place, which ranks last and may be there several times.
_EMPTY = 2**62

#: Pairs of rows that are noted, a byte each.
_MOST_PAIRS = 2**24


class DrawnRows:
    """The parts of a space that share rows.

    `origins` are, of every part, which row each of its own is, int64 (n,), ascending; -1, at the end, is an empty
    place. `parts` are those that share rows with others.
    """

    def __init__(self, origins: Sequence[IntArray], counts: Sequence[int]) -> None:
        self._counts = counts
        homes: dict[int, list[int]] = {}
        for b, rows in enumerate(origins):
            for row in rows.tolist():
                homes.setdefault(row, []).append(b)
        empty = set(homes.pop(-1, ()))
        self._group = list(range(len(origins)))
        for parts in {tuple(parts) for parts in homes.values()}:
            merged = {self._group[b] for b in parts}
            self._group = [min(merged) if group in merged else group for group in self._group]
        sizes = Counter(self._group)
        self.parts = tuple(b for b, group in enumerate(self._group) if sizes[group] > 1)
        #: Rows are of one kind where the same parts have them: by kind, the parts and how many rows.
        kinds: dict[tuple[int, ...], int] = {}
        of_row = {row: kinds.setdefault(tuple(parts), len(kinds)) for row, parts in homes.items()}
        n_kinds = len(kinds)
        self._kinds = [frozenset(parts) for parts in kinds]
        self._n_rows = Counter(of_row.values())
        self._rows: dict[int, IntArray] = {}
        self._kind: dict[int, IntArray] = {}
        for b in self.parts:
            rows = origins[b].tolist()
            self._rows[b] = np.where(origins[b] < 0, _EMPTY, origins[b])
            self._kind[b] = np.array([of_row.get(row, n_kinds) for row in rows], dtype=np.int64)
        self._kinds.append(frozenset(empty & {*self.parts}))
        places = [b for b, count in enumerate(counts) for _ in range(count)]
        self.places = [position for position, b in enumerate(places) if b in self.parts]
        self._part_of = places
        self._pairs: dict[tuple[int, ...], list[tuple[int, int]]] = {}

    # --- how many -----------------------------------------------------------------

    def n_builds(self, group: int) -> int:
        """How many sets of rows the parts of a group can take."""
        parts = [b for b in self.parts if self._group[b] == group]
        ways: set[tuple[int, ...]] = {(0,) * len(self._kinds)}
        for b in parts:
            fitting = [kind for kind, parts_of_kind in enumerate(self._kinds) if b in parts_of_kind]
            more = [Counter(taken) for taken in itertools.combinations_with_replacement(fitting, self._counts[b])]
            ways = {
                sums
                for taken in ways
                for added in more
                if self._is_there(sums := tuple(n + added[kind] for kind, n in enumerate(taken)))
            }
        return sum(math.prod(math.comb(self._n_rows[kind], n) for kind, n in enumerate(taken[:-1])) for taken in ways)

    def _is_there(self, taken: Sequence[int]) -> bool:
        """Whether there are so many rows of each kind; of the last, the empty place, always."""
        return all(n <= self._n_rows[kind] for kind, n in enumerate(taken[:-1]))

    def groups(self) -> list[int]:
        """Numbers of the groups of parts that share rows with each other."""
        return sorted({self._group[b] for b in self.parts})

    def n_places(self, part: int) -> int:
        """Places of all parts that share rows with a part, its own included."""
        return sum(count for b, count in enumerate(self._counts) if self._group[b] == self._group[part])

    # --- which --------------------------------------------------------------------

    def are_first(self, columns: Sequence[npt.NDArray[np.integer]]) -> BoolArray:
        """Which combinations, one column of piece indices per place, are builds, and first of their kind; (N,)."""
        indices = [np.asarray(columns[position], dtype=np.int64) for position in self.places]
        parts = [self._part_of[position] for position in self.places]
        rows = [self._rows[b][column] for b, column in zip(parts, indices, strict=True)]
        kinds = np.array([self._kind[b][column] for b, column in zip(parts, indices, strict=True)])
        good = np.ones(kinds.shape[1], dtype=np.bool_)
        for p, q in itertools.combinations(range(len(rows)), 2):
            if self._group[parts[p]] == self._group[parts[q]]:
                good &= (rows[p] != rows[q]) | (rows[p] == _EMPTY)
        code = np.zeros(kinds.shape[1], dtype=np.int64)
        patterns = np.zeros(kinds.shape[1], dtype=np.int64)
        for kind in kinds:
            _, patterns = np.unique(code * len(self._kinds) + kind, return_inverse=True)
            code = patterns.reshape(-1).astype(np.int64)
        for number in range(int(code.max(initial=-1)) + 1):
            those = np.flatnonzero(code == number)
            for p, q in self._worse_pairs(tuple(kinds[:, those[0]].tolist())):
                good[those] &= rows[p][those] <= rows[q][those]
        return good

    def _worse_pairs(self, kinds: tuple[int, ...]) -> list[tuple[int, int]]:
        """Pairs of places, by rows of these kinds, of which the first could take the row of the second."""
        if kinds not in self._pairs:
            n_places = len(kinds)
            parts = [self._part_of[position] for position in self.places]
            takes = [[parts[p] in self._kinds[kinds[q]] for q in range(n_places)] for p in range(n_places)]
            self._pairs[kinds] = [
                (p, q) for p in range(n_places) for q in range(p + 1, n_places) if takes[p][q] and _closes(takes, p, q)
            ]
        return self._pairs[kinds]

    def clashes(self, first: int, second: int) -> BoolArray | None:
        """Which rows of a part never go with which rows of a later part, shape (n, m); None for parts apart.

        The same row, or two that could change places to be earlier by rank. None, too, for parts so
        large that it would take too much memory: `are_first` knows it all.
        """
        if first == second or first not in self._rows or second not in self._rows:
            return None
        if self._group[first] != self._group[second]:
            return None
        if len(self._rows[first]) * len(self._rows[second]) > _MOST_PAIRS:
            return None
        rows, others = self._rows[first][:, None], self._rows[second][None]
        fits = np.array([first in parts_of_kind for parts_of_kind in self._kinds])[self._kind[second]][None]
        fits_too = np.array([second in parts_of_kind for parts_of_kind in self._kinds])[self._kind[first]][:, None]
        clashing: BoolArray = ((rows == others) & (rows != _EMPTY)) | (fits & fits_too & (rows > others))
        return clashing


def _closes(takes: list[list[bool]], p: int, q: int) -> bool:
    """Whether place `q`, its row gone to `p`, gets one by places after `p`, the last of which takes the row of `p`."""
    seen, left = {q}, [q]
    while left:
        place = left.pop()
        if takes[place][p]:
            return True
        for other in range(p + 1, len(takes)):
            if takes[place][other] and other not in seen:
                seen.add(other)
                left.append(other)
    return False
