"""Pieces that score alike in every build, merged.

Two pieces of a body part with the same row of integers are interchangeable but
for their rank. The bounded search works on such classes and turns them back into
pieces last, lowest rank first. A part of which a build takes several pieces is
left unmerged, because two pieces of one class may then be in one build; so is one that
shares rows with others.

Array axes: n classes of one part, E coupled totals (features, then set bonuses),
K slot kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from ...problem.problem import PartColumns, Problem
from ...problem.ranges import Ranges

__all__ = ["PartClasses", "expand_members", "merge_pieces", "ranges_of"]

IntArray = npt.NDArray[np.int64]

#: Of each problem the classes whose ranges were asked last, and what those are.
_RANGES: WeakKeyDictionary[Problem, tuple[Sequence[PartClasses], Ranges]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class PartClasses:
    """The n classes of one body part, in the order of their first members; int64.

    Class ``i`` has the pieces ``members[member_start[i]:member_start[i + 1]]``, ascending.
    """

    count: int  # pieces a build takes of the part
    linear: IntArray  # (n,)
    totals: IntArray  # (n, E): levels of features, then memberships in set bonuses
    slots: IntArray  # (n, K)
    member_start: IntArray  # (n + 1,)
    members: IntArray
    repeated: int = -1  # class that a build may take several times; -1 for none

    def __len__(self) -> int:
        return len(self.linear)

    @property
    def sizes(self) -> IntArray:
        """Members of each class, shape (n,)."""
        return np.diff(self.member_start)

    @property
    def first(self) -> IntArray:
        """Lowest piece index of each class, shape (n,)."""
        return self.members[self.member_start[:-1]]


def ranges_of(problem: Problem, classes: Sequence[PartClasses]) -> Ranges:
    """What the totals of builds of these classes lie between; of those asked last it is known."""
    last, ranges = _RANGES.get(problem, (None, None))
    if ranges is None or last is not classes:
        ranges = Ranges.of(
            problem,
            totals=[part.totals for part in classes],
            slots=[part.slots for part in classes],
            counts=[part.count for part in classes],
        )
        _RANGES[problem] = classes, ranges
    return ranges


def merge_pieces(problem: Problem, shown: Sequence[IntArray] = ()) -> tuple[PartClasses, ...]:
    """Classes of every body part, outermost first; O(P (E + K) log P) time.

    Pieces are told apart by further columns too, where these are given by part, shapes (pieces, S).
    """
    space = problem.space
    if len(shown):
        parts = zip(problem.parts, shown, strict=True)
        vectors = [np.column_stack([part.vectors, further]) for part, further in parts]
    else:
        vectors = [part.vectors for part in problem.parts]
    shared = space.shared_parts
    return tuple(
        _merge(part, vectors[b], space.counts[b], is_apart=b not in shared, optional=space.optional[b])
        for b, part in enumerate(problem.parts)
    )


def _merge(part: PartColumns, vectors: IntArray, count: int, *, is_apart: bool, optional: bool) -> PartClasses:
    """Classes of one part: pieces with equal vectors."""
    n_pieces = len(part.linear)
    if count == 1 and is_apart:
        joined, width = vectors.tobytes(), vectors.itemsize * vectors.shape[1]
        known: dict[bytes, int] = {}
        rows = [joined[width * row : width * (row + 1)] for row in range(n_pieces)]
        owner = np.array([known.setdefault(row, len(known)) for row in rows], dtype=np.intp)
        first = np.flatnonzero(np.diff(np.maximum.accumulate(owner), prepend=-1))
    else:
        first = owner = np.arange(n_pieces)
    members = np.argsort(owner, kind="stable")
    sizes = np.bincount(owner, minlength=len(first))
    return PartClasses(
        count,
        part.linear[first],
        np.column_stack([part.levels, part.bonus_counts])[first],
        part.slots[first],
        np.concatenate([[0], np.cumsum(sizes)]),
        members,
        n_pieces - 1 if optional and count > 1 else -1,
    )


def expand_members(
    classes: Sequence[PartClasses], picks: Sequence[npt.NDArray[np.int64]], most: int, *, begin: int = 0
) -> tuple[IntArray, list[IntArray]]:
    """Combinations of pieces behind M combinations of classes; of each the `most` of lowest rank, from one on.

    `classes` and `picks`, the class chosen, each of shape (M,), go by position. Returns
    which of the M each expanded combination belongs to, shape (N,), and the piece
    indices by position, each of shape (N,).
    """
    length = len(picks[0]) if picks else 1
    sizes = [position.sizes[pick] for position, pick in zip(classes, picks, strict=True)]
    n_members = np.ones(length, dtype=np.int64)
    for size in reversed(sizes):
        # Saturate: only min(product, most) matters, and products overflow.
        n_members = np.minimum(n_members, most) * np.minimum(size, most)
    n_members = np.maximum(np.minimum(n_members, most) - begin, 0)
    owner = np.repeat(np.arange(length), n_members)
    place = begin + np.arange(len(owner)) - np.repeat(np.cumsum(n_members) - n_members, n_members)
    columns: list[IntArray] = []
    for position, pick, size in zip(reversed(classes), reversed(picks), reversed(sizes), strict=True):
        place, digit = np.divmod(place, size[owner])
        columns.append(position.members[position.member_start[pick][owner] + digit])
    columns.reverse()
    return owner, columns
