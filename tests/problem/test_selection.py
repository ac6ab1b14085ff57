"""Pins, exclusions and filters."""

from decimal import Decimal

import pytest

from equipment_optimizer.errors import InfeasibleError, InputError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.questions.extras import what_fits
from equipment_optimizer.records.config import Config, FilterRule, PartRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


def table_of(*rows: tuple[str, str, str], column: str = "Rarity") -> EquipmentTable:
    pieces = [EquipmentPiece(name, part, other=(cell,)) for part, name, cell in rows]
    return EquipmentTable.from_pieces(pieces, other_names=(column,))


TABLE = table_of(("Head", "A", "9"), ("Head", "B", "8"), ("Head", "A", ""), ("Body", "A", "9"), ("Body", "C", "10"))


def kept(config: Config, table: EquipmentTable = TABLE) -> list[tuple[str, str, str]]:
    selected = select_pieces(table, config)
    selected._check()
    return [(piece.body_part, piece.name, piece.other[0]) for piece in selected]


def test_without_rules_the_table_itself_comes_back() -> None:
    assert select_pieces(TABLE, Config()) is TABLE
    assert select_pieces(TABLE, Config(pin={"Head": ("A", "B")})) is TABLE


def test_a_pin_keeps_every_piece_of_its_names_and_leaves_other_parts_alone() -> None:
    assert kept(Config(pin={"Head": ("A",)})) == [
        ("Head", "A", "9"), ("Head", "A", ""), ("Body", "A", "9"), ("Body", "C", "10"),
    ]  # fmt: skip
    assert len(kept(Config(pin={"Legs": ("A",)}))) == 5


def test_an_exclusion_holds_for_all_parts() -> None:
    assert kept(Config(exclude=("A",))) == [("Head", "B", "8"), ("Body", "C", "10")]


def test_all_rules_hold_together() -> None:
    rule = FilterRule(column="Rarity", minimum=Decimal(9))
    assert kept(Config(filters=(rule,), exclude=("C",))) == [("Head", "A", "9"), ("Body", "A", "9")]


def test_an_emptied_part_is_named_with_the_rules_that_emptied_it() -> None:
    rule = FilterRule(column="Rarity", minimum=Decimal(10))
    with pytest.raises(InfeasibleError) as caught:
        select_pieces(TABLE, Config(pin={"Head": ("A",), "Body": ("A",)}, exclude=("Z",), filters=(rule,)))
    assert str(caught.value) == (
        'no piece of Head is left: of 3, pin rejects 1, the filter on "Rarity" rejects 3; '
        'no piece of Body is left: of 2, pin rejects 1, the filter on "Rarity" rejects 1\n'
        "  mend: loosen one of these rules, or add pieces that pass them"
    )


def test_an_empty_pin_leaves_nothing() -> None:
    with pytest.raises(InfeasibleError, match="no piece of Head is left: of 3, pin rejects 3"):
        select_pieces(TABLE, Config(pin={"Head": ()}))


def test_a_column_that_was_not_kept_is_an_error() -> None:
    with pytest.raises(InputError) as caught:
        select_pieces(TABLE, Config(filters=(FilterRule(column="Rank"),), source="c.json"))
    assert str(caught.value).startswith("c.json: the equipment was read without the column 'Rank' [$.filter[\"Rank\"]]")


def test_a_part_that_takes_more_than_it_has_is_told_before_any_rule() -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("a", "Ring")], body_parts={"Ring": 2})
    with pytest.raises(InfeasibleError, match="a build takes 2 pieces of Ring, and there is 1"):
        select_pieces(table, Config(body_parts={"Ring": 2}))
    optional = EquipmentTable.from_pieces(
        [EquipmentPiece("a", "Ring")], body_parts={"Ring": PartRule(count=3, optional=True)}
    )
    assert select_pieces(optional, Config()) is optional


def test_a_pin_of_too_few_is_mended_by_all_of() -> None:
    pieces = [EquipmentPiece(name, "Ring") for name in "abc"]
    table = EquipmentTable.from_pieces(pieces, body_parts={"Ring": 2})
    with pytest.raises(InfeasibleError) as caught:
        select_pieces(table, Config(body_parts={"Ring": 2}, pin={"Ring": ("a",)}))
    assert "there is 1 left: of 3, pin rejects 2" in str(caught.value)
    assert '{"Ring": {"all of": [...]}} in pin lets the rest of the part vary' in str(caught.value)
    # Where others draw from the part, that is no mend.
    parts = {"Ring": PartRule(count=2), "Flex": PartRule(drawn_from=("Ring",))}
    table = EquipmentTable.from_pieces(pieces, body_parts=parts)
    with pytest.raises(InfeasibleError, match="counts with where and min say what must be there"):
        select_pieces(table, Config(body_parts=parts, pin={"Ring": ("a",)}))


def test_parts_that_share_too_few_pieces_name_the_rules() -> None:
    parts = {"Ring": PartRule(count=1), "Flex": PartRule(count=1, drawn_from=("Ring",))}
    table = EquipmentTable.from_pieces([EquipmentPiece(name, "Ring") for name in "abc"], body_parts=parts)
    config = Config(body_parts=parts, exclude=("a",), pin={"Ring": ("b",), "Flex": ("b", "a")})
    told = "Ring and Flex share pieces, and there are not enough left for all of them"
    why = "of 3, pin rejects 2, exclude rejects 1"
    for question in (optimize, what_fits):
        with pytest.raises(InfeasibleError) as caught:
            question(table, config)
        assert str(caught.value) == f"{told}: {why}\n  mend: loosen one of these rules, or add pieces that pass them"
    few = {"Ring": PartRule(count=3), "Flex": PartRule(count=1, drawn_from=("Ring",))}
    table = EquipmentTable.from_pieces([EquipmentPiece(name, "Ring") for name in "abc"], body_parts=few)
    for question in (optimize, what_fits):
        with pytest.raises(InfeasibleError, match="not enough for all of them\n  mend: add pieces"):
            question(table, Config(body_parts=few))
