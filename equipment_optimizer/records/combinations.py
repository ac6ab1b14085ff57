"""Combinations of equipment: one of them, many of them.

Many are one column of small indices per body part; a single one is a flat tuple
that exists only while somebody looks at it. Totals are computed when asked for.
Nothing here knows what anybody values.

Array axes: N combinations, L positions (one per piece of a build; L equals the
number of body parts unless a part takes several pieces), D slot levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from .equipment import EquipmentPiece, EquipmentTable, smallest_unsigned
from .space import CombinationSpace, PackedColumns
from .vocabulary import N_SLOT_LEVELS

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EquipmentCombination",
    "EquipmentCombinationList",
    "SkillTotals",
    "compressed_sums",
    "iter_combinations",
]

IntArray = npt.NDArray[np.int64]
IndexColumn = npt.NDArray[np.unsignedinteger[Any]]

#: Rows decoded at a time when a whole space is written into columns; a block of
#: int64 temporaries stays within a few hundred kilobytes.
_FILL_BLOCK = 16_384


class EquipmentCombination(tuple[Any, ...]):
    """One combination: a flat tuple of the table and a piece index per position.

    It holds no instance dictionary and no totals; every property is computed
    when it is read.

    Parameters
    ----------
    table : EquipmentTable
    indices : sequence of int
        Piece index within the body part, for each position.

    Examples
    --------
    >>> table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 5), EquipmentPiece("Vest", "Body", 9)])
    >>> build = EquipmentCombination(table, (0, 0))
    >>> build
    EquipmentCombination(Cap, Vest)
    >>> build.total_defence
    14
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
    """Skill name, sorted, to a new int64 column of total levels, shape (N,), computed when it is looked up."""

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

    Examples
    --------
    >>> table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 5), EquipmentPiece("Hood", "Head", 9)])
    >>> every = EquipmentCombinationList.whole_space(table)
    >>> every.total_defence.tolist()
    [5, 9]
    >>> every[1]
    EquipmentCombination(Hood)
    """

    __slots__ = ("columns", "table")

    def __init__(self, table: EquipmentTable, columns: Sequence[npt.NDArray[Any]]) -> None:
        self.table = table
        #: Packed where a search kept them so; then a column is made whenever it is looked at.
        self.columns: Sequence[IndexColumn]
        if isinstance(columns, PackedColumns):
            self.columns = columns
            return
        sizes = table.part_sizes
        self.columns = tuple(
            column.astype(smallest_unsigned(sizes[part]), copy=False)
            for part, column in zip(table.positions, columns, strict=True)
        )

    @classmethod
    def whole_space(cls, table: EquipmentTable) -> EquipmentCombinationList:
        """Every combination of `table`, in rank order; O(N L) time, memory for the columns and a block."""
        space = CombinationSpace.of(table)
        columns = [np.empty(space.n_combinations, smallest_unsigned(size)) for size in space.position_sizes]
        begin = 0
        for start, stop in space.blocks(_FILL_BLOCK):
            block = _block(space, start, stop)
            end = begin + len(block[0]) if block else 1
            for column, indices in zip(columns, block, strict=True):
                column[begin:end] = indices
            begin = end
        return cls(table, columns)

    @staticmethod
    def bytes_per_combination(table: EquipmentTable) -> int:
        """Bytes that one row of such a list takes."""
        sizes = table.part_sizes
        return sum(smallest_unsigned(sizes[part]).itemsize for part in table.positions)

    def __len__(self) -> int:
        if isinstance(self.columns, PackedColumns):
            return self.columns.n_rows
        return len(self.columns[0]) if self.columns else 1

    @overload
    def __getitem__(self, key: int) -> EquipmentCombination: ...

    @overload
    def __getitem__(self, key: slice) -> EquipmentCombinationList: ...

    def __getitem__(self, key: int | slice) -> EquipmentCombination | EquipmentCombinationList:
        """One combination, or a list that shares this one's columns."""
        if isinstance(key, slice):
            return EquipmentCombinationList(self.table, self._columns_of(key))
        row = range(len(self))[key]
        return EquipmentCombination(self.table, [int(column[0]) for column in self._columns_of(slice(row, row + 1))])

    def _columns_of(self, rows: slice) -> list[IndexColumn]:
        """The columns of some rows; views, unless they are packed."""
        if isinstance(self.columns, PackedColumns):
            return self.columns.of_rows(rows)
        return [column[rows] for column in self.columns]

    def __iter__(self) -> Iterator[EquipmentCombination]:
        for start in range(0, len(self), _FILL_BLOCK):
            block = [column.tolist() for column in self._columns_of(slice(start, start + _FILL_BLOCK))]
            for indices in zip(*block, strict=True):
                yield EquipmentCombination(self.table, indices)

    def __repr__(self) -> str:
        n_pieces = len(self.columns)
        return f"EquipmentCombinationList({len(self):,} combinations of {n_pieces} pieces, {self.nbytes:,} bytes)"

    @property
    def nbytes(self) -> int:
        """Bytes of all columns."""
        if isinstance(self.columns, PackedColumns):
            return self.columns.nbytes
        return sum(column.nbytes for column in self.columns)

    def rows(self, position: int) -> IntArray:
        """Table rows of the pieces at `position`; int64, shape (N,), a new array."""
        start = int(self.table.part_start[self.table.positions[position]])
        return self.columns[position].astype(np.int64) + start

    def total(self, values: npt.NDArray[Any]) -> IntArray:
        """Sum over the pieces of each combination, shape (N,) or (N, X), of `values`, shape (P,) or (P, X)."""
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
                before, after = self.columns[position - 1 : position + 1]
                may_repeat = self.table.optional[self.table.positions[position]]
                last = sizes[self.table.positions[position]] - 1
                assert ((before < after) | (may_repeat & (before == last) & (after == last))).all()


