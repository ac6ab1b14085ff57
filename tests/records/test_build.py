"""One build, made of the cells of its row; what a session shows fits a screen, says what is proved, escapes names."""

from dataclasses import replace
from decimal import Decimal

import pytest

from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.build import headline
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

PIECES = [
    EquipmentPiece("cap", "Head", 1, (1, 0, 0, 0), (("Luck", 2),), set_bonuses=("Wolf",)),
    EquipmentPiece("hood", "Head", 2, (0, 0, 0, 2), (("Attack", 1), ("Score", 0))),
    EquipmentPiece("coat", "Body", 5, (0, 1, 0, 0), (("Score", 3),), set_bonuses=("Wolf",)),
]


@pytest.fixture
def results():
    config = Config(
        limit=5,
        decorations=(Decoration(name="Jewel", slot_level=1, skills=(("Luck", 1),)),),
        set_bonuses=(SetBonusStep(bonus="Wolf", pieces_required=2, skill="Howl", level=2),),
        slot_weights=(0, 0, 0, 0),
        slot_count_weight=0,
        defence_weight=Decimal("0.5"),
    )
    return optimize(EquipmentTable.from_pieces(PIECES), config)


def test_a_build_says_what_its_row_says(results):
    best = results[0]
    assert (best.place, best.score, best.defence, best.free_slots) == (1, Decimal("12"), 6, (0, 0, 0, 0))
    assert best.pieces == {"Head": "cap", "Body": "coat"}
    # A skill called like a column keeps its name.
    assert best.skills == {"Howl": 2, "Luck": 4, "Score": 3}
    assert (best.decorations, best.set_bonuses, best.is_proved) == ("2x Jewel", "Wolf (2)", True)
    assert best.cells["Score (skill)"] == 3
    assert best.cells["Score"] == best.score
    assert best.combination.equipment[0].name == "cap"
    assert repr(best) == "Build(1: cap, coat; score 12)"


def test_cells_are_those_of_the_output(results):
    assert [list(map(str, build.cells.values())) for build in results] == [
        list(map(str, row)) for row in results.iter_rows()
    ]


def test_a_build_without_decorations_or_bonuses_has_none():
    build = optimize(EquipmentTable.from_pieces(PIECES), Config())[0]
    assert (build.decorations, build.set_bonuses) == ("", "")


def results_of(n_pieces, name="piece number {}", **options):
    skills = {f"Skill {k}": SkillRule(weight=1) for k in range(30)}
    pieces = [
        EquipmentPiece(name.format(k), part, k, skills=tuple((skill, 1) for skill in skills))
        for part in ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
        for k in range(n_pieces)
    ]
    return optimize(EquipmentTable.from_pieces(pieces), Config(limit=64, skills=skills, **options))


def test_many_builds_of_long_names_fit_a_screen():
    lines = repr(results_of(2)).splitlines()
    assert lines[0] == "<BuildResults: 64 builds of 64 combinations, scores 186 to 180, proved>"
    assert lines[2].startswith("1   186    piece number 1  piece number 1  ")
    assert lines[-1] == "... 54 more"
    assert len(lines) == 13
    assert max(map(len, lines)) <= 118


def test_one_build_and_none():
    results = results_of(1)
    assert repr(results).splitlines()[0] == "<BuildResults: 1 build of 1 combinations, score 180, proved>"
    stopped = replace(results[:0], report=replace(results.report, proved=False))
    assert repr(stopped) == "<BuildResults: 0 builds of 1 combinations, stopped early: not proved>"
    assert "<table>" not in stopped._repr_html_()


def test_a_notebook_gets_a_table_with_names_escaped():
    html = results_of(2, "<b>{}&")._repr_html_()
    assert html.count("<tr>") == 21
    assert "<td>&lt;b&gt;1&amp;</td>" in html
    assert "<b>" not in html
    assert "<th>Skill 29</th>" in html
    assert "<p>44 more</p>" in html


def test_the_headline_says_what_is_proved():
    assert headline(0, 5, [], is_proved=True) == "0 builds of 5 combinations, proved"
    assert headline(2, 5, [3, 3], is_proved=False) == "2 builds of 5 combinations, score 3, stopped early: not proved"


def test_tables_and_configs_say_in_a_line_what_they_are():
    results = results_of(2)
    assert repr(results.table) == (
        "<EquipmentTable: 12 pieces (Head 2, Body 2, Arms 2, Waist 2, Legs 2, Charm 2), 30 skills>"
    )
    assert repr(results.config) == "<Config: limit 64, defence 1, 30 skills>"
    assert repr(Config(source="my.json")) == "<Config my.json: limit 1, defence 1, 0 skills>"


def test_a_long_name_keeps_the_ending_that_tells_it_from_another():
    pieces = [EquipmentPiece(f"Brachydium Braces {variant}+", "Arms", 1) for variant in "αβ"]
    shown = repr(optimize(EquipmentTable.from_pieces(pieces), Config(limit=2)))
    assert [line.split("  ")[-1].strip() for line in shown.splitlines()[2:]] == ["Brachydium B… α+", "Brachydium B… β+"]
