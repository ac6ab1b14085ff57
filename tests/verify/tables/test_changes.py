"""What stands in place of what, read from words; names may hold any of these words themselves."""

from __future__ import annotations

import pytest
from decorated_job import DECORATED

from equipment_optimizer.records.config import Config, PartRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._builds import Builds
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._named_builds import same_named
from equipment_optimizer.verify.tables._changes import Change, ChangeReader

PIECES = [
    *(EquipmentPiece(name, "Head") for name in ("Cap", "Cap instead of Hood", "Hood", "=Hat; Body: Mail")),
    *(EquipmentPiece(name, "Body") for name in ("Mail", "nothing")),
]


def reader(pieces, config) -> ChangeReader:
    table = EquipmentTable.from_pieces(pieces, body_parts=config.body_parts)
    definition = Definition(table, config)
    by_part = same_named(definition, Builds(table, allowed_rows(table, config)).allowed)
    return ChangeReader(definition, [by_part[part] for part in table.positions])


PLAIN = reader(PIECES, Config(body_parts={"Head": 1, "Body": PartRule(count=1, optional=True)}))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Head: Cap instead of Hood", {0: ("Cap", "Hood")}),
        ("Head: Cap instead of Hood instead of Cap", {0: ("Cap instead of Hood", "Cap")}),
        ("Head: Cap instead of Hood; Body: Mail instead of nothing", {0: ("Cap", "Hood"), 1: ("Mail", "nothing")}),
        ("Head: =Hat; Body: Mail instead of Cap", {0: ("=Hat; Body: Mail", "Cap")}),
        ("Body: Mail instead of nothing; Head: Cap instead of Hood", None),
        ("Head: Cap instead of Cap", None),
        ("Head: Cap", None),
        ("Head: Cap instead of Crown", None),
        ("Legs: Cap instead of Hood", None),
        ("", None),
        ("in the slots: nothing instead of nothing", None),
        ("in the slots: 1x Edge instead of nothing", None),
    ],
)
def test_pieces(text: str, pieces) -> None:
    assert PLAIN.read(text) == (None if pieces is None else Change(pieces))


@pytest.mark.parametrize(
    ("text", "new", "old"),
    [
        ("2x Edge; sharp instead of nothing", {0: 2}, {}),
        ("1x Wall, 1x Hilt instead of 2x Edge; sharp", {1: 1, 2: 1}, {0: 2}),
        ("1x Wall, 1x Wall instead of nothing", None, None),
        ("0x Wall instead of nothing", None, None),
        ("1x Stone instead of nothing", None, None),
        ("1x Wall", None, None),
        ("nothing instead of nothing", None, None),
        ("the same decorations in other places", {}, {}),
    ],
)
def test_decorations(text: str, new, old) -> None:
    change = reader(DECORATED.pieces, DECORATED.config).read(f"in the slots: {text}")
    assert change == (None if new is None else Change(new=new, old=old))


def test_other_pieces_of_the_same_name() -> None:
    config = Config(body_parts={"Head": 1, "Body": 1})
    pieces = [EquipmentPiece(name, part, n) for name, part in (("Cap; x", "Head"), ("Mail", "Body")) for n in (1, 3)]
    namesakes = reader([*pieces, EquipmentPiece("Hood", "Head")], config)
    for text in ("Head: another Cap; x", "Body: another Mail", "Head: another Cap; x; Body: another Mail"):
        assert namesakes.read(text) == Change()
    for text in ("Head: another Hood", "Head: another Mail", "Body: another Mail; Head: another Cap; x", "another Cap"):
        assert namesakes.read(text) is None
    assert namesakes.read("in the slots: the same decorations in other places") is None
    assert namesakes.read("in the slots: nothing instead of nothing") is None
