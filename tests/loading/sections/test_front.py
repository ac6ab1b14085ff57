"""The key `front`: what it fills, and what is no front."""

from __future__ import annotations

import pytest

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job, read_config
from equipment_optimizer.output.config_json import config_as_json

PLAIN = {"skills": {"Fury": 2, "Weight": 1}, "defence": 0, "limit": 3, "decorations": {}, "unlisted_skill_weight": 0}


def test_names_are_taken_in_the_spelling_of_what_they_name() -> None:
    config, _ = read_config({**PLAIN, "front": ["Score", "-  Fury", "Fire\u00a0Res"]})
    assert config.front == ("Score", "-Fury", "Fire Res")
    assert config_as_json(config)["front"] == ["Score", "-Fury", "Fire Res"]


def test_a_skill_is_written_as_in_the_equipment(tmp_path) -> None:
    path = tmp_path / "equipment.csv"
    path.write_text("Name,Body Part,Defence,Skills\nCap,Head,5,Hunter\u2019s Eye 2\nHood,Head,9,Fury 1\n", "utf-8")
    config = {**PLAIN, "skills": {"Hunter's Eye": 2}, "front": ["-Hunter's Eye", "Defence"]}
    _, loaded, _ = load_job(str(path), config)
    assert loaded.front == ("-Hunter\u2019s Eye", "Defence")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"front": None}, "expected a list, got null"),
        ({"front": "Score"}, "a front has two to 4 objectives, not 1"),
        ({"front": ["Score"]}, "a front has two to 4 objectives, not 1"),
        ({"front": ["Score", "Defence", "Fire Res", "Ice Res", "Fury"]}, "a front has two to 4 objectives, not 5"),
        ({"front": ["Score", "-Score"]}, "'-Score' is the objective that 'Score' is"),
        ({"front": ["Score", "Furi"]}, "'Furi' is no objective that the config knows"),
        ({"front": ["Score", "--Fury"]}, "'--Fury' is no objective that the config knows"),
        ({"front": ["Score", "Luck"]}, "'Luck' is no objective that the config knows"),
        ({"front": ["Score", 3]}, "expected a name in quotes"),
        ({"front": ["Score", "Weight"], "totals": {"Weight": {}}}, "'Weight' is the name of several things"),
        ({"front": ["Score", "team"], "counts": {"team": {"each": "Team", "max": 2}}}, "the count 'team' has no total"),
        ({"front": ["Score", "Defence"], "variants": "one"}, "variants beside front"),
        ({"front": ["Score", "Defence"], "share": 0.5}, "share beside front"),
        ({"front": ["Score", "Defence"], "different": {"pieces": 2}}, "different beside front"),
    ],
)
def test_what_is_no_front_is_a_fault(keys: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_config({**PLAIN, **keys})
    assert any(message in fault.message for fault in caught.value.faults), caught.value.faults


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Furi", "Fury"),
        ("-Furi", "-Fury"),
        ("\u2212Fury", "-Fury"),
        ("\u2013 Fire Res", "-Fire Res"),
        ("--Fury", "-Fury"),
        ("- \u2212Furi", "-Fury"),
        ("-Furi (skill)", "-Fury (skill)"),
        ("Defense (skill)", "Defence"),
        ("\u2212Defence", "-Defence"),
    ],
)
def test_a_misspelt_objective_is_told_what_it_may_be_and_as_good_as_it_was(written: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        read_config({**PLAIN, "front": ["Score", written]})
    assert [fault.mend for fault in caught.value.faults] == [f'write "{meant}"']
    assert read_config({**PLAIN, "front": ["Score", meant]})[0].front == ("Score", meant)


def test_mends_of_a_minimised_objective_minimise_it() -> None:
    with pytest.raises(InputError) as caught:
        read_config({**PLAIN, "totals": {"Weight": {}}, "front": ["Score", "-Weight", "\u2212Luck"]})
    several, unknown = (fault.mend for fault in caught.value.faults)
    assert several == 'write "-Weight (total)" or "-Weight (skill)"'
    assert unknown.endswith('a column: "totals": {"Luck": {}}')


def test_a_formula_is_the_score_of_its_front() -> None:
    formula = {"name": "damage", "factors": [{"name": "raw", "base": 2}]}
    with pytest.raises(InputError) as caught:
        read_config({"front": ["damage", "Defence"], "formula": formula, "limit": 1})
    assert [fault.mend for fault in caught.value.faults] == ['write "Score"']


@pytest.mark.parametrize(
    ("front", "rules", "lacking"),
    [
        (["Score", "Fire Res"], {}, "there is no column Fire Res; the resistance counts as 0"),
        (["-Ice Res", "Fire Res"], {"fire": 1}, "there is no column Fire Res, Ice Res; the resistances count as 0"),
        (["Score", "-Water Res"], {}, None),
        (["Score", "Fire Res"], None, None),
    ],
)
def test_a_resistance_without_a_column_is_told(tmp_path, front: list, rules: dict | None, lacking: str | None) -> None:
    path = tmp_path / "equipment.csv"
    path.write_text("Name,Body Part,Defence,Water Res\nCap,Head,5,1\n")
    # A total of that name is a column of the file, whose absence is a fault.
    keys = {"resistances": {name: {"weight": weight} for name, weight in (rules or {}).items()}}
    if rules is None:
        with pytest.raises(InputError, match="no column 'Fire Res'"):
            load_job(str(path), {**PLAIN, "front": front, "totals": {"Fire Res": {}}})
        return
    _, _, notices = load_job(str(path), {**PLAIN, **keys, "front": front})
    told = [notice for notice in notices if "Res" in notice]
    assert [notice.partition(": ")[2] for notice in told] == ([] if lacking is None else [lacking])


@pytest.mark.parametrize(
    ("front", "mend"),
    [
        (["Score", "-Score"], "name another one in its place"),
        (["Score", "Defence", "Score"], "keep one of the two"),
        (["Score", "-"], "name Score, Defence, a resistance such as Fire Res, or what totals, counts or skills list"),
    ],
)
def test_what_is_proposed_leaves_two_objectives_and_names_no_blank_column(front: list[str], mend: str) -> None:
    with pytest.raises(InputError) as caught:
        read_config({**PLAIN, "front": front})
    assert [fault.mend for fault in caught.value.faults] == [mend]
