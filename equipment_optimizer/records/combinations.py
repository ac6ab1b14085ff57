"""Combinations of equipment: the space of all of them, one of them, many of them.

The space is arithmetic (a rank is turned into piece indices and back); a list is
one column of small indices per body part; a single combination is a flat tuple
that exists only while somebody looks at it. Totals are computed when asked for.
Nothing here knows what anybody values.

Array axes: N combinations, L positions (one per piece of a build; L equals the
number of body parts unless a part takes several pieces), D slot levels.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from .equipment import EquipmentPiece, EquipmentTable, smallest_unsigned
from .vocabulary import N_SLOT_LEVELS

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CombinationSpace",
    "EquipmentCombination",
    "EquipmentCombinationList",
    "SkillTotals",
    "iter_combinations",
]

IntArray = npt.NDArray[np.int64]
IndexColumn = npt.NDArray[np.unsignedinteger[Any]]

#: Rows decoded at a time when a whole space is written into columns; a block of
#: int64 temporaries stays within a few hundred kilobytes.
_FILL_BLOCK = 16_384


class _PartChoices:
    """The ways to take `count` different pieces out of `size`, in lexicographic order."""

    __slots__ = ("_starts", "count", "n_choices", "size")

    def __init__(self, size: int, count: int) -> None:
        self.size = size
        self.count = count
        self.n_choices = math.comb(size, count)
        self._starts: list[IntArray] | None = None

    def unrank(self, choice: int) -> tuple[int, ...]:
        """The `choice`-th increasing tuple of piece indices."""
        if self.count == 1:
            return (choice,)
        picked, first = [], 0
        for left in range(self.count, 0, -1):
            # Tuples that start below index i: C(size - first, left) - C(size - i, left).
            total = math.comb(self.size - first, left)
            index = bisect_right(
                range(first, self.size),
                choice,
                key=lambda i, total=total, left=left: total - math.comb(self.size - i, left),  # type: ignore[misc]
            ) + (first - 1)
            choice -= total - math.comb(self.size - index, left)
            picked.append(index)
            first = index + 1
        return tuple(picked)

    def rank(self, indices: Sequence[int]) -> int:
        """The place of an increasing tuple of piece indices; inverse of `unrank`."""
        if self.count == 1:
            return indices[0]
        choice, first = 0, 0
        for left, index in zip(range(self.count, 0, -1), indices, strict=True):
            choice += math.comb(self.size - first, left) - math.comb(self.size - index, left)
            first = index + 1
        return choice

    def unrank_all(self, choices: IntArray) -> list[IntArray]:
        """`unrank` for a whole array: `count` arrays of its shape."""
        if self.count == 1:
            return [choices]
        if self._starts is None:
            self._starts = [
                np.array([math.comb(self.size, left) - math.comb(self.size - i, left) for i in range(self.size)])
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

    Attributes
    ----------
    n_combinations : int
        Exact, also beyond 2^63.

    Notes
    -----
    `rank` and `indices` cost O(L); a block costs O(L) array operations. Nothing
    grows with `n_combinations`.
    """

    __slots__ = ("_choices", "counts", "n_combinations", "sizes")

    def __init__(self, sizes: Sequence[int], counts: Sequence[int] | None = None) -> None:
        self.sizes = tuple(sizes)
        self.counts = (1,) * len(self.sizes) if counts is None else tuple(counts)
        self._choices = tuple(_PartChoices(size, count) for size, count in zip(self.sizes, self.counts, strict=True))
        self.n_combinations = math.prod(choices.n_choices for choices in self._choices)

    @classmethod
    def of(cls, table: EquipmentTable) -> CombinationSpace:
        """The space of all combinations of `table`."""
        return cls(table.part_sizes, table.counts)

    @property
    def choice_counts(self) -> tuple[int, ...]:
        """Ways to fill each body part: its size, or a binomial where several pieces are taken."""
        return tuple(choices.n_choices for choices in self._choices)

    @property
    def position_sizes(self) -> tuple[int, ...]:
        """Pieces that each of the L positions chooses from."""
        return tuple(size for size, count in zip(self.sizes, self.counts, strict=True) for _ in range(count))

    def indices(self, rank: int) -> tuple[int, ...]:
        """Piece indices, length L, of the combination at `rank`.

        Raises
        ------
        IndexError
            If `rank` is outside ``0 .. n_combinations - 1``.
        """
        if not 0 <= rank < self.n_combinations:
            raise IndexError(f"rank {rank} is outside 0 .. {self.n_combinations - 1}")
        parts: list[tuple[int, ...]] = []
        for choices in reversed(self._choices):
            rank, choice = divmod(rank, choices.n_choices)
            parts.append(choices.unrank(choice))
        return tuple(index for part in reversed(parts) for index in part)

    def rank(self, indices: Sequence[int]) -> int:
        """Rank of the combination with these piece indices; inverse of `indices`."""
        rank, position = 0, 0
        for choices in self._choices:
            own = indices[position : position + choices.count]
            rank = rank * choices.n_choices + choices.rank(own)
            position += choices.count
        return rank

    def block(self, start: int, stop: int) -> list[IntArray]:
        """Piece indices of the combinations with ranks ``start:stop``.

        Returns
        -------
        list of L ndarray of int64, each of shape (stop - start,)
            New arrays, one for each position.

        Notes
        -----
        The digits of `start` are found in exact integers, so ranks may exceed
        2^63; only the block's length must fit.
        """
        digits: list[int] = []
        rest = start
        for choices in reversed(self._choices):
            rest, digit = divmod(rest, choices.n_choices)
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
        stop = self.n_combinations if stop is None else stop
        while start < stop:
            yield start, min(start + length, stop)
            start += length


