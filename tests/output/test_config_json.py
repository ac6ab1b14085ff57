"""A configuration as JSON, and exact numbers."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import pytest

from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.output.config_json import config_as_json, to_json
from equipment_optimizer.records.config import (
    Config,
    CountRule,
    Decoration,
    FilterRule,
    PartRule,
    ResistanceRule,
    SetBonusStep,
    SkillCap,
    SkillRule,
    TotalRule,
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
        "formula", "front", "variants", "different_pieces", "different_skills", "share", "share_except",
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


def test_limits_parts_and_pins_are_read_again_as_they_were(tmp_path):
    config = Config(
        skills={
            "A": SkillRule(maximum=None, weight=2, penalty=2, at_most=3),
            "B": SkillRule(maximum=None, values=[1], at_most=2),
        },
        min_defence=1,
        max_defence=9,
        resistances={"Ice": ResistanceRule(maximum=-3)},
        totals={"Weight": TotalRule(weight=Decimal("-0.25"), maximum=Decimal("26.0")), "Poise": TotalRule()},
        counts={
            "exotics": CountRule(where=FilterRule(column="Tier", one_of="Exotic"), maximum=1, weight=-1),
            "all": CountRule(minimum=2),
            "hours": CountRule(each="Hours", separator=" ; ", maximum=1),
            "socket": CountRule(same="Socket", where=FilterRule(column="Kind", none_of="x", parts="Run")),
        },
        body_parts={
            "Run": PartRule(count=2, optional=True),
            "Flex": PartRule(drawn_from="Bow"),
            "Bow": PartRule(takes_weapon_decorations=True),
        },
        pin={"Flex": "F"},
        pin_all={"Run": (("R", "R  "), ("S",))},
    )
    path = tmp_path / "c.json"
    path.write_text(to_json(config_as_json(config)), encoding="utf-8")
    again, notices = read_config(path)
    assert again == dataclasses.replace(config, pin_all={"Run": (("R",), ("S",))})
    assert len(notices) == 1 and "pieces of other parts pass the condition on Kind" in notices[0]


def test_a_weapon_list_is_named_among_the_files_and_not_among_the_parts(tmp_path):
    (tmp_path / "w.csv").write_text("Name\nAxe\n")
    (tmp_path / "c.json").write_text('{"files": {"weapons": "w.csv"}}')
    config, _ = read_config(tmp_path / "c.json")
    plain = config_as_json(config, str(tmp_path))
    assert (plain["files"], list(plain["body_parts"])) == ({"weapons": "w.csv"}, list(Config().body_parts))
