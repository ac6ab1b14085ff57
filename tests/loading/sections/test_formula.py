"""Formulas in a configuration: what is understood, and every fault with its place and mend."""

import io
import json
from decimal import Decimal

import pytest

from equipment_optimizer.errors import InputError, UsageError
from equipment_optimizer.loading.jobs import load_job, read_config, read_equipment
from equipment_optimizer.output.config_json import config_as_json, to_json
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.formula import Factor, Formula, Term

EQUIPMENT = """Name,Body Part,Base Def,Attack,Skill 1 Name,Skill 1 Level,Tier,Weight
Cap,Head,3,5,Attack Boost,2,Exotic,1.5
Hood,Head,2,6,Critical Eye,3,,2
Coat,Body,9,4,Attack Boost,1,Exotic,0
"""
BODY_PARTS = {"Head": 1, "Body": 1}
COUNTS = {"exotics": {"where": {"Tier": {"in": ["Exotic"]}}}, "by tier": {"each": "Tier", "max": 2}}


def loaded(of, equipment=EQUIPMENT, **more):
    """A job whose formula has one factor."""
    formula = of if "factors" in of else {"factors": [{"name": "raw", "base": 230, "of": of}]}
    config = {"limit": 3, "body_parts": BODY_PARTS, "formula": formula, **more}
    return load_job(io.StringIO(equipment), config)


def kinds(of, equipment=EQUIPMENT, **more):
    _, config, _ = loaded(of, equipment, **more)
    return {term.name: term.kind for _, term in config.formula.terms()}


def faults(of, equipment=EQUIPMENT, **more):
    """Messages without the name of the configuration, each with its mend."""
    with pytest.raises(InputError) as caught:
        loaded(of, equipment, **more)
    return {fault.message: fault.mend for fault in caught.value.faults}


def test_a_formula_is_read_with_every_part():
    text = """{"name": "effective raw", "_why": 1, "factors": [
      {"name": "raw", "base": 230, "of": {"Attack": 1, "Attack Boost": [0, 3, 6]}, "min": 0, "max": 999},
      {"name": "critical", "base": 1, "times": [{"base": 0.05, "of": {"Critical Eye": 0.1}, "max": 1}, {"base": 0.25}]}
    ]}"""
    _, config, _ = loaded(json.loads(text, parse_float=Decimal))
    raw, critical = config.formula.factors
    assert (config.formula.name, raw.name, raw.base, raw.minimum, raw.maximum) == ("effective raw", "raw", 230, 0, 999)
    assert raw.terms == (
        Term(name="Attack", weight=1, kind="column"),
        Term(name="Attack Boost", table=[0, 3, 6], kind="skill"),
    )
    assert (critical.base, critical.times[0].maximum, critical.times[1].base) == (1, 1, Decimal("0.25"))


def test_names_are_columns_counts_or_skills():
    of = {"Attack": 1, "exotics": 2, "Attack Boost": 1, "skill:Critical Eye": 1, "Column: Defence": 1, "fire res": 1}
    equipment = EQUIPMENT.replace("Weight", "Fire Res").replace("1.5", "1")
    assert kinds(of, equipment, counts=COUNTS) == {
        "Attack": "column",
        "exotics": "count",
        "Attack Boost": "skill",
        "Critical Eye": "skill",
        "Defence": "column",
        "fire res": "column",
    }


def test_a_column_that_holds_levels_of_a_listed_skill_is_that_skill():
    equipment = "Name,Body Part,Fury\nCap,Head,2\nCoat,Body,1\n"
    assert kinds({"Fury": 1}, equipment) == {"Fury": "column"}
    assert kinds({"Fury": 1}, equipment, skills={"Fury": {"max": 3}}) == {"Fury": "skill"}
    assert kinds({"skill:Fury": 1}, equipment) == {"Fury": "skill"}


def test_columns_may_be_named_as_the_file_or_as_the_config_says():
    assert kinds({"Power": 1, "Schwere": 1}, EQUIPMENT.replace("Weight", "Schwere"), headers={"Power": "Attack"}) == {
        "Power": "column",
        "Schwere": "column",
    }


