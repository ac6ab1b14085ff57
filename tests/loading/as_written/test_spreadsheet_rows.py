"""What spreadsheets leave in rows: errors, formulas, dates, invisible blanks, totals and notes below the table."""

from __future__ import annotations

from pathlib import Path

import pytest
from peoples_tables import faults, read

from equipment_optimizer.errors import InputError
from equipment_optimizer.records.config import Config, FilterRule, SkillRule

HEADER = "Name,Part,Def,Skill 1,Level 1,Set Bonus,Tier\n"
ERROR = "the spreadsheet shows an error in this cell: '#REF!'"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("#REF!,Head,5,Rage,2,Pack,Old", f":2:1 {ERROR} [Name]"),
        ("Iron,Head,5,#REF!,2,Pack,Old", f":2:4 {ERROR}"),
        ("Iron,Head,5,Rage,2,#REF!,Old", f":2:6 {ERROR}"),
        ("Iron,Head,5,Rage,2,Pack,#REF!", f":2:7 {ERROR} [Tier]"),
    ],
)
def test_errors_in_cells_for_text_are_faults(row: str, told: str, tmp_path: Path) -> None:
    config = Config(filters=(FilterRule(column="Tier", one_of=("Old", "New")),))
    assert faults(tmp_path, HEADER + row + "\nBone,Body,7,Rage,1,,New\n", config) == [told]


def test_formulas_in_cells_for_text_are_taken_as_they_stand_and_told(tmp_path: Path) -> None:
    pieces, told = read(tmp_path, HEADER + "=CONCAT(A2;B2),Head,5,=Skills!$B$3,2,Pack,Old\n")
    assert (pieces[0].name, pieces[0].skills) == ("=CONCAT(A2;B2)", (("=Skills!$B$3", 2),))
    formulas = sorted(notice.partition("a formula instead of its value: ")[2] for notice in told)
    assert formulas[-2:] == ["'=CONCAT(A2;B2)', taken as it stands [Name]", "'=Skills!$B$3', taken as it stands"]


def test_lines_of_number_signs_are_comments_still(tmp_path: Path) -> None:
    pieces, told = read(tmp_path, HEADER + "####,,,,,,\n# REF,a\nIron,Head,5,Rage,2,,\n##########\n")
    assert [piece.name for piece in pieces] == ["Iron"]
    assert not any("#REF!" in notice for notice in told)


@pytest.mark.parametrize(
    ("cell", "mend"),
    [
        ("=SUM(C3:C9)", "save the file with values, not formulas, or write it"),
        ("#DIV/0!", "mend the formula, or write the value"),
        ("2-Jan", "format the column as text, and write the cell anew"),
        ("2026-02-01", "format the column as text, and write the cell anew"),
        ("\u200b12", "write a whole number, or leave the cell empty; an invisible character stands in it"),
        ("12%", "leave the % out; write a whole number, or leave the cell empty"),
        ("12 pts", "write a whole number, or leave the cell empty"),
    ],
)
def test_what_a_spreadsheet_did_to_a_number_is_told(cell: str, mend: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"Name,Part,Def\nIron,Head,{cell}\n")
    assert [fault.mend for fault in caught.value.faults] == [mend]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("\u200b,Head,5,Rage,2,,", ":2:1 name is blank [Name]"),
        ("Iron,Head,5,\u200b,2,,", ":2:4 level '2' has no skill [Skill 1]"),
    ],
)
def test_names_of_invisible_characters_are_blank(row: str, told: str, tmp_path: Path) -> None:
    assert faults(tmp_path, HEADER + row + "\nBone,Body,7,Rage,1,,\n") == [told]


@pytest.mark.parametrize("cell", ["Rage - 2", "Rage – 2", "Rage- 2", "Rage — Lv2", "Rage = 2", "Rage + 2", "Rage → 2"])
def test_a_mark_between_a_skill_and_its_level_is_no_part_of_its_name(cell: str, tmp_path: Path) -> None:
    told = faults(tmp_path, f'Name,Part,Skills\nIron,Head,"{cell}"\n')
    assert told == [f":2:3 not plainly one skill and its level: '{cell}' [Skills]"]


@pytest.mark.parametrize("cell", ["Guard+ 2", "Rage! 2", "Guard (L) 2", "Rage★ 2"])
def test_a_mark_at_the_end_of_a_name_is_part_of_it(cell: str, tmp_path: Path) -> None:
    pieces, _ = read(tmp_path, f'Name,Part,Skills\nIron,Head,"{cell}"\n')
    assert pieces[0].skills == ((cell[:-2], 2),)


