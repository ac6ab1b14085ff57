"""Builds as a workbook: every cell, the same bytes at any time, and what it refuses."""

from __future__ import annotations

import io
import sys
import zipfile

import numpy as np
import pytest
from small_results import build

from equipment_optimizer.errors import UsageError
from equipment_optimizer.output import workbook
from equipment_optimizer.output.workbook import check_workbook, write_workbook_to
from equipment_optimizer.records.combinations import EquipmentCombinationList
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable

calamine = pytest.importorskip("python_calamine")
pytest.importorskip("xlsxwriter")


def bytes_of(results, **options):
    buffer = io.BytesIO()
    write_workbook_to(buffer, results, **options)
    return buffer.getvalue()


def cells(data):
    book = calamine.load_workbook(io.BytesIO(data))
    assert book.sheet_names == ["Builds"]
    return book.get_sheet_by_name("Builds").to_python()


def test_the_cells_are_those_of_the_csv_file():
    results = build()
    header, *rows = cells(bytes_of(results))
    assert header == [column.name for column in results.columns]
    for row, expected in zip(rows, results.iter_rows(), strict=True):
        # Numbers are numbers: a spreadsheet adds them up.
        assert row == [*expected[:-1], float(expected[-1])]


def test_the_form_for_spreadsheets_begins_with_the_score():
    header, *rows = cells(bytes_of(build(config=Config(skills={"Attack": SkillRule()})), excel=True))
    assert header[:5] == ["Score", "Head", "Body", "Attack", "Other skills"]
    assert [row[0] for row in rows] == [1.25, -0.3]


def test_the_same_builds_are_the_same_bytes_and_carry_no_time(monkeypatch):
    first = bytes_of(build())
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert bytes_of(build()) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"1980-01-01T00:00:00Z" in archive.read("docProps/core.xml")


@pytest.mark.parametrize("name", ["=1+1", "+2", "@SUM(A1)", "007", "1e5", "http://x.example", "TRUE", "{=1}"])
def test_a_name_stays_text(name):
    table = EquipmentTable.from_pieces([EquipmentPiece(name, "Head", 1), EquipmentPiece("x", "Body", 1)])
    combinations = EquipmentCombinationList.whole_space(table)
    shown = build(table=table, combinations=combinations, scaled_scores=np.array([1]))
    assert cells(bytes_of(shown))[1][0] == name


@pytest.mark.parametrize(
    ("scaled", "expected"),
    [
        (123_456_789_012_345, 123456789012.345),
        (1_234_567_890_123_456, "1234567890123.456"),
        (-9_007_199_254_740_993, "-9007199254740.993"),
        (1000, 1.0),
    ],
)
def test_numbers_that_a_spreadsheet_would_round_are_text(scaled, expected):
    assert cells(bytes_of(build(scaled_scores=np.array([scaled, 0]))))[1][-1] == expected


def test_more_rows_columns_or_characters_than_fit_are_refused(monkeypatch):
    check_workbook(1_048_575)
    with pytest.raises(UsageError) as caught:
        check_workbook(1_048_576)
    assert str(caught.value) == (
        "a workbook holds 1,048,575 builds, and 1,048,576 are asked for\n"
        "  mend: write a .csv file, or ask for fewer: --limit 1048575"
    )
    monkeypatch.setattr(workbook, "_MOST_COLUMNS", 3)
    with pytest.raises(UsageError, match="a workbook holds 3 columns, and these builds have 12"):
        bytes_of(build())
    monkeypatch.setattr(workbook, "_MOST_COLUMNS", 100)
    monkeypatch.setattr(workbook, "_MOST_CHARACTERS", 6)
    with pytest.raises(UsageError, match="a cell of a workbook holds 6 characters"):
        bytes_of(build())


@pytest.mark.parametrize("package", ["xlsxwriter", "python_calamine"])
def test_a_missing_package_is_named(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError) as caught:
        check_workbook(10)
    assert f"workbooks need the package {package}, which is not installed" in str(caught.value)
    assert "equipment-optimizer[excel]" in str(caught.value)