def test_a_column_of_a_weapon_list_alone_is_one(tmp_path):
    (tmp_path / "equipment.csv").write_text("Name,Body Part,Base Def\nCap,Head,3\n")
    (tmp_path / "weapons.csv").write_text("Name,Attack\nBow,20\nAxe,30\n")
    formula = {"factors": [{"name": "raw", "of": {"Attack": 1}}]}
    config = {"limit": 1, "body_parts": {"Head": 1}, "files": {"weapons": "weapons.csv"}, "formula": formula}
    (tmp_path / "config.json").write_text(json.dumps(config))
    table, read, notices = load_job(str(tmp_path / "equipment.csv"), str(tmp_path / "config.json"))
    assert table.numbers("Attack")[0].tolist() == [0, 20, 30]
    assert [kind for _, term in read.formula.terms() for kind in [term.kind]] == ["column"]
    assert any("lacks Attack, which counts as blank there" in notice for notice in notices)


def test_with_a_formula_no_weight_is_missed_and_its_columns_are_used():
    _, config, notices = loaded({"Attack": 1, "Attack Boost": 1})
    assert [notice.partition(": ")[2] for notice in notices] == ["columns that nothing uses: Tier, Weight"]
    assert config.listed_skills == ("Attack Boost",)
    _, config, notices = loaded({"Attack Boost": 1}, skills={"Attack Boost": {"min": 1}, "Critical Eye": 0})
    assert config.maximum_of("Attack Boost")[0] == 1
    assert sum("missing" in notice for notice in notices) == 1, "of the maximum, which is no weight"


def test_skills_are_written_as_in_the_equipment():
    _, config, notices = loaded({"Attack’s Boost": 1}, EQUIPMENT.replace("Attack Boost", "Attack's Boost"))
    assert config.formula.names("skill") == ("Attack's Boost",)
    assert any("counts as" in notice and '[$.formula.factors[0].of["' in notice for notice in notices)


PATH = "[$.formula.factors[0].of[{}]]"


@pytest.mark.parametrize(
    ("of", "message", "mend"),
    [
        (
            {"Atack": 1},
            "'Atack' is no column, no count and no skill that anything gives",
            "write 'Attack'; or write \"skill:Atack\" if it is a skill that nothing gives here",
        ),
        (
            {"Zork": 1},
            "'Zork' is no column, no count and no skill that anything gives",
            'write "skill:Zork" if it is a skill that nothing gives here',
        ),
        (
            {"Attack Bost": 1},
            (
                "nothing gives the skill 'Attack Bost'; 'Attack Boost' (the open file:2:5) differs by one letter: "
                "'oo' for 'o'"
            ),
            "write 'Attack Boost'",
        ),
        (
            {"column:None": 1},
            "the equipment file has no column 'None'",
            "the columns are Name, Body Part, Base Def, Attack, Skill 1 Name, Skill 1 Level, Tier, Weight",
        ),
        ({"column:": 1}, "there is no name behind column:", "write column:NAME"),
        ({"by tier": 1}, "the count 'by tier' counts by value, and has no total", 'name a count that has "where" only'),
        ({"Attack": []}, "the table is empty", "write what 0, 1, 2, ... add: the last holds above the end"),
        ({"Attack": "2"}, 'expected a number, or a list of numbers, got "2"', "write 2 without quotes"),
        (
            {"Attack": None},
            "expected a number, or a list of numbers, got null",
            "write what one of it adds, or a list: what 0, 1, 2, ... add",
        ),
        (
            {"Attack": 10**18},
            "a number of a formula has at most 18 digits before the point and behind it",
            "write fewer digits",
        ),
        (
            {"Weight": [0, 1]},
            "a table over 'Weight', whose cells hold fractions",
            "write a number: what one of it adds; a table lists what 0, 1, 2, ... add",
        ),
    ],
    ids=str,
)
def test_a_term_that_cannot_be_meant_is_a_fault(of, message, mend):
    (name,) = of
    assert faults(of, counts=COUNTS) == {f"{message} {PATH.format(json.dumps(name))}": mend}


