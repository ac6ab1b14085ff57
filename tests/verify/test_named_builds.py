"""Names stand for builds in rank order, and for decorations by number."""

from __future__ import annotations

from decorated_job import DECORATED

from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._builds import Builds
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._named_builds import builds_after, parse_filling, same_named


def test_builds_come_in_rank_order_from_a_floor() -> None:
    pieces = [EquipmentPiece(str(k), part) for k, part in enumerate(("Head", "Head", "Ring", "Ring", "Ring"))]
    table = EquipmentTable.from_pieces(pieces, body_parts={"Head": 1, "Ring": 2})
    builds = Builds(table, [[0, 1], [2, 3, 4]])
    choices = [[0, 1], [2, 3], [2, 3, 4]]
    every = list(builds_after(choices, (0, 1, 1), None, builds))
    assert every == [(0, 2, 3), (0, 2, 4), (0, 3, 4), (1, 2, 3), (1, 2, 4), (1, 3, 4)]
    for k, floor in enumerate(every):
        assert list(builds_after(choices, (0, 1, 1), floor, builds)) == every[k:]


def test_a_decoration_named_twice_or_not_at_all_is_a_fault() -> None:
    definition = Definition(DECORATED.table, DECORATED.config)
    assert parse_filling("1x Wall; 1x Wall", definition)[1] == ["'Wall' must be named once, with its count"]
    assert parse_filling("0x Wall", definition)[1] == ["'Wall' must be named once, with its count"]
    assert parse_filling("", definition) == ({}, [])


def test_decorations_are_counted_by_number_though_a_name_holds_a_semicolon() -> None:
    definition = Definition(DECORATED.table, DECORATED.config)
    assert parse_filling("2x Edge; sharp; 1x Hilt", definition) == ({0: 2, 2: 1}, [])


def test_rows_of_one_name_keep_their_order() -> None:
    definition = Definition(DECORATED.table, DECORATED.config)
    assert same_named(definition, [[1, 0]]) == [{"Bare": [1], "Cap": [0]}]
    assert same_named(definition, [[]]) == [{}]
