"""The sections of a configuration that have a grammar of their own: understood, or refused with place and mend."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.records.config import Config, PartRule

PLAIN = {
    "decorations": {f"deco_{level}": 1 for level in (1, 2, 3, 4)} | {"num_decos": 1},
    "skills": {},
    "defence": 1,
    "limit": 5,
}


def config_of(tmp_path, **sections) -> Config:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({**PLAIN, **sections}), encoding="utf-8")
    return read_config(path)[0]


@pytest.mark.parametrize(
    ("section", "parts"),
    [
        ({"Ring": 2, "Head": 1}, {"Ring": PartRule(count=2), "Head": PartRule()}),
        ({"Bow": {"count": 1, "decorations": "weapon"}}, {"Bow": PartRule(takes_weapon_decorations=True)}),
    ],
)
def test_body_parts_stand_in_their_order_with_how_many_pieces_they_take(tmp_path, section, parts):
    declared = config_of(tmp_path, body_parts=section).body_parts
    assert list(declared.items()) == list(parts.items())


def test_pins_and_filters_are_of_columns_and_parts(tmp_path):
    config = config_of(
        tmp_path,
        pin={"head": ["Cap"], "Body": ["Mail", "Vest"]},
        filter={"Rarity": {"min": 8}, "Colour": {"not": ["red"]}, "Tier": {"in": ["A"], "parts": ["Head"]}},
    )
    assert {part.casefold(): names for part, names in config.pin.items()} == {
        "head": ("Cap",),
        "body": ("Mail", "Vest"),
    }
    assert [rule.column for rule in config.filters] == ["Rarity", "Colour", "Tier"]
    assert config.filters[0].minimum == 8


def test_resistances_have_weights_of_their_own(tmp_path):
    config = config_of(tmp_path, resistances={"fire": {"weight": 0.5}, "ice": {"weight": -1, "min": 3}})
    assert config.resistances["Fire"].weight == Decimal("0.5")
    assert (config.resistances["Ice"].weight, config.resistances["Ice"].minimum) == (-1, 3)


def test_a_weapon_adds_what_it_has(tmp_path):
    weapon = config_of(tmp_path, weapon={"skills": {"Fury": 2}, "slots": [2, 1], "set_bonuses": ["Oath"]}).weapon
    assert weapon is not None
    assert (dict(weapon.skills), weapon.slots, weapon.set_bonuses) == ({"Fury": 2}, (1, 1, 0, 0), ("Oath",))


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"body_parts": []}, "body_parts"),
        ({"body_parts": {"Head": 1, "head": 1}}, "head"),
        ({"body_parts": {"Head": 0}}, "$.body_parts"),
        ({"pin": {"Tail": ["Cap"]}}, "Tail"),
        ({"filter": {"Rarity": {"most": 3}}}, "most"),
        ({"filter": {"Rarity": 8}}, "Rarity"),
        ({"resistances": {"wind": {"weight": 1}}}, "wind"),
        ({"weapon": {"slots": [5]}}, "5"),
        ({"headers": {"Name": 3}}, "$.headers"),
        ({"encoding": "klingon"}, "klingon"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tmp_path, sections, message):
    with pytest.raises(InputError) as caught:
        config_of(tmp_path, **sections)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'c.json'}:1:")
    assert message in text
    assert all(fault.mend for fault in caught.value.faults)
