"""Names of skills and set bonuses that should be one, over all files of a job."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from work import count_calls

from equipment_optimizer.errors import InputError
from equipment_optimizer.loading.jobs import load_job, read_equipment
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentTable

RULE = {"max": 9, "weight": 1, "penalty": 1}
WEIGHTS = {
    "decorations": dict.fromkeys(("deco_1", "deco_2", "deco_3", "deco_4", "num_decos"), 0),
    "defence": 0,
    "limit": 1,
    "unlisted_skill_weight": 0,
    "body_parts": {"Head": 1, "Body": 1},
}
JEWELS = "Name,Slot Level,Skill 1 Name,Skill 1 Level\n"
BONUSES = "Bonus Name,Pieces Required,Skill,Level\n"
CAPS = "Name,Max Level,Cap Without Unlock,Cap Raised By\n"


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def job(
    equipment: str = "A,Head,Fury,1,Ember Oath\nB,Body,Calm,1,\n",
    *,
    jewels: str = "",
    bonuses: str = "",
    caps: str = "",
    skills: tuple[str, ...] = ("Fury",),
    **config: object,
) -> tuple[EquipmentTable, Config, list[str]]:
    """Load a job; notices without those that are no matter here."""
    files = {}
    sources = {"decorations": (JEWELS, jewels), "set_bonuses": (BONUSES, bonuses), "skills": (CAPS, caps)}
    for key, (header, rows) in sources.items():
        if rows:
            Path(f"{key}.csv").write_text(header + rows, encoding="utf-8")
            files[key] = f"{key}.csv"
    header = "Name,Body Part,Skill 1 Name,Skill 1 Level,Set Bonus\n"
    Path("e.csv").write_text(header + equipment, encoding="utf-8", newline="")
    listed = dict.fromkeys(skills, RULE)
    Path("c.json").write_text(json.dumps({**WEIGHTS, "files": files, "skills": listed, **config}), encoding="utf-8")
    table, understood, notices = load_job("e.csv", "c.json")
    return table, understood, list(notices)


def faults_of(equipment: str = "A,Head,Fury,1,Ember Oath\nB,Body,Calm,1,\n", **rest: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        job(equipment, **rest)  # type: ignore[arg-type]
    return [f"{fault.where.partition(':')[0]}: {fault.message} -> {fault.mend}" for fault in caught.value.faults]


# --- names that are one --------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ("Mind’s Eye", "Mind's Eye"),
        ("Mind's Eye", "Mind´s Eye"),
        ("Part Breaker", "Part\u00a0Breaker"),
        ("Part  Breaker", "Part Breaker"),
        ("\u00c9p\u00e9e", "E\u0301pe\u0301e"),
        ("Non-elemental", "Non–elemental"),
        ("ガード性能", "ｶﾞｰﾄﾞ性能"),
        ("Fury", "Fu\u200bry"),
    ],
)
def test_a_skill_is_written_as_in_the_equipment_file_wherever_it_stands(row: str, asked: str) -> None:
    table, config, notices = job(
        f"A,Head,{row},1,Ember Oath\nB,Body,Calm,1,\n",
        jewels=f"Jewel,1,{asked},1\n",
        bonuses=f"Ember Oath,2,{asked},1\n",
        caps=f"{asked},5,3,Calm\nCalm,3,2,{asked}\n",
        skills=(asked,),
        weapon={"skills": {asked: 1}},
    )
    assert table.skill_names == tuple(sorted((row, "Calm")))
    assert list(config.skills) == [row]
    assert config.decorations is not None
    assert config.set_bonuses is not None
    assert config.weapon is not None
    assert config.decorations[0].skills == ((row, 1),)
    assert config.set_bonuses[0].skill == row
    assert list(config.skill_caps) == [row, "Calm"]
    assert config.skill_caps["Calm"].raised_by == row
    assert config.weapon.skills == ((row, 1),)
    joined = [notice for notice in notices if "counts as" in notice]
    assert [notice.partition(":")[0] for notice in joined] == [
        *("c.json", "decorations.csv", "set_bonuses.csv", "skills.csv")
    ]
    assert all(f"the skill {asked!r} counts as {row!r} (e.csv:2:3); it differs by " in notice for notice in joined)
    again = f"; likewise {asked!r} as {row!r} (e.csv:2:3)"
    assert [again in notice for notice in joined] == [True, False, False, True]


def test_a_set_bonus_is_written_as_on_the_pieces() -> None:
    _, config, notices = job(
        "A,Head,Fury,1,Ember’s Oath\nB,Body,Calm,1,\n",
        bonuses="Ember's Oath,2,Fury,1\n",
        weapon={"set_bonuses": ["Ember`s Oath"]},
    )
    assert config.set_bonuses is not None
    assert config.weapon is not None
    assert config.set_bonuses[0].bonus == config.weapon.set_bonuses[0] == "Ember’s Oath"
    assert (
        sum("the set bonus" in notice and "counts as 'Ember’s Oath' (e.csv:2:5)" in notice for notice in notices) == 2
    )


def test_a_rule_finds_its_maximum_and_its_place_under_either_spelling() -> None:
    Path("skills.csv").write_text(CAPS + "Mind´s Eye,5,3,Secret\n", encoding="utf-8")
    rows = "A,Head,Mind’s Eye,1\nB,Body,Secret,1\n"
    Path("e.csv").write_text(f"Name,Body Part,Skill 1 Name,Skill 1 Level\n{rows}", encoding="utf-8")
    rule = {"weight": 2, "penalty": 1}
    text = {**WEIGHTS, "files": {"skills": "skills.csv"}, "skills": {"Mind's Eye": rule}}
    Path("c.json").write_text(json.dumps(text), encoding="utf-8")
    _, understood, _ = load_job("e.csv", "c.json")
    assert understood.maximum_of("Mind’s Eye") == (3, 5, "Secret")
    assert understood.where('$.skills["Mind’s Eye"].weight') != "c.json"


# --- names that are nearly one ---------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "how"),
    [
        ("fury", "by letter case"),
        ("FURY", "by letter case"),
        ("Furry", "by one letter: 'r' for 'rr'"),
        ("Fuy", "by one letter: 'ur' for 'u'"),
        ("Fruy", "by one letter: 'ur' for 'ru'"),
    ],
)
def test_a_name_that_matches_nothing_and_is_nearly_a_known_one_is_a_fault(asked: str, how: str) -> None:
    known = "'Fury' (e.csv:2:3)"
    assert faults_of(skills=(asked,)) == [
        f"c.json: nothing gives the skill {asked!r}; {known} differs {how} [$.skills[\"{asked}\"]] -> write 'Fury'"
    ]
    said = f"{known} differs {how} -> write 'Fury'"
    for rest, source, what in (
        ({"jewels": f"J,1,{asked},1\n"}, "decorations.csv", "the decorations' skill"),
        ({"bonuses": f"Ember Oath,2,{asked},1\n"}, "set_bonuses.csv", "the set bonuses' skill"),
    ):
        [fault] = faults_of(**rest)
        if how == "by letter case":
            assert fault.startswith(f"{source}: the skill {asked!r} is another than 'Fury' (c.json:1:")
        else:
            assert fault == f"{source}: nothing else names {what} {asked!r}; {said}"
    assert faults_of(caps=f"{asked},3,,\n") == [
        f"skills.csv: nothing else names the skill {asked!r} of the skills file; {said}"
    ]
    assert faults_of(caps=f"Calm,3,2,{asked}\n") == [
        f"skills.csv: nothing gives the skill {asked!r}, which raises a maximum; {said}"
    ]
    [fault] = faults_of(weapon={"skills": {asked: 1}})
    assert fault.startswith(f"c.json: {'the skill' if how == 'by letter case' else 'nothing else names the weapon'}")


def test_of_several_names_that_may_be_meant_the_nearest_is_named_first_those_that_give_it() -> None:
    assert [fault.partition(" -> ")[2] for fault in faults_of(jewels="J,1,Furry,1\n", caps="fury,3,,\n")] == [
        "write 'Fury'",
        "write 'Fury'",
    ]
    [fault] = faults_of("A,Head,Furz,1,\nB,Body,FURY,1,\n", skills=("Fury",))
    assert fault.endswith("-> write 'FURY'")


@pytest.mark.parametrize("asked", ["Ember oath", "EMBER OATH", "Embr Oath", "Ember Oaths"])
def test_a_set_bonus_that_no_piece_has_and_that_is_nearly_one_of_theirs_is_a_fault(asked: str) -> None:
    [fault] = faults_of(bonuses=f"{asked},2,Fury,1\n")
    assert fault.startswith(
        f"set_bonuses.csv: no piece has the set bonus {asked!r}; 'Ember Oath' (e.csv:2:5) differs by "
    )
    [fault] = faults_of(bonuses="Ember Oath,2,Fury,1\n", weapon={"set_bonuses": asked})
    assert fault.startswith(f"c.json: nothing else names the weapon's set bonus {asked!r}; 'Ember Oath' ")


def test_skills_that_differ_by_case_and_both_occur_are_faults_where_one_is_listed() -> None:
    rows = "A,Head,Fury,1,\nB,Head,fury,3,\nC,Body,Fury,1,\nD,Body,FURY,3,\n"
    how = "(c.json:1:1); they differ by letter case -> write 'Fury', if they are one"
    faults = [re.sub(r"c.json:1:[0-9]+", "c.json:1:1", fault) for fault in faults_of(rows)]
    assert faults == [f"e.csv: the skill {name!r} is another than 'Fury' {how}" for name in ("fury", "FURY")]
    # Nobody asks for either: two names.
    table, _, notices = job(rows, skills=())
    assert table.skill_names == ("FURY", "Fury", "fury")
    assert notices == []


def test_a_jewel_in_other_case_than_a_listed_skill_that_pieces_have_is_a_fault() -> None:
    [fault] = faults_of("A,Head,Fury,1,\nB,Body,fury,1,\n", jewels="J,1,fury,1\n")
    assert fault.startswith("e.csv: the skill 'fury' is another than 'Fury'")
    [fault] = faults_of("A,Head,Oath Skill,1,Ember Oath\nB,Body,,,ember oath\n", bonuses="Ember Oath,1,Fury,1\n")
    assert fault.startswith("e.csv: the set bonus 'ember oath' is another than 'Ember Oath' (set_bonuses.csv")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Helm α", "Helm β"), ("火耐性", "水耐性"), ("Guard", "Guards"), ("Mode I", "Mode II"), ("Set A", "Set B")],
)
def test_names_that_both_occur_are_two(one: str, other: str) -> None:
    table, _, notices = job(f"A,Head,{one},1,{one}\nB,Body,{other},1,{other}\n", skills=(one, other))
    assert set(table.skill_names) == {one, other}
    assert notices == []


@pytest.mark.parametrize(("listed", "given"), [("Helm α", "Helm β"), ("火耐性", "水耐性"), ("Mode I", "Mode II")])
def test_names_that_differ_by_a_sign_are_other_names_even_where_one_is_missing(listed: str, given: str) -> None:
    rows = f"A,Head,{given},1,\nB,Body,,,\n"
    _, _, notices = job(rows, skills=(listed,), jewels=f"J,1,{listed},1\n", caps=f"{given},3,,\n")
    assert notices == []
    _, _, notices = job(rows, skills=(listed,))
    assert [notice.partition(": ")[2].partition(";")[0].partition(" [")[0] for notice in notices] == [
        f"nothing gives the skill {listed!r}"
    ]


def test_a_listed_skill_that_the_skills_file_knows_is_written_rightly() -> None:
    _, _, notices = job(skills=("Furys",), caps="Furys,3,,\nFury,3,,\nCalm,3,,\n")
    assert [notice.partition(": ")[2] for notice in notices] == [
        "nothing gives the skill 'Furys'; is it 'Fury'? [$.skills[\"Furys\"]]"
    ]


# --- names that match nothing ------------------------------------------------------


def test_names_that_match_nothing_are_one_notice_a_file_that_says_whether_they_count() -> None:
    _, _, notices = job(
        skills=("Fury", "Zeal", "Haste", "Grace"),
        jewels="J,1,Rowdy,1\nK,1,Rowdy,2\nL,1,Quiet,1\n",
        bonuses="Dragon Oath,2,Power,1\nEmber Oath,1,Might,1\n",
        caps="Wisdom,3,,\nFury,3,2,Trance\n",
        unlisted_skill_weight=0.5,
    )
    told = [notice for notice in notices if not notice.startswith("c.json")]
    assert [notice.partition(": ")[2] for notice in notices if notice.startswith("c.json")] == [
        "nothing gives 3 of the listed skills: Zeal, Haste, Grace [$.skills]"
    ]
    worth = "they count as unlisted skills, 0.5 a level"
    assert {(notice.partition(".csv")[0], notice.partition(": ")[2]) for notice in told} == {
        ("decorations", f"2 of the decorations' skills are named by nothing else: Rowdy, Quiet; {worth}"),
        ("set_bonuses", f"2 of the set bonuses' skills are named by nothing else: Power, Might; {worth}"),
        ("set_bonuses", "1 of the set bonuses is on no piece: Dragon Oath; never active"),
        ("skills", "1 of the maxima is of skills that nothing else names: Wisdom; not used"),
        ("skills", "nothing gives Trance, to raise a maximum: it stays as it is without"),
    }


def test_skills_that_are_worth_nothing_are_told_so() -> None:
    _, _, notices = job(jewels="J,1,Rowdy,1\n")
    assert [notice.partition(": ")[2] for notice in notices] == [
        "1 of the decorations' skills is named by nothing else: Rowdy; worth nothing as unlisted skills"
    ]


def test_a_faulty_file_does_not_make_names_of_others_faulty() -> None:
    faults = faults_of("A,Head,Fury,1,\nB,Body,Furry,two,\n", skills=("Furry",))
    assert [fault.partition(":")[0] for fault in faults] == ["e.csv"]
    faults = faults_of(skills=("Zeal",), jewels="J,9,Zeal,1\nK,1,Furry,1\n")
    assert [fault.partition(":")[0] for fault in faults] == ["decorations.csv"]


def test_a_configuration_made_in_code_is_checked_likewise() -> None:
    Path("e.csv").write_text("Name,Body Part,Skill 1 Name,Skill 1 Level\nA,Head,Fury,1\n")
    with pytest.raises(InputError) as caught:
        read_equipment("e.csv", Config(skills={"Furry": SkillRule()}))
    [fault] = caught.value.faults
    assert str(fault).startswith("nothing gives the skill 'Furry'; 'Fury' (e.csv:2:3) differs by one letter")


def test_names_cost_work_in_proportion() -> None:
    calls = []
    for n in (400, 1600):
        rows = "".join(f"P{k},Head,skill {k:x} a,1,\n" for k in range(n)) + "Q,Body,,,\n"
        skills = tuple(f"skill {k:x} b" for k in range(n))

        def work(rows: str = rows, skills: tuple[str, ...] = skills) -> None:
            job(rows, skills=skills)

        calls.append(count_calls(work))
    assert calls[1] < 6 * calls[0]


def test_a_set_bonus_of_a_piece_that_is_nearly_a_described_one_is_told() -> None:
    equipment = "A,Head,Fury,1,Ember Oath\nB,Body,Calm,1,Ember Oaht\nC,Body,Calm,1,Frost Oath\n"
    _, _, notices = job(equipment, bonuses="Ember Oath,2,Fury,1\n")
    how = "'Ember Oath' (set_bonuses.csv:2:1) differs by one letter: 'th' for 'ht'"
    told = [notice for notice in notices if "describes" in notice]
    assert told == [f"e.csv:3:5: no row describes the set bonus 'Ember Oaht'; {how}"]
