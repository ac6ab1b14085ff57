"""What the checker refuses to judge, what it finds in small lists made by hand, and jobs where all builds tie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from proof_jobs import BEYOND, DECORATIONS, EQUIPMENT, PROVED, REFUTED, UNREADABLE, Job

from equipment_optimizer.proof import check_proof


@pytest.mark.parametrize(
    ("said", "equipment", "changes"),
    [
        ("a total of the column Base Defence", EQUIPMENT, {"totals": {"Base Defence": {"max": 3}}}),
        ("there is no column: shade", EQUIPMENT, {"totals": {"Shade": {"max": 3}}}),
        ("a key of Colour: least", EQUIPMENT, {"totals": {"Colour": {"least": 3}}}),
        ("a key of few: least", EQUIPMENT, {"counts": {"few": {"least": 3}}}),
        ("a cell that may be blank: None", EQUIPMENT.replace(",5\n", ",None\n"),
         {"counts": {"few": {"each": "Colour", "max": 1}}}),
        ("two counts that count alike: few: 3: 3", EQUIPMENT.replace(",3\n", ",3: 3\n").replace("Haste,2", "Haste,3"),
         {"counts": {"few": {"same": "Colour"}, "few: 3": {"same": "Skill 1 Level"}}}),
        ("the config's key: headers", EQUIPMENT, {"headers": {"Name": "Name"}}),
        ("the config's key: different", EQUIPMENT, {"different": {"pieces": 2}}),
        ("the config's key: formula", EQUIPMENT, {"formula": {}}),
        ("a skill's key: colour", EQUIPMENT, {"skills": {"Guard": {"max": 3, "colour": 1}}}),
        ("a part's key: from", EQUIPMENT, {"body_parts": {"Head": 1, "Body": 1, "Free": {"from": ["Head"]}}}),
        ("a pin in two parts: Cap", EQUIPMENT, {"pin": {"Head": {"all of": ["Cap"]}, "Body": {"all of": ["Cap"]}}}),
        ("a condition's key: least", EQUIPMENT, {"filter": {"Colour": {"least": 1}}}),
        ("there is no column: shade", EQUIPMENT, {"filter": {"Shade": {"min": 1}}}),
        ("a cell under min or max: red", EQUIPMENT.replace(",5\n", ",red\n"), {"filter": {"Colour": {"min": 1}}}),
        ("a number of many digits", EQUIPMENT, {"defence": 0.1234567890123456}),
        ("a number not in plain digits: 1e1", EQUIPMENT.replace("Cap,Head,1", "Cap,Head,1e1"), {}),
        ("a row of the part: feet", EQUIPMENT.replace("Mail,Body", "Mail,Feet"), {}),
        ("the column weaponslots", EQUIPMENT.replace("Colour", "Weapon Slots"), {}),
        ("the column guard", EQUIPMENT.replace("Colour", "Guard"), {}),
        ("the column skill1", EQUIPMENT.replace("Skill 1 Level", "Colour 2"), {}),
        ("a name in two spellings: Ｇuard", EQUIPMENT.replace("Haste,2", "Ｇuard,2"), {}),
        ("the equipment file is no plain CSV file", "# mine\n" + EQUIPMENT, {}),
        ("the equipment file is no plain CSV file", EQUIPMENT.replace(",", ";"), {}),
        ("the equipment file is no plain CSV file", EQUIPMENT.replace("Colour", "Name"), {}),
        ("a decoration is allowed on: boots", EQUIPMENT,
         {"texts": {"decorations": "Name,Slot Level,Allowed On\nGem,1,boots\n"}}),
    ],
)  # fmt: skip
def test_what_is_not_judged_is_said(
    said: str, equipment: str, changes: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = Job(tmp_path, equipment, **changes)
    job.write_proof(("prices", "leaf 0"))
    assert job.check() == BEYOND
    assert capsys.readouterr().out.startswith(f"cannot judge: {said}")


@pytest.mark.parametrize("equipment", [EQUIPMENT.replace("Body Part", "Place"), EQUIPMENT.replace("Mail", "Mail\xe9")])
def test_a_table_without_parts_and_one_in_another_encoding_are_unreadable(equipment: str, tmp_path: Path) -> None:
    job = Job(tmp_path, equipment)
    job.write_proof(("prices", "leaf 0"))
    assert job.check() == UNREADABLE


def test_pieces_of_one_name_are_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(tmp_path, EQUIPMENT.replace("Helm", "Cap"))
    assert job.prove() == 0
    assert job.check() == BEYOND
    assert "several pieces are called Cap" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Guard; Gem", "Haste Gem"])
def test_decorations_that_cannot_be_told_apart_in_a_cell_are_not_judged(name: str, tmp_path: Path) -> None:
    job = Job(tmp_path, texts={"decorations": DECORATIONS.replace("Guard Gem", name)})
    job.write_proof(("prices", "leaf 0"), "Head,Body,Decorations,Score\nHelm,Mail,1x Haste Gem,9\n")
    assert job.check() == BEYOND


def test_a_better_filling_that_is_withheld_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(tmp_path, texts={"decorations": DECORATIONS})
    assert job.prove() == 0
    assert job.check() == PROVED
    # Guard 1 and Haste 2 are worth 2 + 6 and the gem in the cap's slot 2 more; the helm's slot takes one worth 3.
    said, head = job.said(), "Head,Body,Decorations,Score\n"
    for rows, limit, why in (
        ("Cap,Mail,,8\n", 1, "a row has a better filling: Cap, Mail"),
        ("Helm,Mail,1x Haste Gem,9\n", 1, "a build is missing: Cap, Mail"),
        ("Cap,Mail,1x Guard Gem,10\n", 2, "a build is missing: Helm, Mail"),
        ("Cap,Mail,1x Guard Gem,11\n", 1, "this does not score 11: Cap, Mail"),
        ("Cap,Mail,2x Guard Gem,12\n", 1, "this does not score 12: Cap, Mail"),
        ("Cap,Mail,1x Haste Gem,11\n", 1, "this does not score 11: Cap, Mail"),
        ("Cap,Mail,1x Luck Gem,11\n", 1, "the decorations 1x Luck Gem"),
        ("Cap,Vest,,8\n", 1, "no piece for Body: Vest"),
        ("Helm,Mail,1x Haste Gem,9\nCap,Mail,1x Guard Gem,10\n", 2, "rows are not in order, or twice there"),
        ("Cap,Mail,1x Guard Gem,10\nHelm,Mail,1x Haste Gem,9\n", 1, "2 rows of 1"),
    ):
        capsys.readouterr()
        job.write_proof(said, head + rows, limit)
        assert (job.check(), capsys.readouterr().out) == (REFUTED, f"refuted: {why}\n")
    job.write_proof(said, f"{head}Cap,Mail,1x Guard Gem,10\nHelm,Mail,1x Haste Gem,9\n", 2)
    assert job.check() == PROVED


def test_a_cut_of_what_decorations_change_is_unreadable(tmp_path: Path) -> None:
    job = Job(tmp_path, texts={"decorations": DECORATIONS})
    assert job.prove() == 0
    text = job.proof.read_text(encoding="utf-8")
    first_leaf = next(line for line in text.splitlines() if line.startswith("leaf"))
    job.proof.write_text(text.replace(first_leaf, f"cut 0 1\n{first_leaf}\n{first_leaf}", 1), encoding="utf-8")
    assert job.check() == UNREADABLE


def test_that_nothing_fits_is_proved_without_a_list(tmp_path: Path) -> None:
    job = Job(tmp_path, skills={"Guard": {"max": 3, "weight": 2, "penalty": 0, "min": 3}})
    assert job.prove() == 3
    assert not job.builds.exists()
    assert "list none" in job.proof.read_text(encoding="utf-8")
    assert job.check() == PROVED
    # The same claim where something fits.
    job = Job(tmp_path)
    job.write_proof(("prices", "leaf 0"))
    assert job.check() == REFUTED


def test_a_plateau_of_more_builds_than_could_be_walked_is_proved(tmp_path: Path) -> None:
    parts = ["Head", "Body", "Arms", "Waist", "Legs", "Charm"]
    lines = [f"{part} {k},{part},{k % 3}" for part in parts for k in range(100)]
    job = Job(tmp_path, "Name,Body Part,Base Defence\n" + "\n".join(lines) + "\n", body_parts=dict.fromkeys(parts, 1))
    assert job.prove(5) == 0
    assert job.check() == PROVED
    rows = job.builds.read_text(encoding="utf-8").splitlines()
    job.write_proof(job.said(), "\n".join([*rows[:2], *rows[3:]]) + "\n", limit=4)
    assert job.check() == REFUTED


def test_a_cut_above_1_leaves_both_of_what_only_one_may_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    equipment = EQUIPMENT + "Vest,Body,9,Haste,2,0,0,5\n"
    job = Job(tmp_path, equipment, counts={"one": {"same": "Colour", "separator": ";"}}, defence=1)
    cuts = ("total value one: 3", "total value one: 5", "prices 0 0", "cut 0 2", "leaf 0", "leaf 0")
    job.write_proof(cuts, "Head,Body,Score\nHelm,Vest,18\n")
    assert job.check() == PROVED
    job.write_proof(cuts, "Head,Body,Score\nCap,Mail,13\n")
    assert job.check() == REFUTED
    job.write_proof(cuts, "Head,Body,Score\nCap,Vest,18\n")
    assert job.check() == REFUTED
    assert capsys.readouterr().out.splitlines()[-1] == "refuted: this does not score 18: Cap, Vest"


@pytest.mark.parametrize("count", [2, 3])
def test_pieces_that_differ_in_their_names_alone_go_together(count: int, tmp_path: Path) -> None:
    rings = "Name,Body Part,Base Defence\nOne,Ring,5\nTwo,Ring,5\nThree,Ring,5\nLead,Ring,1\n"
    job = Job(tmp_path, rings, body_parts={"Ring": count}, defence=1)
    best, worse = ["One", "Two", "Three"][:count], ["One", "Two", "Lead"][3 - count :]
    head = ",".join(f"Ring {number + 1}" for number in range(count)) + ",Score\n"
    job.write_proof(("prices", "leaf 0"), f"{head}{','.join(best)},{5 * count}\n")
    assert job.check() == PROVED
    for others in (worse, [*best[:-1], "Lead"]):
        job.write_proof(("prices", "leaf 0"), f"{head}{','.join(others)},{5 * count - 4}\n")
        assert job.check() == REFUTED


def test_without_parts_in_the_config_one_piece_of_each_usual_part_is_taken(tmp_path: Path) -> None:
    job = Job(tmp_path, body_parts={})
    job.write_proof(("prices", "leaf 0"), "Head,Body,Score\nCap,Mail,8\n")
    assert job.check() == PROVED
    job.write_proof(("prices", "leaf 0"), "Head,Body,Score\nHelm,Mail,6\n")
    assert job.check() == REFUTED


def test_a_better_build_is_missed_wherever_it_ranks(tmp_path: Path) -> None:
    for defence, best, other in ((0, "Cap,Mail,8", "Helm,Mail,6"), (2, "Helm,Mail,20", "Cap,Mail,18")):
        job = Job(tmp_path, defence=defence)
        job.write_proof(("prices", "leaf 0"), f"Head,Body,Score\n{best}\n")
        assert job.check() == PROVED
        job.write_proof(("prices", "leaf 0"), f"Head,Body,Score\n{other}\n")
        assert job.check() == REFUTED


def test_a_better_filling_that_loses_something_at_the_prices_is_found(tmp_path: Path) -> None:
    equipment = "Name,Body Part,Skill 1 Name,Skill 1 Level,Num Lvl 1 Deco Slots\nCap,Head,Guard,1,2\n"
    skills = {"Guard": {"max": 2, "weight": 2}, "Haste": {"max": 3, "weight": 1}}
    gems = {"decorations": DECORATIONS.replace("Gem,2", "Gem,1")}
    job = Job(tmp_path, equipment, skills=skills, over_max="cap", body_parts={"Head": 1}, texts=gems)
    for filling, score, answer in (
        ("1x Guard Gem; 1x Haste Gem", 5, PROVED),
        ("1x Guard Gem", 4, REFUTED),
        ("2x Haste Gem", 4, REFUTED),
        ("", 2, REFUTED),
    ):
        job.write_proof(("prices", "leaf 0"), f"Head,Decorations,Score\nCap,{filling},{score}\n")
        assert job.check() == answer


@pytest.mark.parametrize(
    ("part", "rule", "kind"),
    [("Head", 1, "armor"), ("Weapon", 1, "weapon"), ("Head", {"count": 1, "decorations": "weapon"}, "weapon")],
)
@pytest.mark.parametrize(("level", "where"), [(1, "armor"), (4, "weapon"), (4, "any"), (4, "armor")])
def test_decorations_fit_where_they_are_allowed(
    level: int, where: str, part: str, rule: object, kind: str, tmp_path: Path
) -> None:
    equipment = f"Name,Body Part,Num Lvl {level} Deco Slots\nCap,{part},1\n"
    gem = f"Name,Slot Level,Skill 1 Name,Skill 1 Level,Allowed On\nGem,{level},Guard,1,{where}\n"
    job = Job(tmp_path, equipment, body_parts={part: rule}, texts={"decorations": gem})
    for row, is_right in (("Cap,1x Gem,2", where in (kind, "any")), ("Cap,,0", where not in (kind, "any"))):
        job.write_proof(("prices", "leaf 0"), f"{part},Decorations,Score\n{row}\n")
        assert job.check() == (PROVED if is_right else REFUTED)


@pytest.mark.parametrize(
    ("rule", "met", "missed"),
    [
        ({"min": 2}, ("2", "3"), ("1", "", "-")), ({"max": 2}, ("2", "-1"), ("3", "")),
        ({"min": 1, "max": 2, "blank": True}, ("1", "2", "", "-"), ("0", "3")),
        ({"in": ["red", 2]}, ("red", "2"), ("blue", "", "3")), ({"in": "red", "blank": True}, ("red", ""), ("blue",)),
        ({"not": ["red"]}, ("blue", "", "2"), ("red",)), ({"min": 9, "parts": "Body"}, ("1", ""), ()),
    ],
)  # fmt: skip
def test_conditions_are_met_as_filters_say(rule: dict[str, Any], met: tuple[str, ...], missed: tuple[str, ...]) -> None:
    for cell in (*met, *missed):
        assert check_proof.meets({"Colour": rule}, "Head", {"colour": cell}) == (cell in met), cell


def test_a_cut_at_the_last_level_of_a_build_leaves_it_in(tmp_path: Path) -> None:
    equipment = EQUIPMENT + "Vest,Body,9,Haste,2,0,0,5\n"
    job = Job(tmp_path, equipment, counts={"one": {"same": "Colour", "separator": ";"}}, defence=1)
    cuts = ("total value one: 3", "total value one: 5", "prices 0 0", "cut 0 1", "leaf 0", "leaf 0")
    for row, answer in (("Helm,Vest,18", PROVED), ("Cap,Mail,13", REFUTED)):
        job.write_proof(cuts, f"Head,Body,Score\n{row}\n")
        assert job.check() == answer


def test_each_condition_of_several_is_asked() -> None:
    for rule, colour in (({"min": 9, "parts": "Body"}, "1"), ({"not": ["red"]}, ""), ({"min": 1}, "1")):
        for shade, is_met in (("1", False), ("2", True)):
            cells = {"colour": colour, "shade": shade}
            assert check_proof.meets({"Colour": rule, "Shade": {"min": 2}}, "Head", cells) == is_met


@pytest.mark.parametrize(("weight", "answer"), [(0.5, PROVED), (0.25, UNREADABLE)])
def test_weights_of_more_digits_than_the_proof_has_are_unreadable(weight: float, answer: int, tmp_path: Path) -> None:
    job = Job(tmp_path, defence=weight)
    text = f"Head,Body,Score\nCap,Mail,{8 + 5 * weight}\n"
    job.write_proof(("prices", "leaf 0"), text)
    job.proof.write_text(job.proof.read_text().replace("scale 1024 2", "scale 1 1"))
    assert job.check() == answer
