"""A formula over the features of a problem: the same products as totals by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from equipment_optimizer.problem.formula import compile_formula
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep, SkillCap
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term

PIECES = [
    EquipmentPiece("Cap", "Head", 5, slots=(1, 0, 0, 0), skills=(("Attack", 2),), set_bonuses=("Wolf",), other=("10",)),
    EquipmentPiece("Hood", "Head", 9, skills=(("Luck", 1), ("Attack", 1)), other=("2.5",)),
    EquipmentPiece("Mail", "Body", 1, skills=(("Attack", 2), ("Key", 1)), set_bonuses=("Wolf",), other=("",)),
]
PARTS = {"Head": 1, "Body": 1}


def term(name: str, worth: float | list[float], kind: str = "skill") -> Term:
    return Term(name=name, kind=kind, **({"table": worth} if isinstance(worth, list) else {"weight": worth}))  # type: ignore[arg-type]


def config_of(*factors: Factor, **more: object) -> Config:
    return Config(body_parts=PARTS, formula=Formula(factors=factors), **more)  # type: ignore[arg-type]


def scores(config: Config) -> list[int]:
    table = EquipmentTable.from_pieces(PIECES, body_parts=PARTS, other_names=["Weight"])
    formula = compile_formula(table, config)
    levels = total_columns(formula.problem, [np.array([0, 1]), np.array([0, 0])]).levels
    for of_factor in formula.sums:
        for one in of_factor:
            values = formula.values(one, levels)
            assert (values >= one.low).all() and (values <= one.high).all()
    return formula.scores(levels).tolist()


def test_sums_of_columns_and_skills_are_one_plain_feature() -> None:
    config = config_of(Factor(name="raw", base=3, terms=[term("Weight", 1, "column"), term("Attack", 0.5)]))
    table = EquipmentTable.from_pieces(PIECES, body_parts=PARTS, other_names=["Weight"])
    formula = compile_formula(table, config)
    assert formula.problem.n_features == 1 and not formula.sums[0][0].worths
    # 3 + 10 + 0.5 x 4, and 3 + 2.5 + 0.5 x 3
    assert formula.scaled.score_digits == 1 and scores(config) == [150, 70]


def test_levels_count_up_to_the_maximum_in_force() -> None:
    caps = {"Attack": SkillCap(maximum=4, locked_maximum=1, raised_by="Luck")}
    # Only the second build has Luck.
    assert scores(config_of(Factor(name="raw", terms=[term("Attack", [5, 7, 11, 13, 17])]), skill_caps=caps)) == [7, 13]
    assert scores(config_of(Factor(name="raw", terms=[term("Attack", 2)]), skill_caps=caps)) == [2, 6]


def test_set_bonuses_add_levels_and_sums_are_clipped() -> None:
    steps = (SetBonusStep(bonus="Wolf", pieces_required=2, skill="Attack", level=3),)
    pair = (Sum(base=1, terms=[term("Attack", 1)], maximum=6), Sum(base=2, terms=[term("Key", 1)]))
    # 10 + min(1 + 7, 6) x 3, and 10 + (1 + 3) x 3
    assert scores(config_of(Factor(name="raw", base=10, times=pair), set_bonuses=steps)) == [28, 22]


@pytest.mark.parametrize(("worth", "rises"), [([0, 1, 5], True), ([0, 0, 0, 0, 5, 1], False), (-1, False), (2, True)])
def test_what_decorations_add_never_harms_where_every_factor_grows(worth: float | list[float], rises: bool) -> None:
    jewel = Decoration(name="Jewel", slot_level=1, skills=(("Attack", 1),))
    table = EquipmentTable.from_pieces(PIECES, body_parts=PARTS, other_names=["Weight"])
    config = config_of(Factor(name="raw", base=9, terms=[term("Attack", worth)]), decorations=(jewel,))
    assert compile_formula(table, config).rises is rises


def test_a_weight_beyond_64_bits_of_a_total_that_is_always_0() -> None:
    huge = Term(name="Luck of others", kind="skill", weight=999_999_999_999_999_999)
    assert scores(config_of(Factor(name="f", base=Decimal("0.1"), terms=(huge,)))) == [1, 1]


def test_entries_beyond_64_bits_beside_negative_ones_stay_whole_numbers() -> None:
    table = [999_999_999_999_999_999, -1, -999_999_999_999_999_999, 7, 999_999_999_999_999_998]
    weight = Term(name="Weight", kind="column", weight=0)
    found = scores(config_of(Factor(name="f", terms=(term("Attack", table), weight), maximum=Decimal("1e17") + 1)))
    assert [type(score) for score in found] == [int, int]
    one = Factor(name="f", terms=(term("Attack", table), Term(name="Weight", kind="column", weight=Decimal("0.1"))))
    # Attack 4 with 10 of weight, Attack 3 with 2.5.
    assert scores(config_of(one)) == [99_999_999_999_999_999_900, 725]
