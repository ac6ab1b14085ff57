"""Answers as plain values: exact ends, pieces by name, what the next build has instead."""

from fractions import Fraction
from pathlib import Path

import pytest

import equipment_optimizer as eo
from equipment_optimizer.answers.plain_answers import answers_of, check_answers, exact_text
from equipment_optimizer.errors import InputError
from equipment_optimizer.records.config import Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula

EXAMPLE = Path(__file__).resolve().parents[2] / "example_data"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, None),
        (Fraction(3), "3"),
        (Fraction(100), "100"),
        (Fraction(-7, 4), "-1.75"),
        (Fraction(1, 64), "0.015625"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-1, 40), "-0.025"),
        (Fraction(0), "0"),
    ],
)
def test_ends_are_written_exactly(number, text):
    assert exact_text(number) == text


def test_answers_are_those_of_the_functions_as_texts_and_decimals():
    table, config, _ = eo.load_job(EXAMPLE / "equipment.csv", EXAMPLE / "config.json")
    results = eo.optimize(table, config)
    answers = answers_of(table, results, ["pieces", "stability"])
    assert list(answers) == ["stability", "pieces"]
    defence = next(row for row in answers["stability"] if row["weight"] == "defence")
    assert (defence["from"], str(defence["value"]), defence["to"], defence["proved"]) == (
        "0.015625",
        "0.02",
        "0.03125",
        True,
    )
    assert " instead of " in defence["next_below"]
    values = eo.piece_values(table, config)
    assert [(row["name"], row["loss"]) for row in answers["pieces"]] == [(value.name, value.loss) for value in values]
    assert answers_of(table, results, []) == {}


def test_who_comes_next_with_the_same_pieces_is_told_by_the_slots():
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", 1, slots=(2, 0, 0, 0))])
    jewels = tuple(Decoration(name=f"{skill} Jewel", slot_level=1, skills=((skill, 1),)) for skill in ("Edge", "Vigor"))
    rules = {"Edge": SkillRule(weight=2, maximum=5), "Vigor": SkillRule(weight=1, maximum=5)}
    config = eo.Config(skills=rules, decorations=jewels, slot_weights=(0, 0, 0, 0), slot_count_weight=0)
    (edge, *_) = answers_of(table, eo.optimize(table, config), ["stability"])["stability"]
    assert (edge["from"], edge["next_below"]) == ("1", "in the slots: 2x Vigor Jewel instead of 2x Edge Jewel")


def test_who_comes_next_of_the_same_name_is_told_to_be_another():
    pieces = [EquipmentPiece("Cap", "Head", skills=((skill, 1),), line=n) for n, skill in enumerate(("Edge", "Vigor"))]
    rules = {"Edge": SkillRule(weight=2, maximum=5), "Vigor": SkillRule(weight=1, maximum=5)}
    table, config = EquipmentTable.from_pieces(pieces), eo.Config(skills=rules)
    (edge, *_) = answers_of(table, eo.optimize(table, config), ["stability"])["stability"]
    assert (edge["from"], edge["next_below"]) == ("1", "Head: another Cap")


def test_a_front_has_the_ranges_of_the_build_that_scores_most():
    table, config, _ = eo.load_job(EXAMPLE / "equipment.csv", EXAMPLE / "config.json", limit=3)
    from dataclasses import replace

    front = eo.optimize(table, replace(config, front=("Defence", "Score")))
    plain = eo.optimize(table, config)
    assert answers_of(table, front, ["stability"]) == answers_of(table, plain, ["stability"])


def test_a_formula_has_no_ranges():
    config = eo.Config(formula=Formula(factors=(Factor(name="raw", base=1),)))
    check_answers(config, ["pieces"])
    with pytest.raises(InputError, match="a formula has no weights"):
        check_answers(config, ["stability"])