class EquipmentCombination(tuple[Any, ...]):
    """One combination: a flat tuple of the table and a piece index per position.

    It holds no instance dictionary and no totals; every property is computed
    when it is read.
    """

    __slots__ = ()

    def __new__(cls, table: EquipmentTable, indices: Sequence[int]) -> EquipmentCombination:
        """The combination of these piece indices, one for each position."""
        return tuple.__new__(cls, (table, *indices))

    @property
    def table(self) -> EquipmentTable:
        """The table the indices refer to."""
        table: EquipmentTable = self[0]
        return table

    @property
    def indices(self) -> tuple[int, ...]:
        """Piece index within the body part, for each position."""
        return tuple(self[1:])

    @property
    def _rows(self) -> list[int]:
        table = self.table
        return [table.row(part, index) for part, index in zip(table.positions, self[1:], strict=True)]

    @property
    def equipment(self) -> tuple[EquipmentPiece, ...]:
        """The pieces, outermost body part first."""
        return tuple(self.table.piece(row) for row in self._rows)

    @property
    def total_defence(self) -> int:
        """Points of defence."""
        return int(self.table.defence[self._rows].sum())

    @property
    def total_decoration_slots_by_level(self) -> tuple[int, ...]:
        """Slots of level 1, 2, 3, 4."""
        return tuple(self.table.slots[self._rows].sum(axis=0).tolist())

    @property
    def total_skill_levels(self) -> dict[str, int]:
        """Total level of every skill that a piece names, in order of name."""
        totals: dict[str, int] = {}
        for piece in self.equipment:
            for skill, level in piece.skills:
                totals[skill] = totals.get(skill, 0) + level
        return dict(sorted(totals.items()))

    @property
    def total_resistances(self) -> dict[str, int]:
        """Points by resistance, for those the table has."""
        table = self.table
        return dict(zip(table.resistance_names, table.resistances[self._rows].sum(axis=0).tolist(), strict=True))

    def __repr__(self) -> str:
        names = ", ".join(self.table.names[row] for row in self._rows)
        return f"EquipmentCombination({names})"

    def __reduce__(self) -> tuple[Any, ...]:
        return EquipmentCombination, (self.table, self.indices)


class SkillTotals(Mapping[str, IntArray]):
    """Skill name to column of total levels, each column computed when it is looked up.

    Keys are all skills of the table, sorted; a column is a new int64 array of
    shape (N,).
    """

    __slots__ = ("_combinations",)

    def __init__(self, combinations: EquipmentCombinationList) -> None:
        self._combinations = combinations

    def __getitem__(self, skill: str) -> IntArray:
        table = self._combinations.table
        if skill not in table.skill_names:
            raise KeyError(skill)
        return self._combinations.total(table.skill_column(skill))

    def __iter__(self) -> Iterator[str]:
        return iter(self._combinations.table.skill_names)

    def __len__(self) -> int:
        return len(self._combinations.table.skill_names)


