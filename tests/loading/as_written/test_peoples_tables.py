"""Headers as people have them: each way to write one gives the same pieces, or a fault that says what is wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from peoples_tables import WANTED, faults, read, table, values

from equipment_optimizer.records.config import Config, FilterRule, SkillRule

COUNTS = ("Slots Lvl 1", "Slots Lvl 2", "Slots Lvl 3", "Slots Lvl 4")


@pytest.mark.parametrize(
    "headers",
    [
        ("Skill 1 Name", "Skill 1 Level", "Skill 2 Name", "Skill 2 Level"),
        ("Skill 1", "Skill 1 Lv", "Skill 2", "Skill 2 Lvl"),
        ("Skill1", "Level1", "Skill2", "Level2"),
        ("skill_1", "lv_1", "skill_2", "lv_2"),
        ("Skill.1", "Level.1", "Skill.2", "Level.2"),
        ("Skill", "Level", "Skill.1", "Level.1"),
        ("Skill", "Lv", "Skill 2", "Lv 2"),
        ("Stat 1", "Level", "Stat 2", "Level"),
        ("Stat 1", "Level", "Stat 2", "Level.1"),
        ("Skill 1", "Level", "Skill 2", "Level.1"),
        ("STAT 1", "Stat 1 Level", "stat 2", "stat 2 level"),
        ("Skill 7", "Lv", "Skill 9", "Lv"),
        ("Ｓｋｉｌｌ　１", "Ｌｖ　１", "Ｓｋｉｌｌ　２", "Ｌｖ　２"),
    ],
    ids=str,
)
def test_headers_of_skills(headers: tuple[str, ...], tmp_path: Path) -> None:
    pieces, told = read(tmp_path, table(*headers, *COUNTS))
    assert values(pieces) == WANTED
    assert told == []


@pytest.mark.parametrize(
    "headers",
    [
        COUNTS,
        ("Num Lvl 1 Deco Slots", "Num Lvl 2 Deco Slots", "Num Lvl 3 Deco Slots", "Num Lvl 4 Deco Slots"),
        ("Deco Slots Lvl 1", "deco_slots_lvl_2", "DecoSlotsLvl3", "Deco Slots Lvl. 4"),
        ("Slot Lvl 1", "Slot Lvl 2", "Slot Lvl 3", "Slot Lvl 4"),
    ],
)
def test_headers_of_slot_counts(headers: tuple[str, ...], tmp_path: Path) -> None:
    pieces, _ = read(tmp_path, table("Skill", "Level", "Skill 2", "Lv", *headers))
    assert values(pieces) == WANTED


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("Slot 1,Slot 2,Slot 3", ["3,1,0", "2,0,0"]),
        ("slot_1,slot_2", ["1,3", ",2"]),
        ("Slot1,Slot2,Slot3,Slot4", ["0,3,0,1", "-,2,N/A,"]),
        ("Slots", ["3-1-0", "2"]),
        ("Slots", ["31", "2-0-0"]),
        ("Slots", ['"[3,1,0]"', "[2]"]),
        ("Slots", ["③①", "②"]),
        ("Slots", ['"3,1"', '"2,0,0"']),
        ("Slots", ["3/1", "2 0 0"]),
        ("Slots", ["（３－１）", "２"]),
        ("Slots", ["31.0", "2.0"]),
        ("Slots", ["3 – 1 – 0", "2 - - "]),
    ],
)
def test_slots_as_levels(headers: str, cells: list[str], tmp_path: Path) -> None:
    text = f"Name,Part,Def,Skills,{headers}\nIron Cap,Head,12,Rage 2/Focus 1,{cells[0]}\n"
    pieces, told = read(tmp_path, text + f"Bone Vest,Body,-3,Focus 3,{cells[1]}\n")
    assert values(pieces) == WANTED
    assert told == []


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("Weapon Slots", "2-1-0"),
        ("Weapon Slot 1,Weapon Slot 2", "1,2"),
        ("weapon_slots", "②①"),
        ("WeaponSlot1,WeaponSlot2,WeaponSlot3", "2,1,0"),
    ],
)
def test_slots_for_weapon_decorations_are_among_the_slots(headers: str, cells: str, tmp_path: Path) -> None:
    pieces, _ = read(tmp_path, f"Name,Part,Slot 1,{headers}\nTooth,Charm,1,{cells}\n")
    assert [(piece.slots, piece.weapon_slots) for piece in pieces] == [((2, 1, 0, 0), (1, 1, 0, 0))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Name,Part,Slot 1,Slots Lvl 1\na,Head,1,1\n", ":1:3 'Slot 1' holds slots in another way than 'Slots Lvl 1'"),
        ("Name,Part,Slots,Slot 1\na,Head,1,1\n", ":1:3 'Slots' holds slots in another way than 'Slot 1'"),
        (
            "Name,Part,Weapon Slots,Weapon Slot 1\na,Head,1,1\n",
            ":1:3 'Weapon Slots' holds slots in another way than 'Weapon Slot 1'",
        ),
        ("Name,Part,Slot 1\na,Head,5\n", ":2:3 slot level is not 0 to 4: '5' [Slot 1]"),
        ("Name,Part,Slot 1\na,Head,-1\n", ":2:3 slot level is not 0 to 4: '-1' [Slot 1]"),
        ("Name,Part,Slots\na,Head,4-2-7\n", ":2:3 not the levels of slots, 0 to 4: '4-2-7' [Slots]"),
        ("Name,Part,Slots\na,Head,two\n", ":2:3 not the levels of slots, 0 to 4: 'two' [Slots]"),
        (
            "Name,Part,Slots\na,Head,04.02.2001\n",
            ":2:3 not the levels of slots, 0 to 4: '04.02.2001', perhaps a spreadsheet made a date of it [Slots]",
        ),
        (
            "Name,Part,Slots\na,Head,4-Feb\n",
            ":2:3 not the levels of slots, 0 to 4: '4-Feb', perhaps a spreadsheet made a date of it [Slots]",
        ),
        ("Name,Part,Slots Lvl 1\na,Head,-1\n", ":2:3 number of slots is negative: '-1' [Slots Lvl 1]"),
    ],
)
def test_slots_that_cannot_be_read(text: str, told: str, tmp_path: Path) -> None:
    assert faults(tmp_path, text) == [told]


@pytest.mark.parametrize(
    "cell",
    [
        "Rage 2, Focus 1",
        "Rage 2; Focus 1",
        "Rage 2/Focus 1",
        "Rage Lv2、Focus Lv.1",
        "Rage x2, Focus: 1,",
        "Rage +2\nFocus (1)",
    ],
)
def test_all_skills_in_one_cell(cell: str, tmp_path: Path) -> None:
    pieces, _ = read(tmp_path, f'Name,Part,Skills\na,Head,"{cell}"\nb,Body,-\nc,Body,\nd,Body,"Rage 1, Rage 1"\n')
    assert [piece.skills for piece in pieces] == [(("Rage", 2), ("Focus", 1)), (), (), (("Rage", 2),)]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("Rage", "a skill without a level: 'Rage'"),
        ("Rage 2, Focus", "a skill without a level: 'Focus'"),
        ("Guard/Block 2", "a skill without a level: 'Guard'"),
        ("2", "a skill without a level: '2'"),
        ("Rage 2.5", "a skill without a level: 'Rage 2.5'"),
        ("Rage2", "a skill without a level: 'Rage2'"),
    ],
)
def test_a_skill_of_one_cell_that_has_no_level(cell: str, told: str, tmp_path: Path) -> None:
    assert faults(tmp_path, f'Name,Part,Skills\na,Head,"{cell}"\n') == [f":2:3 {told} [Skills]"]


def test_one_cell_for_all_skills_beside_columns_of_skills_is_a_fault(tmp_path: Path) -> None:
    told = faults(tmp_path, "Name,Part,Skills,Skill 1,Lv 1\na,Head,Rage 1,Focus,1\n")
    assert told == [":1:3 'Skills' holds all skills, beside columns for each"]


LISTED = Config(skills={"Rage": SkillRule(), "Slow Burn": SkillRule(), "Focus": SkillRule()})


@pytest.mark.parametrize("headers", ["Rage,Slow Burn", "rage,slow_burn", "RAGE,SlowBurn"])
def test_a_listed_skill_may_be_a_column_of_its_own(headers: str, tmp_path: Path) -> None:
    text = f"Name,Part,{headers},Note\na,Head,2,,x\nb,Body,-,Lv.1,\nc,Legs,0,-1,y\n"
    pieces, told = read(tmp_path, text, LISTED)
    assert [piece.skills for piece in pieces] == [(("Rage", 2),), (("Slow Burn", 1),), (("Slow Burn", -1),)]
    assert [notice for notice in told if "nothing uses" in notice] == [":1: columns that nothing uses: Note"]


def test_a_column_of_a_skill_with_a_cell_that_is_no_level_is_a_fault_there(tmp_path: Path) -> None:
    assert faults(tmp_path, "Name,Part,Rage\na,Head,2\nb,Body,3\nc,Legs,two\n", LISTED) == [
        ":4:3 level is not a whole number: 'two' [Rage]"
    ]


def test_a_column_of_words_is_an_ordinary_one_whatever_its_name(tmp_path: Path) -> None:
    pieces, told = read(tmp_path, "Name,Part,Rage\na,Head,red\nb,Body,blue\n", LISTED)
    assert [piece.skills for piece in pieces] == [(), ()]
    assert ":1: columns that nothing uses: Rage" in told


def test_a_column_of_a_skill_beside_columns_of_skills_is_a_fault(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, "Name,Part,Skill 1,Lv 1,Rage\na,Head,Focus,1,2\n", LISTED)
    assert told == ":1:5 the column 'Rage' is named like a listed skill, beside columns that hold skills"
    config = Config(skills=LISTED.skills, filters=(FilterRule(column="Rage", minimum=Decimal(1)),))
    pieces, _ = read(tmp_path, "Name,Part,Skill 1,Lv 1,Rage\na,Head,Focus,1,2\n", config)
    assert (pieces[0].skills, pieces[0].other) == ((("Focus", 1),), ("2",))


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Skil 1 Name", "Skill 1 Name"),
        ("Skill 2 Levle", "Skill 2 Level"),
        ("Skill Name", "Skill 1 Name"),
        ("Basedefence2", "Base Defence"),
        ("Defens", "Defense"),
        ("Slott 1", "Slot 1"),
        ("Slot", "Slots"),
        ("Num Lvl 5 Deco Slots", "Num Lvl 1 Deco Slots"),
        ("Weapon Slotz", "Weapon Slots"),
        ("Fire Ress", "Fire Res"),
        ("Set Bonis", "Set Bonus"),
    ],
)
def test_a_header_that_is_nearly_a_known_one_is_a_fault_with_both(header: str, meant: str, tmp_path: Path) -> None:
    text = f"Name,Body Part,{header}\na,Head,1\n"
    assert faults(tmp_path, text) == [f":1:3 the header {header!r} is nearly {meant!r}, and not read as it"]
    if "Level" not in meant and "Name" not in meant:
        config = Config(filters=(FilterRule(column=header, minimum=Decimal(0)),))
        assert read(tmp_path, text, config)[0][0].other == ("1",)


@pytest.mark.parametrize("header", ["Nmae", "Nam", "Names"])
def test_a_needed_header_that_is_nearly_there_is_told_once(header: str, tmp_path: Path) -> None:
    assert faults(tmp_path, f"{header},Body Part\na,Head\n") == [
        f":1:1 the header {header!r} is nearly 'Name', and not read as it"
    ]


@pytest.mark.parametrize("header", ["Pierce", "Game", "Rarity", "Set Name", "Fire", "Defence Max", "Level", "Parts"])
def test_ordinary_columns_are_ordinary(header: str, tmp_path: Path) -> None:
    _, told = read(tmp_path, f"Name,Body Part,Defence,{header}\na,Head,1,2\n")
    assert told == [f":1: columns that nothing uses: {header}"]


@pytest.mark.parametrize(
    ("headers", "first"),
    [
        ({"Name": "名前", "Body Part": "部位", "Skill 1 Name": "技能", "Skill 1 Level": "等级"}, "名前,部位,技能,等级"),
        (
            {"Name": "Nom", "Part": "Emplacement", "Stat 1": "Talent", "Stat 1 Level": "Niveau"},
            "Nom,Emplacement,Talent,Niveau",
        ),
        ({"Name": "Bezeichnung", "Skill": "Talent", "Skill 1 Level": "Stufe"}, "Bezeichnung,Part,Skill 1,Stufe"),
    ],
)
def test_headers_in_other_languages(headers: dict[str, str], first: str, tmp_path: Path) -> None:
    if "Skill" in headers:
        headers = {ours: theirs for ours, theirs in headers.items() if ours != "Skill"}
    pieces, told = read(tmp_path, f"{first}\na,Head,Rage,2\n", Config(headers=headers))
    assert [(piece.name, piece.skills) for piece in pieces] == [("a", (("Rage", 2),))]
    assert told == []


def test_a_mapped_header_stands_for_ours_which_is_then_an_ordinary_one(tmp_path: Path) -> None:
    config = Config(headers={"Name": "名前"}, filters=(FilterRule(column="Rarity", minimum=Decimal(1)),))
    config = Config(headers={"Name": "名前", "Rarity": "稀有度"}, filters=config.filters)
    pieces, told = read(tmp_path, "Name,名前,Part,稀有度\nIron,鉄,Head,9\n", config)
    assert (pieces[0].name, pieces[0].other) == ("鉄", ("9",))
    assert told == [":1: columns that nothing uses: Name"]


def test_filters_may_name_the_files_header_or_ours(tmp_path: Path) -> None:
    for name in ("Rarity", "稀有度"):
        config = Config(headers={"Rarity": "稀有度"}, filters=(FilterRule(column=name, minimum=Decimal(1)),))
        assert read(tmp_path, "Name,Part,稀有度\nIron,Head,9\n", config)[0][0].other == ("9",)
