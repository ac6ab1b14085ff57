"""A weapon list is one more body part: its pieces, its names, its columns, its faults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job, read_equipment
from equipment_optimizer.pipeline import optimize

EQUIPMENT = """Name,Body Part,Base Defence,Weight,Ice Res,Skill 1 Name,Skill 1 Level
Cap,Head,1,2,1,Fury's Edge,1
Vest,Body,3,1,2,Calm,2
"""
WEAPONS = """Name,Weight,Rank,Fire Res,Skill 1 Name,Skill 1 Level,Slot 1
Axe,1.5,A,3,Fury’s Edge,2,1
Bow,,B,4,Luck,1,2
"""


def load(tmp_path: Path, weapons: str = WEAPONS, **sections: object):
    (tmp_path / "e.csv").write_text(EQUIPMENT)
    (tmp_path / "w.csv").write_text(weapons, encoding="utf-8")
    plain = {"decorations": {}, "skills": {}, "defence": 1, "unlisted_skill_weight": 1, "limit": 9}
    (tmp_path / "c.json").write_text(json.dumps({**plain, "files": {"weapons": "w.csv"}, **sections}))
    return load_job(tmp_path / "e.csv", tmp_path / "c.json")


def test_weapons_are_the_last_part_and_named_as_the_equipment_names_them(tmp_path: Path) -> None:
    table, config, notices = load(tmp_path, filter={"Rank": {"in": ["A", "B"], "parts": ["Weapon"]}})
    table._check()
    assert (table.parts, table.names) == (("Head", "Body", "Weapon"), ("Cap", "Vest", "Axe", "Bow"))
    assert table.resistance_names == ("Fire", "Ice")
    assert table.resistances.tolist() == [[0, 1], [0, 2], [3, 0], [4, 0]]
    assert table.skill_names == ("Calm", "Fury's Edge", "Luck")
    assert any('counts as "Fury\'s Edge" of the equipment file' in notice for notice in notices)
    assert config.has_weapon_list and config.takes_weapon_decorations("Weapon")
    again, _ = read_equipment(tmp_path / "e.csv", config)
    assert list(again) == list(table)


def test_the_list_is_a_choice_of_every_build(tmp_path: Path) -> None:
    table, config, _ = load(tmp_path, pin={"weapon": ["Bow", "Axe"]}, exclude=["Axe"])
    results = optimize(table, config)
    assert [row["Weapon"] for row in results.to_dicts()] == ["Bow"]


def test_columns_that_the_list_lacks_are_blank_there(tmp_path: Path) -> None:
    weapons = "Name\nAxe\n"
    table, _, notices = load(tmp_path, weapons, totals={"Weight": {}})
    assert table.numbers("Weight")[0].tolist() == [2, 1, 0]
    told = "w.csv: the weapon list lacks Weight, which counts as blank there"
    assert [notice for notice in notices if notice.endswith(told)]


@pytest.mark.parametrize(
    ("weapons", "sections", "message"),
    [
        (WEAPONS, {"weapon": {"slots": [1]}}, "a weapon list beside a fixed weapon [$.files.weapons]"),
        (WEAPONS, {"body_parts": {"Head": 1, "Body": 1, "weapon": 1}}, "beside the body part weapon"),
        (WEAPONS, {"files": {"weapons": "none.csv"}}, "no such file"),
        ("Name,Body Part\nAxe,Head\n", {}, "unknown body part: 'Head'"),
        ("Name,Slot 1\nAxe,9\n", {}, "w.csv:2:2"),
        ("Weight\n3\n", {}, "there is no column Name"),
        (WEAPONS, {"pin": {"Weapon": ["Axt"]}}, "no piece of Weapon is named 'Axt'"),
        (WEAPONS, {"totals": {"Rank": {}}}, "w.csv:2:3: not a number: 'A'"),
        (WEAPONS, {"totals": {"Size": {}}}, "no column 'Size'"),
    ],
)
def test_what_is_wrong_with_it_is_told_with_its_place(
    tmp_path: Path, weapons: str, sections: dict, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, weapons, **sections)
    assert message in str(caught.value)


def test_a_column_of_parts_does_not_belong_into_the_list(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, "Name,Body Part\nAxe,Sword\n")
    assert "w.csv:2:2: unknown body part: 'Sword' [Body Part]" in str(caught.value)
    assert "mend: leave the column out: every piece of a weapon list is a weapon" in str(caught.value)


def test_a_column_that_is_nearly_one_which_the_list_lacks_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, "Name,Weights\nAxe,50\n", totals={"Weight": {"max": 50}})
    assert "w.csv: the header 'Weights' is nearly 'Weight', which the weapon list lacks" in str(caught.value)
    assert "mend: write 'Weight', or another name that is not so near" in str(caught.value)


# --- pieces that might be added ----------------------------------------------------------

SHOP = """Name,Body Part,Base Defence,Weight,Skill 1 Name,Skill 1 Level,Set Bonus
Hood,Head,1,2,{skill},1,{bonus}
"""


def shop(tmp_path: Path, skill: str = "Calm", bonus: str = "", text: str = SHOP, strict: bool = False):
    """What is read of a shop beside a job, and its notices."""
    with_bonus = EQUIPMENT.replace("Level\n", "Level,Set Bonus\n").replace("Edge,1\n", "Edge,1,Wolf\n")
    (tmp_path / "e.csv").write_text(with_bonus.replace("Calm,2\n", "Calm,2,\n"))
    (tmp_path / "b.csv").write_text("Bonus Name,Pieces Required,Skill,Level\nWolf,2,Calm,1\n")
    (tmp_path / "shop.csv").write_text(text.format(skill=skill, bonus=bonus), encoding="utf-8")
    skills = {"Fury's Edge": {"weight": 1, "max": 3, "penalty": 0}, "Luck": {"weight": 1, "max": 3, "penalty": 0}}
    job = {"decorations": {}, "skills": skills, "defence": 1, "unlisted_skill_weight": 1, "limit": 9}
    job |= {
        "files": {"set_bonuses": "b.csv"},
        "totals": {"Weight": {"max": 9}},
        "pin": {"Body": ["Vest"]},
        "exclude": ["Cap"],
    }
    (tmp_path / "c.json").write_text(json.dumps(job))
    table, config, _ = load_job(tmp_path / "e.csv", tmp_path / "c.json")
    return read_equipment(str(tmp_path / "shop.csv"), config, beside=table, strict=strict)


def test_what_only_the_equipment_has_is_not_missed_in_pieces_that_join_it(tmp_path: Path) -> None:
    # Not even under `strict`: no piece here has a set bonus, nor the listed skill.
    more, notices = shop(tmp_path, strict=True)
    assert (more.names, more.skill_names, notices) == (("Hood",), ("Calm",), ())


def test_pieces_that_join_others_are_spelled_as_they_and_the_config_spell_names(tmp_path: Path) -> None:
    more, (notice,) = shop(tmp_path, skill="Fury’s Edge")
    assert more.skill_names == ("Fury's Edge",)
    assert "shop.csv:2: the skill 'Fury’s Edge' counts as \"Fury's Edge\"; it differs by" in notice
    more, (notice,) = shop(tmp_path, skill="Ｌuck")
    assert more.skill_names == ("Luck",)
    assert "counts as 'Luck'" in notice


def test_names_that_are_nearly_those_of_the_job_are_told_where_they_stand(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        shop(tmp_path, skill="fury's edge")
    (fault,) = told.value.faults
    assert Path(fault.where.split(":")[0]).name == "shop.csv"
    assert "is another than" in fault.message
    assert fault.mend == 'write "Fury\'s Edge", if they are one'
    _, notices = shop(tmp_path, skill="Fury's Edg", bonus="Wolff")
    assert 'is another than "Fury\'s Edge"' in notices[0]
    assert "no row describes the set bonus 'Wolff'" in notices[1]


@pytest.mark.parametrize(
    ("header", "mend"), [("", "add it; its cells may be blank"), ("Wieght", "write 'Weight' for 'Wieght'")]
)
def test_a_column_that_pieces_to_be_added_lack_is_told_of_their_file(tmp_path: Path, header: str, mend: str) -> None:
    with pytest.raises(InputError) as told:
        shop(tmp_path, text=SHOP.replace("Weight", header).replace(",1,2,", ",1,2," if header else ",1,,"))
    assert [(Path(fault.where.split(":")[0]).name, fault.message, fault.mend) for fault in told.value.faults] == [
        ("shop.csv", "there is no column 'Weight' [$.totals[\"Weight\"]]", mend)
    ]
