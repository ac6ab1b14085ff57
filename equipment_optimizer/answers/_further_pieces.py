"""A table with pieces that somebody might get.

Both have the columns of both; parts of which the file has no row get a piece of nothing,
since builds are made without them so far. A part with rows of which rules leave too few is
none of these: no build is made until a further piece fills it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..records.config import Config
from ..records.equipment import NO_PIECE, EquipmentPiece, EquipmentTable

__all__ = ["alike", "are_too_few", "pieces_by_number", "stand_ins"]

T = TypeVar("T")


def alike(
    table: EquipmentTable, wishes: EquipmentTable | None, config: Config
) -> tuple[EquipmentTable, list[EquipmentPiece]]:
    """A table and wishes with the columns of both."""
    if wishes is None:
        return table, []
    resistances = tuple(dict.fromkeys([*table.resistance_names, *wishes.resistance_names]))
    others = tuple(dict.fromkeys([*table.other_names, *wishes.other_names]))

    def pieces(of: EquipmentTable) -> list[EquipmentPiece]:
        return [
            piece._replace(
                resistances=_placed(of.resistance_names, piece.resistances, resistances, 0),
                other=_placed(of.other_names, piece.other, others, ""),
            )
            for piece in pieces_by_number(of, config).values()
        ]

    if (resistances, others) != (table.resistance_names, table.other_names):
        table = EquipmentTable.from_pieces(
            pieces(table), body_parts=config.body_parts, resistance_names=resistances, other_names=others
        )
    return table, pieces(wishes)


def pieces_by_number(table: EquipmentTable, config: Config) -> dict[int, EquipmentPiece]:
    """The rows of the file by their numbers, in order, each as a piece of the part that it belongs to."""
    parts: dict[int, dict[str, EquipmentPiece]] = {}
    for row, number in enumerate(table.origin.tolist()):
        if number != NO_PIECE:
            piece = table.piece(row)
            parts.setdefault(number, {})[piece.body_part] = piece
    by_number = {}
    for number, pieces in parts.items():
        home_parts = (
            part
            for part in pieces
            if all(part in config.body_parts[other].drawn_from for other in pieces if other != part)
        )
        by_number[number] = pieces[next(home_parts, next(iter(pieces)))]
    return dict(sorted(by_number.items()))


def _placed(names: Sequence[str], cells: Sequence[T], wanted: Sequence[str], none: T) -> tuple[T, ...]:
    """Cells of named columns as those of other columns."""
    known = dict(zip(names, cells, strict=True))
    return tuple(known.get(name, none) for name in wanted)


def are_too_few(table: EquipmentTable, usable: npt.NDArray[np.bool_]) -> bool:
    """Whether a part has fewer usable rows, shape (P,), than a build takes of it, so that there is no build."""
    sizes = np.add.reduceat(usable.astype(np.int64), table.part_start[:-1]).tolist()
    needed = zip(sizes, table.counts, table.optional, strict=True)
    return any(size < count and not optional for size, count, optional in needed)


def stand_ins(table: EquipmentTable, config: Config, further: Sequence[EquipmentPiece]) -> list[EquipmentPiece]:
    """A piece of nothing for each part that only further pieces have: builds are made without it so far."""
    filled = {piece.body_part for piece in further}
    none = (0,) * len(table.resistance_names)
    blank = ("",) * len(table.other_names)
    return [
        EquipmentPiece(name="", body_part=part, resistances=none, other=blank)
        for part, rule in config.body_parts.items()
        if part not in table.parts and not rule.optional and not filled.isdisjoint((part, *rule.drawn_from))
        for _ in range(rule.count)
    ]
