"""Conditions on columns: one rule for each, with parts and texts as cells have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.records.config import Config, FilterRule


def config_of(tmp_path: Path, **sections: object) -> Config:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"decorations": {}, "skills": {}, "defence": 0, "limit": 1, **sections}))
    return read_config(path)[0]


def test_conditions_are_of_columns_and_parts(tmp_path: Path) -> None:
    section = {"Rarity": {"min": 8}, "Colour": {"not": ["red", True, 2.50]}, "Tier": {"in": "A", "parts": ["head"]}}
    assert config_of(tmp_path, filter=section).filters == (
        FilterRule(column="Rarity", minimum=8),
        FilterRule(column="Colour", none_of=("red", "TRUE", "2.5")),
        FilterRule(column="Tier", one_of=("A",), parts=("Head",)),
    )


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"filter": {"Rarity": {"most": 3}}}, "most"),
        ({"filter": {"Rarity": 8}}, "Rarity"),
        ({"filter": {"Rarity": {"in": [" "]}}}, "blank cells are not a matter of this list"),
        ({"filter": {"Rarity": {"min": 1}, "rarity_": {"max": 3}}}, "join the two rules"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tmp_path: Path, sections: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        config_of(tmp_path, **sections)
    assert message in str(caught.value)
    assert "c.json:1:" in str(caught.value) and "mend: " in str(caught.value)
