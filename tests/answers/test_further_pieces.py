"""Wishes beside a table: the columns of both, and parts that only wishes have."""

import numpy as np

from equipment_optimizer.answers._further_pieces import alike, stand_ins
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


def test_both_get_the_columns_of_both() -> None:
    table = EquipmentTable.from_pieces(
        [EquipmentPiece("Cap", "Head", resistances=(4,), other=("red",))],
        resistance_names=("Fire",),
        other_names=("Colour",),
    )
    wishes = EquipmentTable.from_pieces([EquipmentPiece("Hood", "Head", resistances=(7,))], resistance_names=("Ice",))
    whole, wished = alike(table, wishes, Config())
    assert (whole.resistance_names, whole.other_names) == (("Fire", "Ice"), ("Colour",))
    assert (whole.piece(0).resistances, whole.piece(0).other) == ((4, 0), ("red",))
    assert (wished[0].resistances, wished[0].other) == ((0, 7), ("",))
    assert alike(table, None, Config()) == (table, [])


def test_a_part_without_a_piece_of_its_own_gets_one_of_nothing() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1)])
    wish = EquipmentPiece("Band", "Charm")
    config = Config(body_parts={"Head": 1, "Charm": 2})
    blanks = stand_ins(table, config, [wish], np.array([True]))
    assert [(blank.body_part, blank.defence, blank.skills) for blank in blanks] == [("Charm", 0, ())] * 2
    # A part whose pieces are all ruled out is one without.
    assert len(stand_ins(table, config, [EquipmentPiece("Hood", "Head")], np.array([False]))) == 1
