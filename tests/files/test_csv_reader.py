"""Columns by meaning, and cells that are numbers or a fault with line, cell and header."""

import pytest

from equipment_optimizer.files.csv_reader import CsvReader, HeaderNames, WholeColumns, header_key, read_csv
from equipment_optimizer.files.csv_text import Header
from equipment_optimizer.files.findings import Findings

MEANINGS = {"name": "name", "title": "name", "def": "defence", "fire": "fire", "ice": "ice"}


def understand(titles):
    return [Header(title, header_key(title), MEANINGS.get(header_key(title))) for title in titles]


def reader_of(text: str) -> tuple[CsvReader, Findings]:
    findings = Findings("t.csv")
    reader = read_csv(text.encode(), findings, understand)
    assert reader is not None
    return reader, findings


def told(findings: Findings) -> list[str]:
    return [f"{fault.where}: {fault.message}" for fault in findings.faults()]


def test_headers_are_compared_without_case_spaces_underscores_and_stops():
    assert len({header_key(header) for header in ("Skill 1 Name", "skill_1_name", "SKILL.1.NAME", " Skill1Name ")}) == 1


def test_a_job_may_write_headers_its_own_way():
    names = HeaderNames({"Name": "Pieza", "Def": "Defensa"})
    assert names.keys_of(["PIEZA", "Def", "Defensa", "Other"]) == ["name", "", "def", "other"]
    assert names.used == {"pieza", "defensa"}
    assert names.keys == {"name", "pieza", "def", "defensa"}


def test_columns_have_meanings_and_the_others_are_known():
    reader, findings = reader_of("Name,Note,Def,,\nCap,x,5,,\n")
    assert reader.columns == {"name": 0, "defence": 2}
    assert reader.unknown == [1]
    assert list(reader.records()) == [(2, ["Cap", "x", "5", "", ""])]
    assert told(findings) == []
    assert list(reader.column(2)) == ["5"]
    assert reader.cell(["Cap", "x", "5"], "defence") == "5"
    assert reader.cell(["Cap", "x", "5"], "fire") == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Name,Def,Name\nCap,5,Cap\n", "t.csv:1:3: duplicate header: 'Name'"),
        ("Name,Title\nCap,Cap\n", "t.csv:1:2: 'Title' means the same as 'Name'"),
    ],
)
def test_a_column_that_is_there_twice_is_a_fault(text, fault):
    assert told(reader_of(text)[1]) == [fault]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Cap", "t.csv:2:2: the record ends after cell 1 of 2"),
        ("Cap,1,x", "t.csv:2:3: a cell beyond the last column: 'x'"),
        ("Name,Def", "t.csv:2: the header of line 1 is here again"),
    ],
)
def test_records_of_another_length_are_left_out_and_told(row, fault):
    reader, findings = reader_of(f"Name,Def\n{row}\nHood,2\n")
    assert [cells[0] for _, cells in reader.records()] == ["Hood"]
    assert told(findings) == [fault]


def test_a_missing_column_is_named():
    reader, findings = reader_of("Name\nCap\n")
    assert reader.require({"name": "Name"})
    assert not reader.require({"defence": "Base Defence"})
    assert told(findings) == ["t.csv:1: there is no column Base Defence"]


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ("7", 7, None),
        ("", 0, None),
        ("-", 0, None),
        ("seven", 0, "points is not a whole number: 'seven' [Def]"),
        ("9999999999", 0, "points is out of range: '9999999999' [Def]"),
    ],
)
def test_cells_are_whole_numbers_or_faults(cell, value, message):
    reader, findings = reader_of(f"Name,Def\nCap,{cell}\n")
    ((line, cells),) = reader.records()
    assert reader.whole_or_0(line, cells, 1, "points") == value
    assert told(findings) == ([] if message is None else [f"t.csv:2:2: {message}"])
    assert reader.whole_or_0(line, cells, -1, "points") == 0


def test_a_count_is_not_negative_and_a_text_not_blank():
    reader, findings = reader_of("Name,Def\n,-2\n")
    ((line, cells),) = reader.records()
    assert reader.count_or_0(line, cells, 1, "points") == -2
    assert reader.text(line, cells, 0, "name") == ""
    assert told(findings) == ["t.csv:2:1: name is blank [Name]", "t.csv:2:2: points is negative: '-2' [Def]"]


def test_equal_groups_of_cells_are_read_once_and_faults_every_time():
    reader, findings = reader_of("Name,Fire,Ice\na,1,2\nb,1,2\nc,x,2\nd,x,2\n")
    columns = WholeColumns(reader, [1, 2], "resistance")
    values = [columns.read(line, cells) for line, cells in reader.records()]
    assert values == [(1, 2), (1, 2), (0, 2), (0, 2)]
    assert values[0] is values[1]
    assert [fault.where for fault in findings.faults()] == ["t.csv:4:2", "t.csv:5:2"]
    assert WholeColumns(reader, [], "resistance").read(2, ["a"]) == ()


@pytest.mark.parametrize("header", ["Name|Part", "| Name | Part |", "Name  Part", '"Name,Part"', "sep=;\nName,Part"])
def test_cells_that_are_parted_otherwise_are_told(header):
    reader, findings = reader_of(f"{header}\nCap\n")
    assert not reader.require({"name": "Name"})
    (fault,) = findings.faults()
    assert fault.mend.startswith("part the cells by commas")


@pytest.mark.parametrize("header", ["Name of it,Part", "Title,Part", "Piece Name,Note"])
def test_a_column_that_is_not_there_is_one_to_add(header):
    reader, findings = reader_of(f"{header}\nCap,x\n")
    assert not reader.require({"nothing": "Name"})
    assert [fault.mend for fault in findings.faults()] == ["add a column with the header Name"]
