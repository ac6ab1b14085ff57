"""Rows of a front: the best build of each outcome, with what is in its slots, as far as there is time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SkillRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


def test_where_the_score_is_no_objective_the_build_that_scores_most_is_written() -> None:
    pieces = [
        EquipmentPiece("A", "Head", 5, skills=(("Fury", 1),), other=("0.5",)),
        EquipmentPiece("B", "Head", 5, skills=(("Fury", 2),), other=("0.50",)),
        EquipmentPiece("C", "Head", 5, skills=(("Fury", 2),), other=("0.5",)),
        EquipmentPiece("D", "Head", 4, skills=(("Fury", 2),), other=("0.25",)),
    ]
    table = EquipmentTable.from_pieces(pieces, other_names=("Weight",))
    config = Config(
        skills={"Fury": SkillRule(weight=Decimal("0.1"), penalty=0, maximum=3)},
        totals={"Weight": TotalRule()},
        front=("-Weight", "Defence"),
    )
    results = optimize(table, config)
    assert [build.pieces for build in results] == [("D",), ("B",)] or [row[0] for row in results.iter_rows()] == [
        "D",
        "B",
    ]


@pytest.mark.parametrize("sign", ["", "-"])
def test_fillings_have_the_levels_of_their_rows(sign: str) -> None:
    pieces = [EquipmentPiece("A", "Head", 1, slots=(3, 0, 0, 0)), EquipmentPiece("B", "Head", 1, slots=(1, 0, 0, 0))]
    jewel = Decoration(name="J", slot_level=1, skills=(("Fury", 1),))
    config = Config(
        skills={"Fury": SkillRule(weight=3, penalty=0, maximum=1)},
        slot_weights=(2, 0, 0, 0),
        slot_count_weight=0,
        decorations=(jewel,),
        front=("Score", f"{sign}Fury"),
    )
    results = optimize(EquipmentTable.from_pieces(pieces), config)
    levels = results.skill_levels(0, len(results))["Fury"].tolist()
    counts = [results.decorations_text(k) for k in range(len(results))]
    # Two slots free and a jewel are worth most; without it there is one point less, beyond it nothing.
    expected = [(1, "1x J"), (0, "")] if sign else [(1, "1x J"), (2, "2x J"), (3, "3x J")]
    assert list(zip(levels, counts, strict=True)) == expected
