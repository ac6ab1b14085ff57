"""One build, made of the cells of its row."""

from decimal import Decimal

import pytest

from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep
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
