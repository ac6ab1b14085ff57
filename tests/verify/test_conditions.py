"""Conditions on cells by definition: those of the program's own filters, and rows that stay allowed."""

from __future__ import annotations

import pytest

from equipment_optimizer.records.config import Config, FilterRule, PartRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.limited_columns import filter_judge
from equipment_optimizer.verify._conditions import allowed_rows, passes

RULES = [
    FilterRule(column="x", minimum=2),
    FilterRule(column="x", maximum=2, blank=True),
    FilterRule(column="x", one_of=("2.0", "MR")),
    FilterRule(column="x", none_of=("2", "mr"), minimum=1),
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("cell", ["", "1", "2", "2.00", "+2", "3e0", "MR", "mr", "1_0", "nan"])
def test_cells_pass_as_they_do_elsewhere(rule: FilterRule, cell: str) -> None:
    assert passes(rule, "Head", cell) == filter_judge(rule)(cell)


def test_the_empty_place_is_always_allowed_and_other_parts_pass() -> None:
    table = EquipmentTable.from_pieces(
        [EquipmentPiece("a", "Head", other=("1",)), EquipmentPiece("b", "Body", other=("1",))],
        body_parts={"Head": PartRule(optional=True), "Body": 1}, other_names=("x",),
    )  # fmt: skip
    rule = FilterRule(column="x", minimum=2, parts="Head")
    assert allowed_rows(table, Config(filters=(rule,), pin={"Head": ("z",)})) == [[1], [2]]
