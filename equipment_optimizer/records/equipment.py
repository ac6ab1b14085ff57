"""Equipment as columns: the pieces a build can be made of.

An `EquipmentTable` is the only form in which the stages share pieces: read-only
NumPy columns, rows grouped by body part in build order and in file order within
a part. It does not know where the rows came from nor what anybody values.

Array axes: B body parts, P pieces, D slot levels (4), R resistances, S skills.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import Fault, InputError, printable
from ._field_values import whole_column
from ._row_selection import read_only, rows_kept
from .rules import DEFAULT_PARTS, PartRule, part_rules
from .vocabulary import N_SLOT_LEVELS

__all__ = [
    "NO_PIECE",
    "EquipmentPiece",
    "EquipmentTable",
    "smallest_unsigned",
]

IntArray = npt.NDArray[np.int64]

#: `EquipmentTable.origin` of the row that leaves a place empty.
NO_PIECE = -1


class EquipmentPiece(NamedTuple):
    """One piece of equipment, as a row.

    Attributes
    ----------
    name, body_part : str
    defence : int
        Points.
    slots : tuple of 4 int
        Decoration slots of level 1, 2, 3, 4.
    skills : tuple of (str, int)
        Skill names with levels, each name once.
    resistances : tuple of int
        One for each of the table's ``resistance_names``.
    set_bonuses : tuple of str
        Names of the set bonuses the piece counts for, each once.
    other : tuple of str
        Cells of the table's ``other_names`` columns (unscored text).
    line : int
        Line of the file on which the piece's record starts; 0 if unknown.
    weapon_slots : tuple of 4 int
        Those among `slots` that take decorations for weapons.

    Examples
    --------
    >>> cap = EquipmentPiece("Cap", "Head", defence=12, slots=(1, 0, 0, 0), skills=(("Attack Boost", 2),))
    >>> cap.name, cap.defence
    ('Cap', 12)
    """

    name: str
    body_part: str
    defence: int = 0
    slots: tuple[int, int, int, int] = (0, 0, 0, 0)
    skills: tuple[tuple[str, int], ...] = ()
    resistances: tuple[int, ...] = ()
    set_bonuses: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    line: int = 0
    weapon_slots: tuple[int, int, int, int] = (0, 0, 0, 0)


def smallest_unsigned(n_values: int) -> np.dtype[np.unsignedinteger]:
    """The smallest unsigned dtype that holds ``0 .. n_values - 1``."""
    return np.min_scalar_type(max(n_values - 1, 0))


@dataclass(frozen=True, eq=False)
class EquipmentTable:
    """Pieces as read-only columns, grouped by body part.

    Build one with `EquipmentTable.from_pieces`.

    Attributes
    ----------
    parts : tuple of str, length B
        Body parts that have pieces, outermost first.
    counts : tuple of int, length B
        Pieces a build takes of each part (1 unless the configuration says more).
    part_start : ndarray of int64, shape (B + 1,)
        Rows ``part_start[b]:part_start[b + 1]`` belong to part ``b``.
    names : tuple of str, length P
    line : ndarray of int64, shape (P,)
        Source line of each record.
    defence : ndarray of int64, shape (P,), points
    slots : ndarray of int64, shape (P, 4)
        Decoration slots by level.
    weapon_slots : ndarray of int64, shape (P, 4)
        Those among `slots` that take decorations for weapons.
    resistance_names : tuple of str, length R
        Subset of Fire, Water, Thunder, Ice, Dragon that the source has columns for.
    resistances : ndarray of int64, shape (P, R), points
    skill_names : tuple of str, length S
        Sorted by code point.
    skill_start, skill_index, skill_level : ndarray of int64
        Row ``p`` has ``skill_index[skill_start[p]:skill_start[p + 1]]`` at the
        levels in the same places of ``skill_level``; shape (P + 1,), (n,), (n,).
    bonus_names : tuple of str
        Set bonuses, sorted by code point.
    bonus_start, bonus_index : ndarray of int64
        Memberships in the same compressed form.
    other_names : tuple of str
        Headers of the unscored columns that were kept.
    other : tuple of tuple of str
        One tuple of P cells for each of `other_names`.
    optional : tuple of bool, length B
        Whether places of the part may stay empty. Its last row then is no piece (blank name, all 0,
        origin `NO_PIECE`), and a build may take that one several times.
    origin : ndarray of int64, shape (P,)
        Which given piece a row is: a part that draws from others holds their rows once more, and a
        build takes none twice.

    Examples
    --------
    >>> table = EquipmentTable.from_pieces([EquipmentPiece("Vest", "Body", 20), EquipmentPiece("Cap", "Head", 12)])
    >>> table.parts, table.names, table.defence.tolist()
    (('Head', 'Body'), ('Cap', 'Vest'), [12, 20])
    """

    parts: tuple[str, ...]
    counts: tuple[int, ...]
    part_start: IntArray
    names: tuple[str, ...]
    line: IntArray
    defence: IntArray
    slots: IntArray
    weapon_slots: IntArray
    resistance_names: tuple[str, ...]
    resistances: IntArray
    skill_names: tuple[str, ...]
    skill_start: IntArray
    skill_index: IntArray
    skill_level: IntArray
    bonus_names: tuple[str, ...]
    bonus_start: IntArray
    bonus_index: IntArray
    other_names: tuple[str, ...] = ()
    other: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    optional: tuple[bool, ...] = ()
    origin: IntArray = field(default_factory=lambda: read_only([]), repr=False)

    @classmethod
    def from_pieces(
        cls,
        pieces: Sequence[EquipmentPiece],
        *,
        body_parts: Mapping[str, PartRule | int] | Sequence[tuple[str, PartRule | int]] = DEFAULT_PARTS,
        resistance_names: Sequence[str] = (),
        other_names: Sequence[str] = (),
    ) -> EquipmentTable:
        """Columns of `pieces`, which come in file order; body parts may be mixed. O(P log P) time.

        Parameters
        ----------
        pieces : sequence of EquipmentPiece
        body_parts : mapping of str to PartRule, or pairs of (str, int)
            Parts, outermost first, with what a build takes of them. Parts that no piece has
            are left out of the table; another part is a `ValueError`.
        resistance_names, other_names : sequence of str
            What the pieces' ``resistances`` and ``other`` hold.
        """
        rules = part_rules(body_parts)
        owned: dict[str, list[int]] = {part: [] for part in rules}
        for number, piece in enumerate(pieces):
            if piece.body_part not in rules:
                raise ValueError(f"unknown body part: {piece.body_part!r}")
            owned[piece.body_part].append(number)
        blank = EquipmentPiece("", "", resistances=(0,) * len(resistance_names), other=("",) * len(other_names))
        rows: list[tuple[int, EquipmentPiece]] = []
        sizes: dict[str, int] = {}
        for part, rule in rules.items():
            drawn = [number for other in rule.drawn_from for number in owned.get(other, ())]
            numbers = sorted({*owned[part], *drawn}) if drawn else owned[part]
            if numbers:
                rows += [(number, pieces[number]) for number in numbers]
                rows += [(NO_PIECE, blank)] * rule.optional
                sizes[part] = len(numbers) + rule.optional
        return cls._of_rows(rows, sizes, rules, resistance_names=resistance_names, other_names=other_names)

    @classmethod
    def _of_rows(
        cls,
        numbered: Sequence[tuple[int, EquipmentPiece]],
        sizes: Mapping[str, int],
        rules: Mapping[str, PartRule],
        *,
        resistance_names: Sequence[str],
        other_names: Sequence[str],
    ) -> EquipmentTable:
        """Columns of rows with their origins, in their final order; `sizes` of the parts that have some."""
        rows = [piece for _, piece in numbered]
        skill_names = sorted({name for piece in rows for name, _ in piece.skills})
        bonus_names = sorted({name for piece in rows for name in piece.set_bonuses})
        skill_id = {name: s for s, name in enumerate(skill_names)}
        bonus_id = {name: s for s, name in enumerate(bonus_names)}
        n_pieces = len(rows)
        return cls(
            parts=tuple(str(part) for part in sizes),
            counts=tuple(rules[part].count for part in sizes),
            part_start=read_only(np.cumsum([0, *sizes.values()])),
            names=tuple(piece.name for piece in rows),
            line=read_only([piece.line for piece in rows]),
            defence=read_only([piece.defence for piece in rows]),
            slots=read_only(np.reshape([piece.slots for piece in rows], (n_pieces, N_SLOT_LEVELS))),
            weapon_slots=read_only(np.reshape([piece.weapon_slots for piece in rows], (n_pieces, N_SLOT_LEVELS))),
            resistance_names=tuple(resistance_names),
            resistances=read_only(
                np.array([piece.resistances for piece in rows], dtype=np.int64).reshape(n_pieces, len(resistance_names))
            ),
            skill_names=tuple(skill_names),
            skill_start=read_only(np.cumsum([0] + [len(piece.skills) for piece in rows])),
            skill_index=read_only([skill_id[name] for piece in rows for name, _ in piece.skills]),
            skill_level=read_only([level for piece in rows for _, level in piece.skills]),
            bonus_names=tuple(bonus_names),
            bonus_start=read_only(np.cumsum([0] + [len(piece.set_bonuses) for piece in rows])),
            bonus_index=read_only([bonus_id[name] for piece in rows for name in piece.set_bonuses]),
            other_names=tuple(other_names),
            other=tuple(tuple(piece.other[c] for piece in rows) for c in range(len(other_names))),
            optional=tuple(rules[part].optional for part in sizes),
            origin=read_only([number for number, _ in numbered]),
        )

    @property
    def n_pieces(self) -> int:
        """Number of rows, P."""
        return len(self.names)

    @property
    def part_sizes(self) -> tuple[int, ...]:
        """Pieces in each body part, length B."""
        return tuple(int(size) for size in np.diff(self.part_start))

    @cached_property
    def positions(self) -> tuple[int, ...]:
        """Part index of each piece of a build, outermost first.

        One entry per part, or several where a build takes several pieces of it.
        """
        return tuple(b for b, count in enumerate(self.counts) for _ in range(count))

    @cached_property
    def position_names(self) -> tuple[str, ...]:
        """Column name of each piece of a build: ``Head``, or ``Ring 1``, ``Ring 2``."""
        return tuple(
            part if count == 1 else f"{part} {k + 1}"
            for part, count in zip(self.parts, self.counts, strict=True)
            for k in range(count)
        )

    def row(self, part: int, piece_index: int) -> int:
        """Row of the `piece_index`-th piece of part number `part`."""
        return int(self.part_start[part]) + piece_index

    def piece(self, row: int) -> EquipmentPiece:
        """The piece in `row`, as an object made on demand."""
        part = int(np.searchsorted(self.part_start, row, side="right")) - 1
        skills = slice(int(self.skill_start[row]), int(self.skill_start[row + 1]))
        bonuses = slice(int(self.bonus_start[row]), int(self.bonus_start[row + 1]))
        slots, on_weapon = self.slots[row].tolist(), self.weapon_slots[row].tolist()
        return EquipmentPiece(
            name=self.names[row],
            body_part=self.parts[part],
            defence=int(self.defence[row]),
            slots=(slots[0], slots[1], slots[2], slots[3]),
            skills=tuple(
                (self.skill_names[s], level)
                for s, level in zip(self.skill_index[skills].tolist(), self.skill_level[skills].tolist(), strict=True)
            ),
            resistances=tuple(self.resistances[row].tolist()),
            set_bonuses=tuple(self.bonus_names[s] for s in self.bonus_index[bonuses].tolist()),
            other=tuple(column[row] for column in self.other),
            line=int(self.line[row]),
            weapon_slots=(on_weapon[0], on_weapon[1], on_weapon[2], on_weapon[3]),
        )

    def __iter__(self) -> Iterator[EquipmentPiece]:
        """All pieces, one object at a time."""
        return (self.piece(row) for row in range(self.n_pieces))

    def __len__(self) -> int:
        return self.n_pieces

    def skill_column(self, name: str) -> IntArray:
        """Level of one skill on every piece; int64, shape (P,), a new array, zeros where there is none."""
        column = np.zeros(self.n_pieces, dtype=np.int64)
        if name in self._skill_id:
            hits = np.flatnonzero(self.skill_index == self._skill_id[name])
            rows = np.searchsorted(self.skill_start, hits, side="right") - 1
            column[rows] = self.skill_level[hits]
        return column

    def bonus_column(self, name: str) -> IntArray:
        """1 for every piece that counts for set bonus `name`, else 0; shape (P,), a new array."""
        column = np.zeros(self.n_pieces, dtype=np.int64)
        if name in self.bonus_names:
            hits = np.flatnonzero(self.bonus_index == self.bonus_names.index(name))
            column[np.searchsorted(self.bonus_start, hits, side="right") - 1] = 1
        return column

    @cached_property
    def _skill_id(self) -> Mapping[str, int]:
        return {name: s for s, name in enumerate(self.skill_names)}

    def select(self, keep: npt.NDArray[np.bool_]) -> EquipmentTable:
        """The table of the rows where `keep`, shape (P,), is true; parts left without rows vanish."""
        kept: EquipmentTable = rows_kept(self, keep)
        return kept

    def texts(self, column: str) -> tuple[str, ...]:
        """Cells of a column that was kept, by its name in the configuration; one for each row, blank for no piece."""
        if column not in self.other_names:
            message = f"the equipment was read without the column {printable(column)}"
            raise InputError([Fault("", message, "read it again with this configuration")])
        return self.other[self.other_names.index(column)]

    def numbers(self, column: str) -> tuple[IntArray, int]:
        """Numbers of a column that was kept, times a power of ten: int64, shape (P,), and its digits; 0 where blank.

        Examples
        --------
        >>> pieces = [EquipmentPiece("Cap", "Head", other=("1.5",)), EquipmentPiece("Hood", "Head", other=("",))]
        >>> EquipmentTable.from_pieces(pieces, other_names=["Weight"]).numbers("Weight")
        (array([15,  0]), 1)
        """
        numbers, digits = whole_column(self.texts(column), column)
        return np.array(numbers, dtype=np.int64), digits

    def __repr__(self) -> str:
        parts = ", ".join(f"{part} {size}" for part, size in zip(self.parts, self.part_sizes, strict=True))
        return f"<EquipmentTable: {self.n_pieces:,} pieces ({parts}), {len(self.skill_names):,} skills>"

    def _check(self) -> None:
        """Assert every invariant; for tests."""
        n_parts, n_pieces = len(self.parts), self.n_pieces
        assert len(set(self.parts)) == n_parts == len(self.counts)
        assert all(count >= 1 for count in self.counts)
        assert self.part_start[0] == 0 and self.part_start[-1] == n_pieces
        assert (np.diff(self.part_start) > 0).all()
        assert len(self.optional) == n_parts and self.origin.shape == (n_pieces,)
        for start, stop, optional in zip(self.part_start, self.part_start[1:], self.optional, strict=False):
            numbers = self.origin[start:stop].tolist()
            assert numbers[: stop - start - optional] == sorted({number for number in numbers if number != NO_PIECE})
        assert self.line.shape == self.defence.shape == (n_pieces,)
        assert self.slots.shape == (n_pieces, N_SLOT_LEVELS) and (self.slots >= 0).all()
        assert self.weapon_slots.shape == self.slots.shape
        assert ((self.weapon_slots >= 0) & (self.weapon_slots <= self.slots)).all()
        assert self.resistances.shape == (n_pieces, len(self.resistance_names))
        assert list(self.skill_names) == sorted(set(self.skill_names))
        assert list(self.bonus_names) == sorted(set(self.bonus_names))
        for start, index, names in (
            (self.skill_start, self.skill_index, self.skill_names),
            (self.bonus_start, self.bonus_index, self.bonus_names),
        ):
            assert start.shape == (n_pieces + 1,) and start[0] == 0 and start[-1] == index.size
            assert (np.diff(start) >= 0).all()
            assert ((index >= 0) & (index < len(names))).all()
            for row in range(n_pieces):
                members = index[start[row] : start[row + 1]].tolist()
                assert len(set(members)) == len(members)
        assert self.skill_level.shape == self.skill_index.shape
        assert all(len(column) == n_pieces for column in self.other)
        for column in vars(self).values():
            assert not isinstance(column, np.ndarray) or not column.flags.writeable
