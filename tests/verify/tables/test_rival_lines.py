"""Lines of two builds in one weight: where they meet, by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify.tables._best_fillings import Filled
from equipment_optimizer.verify.tables._changes import Change
from equipment_optimizer.verify.tables._range_rows import RangeEnd, RangeRow
from equipment_optimizer.verify.tables._rival_lines import RivalLines
from equipment_optimizer.verify.tables._weights import Weights

#: Guard is worth 2 a level, defence 1 a point.
PIECES = {
    "first": EquipmentPiece("first", "Head", 10, skills=(("Guard", 1),)),
    "steep": EquipmentPiece("steep", "Head", 4, skills=(("Guard", 3),)),
    "steeper": EquipmentPiece("steeper", "Head", 1, skills=(("Guard", 4),)),
    "flat": EquipmentPiece("flat", "Head", 11),
    "best": EquipmentPiece("best", "Head", 90),
}
CONFIG = Config(
    skills={"Guard": SkillRule(weight=2, maximum=None)}, body_parts={"Head": 1}, defence_weight=1,
    slot_weights=(0, 0, 0, 0), slot_count_weight=0,
)  # fmt: skip
DEFINITION = Definition(EquipmentTable.from_pieces(list(PIECES.values()), body_parts=CONFIG.body_parts), CONFIG)
WEIGHTS = Weights(DEFINITION)
BUILDS = {name: Filled((row,), {}, WEIGHTS.amounts(DEFINITION.totals((row,)))) for row, name in enumerate(PIECES)}


def named(rows) -> str:
    return DEFINITION.table.names[rows[0]]


def told(low, high, *others: str, next_above: str = "steep", is_proved: bool = True):
    """What the builds say of a range of the weight of Guard, of which only the end above names who is next."""
    cells = ["" if at is None else str(at) for at in (low, high)]
    ends = tuple(
        RangeEnd(2, 0, sign, None if at is None else Fraction(at), cell, "who", Change() if at else None, is_proved)
        for sign, at, cell in ((-1, low, cells[0]), (1, high, cells[1]))
    )
    lines = RivalLines(BUILDS["first"], WEIGHTS, [RangeRow(2, 0, ends, is_proved)])
    nexts = {-1: [BUILDS["flat"]], 1: [BUILDS[next_above]] if next_above else []}
    lines.check_next(lambda end: nexts[end.sign], named)
    for name in others:
        lines.note(BUILDS[name].rows, BUILDS[name].amounts)
    return [(one.line, one.column, one.expected) for one in lines.told(named)]


def test_a_right_range_is_content() -> None:
    assert told(1, 3) == []
    assert told(1, 3, "first", "flat", "steep") == []


@pytest.mark.parametrize(
    ("low", "high", "next_above", "difference"),
    [
        (1, "5/2", "steep", (2, "To", "3, where steep scores as much")),
        (1, 4, "steep", (2, "To", "3, where steep scores as much")),
        ("3/2", 3, "steep", (2, "From", "1, where flat scores as much")),
        (1, 3, "flat", (2, "Next Above", "a build that scores more beyond the end")),
        (1, 3, "", (2, "Next Above", "a build that keeps the limits")),
    ],
)
def test_who_comes_next_meets_the_first_at_the_end(low, high, next_above: str, difference) -> None:
    assert told(low, high, next_above=next_above) == [difference]


def test_a_build_that_comes_sooner() -> None:
    assert told(None, 3, "flat") == [(2, "From", "at least 1, where flat scores as much")]
    assert told(1, None, "steep", "steeper") == [(2, "To", "at most 3, where steep scores as much")]


def test_of_those_that_meet_there_the_steepest_comes_next() -> None:
    assert told(1, 3, "steeper") == [(2, "Next Above", "steeper")]


def test_what_is_not_proved_may_be_narrower() -> None:
    assert told(None, 3, "flat", "steeper", is_proved=False) == []


def test_a_better_build_is_the_first() -> None:
    assert told(1, 3, "best", "flat") == [(0, "(build 1)", "best, worth 90")]


def test_heights() -> None:
    ends = (RangeEnd(2, 0, 1, Fraction(7, 2), "7/2", "", None, True), RangeEnd(2, 0, -1, None, "", "", None, True))
    lines = RivalLines(BUILDS["first"], WEIGHTS, [RangeRow(2, 0, ends, True)])
    assert lines.n_ends == 2
    assert lines.height(0, BUILDS["steep"].amounts) == (2, 2)
    assert lines.height(1, BUILDS["flat"].amounts) == (0, 1)
