"""A configuration as JSON, and exact numbers."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import pytest
from formula_results import FORMULA

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


#: For each field a value that is not its default.
OTHER = {
    "skills": {"A": SkillRule()},
    "slot_weights": (1, 2, 3, 5),
    "slot_count_weight": 3,
    "defence_weight": 7,
    "unlisted_skill_weight": 8,
    "limit": 9,
    "over_max": "cap",
    "min_defence": 10,
    "max_defence": 11,
    "resistances": {"Ice": ResistanceRule(minimum=1)},
    "totals": {"Load": TotalRule(maximum=5)},
    "counts": {"all": CountRule(minimum=2)},
    "pin": {"Head": ("Cap",)},
    "pin_all": {"Head": (("Cap",),)},
    "exclude": ("Hat",),
    "filters": (FilterRule(column="Rarity", one_of="9"),),
    "decorations": (Decoration(name="Jewel", slot_level=1, skills=(("A", 1),)),),
    "set_bonuses": (SetBonusStep(bonus="Bone", pieces_required=2, skill="A", level=1),),
    "skill_caps": {"A": SkillCap(maximum=7)},
    "weapon": Weapon(slots=(1, 0, 0, 0)),
    "body_parts": {"Run": PartRule(count=2)},
    "headers": {"Name": "Nom"},
    "encoding": "cp1252",
    "texts": {"title": "T"},
    "formula": FORMULA,
    "front": ("Score", "Defence"),
    "variants": "one",
    "different_pieces": 2,
    "different_skills": True,
    "share": Decimal("0.5"),
    "share_except": ("Hat",),
    # The weapon list stands among the files, and its part is not named.
    "has_weapon_list": True,
}


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Config) if field.compare])
def test_every_field_of_a_config_is_in_its_json(field):
    # What a field cannot be without.
    needed = {
        "formula": {"counts": {"exotics": CountRule()}},
        "share_except": {"share": Decimal("0.5")},
        "has_weapon_list": {"body_parts": {**Config().body_parts, "Weapon": PartRule()}},
    }.get(field, {})
    plain, other = (config_as_json(Config(**needed, **fields)) for fields in ({}, {field: OTHER[field]}))
    assert to_json(plain) != to_json(other)


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
