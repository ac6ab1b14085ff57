"""The space of all combinations: ranks and piece indices, by arithmetic alone.

A rank is turned into piece indices and back without storing any combination; it
may exceed 2^63, so inside arrays it is a few int64 words that compare like it.
Knows nothing of pieces but how many there are.

Array axes: N combinations, L positions (one per piece of a build; L equals the
number of body parts unless a part takes several pieces), W words of a rank.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._parts_from_others import DrawnRows

if TYPE_CHECKING:
    from .equipment import EquipmentTable

__all__ = ["CombinationSpace", "PackedColumns", "RankCode"]

IntArray = npt.NDArray[np.int64]

#: A word stays below this, so that comparing and adding never overflow.
_WORD_LIMIT = 2**62


class _PartChoices:
    """The ways to take `count` different pieces out of `size`, in lexicographic order.

    Of an `optional` part the last piece, which leaves a place empty, may be taken several times.
    """

    __slots__ = ("_starts", "count", "n_choices", "optional", "size")

    def __init__(self, size: int, count: int, optional: bool) -> None:
        self.size = size
        self.count = count
        self.optional = optional
        self.n_choices = self._n_from(0, count)
        self._starts: list[IntArray] | None = None

    def _n_from(self, first: int, left: int) -> int:
        """Ways to take `left` pieces of index `first` or higher; `first` is no higher than the last index."""
        if self.optional:
            n_pieces = self.size - 1 - first
            return sum(math.comb(n_pieces, n) for n in range(left + 1))
        return math.comb(self.size - first, left)

    def unrank(self, choice: int) -> tuple[int, ...]:
        """The `choice`-th increasing tuple of piece indices."""
        if self.count == 1:
            return (choice,)
        picked, first = [], 0
        for left in range(self.count, 0, -1):
            # Tuples that start below index i: those from `first` on less those from i on.
            total = self._n_from(first, left)
            index = bisect_right(
                range(first, self.size),
                choice,
                key=lambda i, total=total, left=left: total - self._n_from(i, left),  # type: ignore[misc]
            ) + (first - 1)
            choice -= total - self._n_from(index, left)
            picked.append(index)
            first = self._next(index)
        return tuple(picked)

    def rank(self, indices: Sequence[int]) -> int:
        """The place of an increasing tuple of piece indices; inverse of `unrank`."""
        if self.count == 1:
            return indices[0]
        choice, first = 0, 0
        for left, index in zip(range(self.count, 0, -1), indices, strict=True):
            choice += self._n_from(first, left) - self._n_from(index, left)
            first = self._next(index)
        return choice

    def _next(self, index: int) -> int:
        """The lowest index that may follow."""
        return min(index + 1, self.size - 1) if self.optional else index + 1

    def unrank_all(self, choices: IntArray) -> list[IntArray]:
        """`unrank` for a whole array: `count` arrays of its shape."""
        if self.count == 1:
            return [choices]
        if self._starts is None:
            self._starts = [
                np.array([self._n_from(0, left) - self._n_from(i, left) for i in range(self.size)])
                for left in range(self.count, 0, -1)
            ]
        columns: list[IntArray] = []
        first = np.zeros_like(choices)
        for starts in self._starts:
            # `starts` counts from index 0; shifting by the tuples below `first` counts from there.
            shifted = choices + starts[np.minimum(first, self.size - 1)]
            index = np.searchsorted(starts, shifted, side="right") - 1
            choices = shifted - starts[index]
            columns.append(index)
            first = index + 1
        return columns


def _have_common_rows(origins: Sequence[IntArray]) -> bool:
    """Whether any two parts have a row in common."""
    rows = np.concatenate([*origins, np.zeros(0, dtype=np.int64)])
    rows = rows[rows >= 0]
    # ``np.unique`` would load `numpy.ma`, 8 ms.
    return int(np.bincount(rows).max(initial=0)) > 1


class CombinationSpace:
    """All combinations of a table's pieces, ranked, without storing any.

    The rank is the position in the nested loop over body parts, the outermost
    part slowest, pieces in file order. Where a part takes several pieces they
    are different rows in file order, unordered.

    Parameters
    ----------
    sizes : sequence of int
        Pieces of each body part, outermost first.
    counts : sequence of int, optional
        Pieces a build takes of each part; 1 each by default.
    optional : sequence of bool, optional
        Parts whose last piece, which leaves a place empty, may be taken several times; none by default.
    origins : sequence of ndarray of int64, shape (n,), optional
        Which row each piece of each part is, -1 for an empty place: parts may have the same rows, a
        build takes none twice, and the same rows in other places are one combination, the first by rank.

    Attributes
    ----------
    n_combinations : int
        Exact, also beyond 2^63.
    n_ranks : int
        Ranks, from 0: more than there are combinations where parts have the same rows.
    origins : tuple of ndarray
        Empty where no two parts have the same rows.

    Notes
    -----
    `rank` and `indices` cost O(L); a block costs O(L) array operations. Nothing
    grows with `n_combinations`.

    Examples
    --------
    >>> space = CombinationSpace([2, 3])
    >>> space.n_combinations
    6
    >>> space.indices(4)
    (1, 1)
    >>> space.rank((1, 1))
    4
    """

    __slots__ = ("_choices", "_drawn", "counts", "n_combinations", "n_ranks", "optional", "origins", "sizes")

    def __init__(
        self,
        sizes: Sequence[int],
        counts: Sequence[int] | None = None,
        *,
        optional: Sequence[bool] | None = None,
        origins: Sequence[IntArray] = (),
    ) -> None:
        self.sizes = tuple(sizes)
        self.counts = (1,) * len(self.sizes) if counts is None else tuple(counts)
        self.optional = (False,) * len(self.sizes) if optional is None else tuple(optional)
        parts = zip(self.sizes, self.counts, self.optional, strict=True)
        self._choices = tuple(_PartChoices(size, count, may_repeat) for size, count, may_repeat in parts)
        self.n_ranks = self.n_combinations = math.prod(self.choice_counts)
        drawn = DrawnRows(origins, self.counts) if _have_common_rows(origins) else None
        self._drawn = drawn if drawn is not None and drawn.parts else None
        self.origins = tuple(origins) if self._drawn else ()
        if self._drawn:
            apart = [n for b, n in enumerate(self.choice_counts) if b not in self._drawn.parts]
            self.n_combinations = math.prod([*apart, *map(self._drawn.n_builds, self._drawn.groups())])

    @classmethod
    def of(cls, table: EquipmentTable) -> CombinationSpace:
        """The space of all combinations of `table`."""
        origins = [table.origin[start:stop] for start, stop in itertools.pairwise(table.part_start.tolist())]
        return cls(table.part_sizes, table.counts, optional=table.optional, origins=origins)

    def of_parts(self, parts: slice) -> CombinationSpace:
        """The space of some parts alone, as if the others had none of their rows."""
        return CombinationSpace(self.sizes[parts], self.counts[parts], optional=self.optional[parts])

    def of_rows(self, kept: Sequence[npt.NDArray[np.integer]]) -> CombinationSpace:
        """The space of some pieces of each part, given by their indices, ascending."""
        optional = [
            may_repeat and size - 1 in rows[-1:]
            for rows, size, may_repeat in zip(kept, self.sizes, self.optional, strict=True)
        ]
        origins = [of_part[rows] for of_part, rows in zip(self.origins, kept, strict=True)] if self.origins else ()
        return CombinationSpace([len(rows) for rows in kept], self.counts, optional=optional, origins=origins)

    @property
    def shared_parts(self) -> tuple[int, ...]:
        """Parts that have rows of other parts."""
        return self._drawn.parts if self._drawn else ()

    def n_rivals(self, part: int) -> int:
        """Pieces of a build that may be rows of a part: its own, or also those of parts that share rows with it."""
        return self._drawn.n_places(part) if part in self.shared_parts and self._drawn else self.counts[part]

    def are_first(self, columns: Sequence[npt.NDArray[np.integer]]) -> npt.NDArray[np.bool_] | None:
        """Which of N combinations, as L columns, are combinations, and the first of their rows; None for all."""
        return self._drawn.are_first(columns) if self._drawn else None

    def clashes(self, part: int, later: int) -> npt.NDArray[np.bool_] | None:
        """Which pieces of a part never go with which of a later part, shape (n, m); None where all do."""
        return self._drawn.clashes(part, later) if self._drawn else None

    @property
    def choice_counts(self) -> tuple[int, ...]:
        """Ways to fill each body part: its size, or a binomial where several pieces are taken."""
        return tuple(choices.n_choices for choices in self._choices)

    @property
    def position_sizes(self) -> tuple[int, ...]:
        """Pieces that each of the L positions chooses from."""
        return tuple(size for size, count in zip(self.sizes, self.counts, strict=True) for _ in range(count))

    def indices(self, rank: int) -> tuple[int, ...]:
        """Piece indices, length L, of the combination at `rank`; an `IndexError` outside the space."""
        if not 0 <= rank < self.n_ranks:
            raise IndexError(f"rank {rank} is outside 0 .. {self.n_ranks - 1}")
        parts: list[tuple[int, ...]] = []
        for choices in reversed(self._choices):
            rank, choice = divmod(rank, choices.n_choices)
            parts.append(choices.unrank(choice))
        return tuple(index for part in reversed(parts) for index in part)

    def rank(self, indices: Sequence[int]) -> int:
        """Rank of the combination with these piece indices; inverse of `indices`."""
        rank, position = 0, 0
        for choices in self._choices:
            of_part = indices[position : position + choices.count]
            rank = rank * choices.n_choices + choices.rank(of_part)
            position += choices.count
        return rank

    def block(self, start: int, stop: int) -> list[IntArray]:
        """Piece indices of the combinations with ranks ``start:stop``: L new arrays of shape (stop - start,).

        Ranks may exceed 2^63; only the block's length must fit.
        """
        digits: list[int] = []
        higher = start
        for choices in reversed(self._choices):
            higher, digit = divmod(higher, choices.n_choices)
            digits.append(digit)
        carry = np.arange(stop - start, dtype=np.int64)
        columns: list[IntArray] = []
        for choices, digit in zip(reversed(self._choices), digits, strict=True):
            carry, choice = np.divmod(carry + digit, choices.n_choices)
            columns.extend(reversed(choices.unrank_all(choice)))
        columns.reverse()
        return columns

    def blocks(self, length: int, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int]]:
        """Half-open ranges of at most `length` ranks that cover ``start:stop`` in order."""
        stop = self.n_ranks if stop is None else stop
        while start < stop:
            yield start, min(start + length, stop)
            start += length


class RankCode:
    """Piece indices packed into int64 words whose lexicographic order is rank order.

    `sizes` are the pieces that each position chooses from, outermost first.
    """

    __slots__ = ("_groups", "sizes")

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self._groups: list[tuple[int, int]] = []
        start, product = 0, 1
        for position, size in enumerate(self.sizes):
            if product * size > _WORD_LIMIT:
                self._groups.append((start, position))
                start, product = position, 1
            product *= size
        self._groups.append((start, len(self.sizes)))

    @property
    def n_words(self) -> int:
        """W: 1 up to 2^62 index tuples."""
        return len(self._groups)

    @property
    def word_bits(self) -> list[int]:
        """Bits that each word takes at the most."""
        return [(math.prod(self.sizes[start:stop]) - 1).bit_length() for start, stop in self._groups]

    def encode(self, columns: Sequence[npt.NDArray[Any]]) -> IntArray:
        """Words, shape (W, N), of index tuples that are given as L columns of shape (N,)."""
        length = len(columns[0]) if columns else 1
        words = np.zeros((self.n_words, length), dtype=np.int64)
        for word, (start, stop) in zip(words, self._groups, strict=True):
            for position in range(start, stop):
                word *= self.sizes[position]
                word += columns[position]
        return words

    def encode_front(self, indices: Sequence[int]) -> list[int]:
        """Words of the outermost positions alone, the others at 0.

        Words are sums over positions: adding these to the words of the other
        positions with the outermost at 0 gives the words of the whole.
        """
        words = []
        for start, stop in self._groups:
            word = 0
            for position in range(start, stop):
                word = word * self.sizes[position] + (indices[position] if position < len(indices) else 0)
            words.append(word)
        return words

    def decode(self, words: IntArray) -> list[IntArray]:
        """Index tuples of words, as L columns; inverse of `encode`."""
        columns: list[IntArray] = []
        for word, (start, stop) in zip(words, self._groups, strict=True):
            group: list[IntArray] = []
            for position in range(stop - 1, start - 1, -1):
                word, index = np.divmod(word, self.sizes[position])
                group.append(index)
            columns.extend(reversed(group))
        return columns


class PackedColumns(Sequence[npt.NDArray[np.unsignedinteger[Any]]]):
    """L columns of piece indices, each made when it is looked at (`search.best.packed_rows`)."""

    __slots__ = ()

    @property
    def n_rows(self) -> int:
        """N."""
        raise NotImplementedError

    @property
    def nbytes(self) -> int:
        """Bytes that all rows take."""
        raise NotImplementedError

    def of_rows(self, rows: slice) -> list[npt.NDArray[np.unsignedinteger[Any]]]:
        """The columns of some rows."""
        raise NotImplementedError
