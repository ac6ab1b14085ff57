"""Results as cells: which columns there are, what they are called, what they hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from equipment_optimizer.records import results as results_module
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep, Weapon
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.fillings import Fillings
from equipment_optimizer.records.results import BuildResults, SearchReport, bonus_levels, format_score

REPORT = SearchReport(engine="exhaustive", n_combinations=4)

PIECES = [
    EquipmentPiece("cap", "Head", 1, (1, 0, 0, 0), (("Luck", 2),), (3,), ("Wolf",)),
    EquipmentPiece("hood", "Head", 2, (0, 0, 0, 2), (("Attack", 1),), (-1,), ()),
    EquipmentPiece("coat", "Body", 5, (0, 1, 0, 0), (("Attack", 0),), (0,), ("Wolf",)),
    EquipmentPiece("mail", "Body", 6, (0, 0, 0, 0), (("Unused", 4),), (0,), ("Bear",)),
]


def make(indices: list[tuple[int, int]], config: Config | None = None, **options: object) -> BuildResults:
    table = EquipmentTable.from_pieces(PIECES, resistance_names=("Fire",))
    columns = [np.array(column) for column in zip(*indices, strict=True)] or [np.array([], int)] * 2
    return BuildResults(
        table=table,
        config=config or Config(),
        combinations=EquipmentCombinationList(table, columns),
        scaled_scores=np.arange(len(indices), dtype=np.int64)[::-1] * 5,
        score_digits=1,
        **{"report": REPORT, **options},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("scaled", "digits", "text"),
    [
        (0, 0, "0"), (0, 3, "0"), (5, 1, "0.5"), (-5, 1, "-0.5"), (100, 2, "1"), (-1050, 2, "-10.5"),
        (7, 18, "0.000000000000000007"), (2**60, 0, "1152921504606846976"), (12, -2, "1200"),
    ],
)  # fmt: skip
def test_scores_are_exact_decimals_without_trailing_zeros(scaled: int, digits: int, text: str) -> None:
    assert format_score(scaled, digits) == text


@given(scaled=st.integers(-(2**61), 2**61), digits=st.integers(0, 18))
def test_a_score_reads_back_as_itself(scaled: int, digits: int) -> None:
    text = format_score(scaled, digits)
    assert Decimal(text) == Decimal(scaled).scaleb(-digits)
    assert "." not in text or not text.endswith(("0", "."))
    assert "e" not in text.lower()


def test_columns_come_in_the_order_of_the_contract() -> None:
    results = make([(0, 0), (1, 0)])
    assert [column.name for column in results.columns] == [
        "Head", "Body", "Attack", "Luck",
        "Lvl 1 Decoration Slot", "Lvl 2 Decoration Slot", "Lvl 3 Decoration Slot", "Lvl 4 Decoration Slot",
        "Defence", "Fire Res", "Score",
    ]  # fmt: skip
    assert list(results.iter_rows()) == [
        ("cap", "coat", 0, 2, 1, 1, 0, 0, 6, 3, "0.5"),
        ("hood", "coat", 1, 0, 0, 1, 0, 2, 7, -1, "0"),
    ]


def test_a_skill_has_a_column_only_if_a_listed_piece_names_it() -> None:
    assert make([(0, 0)]).skill_names == ("Attack", "Luck")  # named at level 0
    assert make([(0, 1)]).skill_names == ("Luck", "Unused")
    assert make([]).skill_names == ()


def test_names_that_clash_are_told_apart() -> None:
    names = ["Score", "Score (skill)", "Head", "Defence", "Lvl 1 Decoration Slot", "Proved"]
    pieces = [EquipmentPiece("cap", "Head", skills=tuple((name, 1) for name in names))]
    table = EquipmentTable.from_pieces(pieces)
    results = BuildResults(table, Config(), EquipmentCombinationList(table, [np.array([0])]), np.array([0]), 0, REPORT)
    columns = [column.name for column in results.columns]
    assert len(set(columns)) == len(columns)
    assert columns[1:7] == [
        "Defence (skill)", "Head (skill)", "Lvl 1 Decoration Slot (skill)", "Proved (skill)",
        "Score (skill)", "Score (skill) (skill)",
    ]  # fmt: skip


def test_set_bonuses_add_levels_and_are_named_while_active() -> None:
    steps = (
        SetBonusStep(bonus="Wolf", pieces_required=2, skill="Howl", level=2),
        SetBonusStep(bonus="Bear", pieces_required=2, skill="Growl", level=1),
    )
    results = make([(0, 0), (1, 0), (0, 1)], Config(set_bonuses=steps))
    rows = results.to_dicts()
    assert [row["Set Bonuses"] for row in rows] == ["Wolf (2)", "", ""]
    assert [row["Howl"] for row in rows] == [2, 0, 0]
    assert "Growl" not in rows[0]
    armed = make([(1, 0), (0, 1)], Config(set_bonuses=steps, weapon=Weapon(set_bonuses=("Wolf",))))
    assert [row["Set Bonuses"] for row in armed.to_dicts()] == ["Wolf (2)", "Wolf (2)"]


def test_of_one_bonus_and_skill_the_highest_threshold_counts() -> None:
    def step(needed: int, level: int) -> SetBonusStep:
        return SetBonusStep(bonus="Wolf", pieces_required=needed, skill="Howl", level=level)

    steps = (step(4, 1), step(2, 3), step(2, 2))
    assert [bonus_levels(steps, "Wolf", n) for n in range(6)] == [
        {},
        {},
        {"Howl": 3},
        {"Howl": 3},
        {"Howl": 1},
        {"Howl": 1},
    ]
    assert bonus_levels(steps, "Bear", 9) == {}


def test_the_weapon_adds_its_skills_and_slots() -> None:
    results = make([(0, 0)], Config(weapon=Weapon(slots=(0, 0, 1, 2), skills=(("Luck", 1), ("Edge", 3)))))
    (row,) = results.to_dicts()
    assert (row["Luck"], row["Edge"], row["Lvl 3 Decoration Slot"], row["Lvl 4 Decoration Slot"]) == (3, 3, 1, 2)


def test_decorations_add_levels_and_leave_the_stated_slots_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_module, "ROWS_PER_BLOCK", 1)
    jewels = (
        Decoration(name="Edge Jewel", slot_level=1, skills=(("Attack", 1), ("Edge", 2))),
        Decoration(name="Never", slot_level=1, skills=(("Nothing", 1),)),
        Decoration(name="Luck Jewel", slot_level=4, skills=(("Luck", 1),)),
    )
    fillings = Fillings(
        start=np.array([0, 1, 3]), decoration=np.array([0, 0, 2]), count=np.array([2, 1, 2]),
        free_slots=np.array([[0, 0, 0, 0], [0, 0, 0, 1]]),
    )  # fmt: skip
    results = make([(0, 0), (1, 0)], Config(decorations=jewels), fillings=fillings)
    rows = results.to_dicts()
    assert [row["Decorations"] for row in rows] == ["2x Edge Jewel", "1x Edge Jewel; 2x Luck Jewel"]
    assert [(row["Attack"], row["Edge"], row["Luck"]) for row in rows] == [(2, 4, 2), (2, 2, 2)]
    assert [row["Lvl 4 Decoration Slot"] for row in rows] == [0, 1]
    assert "Nothing" not in rows[0]


def test_a_search_stopped_early_says_which_rows_are_proved() -> None:
    stopped = replace(REPORT, proved=False)
    rows = make([(0, 0), (1, 0)], report=stopped, proved_rows=np.array([True, False])).to_dicts()
    assert [row["Proved"] for row in rows] == ["yes", "no"]
    assert list(rows[0])[-2:] == ["Proved", "Score"]
    assert make([(0, 0)], report=stopped).to_dicts()[0]["Proved"] == "no"


def test_dictionaries_and_frames_hold_the_rows_with_decimal_scores() -> None:
    results = make([(0, 0), (1, 1)])
    assert (
        [row["Score"] for row in results.to_dicts()]
        == [Decimal("0.5"), Decimal(0)]
        == [results.score(0), results.score(1)]
    )
    frame = results.to_dataframe()
    assert list(frame.columns) == [column.name for column in results.columns]
    assert frame["Head"].tolist() == ["cap", "hood"]
    assert list(make([]).to_dataframe().columns)[-1] == "Score"
    assert frame.dtypes["Score"] == "float64"
    assert results.to_dataframe(exact=True)["Score"].tolist() == [results.score(0), results.score(1)]


@pytest.mark.parametrize("length", [1, 2, 3, 100])
def test_rows_are_the_same_whatever_the_block(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    indices = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 0)]
    whole = list(make(indices).iter_rows())
    monkeypatch.setattr(results_module, "ROWS_PER_BLOCK", length)
    assert list(make(indices).iter_rows()) == whole


@given(key=st.slices(5))
@example(key=slice(-20, None, -1))
def test_a_slice_has_the_builds_of_its_rows_with_their_places(key: slice) -> None:
    results = make([(0, 0), (0, 1), (1, 0), (1, 1), (0, 0)])
    builds = [(build.place, build.score, build.pieces) for build in results]
    assert [(build.place, build.score, build.pieces) for build in results[key]] == builds[key]
    assert len(results[key]) == len(builds[key])
    assert [build.place for build in results[key][::-1]] == [place for place, _, _ in builds[key]][::-1]


def test_results_are_a_sequence_of_builds() -> None:
    results = make([(0, 0), (1, 1)])
    assert (results[0].place, results[-1].place, len(results)) == (1, 2, 2)
    assert [build.pieces["Head"] for build in reversed(results)] == ["hood", "cap"]
    for k in (2, -3):
        with pytest.raises(IndexError):
            results[k]
