"""Totals, counts and resistances of a configuration: what they may say, and what is a fault."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.records.config import Config, CountRule, FilterRule, ResistanceRule, TotalRule


def config_of(tmp_path: Path, **sections: object) -> Config:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"decorations": {}, "skills": {}, "defence": 0, "limit": 1, **sections}))
    return read_config(path)[0]


def test_totals_have_weights_and_limits_with_decimals(tmp_path: Path) -> None:
    config = config_of(tmp_path, totals={"Weight": {"weight": -0.1, "min": 2.5, "max": 26.05}, "Poise": {}})
    assert config.totals == {
        "Weight": TotalRule(weight=Decimal("-0.1"), minimum=Decimal("2.5"), maximum=Decimal("26.05")),
        "Poise": TotalRule(),
    }
    assert config.columns == ("Weight", "Poise")


def test_counts_are_of_pieces_or_of_the_values_of_a_column(tmp_path: Path) -> None:
    counts = {
        "exotics": {"where": {"Tier": {"in": ["Exotic"], "parts": ["head"]}}, "min": 0, "max": 1, "weight": 0.5},
        "team": {"each": "Team", "max": 4, "separator": ";", "where": {"Salary": {"min": 10}}},
        "socket": {"same": "Socket"},
        "all": {"where": {}, "max": 3},
    }
    tier = FilterRule(column="Tier", one_of=("Exotic",), parts=("Head",))
    assert config_of(tmp_path, counts=counts).counts == {
        "exotics": CountRule(where=tier, minimum=0, maximum=1, weight=Decimal("0.5")),
        "team": CountRule(each="Team", maximum=4, separator=";", where=FilterRule(column="Salary", minimum=10)),
        "socket": CountRule(same="Socket"),
        "all": CountRule(maximum=3),
    }


def test_resistances_and_defence_have_maxima_too(tmp_path: Path) -> None:
    config = config_of(tmp_path, resistances={"fire": {"min": -3, "max": 20}}, max_defence=300)
    assert config.resistances == {"Fire": ResistanceRule(minimum=-3, maximum=20)}
    assert config.max_defence == 300


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"totals": {"Weight": 26}}, "expected an object"),
        ({"totals": {"Weight": {"at_most": 26}}}, 'unknown key "at_most"'),
        ({"totals": {"Weight": {"max": "26"}}}, "write 26 without quotes"),
        ({"totals": {"Weight": {}, "weight_": {}}}, '"weight_" is the column that "Weight" is'),
        ({"counts": {"a": {"max": 1}}}, "nothing says what is counted"),
        ({"counts": {"a": {"each": "Team"}}}, "each has no max"),
        ({"counts": {"a": {"each": "Team", "max": 1, "min": 1}}}, "min beside each: each takes max only"),
        ({"counts": {"a": {"each": "Team", "max": 1, "weight": 1}}}, "weight beside each"),
        ({"counts": {"a": {"same": "Team", "max": 1}}}, "same takes no limit"),
        ({"counts": {"a": {"same": "Team", "each": "Team", "max": 1}}}, "same beside each"),
        ({"counts": {"a": {"same": "Team", "separator": ";"}}}, "separator parts the values of each"),
        ({"counts": {"a": {"each": "Team", "max": 1, "separator": ""}}}, "expected what parts two values"),
        ({"counts": {"a": {"where": {}, "max": -1}}}, "0 or more"),
        ({"counts": {"a": {"where": {}, "max": 1.5}}}, "expected a whole number"),
        ({"counts": {"a": {"where": {"Tier": {"most": 1}}}}}, 'unknown key "most"'),
        ({"counts": {"a": {"where": {"Tier": {"in": [1], "parts": ["Tail"]}}}}}, "unknown body part"),
        ({"counts": {"a": []}}, "expected an object"),
        ({"resistances": {"fire": {"max": 1.5}}}, "expected a whole number"),
        ({"max_defence": "9"}, "expected a number"),
    ],
)
def test_what_a_limit_cannot_say_is_a_fault_with_a_mend(tmp_path: Path, sections: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        config_of(tmp_path, **sections)
    assert message in str(caught.value)
    assert "c.json:1:" in str(caught.value) and "mend: " in str(caught.value)


def test_that_other_parts_pass_a_condition_for_some_is_told(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    counts = {"a": {"where": {"Tier": {"in": [1], "parts": ["Head"]}}, "max": 1}}
    path.write_text(json.dumps({"decorations": {}, "skills": {}, "defence": 0, "limit": 1, "counts": counts}))
    told = "pieces of other parts pass the condition on Tier, and count"
    assert [notice for notice in read_config(path)[1] if told in notice]
