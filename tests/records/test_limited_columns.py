"""Conditions on the cells of a column; totals and counts of builds as columns of the output."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config, CountRule, FilterRule, PartRule, SkillRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.limited_columns import (
    LimitColumns,
    filter_judge,
    objectives_named,
    objectives_of,
    passes_all,
)
from equipment_optimizer.records.rules import Objective

PIECES = [
    EquipmentPiece("a", "Head", 3, other=("1.5", "A; B"), skills=(("Weight", 1), ("team", 2))),
    EquipmentPiece("b", "Head", 2, other=("2", "B")),
    EquipmentPiece("c", "Ring", 1, other=("", "B; C")),
]
PARTS = {"Head": PartRule(), "Ring": PartRule(optional=True)}
COUNTS = {
    "team": CountRule(each="Team", separator=";", maximum=2),
    "heavy": CountRule(where=FilterRule(column="Weight", minimum=Decimal("1.6"))),
    "all": CountRule(),
}
TABLE = EquipmentTable.from_pieces(PIECES, body_parts=PARTS, other_names=("Weight", "Team"))


@pytest.mark.parametrize(
    ("rule", "passing"),
    [
        ({}, "9 9.0 +9 8 10 1e1 MR mr ||"),
        ({"minimum": Decimal(9)}, "9 9.0 +9 10 1e1"),
        ({"maximum": Decimal("8.5")}, "8"),
        ({"minimum": Decimal(9), "maximum": Decimal(9)}, "9 9.0 +9"),
        ({"minimum": Decimal(9), "blank": True}, "9 9.0 +9 10 1e1 ||"),
        ({"one_of": ("9",)}, "9 9.0 +9"),
        ({"one_of": ("9.00", "MR")}, "9 9.0 +9 MR"),
        ({"one_of": ("10",), "blank": True}, "10 1e1 ||"),
        ({"one_of": ()}, ""),
        ({"none_of": ("MR",)}, "9 9.0 +9 8 10 1e1 mr ||"),
        ({"none_of": ("9", "1E+1")}, "8 MR mr ||"),
        ({"none_of": ("9",), "minimum": Decimal(1)}, "8 10 1e1"),
        ({"none_of": ("9",), "one_of": ("9", "8")}, "8"),
        ({"none_of": ()}, "9 9.0 +9 8 10 1e1 MR mr ||"),
    ],
)
def test_filters_compare_numbers_as_numbers_and_the_rest_as_text(rule: dict[str, Any], passing: str) -> None:
    judge = filter_judge(FilterRule(column="Rarity", **rule))
    cells = ["9", "9.0", "+9", "8", "10", "1e1", "MR", "mr", ""]
    assert [cell for cell in cells if judge(cell)] == ["" if cell == "||" else cell for cell in passing.split()]


@pytest.mark.parametrize("cell", ["NaN", "Infinity", "1_0", "٣", "1e99999999", "0x9", "9 9", "1.2.3", ".", "-", "e5"])
def test_text_that_only_looks_like_a_number_is_text(cell: str) -> None:
    assert not filter_judge(FilterRule(column="x", minimum=Decimal(-(10**9))))(cell)
    assert not filter_judge(FilterRule(column="x", maximum=Decimal(10**9)))(cell)
    assert filter_judge(FilterRule(column="x", one_of=(cell,)))(cell)


def test_numbers_of_any_size_are_compared_exactly() -> None:
    judge = filter_judge(FilterRule(column="x", minimum=Decimal("1e9999")))
    assert judge("1e9999")
    assert not judge("9" * 400)
    exact = filter_judge(FilterRule(column="x", one_of=("0." + "0" * 50 + "1",)))
    assert exact("1e-51")
    assert not exact("0." + "0" * 50 + "2")


def test_rows_satisfy_all_conditions_and_those_of_other_parts_pass() -> None:
    pieces = [EquipmentPiece("a", "Head", other=("1",)), EquipmentPiece("b", "Body", other=("2",))]
    table = EquipmentTable.from_pieces(pieces, other_names=("Tier",))
    rules = [FilterRule(column="Tier", minimum=2, parts="Head"), FilterRule(column="Tier", maximum=2)]
    assert passes_all(table, rules, Config()).tolist() == [False, True]


def test_totals_and_counts_are_those_of_each_build() -> None:
    config = Config(totals={"Weight": TotalRule(), "Defence": TotalRule()}, counts=COUNTS, body_parts=PARTS)
    table = EquipmentTable.from_pieces(
        [piece._replace(other=(*piece.other, str(piece.defence))) for piece in PIECES],
        body_parts=PARTS,
        other_names=("Weight", "Team", "Defence"),
    )
    columns = LimitColumns(table, config)
    every = EquipmentCombinationList.whole_space(table)
    assert columns.digits == {"Weight": 1}
    assert {name: total.tolist() for name, total in columns.totals(every).items()} == {"Weight": [15, 15, 20, 20]}
    assert {name: count.tolist() for name, count in columns.counts(every).items()} == {
        "team": [2, 1, 2, 1],
        "heavy": [0, 0, 1, 1],
        "all": [2, 1, 2, 1],
    }


def test_their_columns_stand_before_the_decorations_and_have_names_of_their_own() -> None:
    config = Config(
        totals={"Weight": TotalRule(weight=-1)}, counts={**COUNTS, "Ring": CountRule(maximum=2)}, limit=4,
        body_parts=PARTS, decorations=(), defence_weight=10,
    )  # fmt: skip
    results = optimize(TABLE, config)
    names = [column.name for column in results.columns]
    shown = ["Defence", "Weight (total)", "team (count)", "heavy", "all", "Ring (count)", "Decorations", "Score"]
    assert names == ["Head", "Ring", "Weight", "team", *(f"Lvl {n} Decoration Slot" for n in (1, 2, 3, 4)), *shown]
    plain = dataclasses.replace(config, counts={"Proved": CountRule(maximum=2), "Score": CountRule(maximum=2)})
    assert [column.name for column in optimize(TABLE, plain).columns][-4:] == [
        "Proved (count)",
        "Score (count)",
        "Decorations",
        "Score",
    ]
    best, *_, last = results.to_dicts()
    assert (best["Ring"], best["Weight (total)"], best["team (count)"]) == ("c", Decimal("1.5"), 2)
    assert (last["Ring"], last["Weight (total)"], last["all"]) == ("", Decimal(2), 1)


# --- objectives of a front ---

CONFIG = Config(
    skills={"Fury": SkillRule(), "Weight": SkillRule()},
    totals={"Weight": TotalRule()},
    counts={"rare": CountRule(where=FilterRule(column="Rarity", minimum=9))},
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Score", [Objective("score", "Score", 1)]),
        ("-Fire Res", [Objective("resistance", "Fire", -1)]),
        ("- Fury", [Objective("skill", "Fury", -1)]),
        ("rare", [Objective("count", "rare", 1)]),
        ("Weight", [Objective("total", "Weight", 1), Objective("skill", "Weight", 1)]),
        ("-Weight (skill)", [Objective("skill", "Weight", -1)]),
        ("Defence (total)", [Objective("defence", "Defence", 1)]),
        ("Luck", []),
    ],
)
def test_what_a_text_may_name(text: str, found: list) -> None:
    assert objectives_named(text, CONFIG) == found


def test_what_names_none_or_several_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        objectives_of(Config(skills=CONFIG.skills, totals=CONFIG.totals, front=("Weight", "Luck")))
    assert [fault.message for fault in caught.value.faults] == [
        "Weight is several things [$.front[0]]",
        "Luck is no objective [$.front[1]]",
    ]
