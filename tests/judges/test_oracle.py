"""The judge judged: cases small enough to compute by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import oracle
import pytest

from equipment_optimizer.records.config import (
    Config,
    Decoration,
    PartRule,
    ResistanceRule,
    SetBonusStep,
    SkillRule,
    Weapon,
)
from equipment_optimizer.records.equipment import EquipmentPiece

ZERO = Decimal(0)
NO_SLOTS = {
    "slot_weights": (ZERO,) * 4,
    "slot_count_weight": ZERO,
    "defence_weight": ZERO,
    "unlisted_skill_weight": ZERO,
}


def head(*skills: tuple[str, int], **other: object) -> EquipmentPiece:
    return EquipmentPiece("hat", "Head", skills=skills, **other)  # type: ignore[arg-type]


def with_rule(rule: SkillRule, **other: object) -> Config:
    return Config(skills={"Attack": rule}, **{**NO_SLOTS, **other})  # type: ignore[arg-type]


def test_everything_that_is_weighed_is_added_up() -> None:
    config = Config(
        skills={"Attack": SkillRule(weight=Decimal(2), maximum=5)},
        slot_weights=(Decimal(1), Decimal(10), Decimal(100), Decimal(1000)),
        slot_count_weight=Decimal("0.5"),
        defence_weight=Decimal("0.01"),
        unlisted_skill_weight=Decimal(3),
        resistances={"Fire": ResistanceRule(weight=Decimal("0.25"))},
    )
    piece = head(("Attack", 3), ("Luck", 2), defence=70, slots=(2, 0, 1, 0), resistances=(-4,))
    # 3 levels at 2; 2 unlisted at 3; slots 2 * 1 + 100, three of them at 0.5; 70 at 0.01; -4 at 0.25.
    assert oracle.score([piece], config, ["Fire"]) == 6 + 6 + 102 + Fraction("1.5") + Fraction("0.7") - 1


@pytest.mark.parametrize(("level", "expected"), [(0, "0"), (1, "1.5"), (2, "3"), (3, "-0.75"), (4, "-1")], ids=str)
def test_above_the_maximum_the_whole_level_is_penalised(level: int, expected: str) -> None:
    config = with_rule(SkillRule(weight=Decimal("1.5"), penalty=Decimal("-0.25"), maximum=2))
    assert oracle.score([head(("Attack", level))], config) == Fraction(expected)


def test_capped_levels_above_the_maximum_are_worth_nothing_more() -> None:
    config = with_rule(SkillRule(weight=Decimal("1.5"), penalty=Decimal(-9), maximum=2), over_max="cap")
    assert oracle.score([head(("Attack", 5))], config) == 3


@pytest.mark.parametrize(("level", "expected"), [(-1, 7), (0, 7), (1, 0), (2, 5), (9, 5)])
def test_listed_values_hold_at_both_ends(level: int, expected: int) -> None:
    config = with_rule(SkillRule(values=(Decimal(7), Decimal(0), Decimal(5))))
    assert oracle.score([head(("Attack", level))], config) == expected


def test_a_missed_minimum_is_no_build() -> None:
    skill = with_rule(SkillRule(minimum=2, maximum=9))
    assert oracle.score([head(("Attack", 1))], skill) is None
    assert oracle.score([head(("Attack", 2))], skill) == 2
    defence = Config(min_defence=5, **NO_SLOTS)  # type: ignore[arg-type]
    assert oracle.score([head(defence=4)], defence) is None
    fire = Config(resistances={"Fire": ResistanceRule(minimum=0)}, **NO_SLOTS)  # type: ignore[arg-type]
    assert oracle.score([head(resistances=(-1,))], fire, ["Fire"]) is None
    assert oracle.score([head()], fire) == 0


def test_the_highest_threshold_reached_counts_and_bonuses_add_up() -> None:
    steps = (
        SetBonusStep(bonus="Wolf", pieces_required=2, skill="Attack", level=1),
        SetBonusStep(bonus="Wolf", pieces_required=4, skill="Attack", level=3),
        SetBonusStep(bonus="Bear", pieces_required=1, skill="Attack", level=2),
    )
    config = Config(set_bonuses=steps)
    assert oracle.bonus_skills(config, Counter({"Wolf": 3})) == Counter({"Attack": 1})
    assert oracle.bonus_skills(config, Counter({"Wolf": 5, "Bear": 1})) == Counter({"Attack": 5})
    assert oracle.bonus_skills(config, Counter({"Wolf": 1})) == Counter()


def test_a_maximum_is_raised_while_the_other_skill_is_there() -> None:
    rule = SkillRule(penalty=ZERO, maximum=None, locked_maximum=1, raised_maximum=3, raised_by="Secret")
    config = with_rule(rule)
    assert oracle.score([head(("Attack", 3))], config) == 0
    assert oracle.score([head(("Attack", 3), ("Secret", 1))], config) == 3


def test_the_weapon_adds_slots_skills_and_a_set_piece() -> None:
    config = Config(
        skills={"Attack": SkillRule(maximum=9)},
        set_bonuses=(SetBonusStep(bonus="Wolf", pieces_required=2, skill="Attack", level=4),),
        weapon=Weapon(slots=(0, 0, 1, 0), skills=(("Attack", 2),), set_bonuses=("Wolf",)),
        slot_weights=(ZERO, ZERO, Decimal(10), ZERO),
        slot_count_weight=ZERO,
    )
    assert oracle.score([head(set_bonuses=("Wolf",))], config) == 2 + 4 + 10
    assert oracle.score([head()], config) == 2 + 10


def test_the_best_filling_is_found_where_greedy_fails() -> None:
    # One slot of level 2 and one of level 1. The strong jewel needs level 2, and there is one of each.
    decorations = (
        Decoration(name="Strong", slot_level=2, skills=(("Attack", 2),), available=1),
        Decoration(name="Weak", slot_level=1, skills=(("Attack", 1),), available=1),
    )
    config = with_rule(SkillRule(maximum=3, penalty=ZERO), decorations=decorations)
    assert oracle.score([head(slots=(1, 1, 0, 0))], config) == 3
    # A third level from elsewhere: 4 would be above the maximum, so only one of them goes in.
    assert oracle.score([head(("Attack", 1), slots=(1, 1, 0, 0))], config) == 3
    assert oracle.score([head(("Attack", 3), slots=(1, 1, 0, 0))], config) == 3


def test_weapon_and_armour_decorations_stay_in_their_place() -> None:
    decorations = (
        Decoration(name="Edge", slot_level=1, skills=(("Attack", 1),), allowed_on="weapon"),
        Decoration(name="Plate", slot_level=1, skills=(("Attack", 5),), allowed_on="armor"),
    )
    config = with_rule(SkillRule(maximum=9), decorations=decorations, weapon=Weapon(slots=(1, 0, 0, 0)))
    assert oracle.score([head()], config) == 1
    assert oracle.score([head(slots=(1, 0, 0, 0))], config) == 6
    blade = EquipmentPiece("blade", "Weapon", slots=(1, 0, 0, 0))
    assert oracle.score([blade], config) == 2
    assert oracle.score([blade._replace(body_part="weapon")], config) == 2
    bow = blade._replace(body_part="Bow")
    assert oracle.score([bow], config) == 6
    assert oracle.score([bow._replace(weapon_slots=(1, 0, 0, 0))], config) == 2
    assert oracle.score([bow], replace(config, body_parts={"Bow": PartRule(takes_weapon_decorations=True)})) == 2


def test_ties_come_in_rank_order_and_several_pieces_of_a_part_ascend() -> None:
    config = Config(body_parts=(("Head", 1), ("Ring", 2)), **NO_SLOTS)  # type: ignore[arg-type]
    pieces = [EquipmentPiece("a", "Ring"), EquipmentPiece("hat", "Head"), *(EquipmentPiece(c, "Ring") for c in "bc")]
    assert [build.indices for build in oracle.best_builds(pieces, config)] == [(0, 0, 1), (0, 0, 2), (0, 1, 2)]
