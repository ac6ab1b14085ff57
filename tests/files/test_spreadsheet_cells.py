"""Cells that hold an error, a formula or a date in place of what a spreadsheet shows."""

from __future__ import annotations

import pytest

from equipment_optimizer.files.spreadsheet_cells import looks_like_a_date, why_no_value


@pytest.mark.parametrize(
    "cell", ["#REF!", "#DIV/0!", "#NAME?", "#N/A", "#NV", "#BEZUG!", "#¡VALOR!", "#ЗНАЧ!", "Err:502", "########"]
)
def test_errors_of_spreadsheets_are_no_text(cell: str) -> None:
    why = why_no_value(cell)
    assert why is not None
    assert why[0] == f"the spreadsheet shows an error in this cell: '{cell}'"


@pytest.mark.parametrize(
    "cell",
    ["=A1", "=$B$12&C3", "=SUM(B2:B9)", "=-B4", "=Gear!B2", "='My gear'!$A$3", "=SUMME(B2;B3)", "= VLOOKUP(A2,B:C,2)"],
)
def test_formulas_are_no_text(cell: str) -> None:
    assert why_no_value(cell) == (
        f"a formula instead of its value: {cell!r}" if "'" not in cell else f'a formula instead of its value: "{cell}"',
        "save the file with values, not formulas, or write it",
    )


@pytest.mark.parametrize(
    "cell", ["", "#", "#1 Helm", "#REF", "=", "= Heavy =", "=Heavy=", "Error", "Err", "##", "=A1X"]
)
def test_names_with_such_marks_are_names(cell: str) -> None:
    assert why_no_value(cell) is None


@pytest.mark.parametrize(
    ("cell", "is_one"),
    [("2-Jan", True), ("01.02.2026", True), ("Feb-03", True), ("2-1-0", False), ("Rare 9", False), ("12 pts", False)],
)
def test_dates_that_were_numbers(cell: str, is_one: bool) -> None:
    assert looks_like_a_date(cell) is is_one
