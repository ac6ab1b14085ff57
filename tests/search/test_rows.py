"""Rows of a sequence: what has to differ of places that stay empty and of pieces in several parts."""

from __future__ import annotations

import numpy as np

from equipment_optimizer.output.outcomes import piece_numbers
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.config import Config, PartRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search._rows import Rows, SequenceRules

PARTS = {
    "Main": PartRule(count=2, optional=True),
    "Flex": PartRule(optional=True, drawn_from="Main"),
    "Ring": PartRule(),
}
PIECES = [EquipmentPiece(f"{part} {k}", part, 1) for part in PARTS for k in range(2)]
#: Rows of `Main`: 0, 1, empty; of `Flex`: 0, 1 of Main, 0, 1 of its own, empty.
TABLE = EquipmentTable.from_pieces(PIECES, body_parts=PARTS)
CONFIG = Config(body_parts=PARTS, defence_weight=1)


def rows_with(**rules) -> Rows:
    starts = TABLE.part_start[1:-1]
    names = np.split(piece_numbers(TABLE, CONFIG), starts)
    return Rows(compile_problem(TABLE, CONFIG), SequenceRules(names=names, **rules))


def test_empty_places_count_as_often_as_they_are_there() -> None:
    rows = rows_with(different_pieces=2)
    rows.take((2, 2, 4, 0), 0, outcome=None, filling=None, is_proved=True)
    assert not rows.may_take((0, 2, 4, 0), None)
    assert rows.may_take((0, 1, 4, 0), None)
    assert rows.may_take((0, 2, 4, 1), None)


def test_a_piece_is_the_same_in_every_part_that_has_it() -> None:
    rows = rows_with(different_pieces=2)
    rows.take((0, 1, 2, 0), 0, outcome=None, filling=None, is_proved=True)
    assert not rows.may_take((1, 2, 0, 0), None)  # empty in place of the piece of Flex
    assert rows.may_take((1, 2, 4, 0), None)


def test_what_is_used_up_is_so_in_all_parts() -> None:
    starts = TABLE.part_start[1:-1]
    rows = rows_with(most_rows=1, exempt=np.split(np.array(TABLE.names) == "", starts))
    assert rows.take((0, 2, 4, 0), 0, outcome=None, filling=None, is_proved=True)
    assert rows.used_up == {(0, 0), (1, 0), (2, 0)}
    assert not rows.may_take((1, 2, 0, 1), None)
    assert rows.may_take((1, 2, 4, 1), None)
