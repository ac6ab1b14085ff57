"""A table holds its pieces as columns, gives them back as objects, and never changes."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.errors import InputError
from equipment_optimizer.records.equipment import NO_PIECE, EquipmentPiece, EquipmentTable
from equipment_optimizer.records.rules import PartRule

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


def test_a_part_draws_the_rows_of_others_in_file_order() -> None:
    pieces = [
        EquipmentPiece(name, part) for name, part in (("r1", "Run"), ("f1", "Flex"), ("c1", "Catch"), ("r2", "Run"))
    ]
    rules = {"Run": PartRule(), "Catch": PartRule(), "Flex": PartRule(drawn_from=("Catch", "Run"), optional=True)}
    table = EquipmentTable.from_pieces(pieces, body_parts=rules)
    table._check()
    assert table.names == ("r1", "r2", "c1", "r1", "f1", "c1", "r2", "")
    assert table.origin.tolist() == [0, 3, 2, 0, 1, 2, 3, NO_PIECE]
    assert (table.optional, table.part_sizes) == ((False, False, True), (2, 1, 5))
    kept = table.select(np.array([True, False, True, False, False, True, True, True]))
    kept._check()
    assert (kept.names, kept.origin.tolist()) == (("r1", "c1", "c1", "r2", ""), [0, 2, 2, 3, NO_PIECE])
    assert kept.optional == (False, False, True)


def test_a_part_that_nothing_is_of_is_left_out_though_it_is_optional() -> None:
    rules = {"Run": PartRule(), "Catch": PartRule(optional=True)}
    table = EquipmentTable.from_pieces([EquipmentPiece("r1", "Run")], body_parts=rules)
    assert (table.parts, table.names) == (("Run",), ("r1",))


def test_kept_columns_are_texts_and_numbers() -> None:
    pieces = [EquipmentPiece("a", "Head", other=("1.50", "x")), EquipmentPiece("b", "Head", other=("", "y"))]
    table = EquipmentTable.from_pieces(
        pieces, body_parts={"Head": PartRule(optional=True)}, other_names=("Weight", "Tier")
    )
    numbers, digits = table.numbers("Weight")
    assert (numbers.tolist(), digits, table.texts("Tier")) == ([15, 0, 0], 1, ("x", "y", ""))
    with pytest.raises(InputError, match="read without the column Size"):
        table.texts("Size")