def _block(space: CombinationSpace, start: int, stop: int) -> list[IntArray]:
    """Piece indices of the combinations with ranks ``start:stop``; ranks that are none are left out."""
    columns = space.block(start, stop)
    is_first = space.are_first(columns)
    return columns if is_first is None else [column[is_first] for column in columns]


def iter_combinations(table: EquipmentTable, start: int = 0, stop: int | None = None) -> Iterator[EquipmentCombination]:
    """Yield the combinations with ranks ``start:stop`` in order, storing none.

    Parameters
    ----------
    table : EquipmentTable
    start, stop : int
        Ranks; all of them by default.

    Yields
    ------
    EquipmentCombination

    Notes
    -----
    One block of indices is alive at a time; everything else is arithmetic.

    Examples
    --------
    >>> table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head"), EquipmentPiece("Hood", "Head")])
    >>> list(iter_combinations(table))
    [EquipmentCombination(Cap), EquipmentCombination(Hood)]
    """
    space = CombinationSpace.of(table)
    for block_start, block_stop in space.blocks(_FILL_BLOCK, start, stop):
        for indices in zip(*(column.tolist() for column in _block(space, block_start, block_stop)), strict=True):
            yield EquipmentCombination(table, indices)


def compressed_sums(
    block: EquipmentCombinationList,
    start: IntArray,
    index: IntArray,
    amount: IntArray | None,
    *,
    names: Sequence[str],
    wanted: Sequence[str],
) -> IntArray:
    """Sums over each build's pieces, shape (number wanted, N), of what is kept in compressed rows under `names`.

    O(entries of the pieces + result): a column of the whole table for each of a thousand skills would
    cost that times the pieces, for every block. Without `amount` every entry counts 1.
    """
    place_of = {name: place for place, name in enumerate(wanted)}
    place_of_index = np.array([place_of.get(name, -1) for name in names], dtype=np.int64)
    sums = np.zeros((len(wanted), len(block)), dtype=np.int64)
    for position in range(len(block.columns)):
        rows = block.rows(position)
        first, counts = start[rows], start[rows + 1] - start[rows]
        owner = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
        entry = first[owner] + within
        place = place_of_index[index[entry]]
        inside = place >= 0
        # A piece names each of them once, so no pair comes up twice.
        sums[place[inside], owner[inside]] += 1 if amount is None else amount[entry[inside]]
    return sums
