"""The form for spreadsheets: which columns, in which order, with which cells."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import numpy as np
import pytest
from small_results import build

from equipment_optimizer.errors import UsageError
from equipment_optimizer.output._excel_form import excel_form
from equipment_optimizer.output.csv_file import write_csv_to
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config, Decoration, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.fillings import Fillings
from equipment_optimizer.records.results import SearchReport

LISTED = Config(skills={"Attack": SkillRule(weight=Decimal(2)), "Not there": SkillRule()})


def names_of(results):
    return [column.name for column in excel_form(results)[0]]


def table_of(results, **options):
    buffer = io.BytesIO()
    write_csv_to(buffer, results, **options)
    return buffer.getvalue()


def test_what_people_look_at_first_stands_first():
    results = build(config=LISTED)
    assert names_of(results) == [
        "Score", "Head", "Body", "Attack", "Other skills",
        "Lvl 1 Decoration Slot", "Lvl 2 Decoration Slot", "Lvl 3 Decoration Slot", "Lvl 4 Decoration Slot",
        "Defence", "Fire Res",
    ]  # fmt: skip
    rows = [list(row) for row in excel_form(results)[1]]
    assert [row[:5] for row in rows] == [
        ["1.25", "Bone, Cap", "two\nlines", 2, ""],
        ["-0.3", 'The "Hat"', "back\rhome", -1, "Defence 4, Défense 1"],
    ]


def test_every_cell_is_the_one_of_the_plain_form():
    results = build(config=LISTED)
    plain = [dict(zip([column.name for column in results.columns], row, strict=True)) for row in results.iter_rows()]
    names = names_of(results)
    for row, expected in zip(excel_form(results)[1], plain, strict=True):
        shown = dict(zip(names, row, strict=True))
        others = [f"{name} {level}" for name, level in (("Defence", expected.pop("Defence (skill)")),) if level]
        others += [f"{name} {level}" for name, level in (("Défense", expected.pop("Défense")),) if level]
        assert shown.pop("Other skills") == ", ".join(others)
        assert shown == expected


def test_decorations_come_before_and_bonuses_and_proofs_after_the_other_skills():
    config = Config(
        decorations=(Decoration(name="Jewel", slot_level=1, skills=(("Attack", 1),)),),
        set_bonuses=(SetBonusStep(bonus="Bone", pieces_required=2, skill="Power", level=1),),
    )
    fillings = Fillings(np.array([0, 1, 1]), np.array([0]), np.array([2]), np.zeros((2, 4), dtype=np.int64))
    report = SearchReport(engine="exhaustive", n_combinations=6, proved=False)
    results = build(config=config, fillings=fillings, report=report, proved_rows=np.array([True, False]))
    names = names_of(results)
    assert names[:5] == ["Score", "Head", "Body", "Decorations", "Other skills"]
    assert names[-2:] == ["Set Bonuses", "Proved"]
    first = dict(zip(names, next(iter(excel_form(results)[1])), strict=True))
    assert (first["Decorations"], first["Other skills"]) == ("2x Jewel", "Attack 4, Power 1")
    assert (first["Set Bonuses"], first["Proved"]) == ("Bone (2)", "yes")


def test_a_column_of_that_name_keeps_it():
    pieces = [EquipmentPiece("Cap", "Head", 1, (0, 0, 0, 0), (("Other skills", 1), ("Luck", 2)))]
    table = EquipmentTable.from_pieces(pieces)
    combinations = EquipmentCombinationList(table, [np.zeros(1, dtype=np.uint8)])
    config = Config(skills={"Other skills": SkillRule()})
    results = build(table=table, combinations=combinations, config=config, scaled_scores=np.array([5]))
    assert names_of(results)[:4] == ["Score", "Head", "Other skills", "Other skills (cell)"]


@pytest.mark.parametrize(("excel", "delimiter"), [("comma", ","), ("semicolon", ";")])
def test_the_file_has_a_mark_and_its_delimiter(excel, delimiter):
    results = build(config=LISTED)
    data = table_of(results, excel=excel)
    assert data.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    assert header == names_of(results)
    assert rows == [[str(cell) for cell in row] for row in excel_form(results)[1]]


def test_both_options_together_defuse_names():
    pieces = [EquipmentPiece("=1+1", "Head", 1, (0, 0, 0, 0), (("-Luck", 2),))]
    table = EquipmentTable.from_pieces(pieces)
    combinations = EquipmentCombinationList(table, [np.zeros(1, dtype=np.uint8)])
    results = build(table=table, combinations=combinations, scaled_scores=np.array([5]))
    text = table_of(results, excel="comma", spreadsheet_safe=True).decode("utf-8-sig")
    assert text.splitlines()[1].startswith("0.005,'=1+1,'-Luck 2,")


@pytest.mark.parametrize("excel", ["tab", True, ";", ""])
def test_another_form_is_refused(excel):
    with pytest.raises(UsageError, match="unknown form for spreadsheets"):
        table_of(build(), excel=excel)