def test_one_name_of_two_things_is_a_fault():
    equipment = EQUIPMENT.replace("Critical Eye", "Attack")
    message = "'Attack' is a column and a skill (the open file:3:5) " + PATH.format('"Attack"')
    assert faults({"Attack": 1}, equipment) == {message: 'write "column:Attack" or "skill:Attack"'}
    assert kinds({"column:Attack": 1}, equipment) == {"Attack": "column"}
    # What the mend says works.
    assert kinds({"skill:Attack": 1}, equipment) == {"Attack": "skill"}
    _, both, notices = loaded({"column:Attack": 1, "skill:Attack": 2}, equipment)
    assert [term.kind for _, term in both.formula.terms()] == ["column", "skill"]
    assert not any("Attack" in notice for notice in notices)
    counts = {"Attack": COUNTS["exotics"], "Critical Eye": COUNTS["exotics"]}
    assert faults({"Attack": 1, "Critical Eye": 2}, counts=counts) == {
        "'Attack' is a column and a count (the configuration) " + PATH.format('"Attack"'): (
            'write "column:Attack" or another name for the count'
        ),
        "'Critical Eye' is a count and a skill (the open file:3:5) " + PATH.format('"Critical Eye"'): (
            'write another name for the count or "skill:Critical Eye"'
        ),
    }
    assert faults({"Attack": 1, "attack": 1}) == {
        "the column 'attack' is in this sum twice " + PATH.format('"attack"'): "join the two"
    }


def test_a_skill_that_nothing_gives_is_told_where_it_is_plainly_one():
    _, _, notices = loaded({"skill:Fury": 1, "skill:Calm": 2}, skills={"Calm": {"max": 3}})
    told = [notice.partition(": ")[2] for notice in notices if "nothing gives" in notice]
    assert told == [
        "nothing gives the skill 'Calm' [$.skills[\"Calm\"]]",
        "nothing gives the skill 'Fury', of the formula " + PATH.format('"skill:Fury"'),
    ]


def test_a_column_called_like_a_skill_that_nothing_gives_is_a_fault() -> None:
    message = "nothing gives the skill 'Attack'; the column 'Attack' is not read as its levels "
    assert faults({"skill:Attack": 1}) == {
        message + PATH.format('"skill:Attack"'): (
            'write "column:Attack"; or keep its levels in the columns that hold skills'
        )
    }


EXAMPLE = '{"name": "raw", "base": 230, "of": {"Attack": 1}}'


@pytest.mark.parametrize(
    ("formula", "message", "mend"),
    [
        (3, "expected an object, got 3 [$.formula]", 'write {"name": ...}'),
        ({}, "the formula has no factors [$.formula]", f'write "factors": [{EXAMPLE}]'),
        ({"factors": []}, "factors is an empty list [$.formula.factors]", f"write [{EXAMPLE}]"),
        (
            {"factors": [{"name": str(k), "base": 1} for k in range(9)]},
            "more than 8 factors [$.formula.factors[8]]",
            "join some: numbers multiply into one base",
        ),
        (
            {"factors": [{"base": 1}]},
            "the factor has no name [$.formula.factors[0]]",
            'write "name": "raw", or what it is: the builds have a column of that name',
        ),
        (
            {"factors": [{"name": "a", "base": 1}, {"name": "a", "base": 2}]},
            'the factor "a" is here twice [$.formula.factors[1].name]',
            "name each otherwise: they are columns of the builds",
        ),
        (
            {"factors": [{"name": "a", "max": 2}]},
            "nothing says what the factor is [$.formula.factors[0]]",
            'write "base", "of" or "times": without them it is 0, and every score is',
        ),
        (
            {"factors": [{"name": "a", "of": {}, "times": [{}, {}]}]},
            "of beside times [$.formula.factors[0].of]",
            'put "of" into one of the two sums of times, or make two factors of it',
        ),
        (
            {"factors": [{"name": "a", "times": [{"base": 1}]}]},
            "times holds 1 sums, not 2 [$.formula.factors[0].times]",
            "write two sums; a factor of one is base and of without times",
        ),
        (
            {"factors": [{"name": "a", "times": [{"bases": 1}, {}]}]},
            'unknown key "bases" [$.formula.factors[0].times[0]]',
            'write "base", the nearest known key; a comment\'s key begins with _',
        ),
        (
            {"factors": [{"name": "a", "base": 1, "min": 2, "max": 1}]},
            "min 2 is above max 1 [$.formula.factors[0].min]",
            "exchange the two, or remove one",
        ),
        (
            {"factors": [{"name": "a", "base": "x"}]},
            'expected a number, got "x" [$.formula.factors[0].base]',
            "write a number without quotes",
        ),
    ],
    ids=str,
)
def test_a_formula_that_cannot_be_meant_is_a_fault(formula, message, mend):
    with pytest.raises(InputError) as caught:
        read_config({"limit": 1, "formula": formula})
    assert {fault.message: fault.mend for fault in caught.value.faults} == {message: mend}


