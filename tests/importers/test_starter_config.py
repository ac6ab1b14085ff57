"""A configuration to begin with is valid as it stands, and lists every skill in its order."""

import json

import pytest

from equipment_optimizer.importers._starter_config import starter_config
from equipment_optimizer.loading.jobs import read_config

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
