"""A configuration as people write it by hand: what is understood, what is told, what is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import read_config
from equipment_optimizer.records.config import FilterRule, SkillCap, SkillRule

DECORATIONS = '"decorations": {"deco_1": 1, "deco_2": 1, "deco_3": 1, "deco_4": 1, "num_decos": 1}'


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(rest: str, skills: str = "{}") -> str:
    Path("c.json").write_text(
        f'{{{DECORATIONS}, "defence": 1, "limit": 1, {rest}\n"skills": {skills}}}', encoding="utf-8"
    )
    return "c.json"


def faults_of(path: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_config(path)
    return [str(fault).removeprefix("c.json:") for fault in caught.value.faults]


@pytest.mark.parametrize("number", ["2", "-0.5", "0"])
def test_a_bare_number_is_the_weight_of_a_skill_without_a_maximum(number: str) -> None:
    Path("s.csv").write_text("Name,Max Level\nFury,3\n")
    config, notices = read_config(written('"files": {"skills": "s.csv"},', f'{{"Fury": {number}}}'))
    weight = Decimal(number)
    assert config.skills == {"Fury": SkillRule(weight=weight, penalty=weight, maximum=None)}
    assert notices == ()
    assert config.where('$.skills["Fury"].weight') == "c.json:2:20"


def test_a_maximum_of_null_is_none() -> None:
    config, notices = read_config(written("", '{"Fury": {"weight": 2, "max": null, "min": 1}}'))
    assert config.skills["Fury"] == SkillRule(weight=Decimal(2), penalty=Decimal(2), maximum=None, minimum=1)
    assert notices == ()


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ('"2"', "write 2 without quotes"),
        ('"two"', "write 2 without quotes"),
        ('"0,5"', "write 0.5 with a point, without quotes"),
        *((text, 'write a number or {"max": ..., "weight": ...}') for text in ("true", "null", "[2]")),
    ],
)
def test_other_values_are_no_rule_of_a_skill(text: str, mend: str) -> None:
    [fault] = faults_of(written("", f'{{"Fury": {text}}}'))
    assert fault.startswith("2:20: expected a weight, or an object, got ")
    assert fault.endswith(f"  mend: {mend}")


def test_a_name_stands_for_a_list_of_one() -> None:
    rest = (
        '"pin": {"Head": "Cap"}, "exclude": "Hat", "weapon": {"set_bonuses": "Oath"},'
        '"filter": {"Rank": {"in": "MR"}, "Tier": {"not": 3}, "Owned": {"in": true}, "X": {"parts": "head"}},'
    )
    config, notices = read_config(written(rest))
    assert (config.pin, config.exclude) == ({"Head": ("Cap",)}, ("Hat",))
    assert config.weapon is not None
    assert config.weapon.set_bonuses == ("Oath",)
    assert config.filters == (
        FilterRule(column="Rank", one_of=("MR",)),
        FilterRule(column="Tier", none_of=("3",)),
        FilterRule(column="Owned", one_of=("TRUE",)),
        FilterRule(column="X", parts=("Head",)),
    )
    assert notices == ()


def test_everything_that_is_missing_is_one_notice() -> None:
    Path("c.json").write_text(
        '{"decorations": {"deco_1": 1, "deco_3": 1}, "limit": 1,\n'
        '"skills": {"A": {"max": 1}, "B": {"weight": 2}, "C": 1}}'
    )
    _, notices = read_config("c.json")
    missing = "weight of A; penalty of A, B; max of B; defence; deco_2; deco_4; num_decos"
    assert notices == (f"c.json:2:17: {missing} are missing, 1.0 is used [$]",)
    _, notices = read_config(written("", '{"A": {"max": 1, "weight": 1}, "B": {"max": 1, "weight": 1}}'))
    assert notices == ("c.json:2:17: penalty of A, B is missing, 1.0 is used [$.skills]",)


def test_a_penalty_is_not_missed_where_levels_above_the_maximum_are_worth_nothing_more() -> None:
    config, notices = read_config(written('"over_max": "cap",', '{"A": {"max": 1, "weight": 2}}'))
    assert notices == ()
    assert config.skills["A"].weight == 2


@pytest.mark.parametrize(
    ("over_max", "rule", "told"),
    [
        ("penalty", '{"max": 3, "weight": 1, "penalty": 0, "min": 5}', "the penalty for every level"),
        ("cap", '{"max": 3, "weight": 1, "min": 4}', "no more than the maximum"),
        ("cap", '{"weight": 1, "min": 8}', "no more than the maximum"),
    ],
)
def test_a_minimum_above_the_maximum_is_told(over_max: str, rule: str, told: str) -> None:
    Path("s.csv").write_text("Name,Max Level,Cap Without Unlock,Cap Raised By\nA,7,5,Secret\n")
    _, notices = read_config(written(f'"over_max": "{over_max}", "files": {{"skills": "s.csv"}},', f'{{"A": {rule}}}'))
    [notice] = notices
    assert "is above max" in notice
    assert notice.endswith(f'every build that counts scores {told} [$.skills["A"].min]')


def test_a_minimum_within_the_maximum_or_without_one_is_not() -> None:
    skills = '{"A": {"max": 3, "weight": 1, "penalty": 0, "min": 3}, "B": {"values": [0, 1], "min": 9}}'
    assert read_config(written("", skills))[1] == ()


def test_values_stand_alone() -> None:
    assert faults_of(written("", '{"A": {"values": [1], "max": 2, "min": 1, "penalty": 0,\n "weight": "x"}}')) == [
        '2:33: values replaces max [$.skills["A"].max]\n  mend: remove max, or values',
        '2:53: values replaces penalty [$.skills["A"].penalty]\n  mend: remove penalty, or values',
        '3:2: values replaces weight [$.skills["A"].weight]\n  mend: remove weight, or values',
    ]


def test_values_that_may_have_decimal_commas_are_told() -> None:
    _, notices = read_config(written("", '{"A": {"values": [0,5, 1,5]}, "B": {"values": [0, 1.5]}}'))
    assert notices == (
        'c.json:2:28: values holds 4 scores: a comma ends a number, a point is a decimal point [$.skills["A"].values]',
    )


def test_numbers_that_a_script_wrote_are_one_notice() -> None:
    skills = '{"A": 0.30000000000000004, "B": {"values": [0, 0.30000000000000004]}}'
    config, notices = read_config(written("", skills))
    assert config.skills["A"].weight == Decimal("0.3")
    assert config.skills["B"].values == (Decimal(0), Decimal("0.3"))
    assert notices == ('c.json:2:17: 0.30000000000000004 is read as 0.3 [$.skills["A"], $.skills["B"].values[1]]',)


def test_keys_of_comments_are_not_read() -> None:
    config, notices = read_config(
        written('"_note": 1, "$schema": "x", "__": [null],', '{"_a": "Fury", "$b": 2, "A": 1}')
    )
    assert list(config.skills) == ["A"]
    assert notices == ()


def test_a_filter_may_be_for_some_parts() -> None:
    config, _ = read_config(written('"filter": {"Rarity": {"min": 11, "parts": ["head", "CHARM"], "blank": true}},'))
    assert config.filters == (FilterRule(column="Rarity", minimum=Decimal(11), parts=("Head", "Charm"), blank=True),)
    known = "the body parts are Head, Body, Arms, Waist, Legs, Charm"
    assert faults_of(written('"filter": {"Rarity": {"min": 11, "parts": ["Heads", "Gloves"]}},')) == [
        '1:156: unknown body part "Heads" [$.filter["Rarity"].parts[0]]\n  mend: write Head; ' + known,
        '1:165: unknown body part "Gloves" [$.filter["Rarity"].parts[1]]\n  mend: ' + known,
    ]


def test_the_skills_file_gives_the_maximum_that_an_object_lacks() -> None:
    Path("s.csv").write_text("Name,Max Level,Cap Without Unlock,Cap Raised By\nA,7,5,Secret\nB,3,,\n")
    skills = '{"A": {"weight": 1, "penalty": 0}, "B": {"weight": 1, "penalty": 0}, "C": {"max": 2, "weight": 1}}'
    config, notices = read_config(written('"over_max": "cap", "files": {"skills": "s.csv"},', skills))
    assert config.maximum_of("A") == (5, 7, "Secret")
    assert [config.maximum_of(name)[0] for name in "BC"] == [3, 2]
    assert config.skill_caps["B"] == SkillCap(maximum=3)
    assert notices == ()