def test_a_written_weight_is_a_fault_that_says_where_it_belongs():
    found = faults(
        {"Attack": 1},
        skills={"Attack Boost": {"max": 3, "weight": 2, "penalty": -1}, "Critical Eye": {"values": [0, 5]}},
        defence=2,
        decorations={"deco_1": 1, "deco_2": 0, "num_decos": 3},
        unlisted_skill_weight=1,
        resistances={"fire": {"weight": 4}},
        totals={"Weight": {"max": 3, "weight": -1}},
        counts={"exotics": {**COUNTS["exotics"], "weight": 7}},
    )
    term = 'remove it; it may be a term of a factor: "of": {{"{}": {}}}'
    free = "remove it: a free slot is worth nothing in a formula"
    assert {message.rpartition("[$.")[2].removesuffix("]"): mend for message, mend in found.items()} == {
        'skills["Attack Boost"].weight': term.format("Attack Boost", 2),
        'skills["Attack Boost"].penalty': "remove it: in a formula a skill counts up to its maximum",
        'skills["Critical Eye"].values': term.format("Critical Eye", "[0, 5, ...]"),
        "defence": term.format("column:Defence", 2),
        "resistances.fire.weight": term.format("column:Fire Res", 4),
        'totals["Weight"].weight': term.format("column:Weight", -1),
        'counts["exotics"].weight': term.format("exotics", 7),
        "decorations.deco_1": free,
        "decorations.num_decos": free,
        "unlisted_skill_weight": "remove it: name each skill that counts in a factor",
    }
    assert all(" beside a formula, which is the whole score [$." in message for message in found)


def test_the_config_of_a_manifest_is_read_as_the_same():
    formula = {
        "name": "f",
        "factors": [
            {"name": "raw", "base": 2.5, "of": {"Attack": 1, "Attack Boost": [0, 3], "exotics": -1}, "max": 9},
            {"name": "critical", "base": 1, "times": [{"of": {"skill:Critical Eye": 0.1}, "min": 0}, {"base": 0.25}]},
        ],
    }
    _, config, _ = loaded(formula, counts=COUNTS, skills={"Critical Eye": {"max": 2}})
    again, _ = read_config(json.loads(to_json(config_as_json(config)), parse_float=Decimal))
    _, same, _ = load_job(io.StringIO(EQUIPMENT), json.loads(to_json(config_as_json(config)), parse_float=Decimal))
    assert same == config
    assert again.formula.factors[0].terms[0] == Term(name="Attack", weight=1, kind="column")


def test_equipment_alone_cannot_be_read_for_names_that_it_has_to_tell_apart():
    config, _ = read_config({"limit": 1, "formula": {"factors": [{"name": "raw", "of": {"Attack": 1}}]}})
    with pytest.raises(UsageError, match="only the equipment tells which names of the formula are columns"):
        read_equipment(io.StringIO(EQUIPMENT), config)
    settled = Config(formula=Formula(factors=[Factor(name="f", terms=[Term(name="Attack", weight=1, kind="column")])]))
    table, _ = read_equipment(io.StringIO(EQUIPMENT), settled)
    assert table.other_names == ("Attack",)
