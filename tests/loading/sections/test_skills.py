"""Listed skills: maxima, limits, tables, and weights that are missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.records.config import Config, SkillRule


def config_of(tmp_path: Path, **sections: object) -> Config:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"decorations": {}, "skills": {}, "defence": 0, "limit": 1, **sections}))
    return read_config(path)[0]


def test_at_most_stands_beside_a_maximum_or_a_table(tmp_path: Path) -> None:
    rule = {"max": 3, "weight": 2, "penalty": 0, "min": 1, "at_most": 5}
    skills = config_of(tmp_path, skills={"A": rule, "B": {"values": [0, 1], "at_most": 4}, "C": 2}).skills
    assert skills["A"] == SkillRule(maximum=3, weight=2, penalty=0, minimum=1, at_most=5)
    assert skills["B"] == SkillRule(maximum=None, values=(0, 1), at_most=4)
    assert skills["C"].at_most is None


def test_missing_weights_are_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text('{"decorations": {}, "skills": {"A": {"max": 1}}, "limit": 1, "defence": 0}')
    notices = read_config(path)[1]
    assert len(notices) == 1
    assert "weight of A; penalty of A; deco_1" in notices[0]


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"skills": {"A": {"at_most": 1.5}}}, "expected a whole number"),
        ({"skills": {"A": {"at_most": None}}}, "expected a number"),
        ({"skills": {"A": {"values": [1], "max": 2}}}, "values replaces max"),
        ({"skills": {"A": "seven"}}, "expected a weight, or an object"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tmp_path: Path, sections: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        config_of(tmp_path, **sections)
    assert message in str(caught.value)
    assert "c.json:1:" in str(caught.value) and "mend: " in str(caught.value)
