"""Texts of filters that no cell has are told, with the cell that was probably meant."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

import equipment_optimizer as eo
from equipment_optimizer.errors import InputError

TABLE = "Name;Body Part;Owned;Rank;Weight\nA;Head;True;HR;9,5\nB;Head;False;MR;12\nC;Body;True;Ｌ’Or;1.000,25\n"
PLAIN = {"decorations": dict.fromkeys(("deco_1", "deco_2", "deco_3", "deco_4", "num_decos"), 0), "skills": {}}


def notices_of(column: str, rule: Any, table: str = TABLE) -> list[str]:
    config = {**PLAIN, "defence": 0, "limit": 1, "body_parts": {"Head": 1, "Body": 1}, "filter": {column: rule}}
    _, _, notices = eo.load_job(io.StringIO(table), config)
    return [notice.partition(": ")[2] for notice in notices if "no cell" in notice]


@pytest.mark.parametrize(
    ("column", "rule", "told"),
    [
        ("Owned", {"in": [True]}, ["no cell of the column Owned is 'TRUE'; is it 'True'? [$.filter[\"Owned\"].in]"]),
        ("Owned", {"not": False}, ["no cell of the column Owned is 'FALSE'; is it 'False'? [$.filter[\"Owned\"].not]"]),
        ("Rank", {"in": ["hr", "MR"]}, ["no cell of the column Rank is 'hr'; is it 'HR'? [$.filter[\"Rank\"].in]"]),
        ("Rank", {"not": "L'Or"}, ['no cell of the column Rank is "L\'Or"; is it \'Ｌ’Or\'? [$.filter["Rank"].not]']),
        (
            "Weight",
            {"in": ["9,5", 12]},
            ["no cell of the column Weight is '9,5'; is it '9.5'? [$.filter[\"Weight\"].in]"],
        ),
        ("Rank", {"in": ["GR", "XR"]}, ['no cell of the column Rank is GR, XR [$.filter["Rank"].in]']),
        ("Rank", {"in": ["HR"], "parts": "Body"}, ['no cell of the column Rank is HR [$.filter["Rank"].in]']),
        ("Owned", {"in": ["Tru"]}, ["no cell of the column Owned is 'Tru'; is it 'True'? [$.filter[\"Owned\"].in]"]),
        ("Rank", {"not": ["GR"]}, []),
        ("Rank", {"in": ["HR", "MR", "Ｌ’Or"]}, []),
        ("Weight", {"in": [9.5, "12.0", "1000.25"]}, []),
        ("Owned", {"in": ["True"]}, []),
    ],
)
def test_texts_that_no_cell_has(column: str, rule: Any, told: list[str]) -> None:
    assert notices_of(column, rule) == told


def test_checkbox_columns_of_spreadsheets_are_matched_by_true_and_false(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("Name,Body Part,Owned\nA,Head,TRUE\nB,Head,FALSE\n")
    config = {**PLAIN, "defence": 0, "limit": 9, "body_parts": {"Head": 1}, "filter": {"Owned": {"in": [True]}}}
    table, understood, notices = eo.load_job(tmp_path / "e.csv", config)
    assert [row["Head"] for row in eo.optimize(table, understood).to_dicts()] == ["A"]
    assert notices == ()


@pytest.mark.parametrize(
    ("cells", "rule", "kept"),
    [
        (("9,5", "12", "8"), {"max": 10}, ["9,5", "8"]),
        (("1 000", "999", "-"), {"min": 1000}, ["1 000"]),
        (("１２", "+3", ""), {"min": 3, "blank": True}, ["１２", "+3", ""]),
        (("−2", "0", "n/a"), {"max": -1}, ["−2"]),
    ],
)
def test_numbers_of_filters_are_read_by_the_grammar_of_all_numbers(
    cells: tuple[str, ...], rule: Any, kept: list[str], tmp_path: Path
) -> None:
    rows = "".join(f"{cell or 'blank'};Head;{cell}\n" for cell in cells)
    config = {**PLAIN, "defence": 0, "limit": 9, "body_parts": {"Head": 1}, "filter": {"Weight": rule}}
    table, understood, _ = eo.load_job(io.StringIO(f"Name;Body Part;Weight\n{rows}"), config)
    found = [row["Head"] for row in eo.optimize(table, understood).to_dicts()]
    assert sorted(found) == sorted(cell or "blank" for cell in kept)


@pytest.mark.parametrize("cell", ["Rare 9", "9+", "nine", "1,2,3"])
def test_a_cell_that_is_neither_blank_nor_a_number_is_a_fault_under_a_limit(cell: str) -> None:
    table = f"Name;Body Part;Rarity\nA;Head;{cell}\nB;Body;{cell}\n"
    with pytest.raises(InputError) as caught:
        notices_of("Rarity", {"min": 9, "parts": ["Head"]}, table)
    [fault] = caught.value.faults
    assert fault.where == "the open file:2:3"
    assert repr(cell) in fault.message
    # The other part has none of the rule, and texts are texts.
    assert notices_of("Rarity", {"min": 9, "parts": ["Head"]}, table.replace(f"A;Head;{cell}", "A;Head;9")) == []
    assert notices_of("Rarity", {"in": [cell]}, table) == []


@pytest.mark.parametrize("key", ["in", "not"])
def test_cells_that_differ_from_a_text_by_case_only_are_told(key: str) -> None:
    table = TABLE.replace("C;Body;True", "C;Body;true")
    config = {**PLAIN, "defence": 0, "limit": 1, "body_parts": {"Head": 1}, "filter": {"Owned": {key: ["True"]}}}
    _, _, notices = eo.load_job(io.StringIO(table.replace("Body;", "Head;")), config)
    told = "cells of the column Owned that are 'true' are not 'True'; they differ by letter case"
    assert [notice.partition(": ")[2] for notice in notices if "are not" in notice] == [
        f'{told} [$.filter["Owned"].{key}]'
    ]


@pytest.mark.parametrize(
    ("count", "cells", "told"),
    [
        ({"each": "Team", "max": 1}, ("Red", "red", ""), ["that are 'red' are not 'Red'; they differ by letter case"]),
        (
            {"same": "Team"},
            ("Red", "Blue", "N/A"),
            ["that are N/A count as any other; a cell without a value is empty"],
        ),
        (
            {"each": "Team", "max": 1, "separator": ";"},
            ("Red; Blue", "blue", "-"),
            ["'blue' are not 'Blue'", "are - count"],
        ),
        ({"each": "Team", "max": 1}, ("Red", "Blue", "Red"), []),
        ({"where": {"Team": {"in": ["Red"]}}, "max": 1}, ("Red", "Blue", "-"), []),
    ],
)
def test_values_of_a_count_that_look_alike_are_told(count: Any, cells: tuple[str, ...], told: list[str]) -> None:
    table = "Name,Body Part,Team\n" + "".join(
        f"P{i},{part},{cell}\n" for i, (part, cell) in enumerate(zip(["Head", "Body", "Body"], cells, strict=True))
    )
    config = {**PLAIN, "defence": 0, "limit": 1, "body_parts": {"Head": 1, "Body": 1}, "counts": {"team": count}}
    notices = [notice for notice in eo.load_job(io.StringIO(table), config)[2] if "values of the column Team" in notice]
    assert [text in notice for text, notice in zip(told, notices, strict=True)] == [True] * len(told)
