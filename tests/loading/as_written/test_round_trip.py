"""A configuration as it is written into a manifest is read as the same configuration again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipment_optimizer.loading.jobs import load_job, read_config
from equipment_optimizer.output.config_json import config_as_json, to_json

WEIGHTS = '"decorations": {"deco_1": 1, "deco_2": 0.5, "deco_3": 1e-3, "deco_4": 0, "num_decos": 2}'
WEIGHTS += ', "defence": 0.1, "limit": 3'


@pytest.mark.parametrize(
    "rest",
    [
        '"skills": {"Fury": 2, "Calm": {"weight": 1, "max": null, "min": 2}, "Zeal": {"values": [0, 1.5]}}',
        '"skills": {"Fury": {"max": 3, "weight": 0.30000000000000004, "penalty": -1, "min": 1}}, "over_max": "cap"',
        '"skills": {"Fury": {"weight": 1, "penalty": 0}}, "files": {"skills": "s.csv", "decorations": "d.csv"}',
        '"body_parts": {"Head": {"count": 2, "decorations": "weapon"}, "weapon": 1, "Body": {}}',
        '"filter": {"Rarity": {"min": 9, "parts": ["Head"], "blank": true}, "Owned": {"in": [true, "x", 1.50]}}',
        '"headers": {"Name": "Nom", "Base Defence": "Déf"}, "encoding": "cp1252", "title": "T", "note": "n\\"ö"',
        '"weapon": {"slots": [4, 0, 1], "skills": {"Fury": 1}, "set_bonuses": "Oath"}',
        '"exclude": "A", "pin": {"head": "B"}',
        '"resistances": {"fire": {"weight": 0.1, "min": -3}}, "min_defence": 5, "unlisted_skill_weight": 0',
        '"skills": {"Mind\\u2019s Eye": 1}',
    ],
)
def test_what_was_understood_is_understood_again(rest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    skills = "" if '"skills": {' in rest.partition('"files"')[0] else ', "skills": {}'
    Path("conf").mkdir()
    Path("out").mkdir()
    Path("conf/c.json").write_text(f"{{{WEIGHTS}, {rest}{skills}}}", encoding="utf-8")
    Path("conf/s.csv").write_text("Name,Max Level,Cap Without Unlock,Cap Raised By\nFury,7,5,Secret\n")
    Path("conf/d.csv").write_text("Name,Slot Level,Skill 1 Name,Skill 1 Level\nJewel,1,Fury,1\n")
    config, _ = read_config("conf/c.json")
    Path("out/again.json").write_text(to_json(config_as_json(config, "out")), encoding="utf-8")
    again, notices = read_config("out/again.json")
    assert again == config
    assert [notice for notice in notices if "is read as" in notice or "missing" in notice] == []


def test_names_of_a_manifest_are_those_of_the_equipment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("e.csv").write_text("Name,Body Part,Skill 1 Name,Skill 1 Level\nA’s,Head,Mind’s Eye,1\n", encoding="utf-8")
    Path("c.json").write_text(json.dumps({"skills": {"Mind's Eye": 1}, "pin": {"Head": "A's"}, "limit": 1}))
    _, config, _ = load_job("e.csv", "c.json")
    Path("again.json").write_text(to_json(config_as_json(config, ".")), encoding="utf-8")
    _, again, notices = load_job("e.csv", "again.json")
    assert again == config
    assert [notice for notice in notices if "counts as" in notice] == []
