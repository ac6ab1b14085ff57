"""A configuration to begin with is valid as it stands, and lists every skill in its order."""

import json

import pytest

from equipment_optimizer.importers.starter_config import starter_config, starter_config_of
from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

SIDE_FILES = {
    "decorations.csv": "Name,Slot Level,Skill 1 Name,Skill 1 Level\nJewel,1,Fury,1\n",
    "set_bonuses.csv": "Bonus Name,Pieces Required,Skill,Level\nBone,2,Fury,1\n",
    "skills.csv": "Name,Max Level\nFury,5\n",
}


@pytest.mark.parametrize("skills", [[], ["Fury"], ["Fury", 'Sly "Fox"', "攻撃", "a\\b"]])
def test_it_is_valid_and_lists_the_skills(tmp_path, skills):
    for name, text in SIDE_FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    text = starter_config(skills)
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    config, _ = read_config(tmp_path / "config.json")
    assert list(config.skills) == skills
    assert all(rule.weight == 0 for rule in config.skills.values())
    assert (config.limit, config.over_max) == (100, "cap")
    assert list(json.loads(text)["skills"]) == skills


def test_each_skill_has_a_line_of_its_own():
    lines = starter_config(["Fury", "Calm"]).splitlines()
    assert lines[-4:] == ['    "Fury": {"weight": 0},', '    "Calm": {"weight": 0}', "  }", "}"]


def table_of(*pieces, **options):
    return EquipmentTable.from_pieces([EquipmentPiece(*piece) for piece in pieces], **options)


def test_a_maximum_is_what_the_best_pieces_of_each_part_have_together():
    none = (0, 0, 0, 0)
    table = table_of(
        ("A", "Ring", 0, none, (("Fury", 2),)),
        ("B", "Ring", 0, none, (("Fury", 3), ("Calm", -1))),
        ("C", "Ring", 0, none, (("Fury", 1),)),
        ("D", "Hat", 0, none, (("Fury", 4),)),
        body_parts=(("Ring", 2), ("Hat", 1)),
    )
    config = json.loads(starter_config_of(table))
    assert config["skills"] == {"Calm": {"max": 0, "weight": 1}, "Fury": {"max": 9, "weight": 1}}
    assert config["body_parts"] == {"Ring": 2, "Hat": 1}


@pytest.mark.parametrize(
    ("defences", "weight"), [((5, 5), 0.01), ((0, 99), 0.01), ((0, 100), 0.001), ((-9, 99_999), 1e-6)]
)
def test_all_the_defence_is_worth_less_than_a_level(defences, weight):
    table = table_of(*((f"P{k}", "Head", defence) for k, defence in enumerate(defences)))
    assert json.loads(starter_config_of(table))["defence"] == weight
    assert weight * (max(defences) - min(defences)) < 1
