"""How files are written, what the page says, and the fixed weapon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.records.config import Config, Weapon


def config_of(tmp_path: Path, **sections: object) -> Config:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"decorations": {}, "skills": {}, "defence": 0, "limit": 1, **sections}))
    return read_config(path)[0]


def test_a_weapon_adds_what_it_has(tmp_path: Path) -> None:
    section = {"skills": {"Fury": 2}, "slots": [2, 1, 0], "set_bonuses": ["Oath"]}
    weapon = Weapon(slots=(1, 1, 0, 0), skills=(("Fury", 2),), set_bonuses=("Oath",))
    assert config_of(tmp_path, weapon=section).weapon == weapon


def test_headers_encoding_and_texts_are_as_written(tmp_path: Path) -> None:
    config = config_of(tmp_path, headers={"Name": "Item"}, encoding="cp932", title="Mine")
    assert (config.headers, config.encoding, config.texts) == ({"Name": "Item"}, "cp932", {"title": "Mine"})


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"weapon": {"slots": [5]}}, "5"),
        ({"headers": {"Name": 3}}, "$.headers"),
        ({"headers": {"Name": "A", "name": "B"}}, "keep one of the two"),
        ({"encoding": "klingon"}, "klingon"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tmp_path: Path, sections: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        config_of(tmp_path, **sections)
    assert message in str(caught.value)
    assert "c.json:1:" in str(caught.value) and "mend: " in str(caught.value)
