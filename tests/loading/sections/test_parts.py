"""Body parts and pins: understood, or refused with place and mend."""

from __future__ import annotations

import json

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


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"body_parts": []}, "body_parts"),
        ({"body_parts": {"Head": 1, "head": 1}}, "head"),
        ({"body_parts": {"Head": 0}}, "$.body_parts"),
        ({"pin": {"Tail": ["Cap"]}}, "Tail"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tmp_path, sections, message):
    with pytest.raises(InputError) as caught:
        config_of(tmp_path, **sections)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'c.json'}:1:")
    assert message in text
    assert all(fault.mend for fault in caught.value.faults)


def test_parts_may_stay_empty_or_draw_from_others(tmp_path):
    section = {"Run": 2, "Flex": {"from": "run", "optional": True}, "Any": {"count": 2, "from": ["Flex", "RUN"]}}
    assert config_of(tmp_path, body_parts=section).body_parts == {
        "Run": PartRule(count=2),
        "Flex": PartRule(optional=True, drawn_from=("Run",)),
        "Any": PartRule(count=2, drawn_from=("Flex", "Run")),
    }


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"body_parts": {"Head": {"from": ["Heda", "Body"]}, "Body": 1}}, 'unknown body part "Heda"'),
        ({"body_parts": {"Head": {"from": "head"}}}, "Head draws from itself"),
        ({"body_parts": {"Head": {"optional": 1}}}, "expected true or false"),
        ({"body_parts": {"Head": {"count": 0}}}, "1 or more"),
        ({"pin": {"Head": {"all of": ["A", "B"]}}}, "2 pieces must be there, and a build takes 1"),
        ({"pin": {"Head": {"all of": ["A"], "some of": ["B"]}}}, 'unknown key "some of"'),
        ({"pin": {"Head": {"al of": ["A"]}}}, 'write "all of", the nearest known key'),
        ({"pin": {"Head": {"all": ["A"]}}}, "known keys: all of"),
        ({"pin": {"Head": {}}}, "nothing says what must be there"),
        ({"pin": {"Head": {"all of": [3]}}}, "expected a name"),
        ({"body_parts": {"A": 1, "B": {"from": "A"}}, "pin": {"A": {"all of": "x"}}}, "not available yet for a part"),
    ],
)
def test_what_a_part_or_pin_cannot_say_is_a_fault(tmp_path, sections, message):
    with pytest.raises(InputError) as caught:
        config_of(tmp_path, **sections)
    assert message in str(caught.value)
    assert "c.json:1:" in str(caught.value)


def test_pins_say_only_these_or_all_of_these(tmp_path):
    config = config_of(tmp_path, pin={"head": ["Cap"], "Body": {"all of": "Vest"}})
    assert (config.pin, config.pin_all) == ({"Head": ("Cap",)}, {"Body": (("Vest",),)})