class EquipmentCombinationList(Sequence[EquipmentCombination]):
    """Many combinations: one column of piece indices per position.

    Each column has the smallest unsigned dtype that holds its part's indices:
    one byte up to 256 pieces, so a build of six parts takes 6 bytes
    (``tests/system/test_memory.py`` holds it).

    Parameters
    ----------
    table : EquipmentTable
    columns : sequence of L ndarray, each of shape (N,)
        Piece indices; kept as they are where the dtype already fits, else
        converted.

    Notes
    -----
    Slicing gives views, indexing one `EquipmentCombination`; totals are
    vectorised and computed on access.
    """

    __slots__ = ("columns", "table")

    def __init__(self, table: EquipmentTable, columns: Sequence[npt.NDArray[Any]]) -> None:
        self.table = table
        sizes = table.part_sizes
        self.columns: tuple[IndexColumn, ...] = tuple(
            column.astype(smallest_unsigned(sizes[part]), copy=False)
            for part, column in zip(table.positions, columns, strict=True)
        )

    @classmethod
    def whole_space(cls, table: EquipmentTable) -> EquipmentCombinationList:
        """Every combination of `table`, in rank order.

        Notes
        -----
        O(N L) time; the columns and one block of temporaries in memory.
        """
        space = CombinationSpace.of(table)
        columns = [np.empty(space.n_combinations, smallest_unsigned(size)) for size in space.position_sizes]
        for start, stop in space.blocks(_FILL_BLOCK):
            for column, indices in zip(columns, space.block(start, stop), strict=True):
                column[start:stop] = indices
        return cls(table, columns)

    @staticmethod
    def bytes_per_combination(table: EquipmentTable) -> int:
        """Bytes that one row of such a list takes."""
        sizes = table.part_sizes
        return sum(smallest_unsigned(sizes[part]).itemsize for part in table.positions)

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 1

    @overload
    def __getitem__(self, key: int) -> EquipmentCombination: ...

    @overload
    def __getitem__(self, key: slice) -> EquipmentCombinationList: ...

    def __getitem__(self, key: int | slice) -> EquipmentCombination | EquipmentCombinationList:
        """One combination, or a list that shares this one's columns."""
        if isinstance(key, slice):
            return EquipmentCombinationList(self.table, [column[key] for column in self.columns])
        return EquipmentCombination(self.table, [int(column[key]) for column in self.columns])

    def __iter__(self) -> Iterator[EquipmentCombination]:
        for start in range(0, len(self), _FILL_BLOCK):
            block = [column[start : start + _FILL_BLOCK].tolist() for column in self.columns]
            for indices in zip(*block, strict=True):
                yield EquipmentCombination(self.table, indices)

    def __repr__(self) -> str:
        n_pieces = len(self.columns)
        return f"EquipmentCombinationList({len(self):,} combinations of {n_pieces} pieces, {self.nbytes:,} bytes)"

    @property
    def nbytes(self) -> int:
        """Bytes of all columns."""
        return sum(column.nbytes for column in self.columns)

    def rows(self, position: int) -> IntArray:
        """Table rows of the pieces at `position`; int64, shape (N,), a new array."""
        start = int(self.table.part_start[self.table.positions[position]])
        return self.columns[position].astype(np.int64) + start

    def total(self, values: npt.NDArray[Any]) -> IntArray:
        """Sum of a per-piece quantity over the pieces of each combination.

        Parameters
        ----------
        values : ndarray of int, shape (P,) or (P, X)
            One value, or X values, for each row of the table.

        Returns
        -------
        ndarray of int64, shape (N,) or (N, X)
        """
        total = np.zeros((len(self), *values.shape[1:]), dtype=np.int64)
        for part, column in zip(self.table.positions, self.columns, strict=True):
            start, stop = self.table.part_start[part : part + 2]
            total += values[start:stop][column]
        return total

    @property
    def total_defence(self) -> IntArray:
        """Points of defence; shape (N,)."""
        return self.total(self.table.defence)

    @property
    def total_decoration_slots_by_level(self) -> IntArray:
        """Slots by level; shape (N, 4)."""
        return self.total(self.table.slots)

    @property
    def total_skill_levels(self) -> SkillTotals:
        """Columns of total levels by skill name, each computed on look-up."""
        return SkillTotals(self)

    @property
    def total_resistances(self) -> IntArray:
        """Points by resistance, in the order of the table's names; shape (N, R)."""
        return self.total(self.table.resistances)

    def to_dataframe(self) -> pd.DataFrame:
        """Piece names, totals of slots, defence, resistances and all skills, one row a combination.

        Imports pandas. Takes O(N (L + S)) memory: slice first where N is large.
        """
        import pandas as pd

        data: dict[str, Any] = {}
        for position, name in enumerate(self.table.position_names):
            data[name] = [self.table.names[row] for row in self.rows(position).tolist()]
        for skill, column in self.total_skill_levels.items():
            data[skill if skill not in data else f"{skill} (skill)"] = column
        slots = self.total_decoration_slots_by_level
        for level in range(N_SLOT_LEVELS):
            data[f"Lvl {level + 1} Decoration Slot"] = slots[:, level]
        data["Defence"] = self.total_defence
        resistances = self.total_resistances
        for r, name in enumerate(self.table.resistance_names):
            data[f"{name} Res"] = resistances[:, r]
        return pd.DataFrame(data)

    def _check(self) -> None:
        """Assert every invariant; for tests."""
        assert len(self.columns) == len(self.table.positions)
        assert len({len(column) for column in self.columns}) <= 1
        sizes = self.table.part_sizes
        for part, column in zip(self.table.positions, self.columns, strict=True):
            assert column.dtype == smallest_unsigned(sizes[part])
            assert (column < sizes[part]).all()
        for position in range(1, len(self.columns)):
            if self.table.positions[position] == self.table.positions[position - 1]:
                assert (self.columns[position - 1] < self.columns[position]).all()


def iter_combinations(table: EquipmentTable, start: int = 0, stop: int | None = None) -> Iterator[EquipmentCombination]:
    """Yield the combinations with ranks ``start:stop`` in order, storing none.

    Notes
    -----
    One block of indices is alive at a time; the rest is arithmetic.
    """
    space = CombinationSpace.of(table)
    for block_start, block_stop in space.blocks(_FILL_BLOCK, start, stop):
        for indices in zip(*(column.tolist() for column in space.block(block_start, block_stop)), strict=True):
            yield EquipmentCombination(table, indices)
