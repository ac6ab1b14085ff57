"""A configuration as JSON, and exact numbers."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import pytest

from equipment_optimizer.output.config_json import config_as_json, to_json
from equipment_optimizer.records.config import (
    Config,
    Decoration,
    FilterRule,
    ResistanceRule,
    SetBonusStep,
    SkillCap,
    SkillRule,
    Weapon,
)


def test_the_config_is_given_back_in_the_keys_of_a_config_file():
    config = Config(
        skills={
            "Attack": SkillRule(weight=Decimal("1.50"), penalty=Decimal(0), maximum=7, minimum=2),
            "Table": SkillRule(values=(Decimal(0), Decimal(2))),
        },
        slot_weights=(Decimal(1), Decimal(2), Decimal(3), Decimal(4)),
        defence_weight=Decimal("0.01"),
        limit=100,
        over_max="cap",
        min_defence=500,
        resistances={"Fire": ResistanceRule(weight=Decimal("0.1"), minimum=-5)},
        pin={"Head": ("Cap",)},
        exclude=("Hat",),
        filters=(FilterRule(column="Rarity", minimum=Decimal(9), none_of=("x",), blank=True),),
        weapon=Weapon(slots=(1, 0, 1, 0), skills=(("Attack", 1),), set_bonuses=("Bone",)),
        decorations=(Decoration(name="Jewel", slot_level=1, skills=(("Attack", 1),)),),
        set_bonuses=(SetBonusStep(bonus="Bone", pieces_required=2, skill="Power", level=1),),
        skill_caps={"Attack": SkillCap(maximum=7)},
        source="config.json",
    )
    assert json.loads(to_json(config_as_json(config))) == {
        "decorations": {"deco_1": 1, "deco_2": 2, "deco_3": 3, "deco_4": 4, "num_decos": 1},
        "skills": {
            "Attack": {"max": 7, "weight": 1.5, "penalty": 0, "min": 2},
            "Table": {"values": [0, 2]},
        },
        "defence": 0.01,
        "limit": 100,
        "unlisted_skill_weight": 1,
        "over_max": "cap",
        "body_parts": {"Head": 1, "Body": 1, "Arms": 1, "Waist": 1, "Legs": 1, "Charm": 1},
        "min_defence": 500,
        "resistances": {"fire": {"weight": 0.1, "min": -5}},
        "pin": {"Head": ["Cap"]},
        "exclude": ["Hat"],
        "filter": {"Rarity": {"min": 9, "not": ["x"], "blank": True}},
        "weapon": {"slots": [3, 1], "skills": {"Attack": 1}, "set_bonuses": ["Bone"]},
        "_side_files": {
            "decorations": [{"name": "Jewel", "slot_level": 1, "skills": [["Attack", 1]], "allowed_on": "any"}],
            "set_bonuses": [{"bonus": "Bone", "pieces_required": 2, "skill": "Power", "level": 1}],
            "skills": {"Attack": {"maximum": 7}},
        },
    }


def test_every_field_of_a_config_is_in_the_manifest():
    known = {
        "skills", "slot_weights", "slot_count_weight", "defence_weight", "unlisted_skill_weight", "limit", "over_max",
        "min_defence", "resistances", "pin", "exclude", "filters", "decorations", "set_bonuses", "skill_caps", "weapon",
        "body_parts", "has_weapon_list", "max_defence", "totals", "counts", "pin_all", "headers", "encoding", "texts",
    }  # fmt: skip
    assert {field.name for field in dataclasses.fields(Config) if field.compare} == known


def test_json_numbers_keep_every_digit():
    assert to_json([Decimal("0.1000000000000000055511151231257827"), Decimal("1E+3"), 2**80]) == (
        "[\n  0.1000000000000000055511151231257827,\n  1E+3,\n  1208925819614629174706176\n]"
    )
    assert to_json({"a": {}, "b": [], "c": (True, None, "ü\n")}) == (
        '{\n  "a": {},\n  "b": [],\n  "c": [\n    true,\n    null,\n    "ü\\n"\n  ]\n}'
    )
    with pytest.raises(ValueError, match="JSON"):
        to_json(float("nan"))
