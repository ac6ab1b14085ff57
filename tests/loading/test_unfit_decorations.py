"""Decorations for weapons that no slot of a job takes."""

import json

import pytest

import equipment_optimizer as eo

JEWELS = "Name,Slot Level,Skill 1 Name,Skill 1 Level,Allowed On\nEdge Jewel,1,Fury,1,weapon\nCalm Jewel,1,Calm,1,any\n"


def notices_of(folder, parts, equipment, **more):
    config = {"skills": {"Fury": 2, "Calm": 1}, "body_parts": parts, "defence": 0, "limit": 1, **more}
    (folder / "e.csv").write_text(equipment)
    (folder / "d.csv").write_text(JEWELS)
    (folder / "c.json").write_text(json.dumps({**config, "files": {"decorations": "d.csv"}}))
    return [
        notice
        for notice in eo.load_job(str(folder / "e.csv"), str(folder / "c.json"))[2]
        if "no slot takes decorations for weapons" in notice
    ]


@pytest.mark.parametrize("part", ["Bow", "Weapons", "Main Weapon"])
def test_a_part_that_may_be_a_weapon_and_is_not_declared_so_is_told(tmp_path, part):
    equipment = f"Name,Body Part,Skill 1,Level 1,Slot 1\nA,Head,Calm,1,1\nB,{part},Fury,1,1\n"
    (notice,) = notices_of(tmp_path, {"Head": 1, part: 1}, equipment)
    assert "Edge Jewel" in notice
    assert "Calm Jewel" not in notice


@pytest.mark.parametrize(
    ("parts", "header", "more"),
    [
        ({"Head": 1, "weapon": 1}, "Slot 1", {}),
        ({"Head": 1, "Bow": {"count": 1, "decorations": "weapon"}}, "Slot 1", {}),
        ({"Head": 1, "Bow": 1}, "Weapon Slot 1", {}),
        ({"Head": 1, "Bow": 1}, "Slot 1", {"weapon": {"slots": [1]}}),
        ({"Head": 1, "Body": 1}, "Slot 1", {}),
    ],
)
def test_where_one_is_a_weapon_or_none_may_be_nothing_is_said(tmp_path, parts, header, more):
    part = list(parts)[1]
    equipment = f"Name,Body Part,Skill 1,Level 1,{header}\nA,Head,Calm,1,1\nB,{part},Fury,1,1\n"
    assert notices_of(tmp_path, parts, equipment, **more) == []