def mends(folder: Path, text: str, config: Config | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, text, config)
    return [fault.mend for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",,12,,9,,", ":3:2 neither a name nor a body part: a row of totals or a note is no piece [Part]"),
        ("Gesamt:,,12,,9,,", ":3:2 the body part is blank: a row of totals is no piece [Part]"),
        ("\u5408\u8a08,,12,,9,,", ":3:2 the body part is blank: a row of totals is no piece [Part]"),
        (",Total,12,,9,,", ":3:2 the body part is 'Total': a row of totals is no piece [Part]"),
        ("Total,Total,12,,,,", ":3:2 the body part is 'Total': a row of totals is no piece [Part]"),
        ("* seen in May,,,,,,", ":3:2 a name and nothing else: a note or a heading is no piece [Part]"),
    ],
)
def test_rows_of_totals_and_notes_are_one_fault_each(row: str, told: str, tmp_path: Path) -> None:
    text = HEADER + "Iron,Head,5,Rage,2,,\n" + row + "\n"
    assert faults(tmp_path, text) == [told]
    assert mends(tmp_path, text) == ["remove the row"]


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ("Seen in May", "write a cell for every column, blank ones too, or begin a note with #"),
        ("Iron;Head;5", "part its cells as those of the header: by commas"),
        ("Iron\tHead\t5", "part its cells as those of the header: by commas"),
        ("Iron,Head", "write a cell for every column, blank ones too"),
    ],
)
def test_a_line_of_too_few_cells_is_told_with_what_it_may_be(line: str, mend: str, tmp_path: Path) -> None:
    assert mends(tmp_path, f"Name,Part,Def\nBone,Body,7\n{line}\n") == [mend]


def test_a_header_that_was_merged_over_a_skill_and_its_levels_is_one_fault(tmp_path: Path) -> None:
    rows = "Iron,Head,Rage,2,Calm,1,5\nBone,Body,Rage,1,,,7\n"
    assert faults(tmp_path, "Name,Part,Skill 1,,Skill 2,,Def\n" + rows) == [
        ":1:4 the column right of 'Skill 1' has no header, and holds levels",
        ":1:6 the column right of 'Skill 2' has no header, and holds levels",
    ]
    assert mends(tmp_path, "Name,Part,Skill 1,,Skill 2,,Def\n" + rows) == [
        "write Skill 1 Level above it",
        "write Skill 2 Level above it",
    ]
    pieces, _ = read(tmp_path, "Name,Part,Skill 1,Skill 1 Level,Skill 2,Skill 2 Level,Def\n" + rows)
    assert pieces[0].skills == (("Rage", 2), ("Calm", 1))


def test_a_table_of_other_parts_gets_its_declaration_written_out(tmp_path: Path) -> None:
    text = "Name,Part\nIron,Helmet\nBone,Chest\nHorn,Helmet\n"
    declared = '"body_parts": {"Helmet": 1, "Chest": 1}'
    assert [declared in mend for mend in mends(tmp_path, text)] == [True, True, True]
    pieces, _ = read(tmp_path, text, Config(body_parts={"Helmet": 1, "Chest": 1}))
    assert len(pieces) == 3
    assert not any("Helmet" in mend for mend in mends(tmp_path, text + "Tusk,Legs\n"))


def test_levels_with_decimals_are_offered_as_a_sum(tmp_path: Path) -> None:
    config = Config(skills={"Crit": SkillRule()})
    text = "Name,Part,Crit\nIron,Head,7.5\nBone,Body,3\nHorn,Legs,1\n"
    assert mends(tmp_path, text, config) == [
        'write a whole number; or value the column as a sum: "totals": {"Crit": {"weight": 1}}'
    ]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ("Skill 1,Points", "the column right of 'Skill 1' is 'Points', and holds levels"),
        ("Skills,", "the column right of 'Skills' has no header, and holds more"),
    ],
)
def test_levels_under_a_header_of_another_kind_are_one_fault(headers: str, told: str, tmp_path: Path) -> None:
    text = f"Name,Part,{headers},Def\nIron,Head,Rage,2,5\nBone,Body,Calm,1,7\n"
    assert faults(tmp_path, text) == [f":1:4 {told}"]
