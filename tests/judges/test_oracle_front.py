"""The judge of fronts, by a case computed by hand."""

from __future__ import annotations

from oracle_front import Outcome, front

from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece


def test_a_front_by_hand() -> None:
    pieces = [
        EquipmentPiece("A", "Head", 5, skills=(("Fury", 1),)),
        EquipmentPiece("B", "Head", 9),
        EquipmentPiece("C", "Head", 4),
        EquipmentPiece("D", "Head", 9),
    ]
    rules = {"Fury": SkillRule(weight=3, penalty=0, maximum=5)}
    config = Config(skills=rules, defence_weight=1, slot_weights=(0, 0, 0, 0), slot_count_weight=0)
    wanted = [("defence", "Defence", 1), ("skill", "Fury", 1)]
    # B and D are equal, and B is first; C is beaten by both.
    assert front(pieces, config, wanted) == [Outcome((9, 0), 9, (1,)), Outcome((5, 1), 8, (0,))]
    assert front(pieces, config, [("defence", "Defence", -1), ("score", "Score", 1)]) == [
        Outcome((4, 4), 4, (2,)),
        Outcome((5, 8), 8, (0,)),
        Outcome((9, 9), 9, (1,)),
    ]


def test_every_filling_counts() -> None:
    piece = EquipmentPiece("A", "Head", 1, slots=(2, 0, 0, 0))
    jewel = Decoration(name="J", slot_level=1, skills=(("Fury", 1),))
    rules = {"Fury": SkillRule(weight=3, penalty=0, maximum=1)}
    config = Config(
        skills=rules, defence_weight=0, slot_weights=(2, 0, 0, 0), slot_count_weight=0, decorations=(jewel,)
    )
    wanted = [("score", "Score", 1), ("skill", "Fury", 1)]
    # Free slots 4; one jewel 3 + 2; two jewels are above the maximum and worth nothing.
    assert front([piece], config, wanted) == [Outcome((5, 1), 5, (0,)), Outcome((0, 2), 0, (0,))]
