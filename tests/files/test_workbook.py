"""Sheets of workbooks as the tables that CSV files of them would be."""

from __future__ import annotations

import builtins
import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from equipment_optimizer.cli import main
from equipment_optimizer.errors import InputError
from equipment_optimizer.files import _workbook
from equipment_optimizer.files.findings import Findings
from equipment_optimizer.loading.jobs import read_equipment
from equipment_optimizer.records.equipment import EquipmentPiece

Rows = Sequence[Sequence[object]]

ROWS: Rows = (
    ("Name", "Body Part", "Defence", "Skill 1", "Lv 1", "Slots"),
    ("Iron Cap", "Head", 12, "Rage", 2, "3-1-0"),
    ("Bone Vest", "Body", -3.0, "Focus", "Lv.1", 2),
    (7, "Legs", "1,234", None, None, "-"),
)


def workbook(path: Path, **sheets: Rows) -> str:
    """Write a workbook with these sheets."""
    with xlsxwriter.Workbook(path, {"default_date_format": "d mmm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return str(path)


def spreadsheet(path: Path, rows: Rows) -> str:
    """Write an OpenDocument spreadsheet of one sheet, of texts and numbers."""

    def cell(value: object) -> str:
        if value is None:
            return "<table:table-cell/>"
        kind = "float" if isinstance(value, int | float) else "string"
        number = f' office:value="{value}"' if kind == "float" else ""
        return f'<table:table-cell office:value-type="{kind}"{number}><text:p>{value}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = f"<office:document-content{names}><office:body><office:spreadsheet>"
    content += f'<table:table table:name="one">{lines}</table:table></office:spreadsheet></office:body>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", f"{content}</office:document-content>")
    return str(path)


def read(path: str) -> list[EquipmentPiece]:
    return list(read_equipment(path)[0])


def faults(path: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(path)
    return [str(fault).removeprefix(path) for fault in caught.value.faults]


def check(pieces: list[EquipmentPiece], first_line: int = 2) -> None:
    assert [(piece.name, piece.defence, piece.skills, piece.slots) for piece in pieces] == [
        ("Iron Cap", 12, (("Rage", 2),), (1, 0, 1, 0)),
        ("Bone Vest", -3, (("Focus", 1),), (0, 1, 0, 0)),
        ("7", 1234, (), (0, 0, 0, 0)),
    ]
    assert [piece.line for piece in pieces] == [first_line, first_line + 1, first_line + 2]


def test_the_first_sheet_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "all.xlsx", armour=ROWS, notes=[("x",)], more=ROWS)
    check(read(path))
    check(read(f"{path}#more"))
    assert faults(f"{path}#notes")[0].startswith(":1: there is no column Name")
    assert faults(f"{path}#Armor") == [": there is no sheet 'Armor'\n  mend: write 'armour'"]
    assert faults(f"{path}#jewels")[0].endswith("mend: the sheets are armour, notes, more")


def test_what_stands_above_and_beside_the_table(tmp_path: Path) -> None:
    above: Rows = (("My list", 2024), (), ("# made by hand",))
    check(read(workbook(tmp_path / "a.xlsx", one=[*above, *ROWS])), 5)
    below = [*ROWS, (), ("# the end",), (None, None)]
    check(read(workbook(tmp_path / "b.xlsx", one=below)))


def test_an_opendocument_spreadsheet(tmp_path: Path) -> None:
    check(read(spreadsheet(tmp_path / "a.ods", ROWS)))
    check(read(f"{tmp_path / 'a.ods'}#one"))


def test_a_file_is_known_by_what_it_holds_and_not_by_its_name(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", one=ROWS)
    (tmp_path / "a.csv").write_bytes((tmp_path / "a.xlsx").read_bytes())
    check(read(str(tmp_path / "a.csv")))
    (tmp_path / "b.xlsx#one").write_text("Name,Part\nIron,Head\n")
    assert read(str(tmp_path / "b.xlsx#one"))[0].name == "Iron"


@pytest.mark.parametrize(
    "date",
    [datetime.datetime(2001, 2, 4), datetime.date(2024, 4, 3), datetime.time(4, 2), datetime.timedelta(hours=30)],
)
def test_a_cell_that_became_a_date_is_a_fault(date: object, tmp_path: Path) -> None:
    rows = [*ROWS, ("Horn", "Legs", 3, None, None, date)]
    (fault,) = faults(workbook(tmp_path / "a.xlsx", one=rows))
    assert fault.startswith(":5:6: the spreadsheet made a date or time of this cell: ")
    assert fault.endswith("mend: format the column as text, and write the cell anew")


def test_numbers_and_truths_are_written_as_a_csv_file_has_them(tmp_path: Path) -> None:
    rows: Rows = [("Name", "Part", "Defence"), (True, "Head", 1.5), (0.1, "Body", 10**9), (1e300, "Legs", False)]
    told = faults(workbook(tmp_path / "a.xlsx", one=rows))
    assert [fault.split("\n")[0] for fault in told] == [
        ":2:3: defence is not a whole number: '1.5' [Defence]",
        ":4:3: defence is not a whole number: 'FALSE' [Defence]",
    ]
    pieces = read(workbook(tmp_path / "b.xlsx", one=[rows[0], (True, "Head", 1), (0.1, "Body", 10**9)]))
    assert [(piece.name, piece.defence) for piece in pieces] == [("TRUE", 1), ("0.1", 10**9)]


@pytest.mark.parametrize(
    "raw", [b"PK\x03\x04[Content_Types].xml xl/workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
def test_a_workbook_that_is_damaged_is_told(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(raw)
    (fault,) = faults(str(tmp_path / "a.xlsx"))
    assert fault.startswith(": this is an Excel workbook (.xls")
    assert "that cannot be read: " in fault
    assert "\n  mend: save it as" in fault


def test_an_empty_sheet_is_told(tmp_path: Path) -> None:
    assert faults(workbook(tmp_path / "a.xlsx", one=[]))[0].startswith(": the sheet is empty")
    assert faults(workbook(tmp_path / "b.xlsx", one=[("Name", "Part")]))[0].startswith(":1: there is no piece")


def test_a_workbook_is_not_unpacked_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "a.xlsx", one=ROWS)
    monkeypatch.setattr(_workbook, "_MOST_UNPACKED", 100)
    assert "unpacks to more than 1 GiB" in faults(path)[0]


def test_without_the_package_the_fault_says_what_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "a.xlsx", one=ROWS)
    load = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> object:
        if name == "python_calamine":
            raise ImportError(name)
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    (fault,) = faults(path)
    assert fault.startswith(": this is an Excel workbook (.xlsx), and the package that reads it is not installed")
    assert "CSV UTF-8 (comma delimited)" in fault
    assert "equipment-optimizer[excel]" in fault


def test_a_job_on_a_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    workbook(tmp_path / "all.xlsx", notes=[("x",)], armour=ROWS)
    Path("c.json").write_text('{"skills": {"Rage": 1}, "limit": 1}')
    job = ["all.xlsx#armour", "c.json"]
    assert main(["optimize", job[0], "out.csv", job[1], "--manifest", "m.json", "--quiet"]) == 0
    assert Path("out.csv").read_text().splitlines()[1].startswith("Iron Cap,Bone Vest,7,")
    assert '"all.xlsx#armour"' in Path("m.json").read_text()
    assert main(["verify", "out.csv", *job]) == 0
    assert main(["optimize", job[0], "all.xlsx", job[1], "--overwrite"]) == 2
    assert "the output is also an input" in capfd.readouterr().err


def test_bytes_of_a_config_that_is_a_workbook_are_no_text(tmp_path: Path) -> None:
    book = io.BytesIO(Path(workbook(tmp_path / "a.xlsx", one=ROWS)).read_bytes())
    (tmp_path / "c.json").write_bytes(book.getvalue())
    (tmp_path / "e.csv").write_text("Name,Part\nIron,Head\n")
    assert main(["optimize", str(tmp_path / "e.csv"), str(tmp_path / "o.csv"), str(tmp_path / "c.json")]) == 2


def test_that_the_first_of_several_sheets_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Mine", "Notes"):
            sheet = book.add_worksheet(name)
            for line, row in enumerate(ROWS):
                sheet.write_row(line, 0, row)
    told = f"{path}: the first of 2 sheets is read, 'Mine'; FILE#SHEET names another: Notes"
    assert told in read_equipment(path)[1]
    assert not any("sheets" in notice for notice in read_equipment(f"{path}#Notes")[1])


def test_a_sheet_without_the_headers_names_the_others(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", about=[["Made by hand", "in May"]], gear=ROWS, more=ROWS)
    assert [fault.endswith("or name another sheet as FILE#SHEET: gear, more") for fault in faults(path)] == [True, True]
    assert all(fault.endswith("FILE#SHEET: gear, more") for fault in faults(f"{path}#about"))
    check(read(f"{path}#gear"))


@pytest.mark.parametrize(
    ("hidden", "told"), [([3], ":3: a hidden row is read too"), ([2, 3], ":2: hidden rows are read too: 2")]
)
def test_rows_that_a_filter_hides_are_read_and_told(hidden: list[int], told: str, tmp_path: Path) -> None:
    path = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(ROWS):
            sheet.write_row(line, 0, row)
        for line in hidden:
            sheet.set_row(line - 1, None, None, {"hidden": True})
    for _ in range(2):
        table, notices = read_equipment(str(path))
        assert (table.n_pieces, f"{path}{told}" in notices) == (len(ROWS) - 1, True)
        # As other programs write it: attributes in another order.
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, member in members.items():
                archive.writestr(name, re.sub(rb'<row (r="[0-9]+")([^>]*?hidden="1")', rb"<row\2 \1", member))
    plain = workbook(tmp_path / "plain.xlsx", one=ROWS)
    assert not any("hidden" in notice for notice in read_equipment(plain)[1])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (9.999999999999998, "10"),
        (1.15 * 3, "3.45"),
        (0.123456789012345, "0.123456789012345"),
        (2.5, "2.5"),
    ],
)
def test_computed_numbers_are_read_as_a_spreadsheet_shows_them(number: float, text: str) -> None:
    assert list(_workbook.sheet_rows([[number]], Findings(""))) == [(1, [text])]
