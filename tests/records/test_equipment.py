"""A table holds its pieces as columns, gives them back as objects, and never changes."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

PIECES = [
    EquipmentPiece("Vest", "Body", 20, (0, 1, 0, 0), (("Luck", 2), ("Attack", 1)), (3,), ("Bone",), ("x",), 2),
    EquipmentPiece("Cap", "Head", 12, (2, 0, 0, 0), (), (-1,), (), ("",), 3, (1, 0, 0, 0)),
    EquipmentPiece("Coat", "Body", 25, (0, 0, 0, 1), (("Attack", 3),), (0,), ("Bone", "Ash"), ("y",), 4),
]


def table_of(pieces: list[EquipmentPiece]) -> EquipmentTable:
    table = EquipmentTable.from_pieces(pieces, resistance_names=("Fire",), other_names=("Note",))
    table._check()
    return table


def test_pieces_are_grouped_by_part_and_keep_their_order() -> None:
    table = table_of(PIECES)
    assert (table.parts, table.part_sizes, len(table), table.n_pieces) == (("Head", "Body"), (1, 2), 3, 3)
    assert list(table) == [PIECES[1], PIECES[0], PIECES[2]]
    assert table.piece(table.row(1, 1)) == PIECES[2]
    assert table.skill_names == ("Attack", "Luck")
    assert table.bonus_names == ("Ash", "Bone")


@pytest.mark.parametrize("seed", range(20))
def test_columns_give_their_pieces_back(seed: int) -> None:
    table = random_job(random.Random(seed), full=True).table
    table._check()
    again = EquipmentTable.from_pieces(
        list(table),
        body_parts=list(zip(table.parts, table.counts, strict=True)),
        resistance_names=table.resistance_names,
        other_names=table.other_names,
    )
    assert list(again) == list(table)
    for skill in table.skill_names:
        assert table.skill_column(skill).tolist() == [dict(piece.skills).get(skill, 0) for piece in table]
    for bonus in table.bonus_names:
        assert table.bonus_column(bonus).tolist() == [int(bonus in piece.set_bonuses) for piece in table]


def test_what_no_piece_has_is_a_column_of_zeros() -> None:
    table = table_of(PIECES)
    assert table.skill_column("Cooking").tolist() == table.bonus_column("Iron").tolist() == [0, 0, 0]


def test_columns_cannot_be_written() -> None:
    table = table_of(PIECES)
    arrays = [column for column in vars(table).values() if isinstance(column, np.ndarray)]
    assert len(arrays) > 8
    assert not any(column.flags.writeable for column in arrays)


def test_a_part_that_nobody_declared_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown body part: 'Tail'"):
        EquipmentTable.from_pieces([EquipmentPiece("Ring", "Tail")])


def test_several_pieces_of_a_part_have_numbered_columns() -> None:
    pieces = [EquipmentPiece(name, part) for name, part in (("a", "Ring"), ("b", "Ring"), ("c", "Head"))]
    table = EquipmentTable.from_pieces(pieces, body_parts=(("Head", 1), ("Ring", 2), ("Charm", 1)))
    assert table.parts == ("Head", "Ring")
    assert table.positions == (0, 1, 1)
    assert table.position_names == ("Head", "Ring 1", "Ring 2")


def test_a_selection_loses_parts_that_have_no_rows() -> None:
    table = table_of(PIECES)
    chosen = table.select(np.array([False, True, False]))
    chosen._check()
    assert (chosen.parts, list(chosen)) == (("Body",), [PIECES[0]])
    assert (chosen.resistance_names, chosen.other_names) == (("Fire",), ("Note",))
    assert list(table.select(np.ones(3, bool))) == list(table)
    assert table.select(np.zeros(3, bool)).parts == ()


def test_a_table_crosses_processes() -> None:
    assert list(pickle.loads(pickle.dumps(table_of(PIECES)))) == list(table_of(PIECES))
