"""Wishes beside a table: the columns of both, and parts that only wishes have."""

import numpy as np
import pytest

from equipment_optimizer.answers._further_pieces import alike, are_too_few, stand_ins
from equipment_optimizer.records.config import Config, PartRule
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
    blanks = stand_ins(table, config, [wish])
    assert [(blank.body_part, blank.defence, blank.skills) for blank in blanks] == [("Charm", 0, ())] * 2
    # A part whose pieces may all be ruled out is none without.
    assert stand_ins(table, config, [EquipmentPiece("Hood", "Head")]) == []


@pytest.mark.parametrize(
    ("usable", "optional", "expected"),
    [("111", False, False), ("011", False, True), ("110", False, True), ("1001", True, False)],
)
def test_a_part_that_may_not_stay_empty_has_too_few(usable: str, optional: bool, expected: bool) -> None:
    parts = {"Head": PartRule(), "Ring": PartRule(count=2, optional=optional)}
    pieces = [EquipmentPiece("Cap", "Head"), EquipmentPiece("Band", "Ring"), EquipmentPiece("Loop", "Ring")]
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    assert are_too_few(table, np.array([digit == "1" for digit in usable])) is expected
