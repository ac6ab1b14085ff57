"""Files of builds as spreadsheets re-save them say what they said before."""

from __future__ import annotations

import io
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

import equipment_optimizer as eo
from equipment_optimizer.errors import InputError
from equipment_optimizer.verify.output_file import is_same, read_output

ROOT = Path(__file__).resolve().parents[2] / "example_data"

TEXT = 'Head,Attack,Score\nHélm α,2,8.25\n"Cap, old",0,4\n'
CELLS = [("Head", "Attack", "Score"), ("Hélm α", "2", "8.25"), ("Cap, old", "0", "4")]


def cells_of(path, raw, name="out.csv"):
    (path / name).write_bytes(raw)
    output = read_output(str(path / name))
    return [output.header, *(record.cells for record in output.records)]


def resaved(delimiter=",", end="\r\n", comma=False):
    rows = [["Head", "Attack", "Score"], ["Hélm α", "2", "8,25" if comma else "8.25"], ["Cap, old", "0", "4"]]
    quoted = ([f'"{cell}"' if delimiter in cell else cell for cell in row] for row in rows)
    return "".join(delimiter.join(row) + end for row in quoted)


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"), TEXT.replace("\n", "\r\n").encode(),
        resaved(";").encode("utf-8-sig"), resaved("\t").encode("utf-16"), resaved(";", "\n").encode(),
        b"sep=;\r\n" + resaved(";").encode(), resaved("\t").encode(), TEXT.replace("\n", "\n,,\n").encode(),
        resaved(";").replace("\r\n", ";;\r\n").encode(), b"\n\n" + TEXT.encode(),
        "\n".join("," + line for line in TEXT.splitlines()).encode(),
        b"\n".join(b'"' + line.replace(b";", b'";"') + b'"' for line in resaved(";").encode().splitlines()),
        TEXT.replace("Attack,", "Attack,,").replace(",2,", ",2,,").replace(",0,", ",0,,").encode(),
    ],
)  # fmt: skip
def test_what_was_re_saved_has_the_same_cells(tmp_path, raw):
    assert cells_of(tmp_path, raw) == CELLS


def test_a_decimal_comma_counts_where_commas_do_not_separate(tmp_path):
    for delimiter in (";", "\t"):
        (tmp_path / "out.csv").write_text(resaved(delimiter, comma=True), encoding="utf-8")
        assert read_output(str(tmp_path / "out.csv")).has_decimal_commas
    (tmp_path / "out.csv").write_text(TEXT, encoding="utf-8")
    assert not read_output(str(tmp_path / "out.csv")).has_decimal_commas


@pytest.mark.parametrize(
    ("cell", "expected", "commas", "same"),
    [
        ("8.25", "8.25", False, True), ("8,25", "8.25", True, True), ("8,25", "8.25", False, False),
        ("8.250", "8.25", False, True), ("8", "8.0", False, True), ("1.5E+3", "1500", False, True),
        ("-0,5", "-0.5", True, True), ("8.26", "8.25", False, False), ("", "0", False, False), ("0", "", False, False),
        ("1x Jewel 1", "1x Jewel 1", False, True), ("1x Jewel", "1x Jewel 1", False, False),
        ("nan", "NaN", False, False),
        ("1,2,3", "1.23", True, False), ("+2", "2", False, True), ("9" * 500, "1", False, False),
        ("12345678901234567", "12345678901234568", False, False),
    ],
)  # fmt: skip
def test_values_are_compared_not_how_they_are_written(cell, expected, commas, same):
    assert is_same(cell, expected, has_decimal_commas=commas) is same


def test_lines_are_those_of_the_file(tmp_path):
    for raw, lines in ((b"\nHead,Score\nA,1\n\nB,2\n", [3, 5]), (b'sep=,\nHead,Score\n"A\nB",1\nC,2\n', [3, 5])):
        (tmp_path / "out.csv").write_bytes(raw)
        assert [record.line for record in read_output(str(tmp_path / "out.csv")).records] == lines


def test_a_column_without_a_header_stays_where_any_cell_says_something(tmp_path):
    assert cells_of(tmp_path, b"Head,,Score\nA,x,1\nB,,2\n") == [("Head", "", "Score"), ("A", "x", "1"), ("B", "", "2")]


def test_cells_beyond_the_header_stay_where_they_say_something(tmp_path):
    assert cells_of(tmp_path, b"Head,Score\nA,1,,x\nB,2,,\n")[1:] == [("A", "1", "", "x"), ("B", "2")]
    assert cells_of(tmp_path, b"Head,Score,Note\nA,1,\n")[1:] == [("A", "1", "")]


@pytest.mark.parametrize(
    ("raw", "message"),
    [(b"", "is empty"), (b"\n,,\n", "is empty"), (b"\xc3(", "is not a CSV file in UTF-8 or UTF-16: ")],
)
def test_what_cannot_be_read_is_a_fault(tmp_path, raw, message):
    with pytest.raises(InputError) as caught:
        cells_of(tmp_path, raw)
    assert message in str(caught.value)


def test_a_workbook_has_the_cells_of_the_file(tmp_path):
    xlsxwriter, _ = pytest.importorskip("xlsxwriter"), pytest.importorskip("python_calamine")
    with xlsxwriter.Workbook(str(tmp_path / "out.xlsx")) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([["Head", "Attack", "Score"], ["Hélm α", 2, 8.25], ["Cap, old", 0, "4"]]):
            sheet.write_row(row, 0, cells)
    output = read_output(str(tmp_path / "out.xlsx"))
    assert [output.header, *(record.cells for record in output.records)] == CELLS
    assert [record.line for record in output.records] == [2, 3]


def test_what_is_no_workbook_is_a_fault(tmp_path):
    pytest.importorskip("python_calamine")
    with pytest.raises(InputError, match="is no workbook"):
        cells_of(tmp_path, b"Head,Score\n", "out.xlsx")


def test_records_are_read_whenever_they_are_asked_for(tmp_path, monkeypatch):
    raw = b"Head,Score\nCap,12.5\nHelm,12\n"
    (tmp_path / "out.csv").write_bytes(raw)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    read_end, write_end = os.pipe()
    os.write(write_end, raw)
    os.close(write_end)
    for path in (str(tmp_path / "out.csv"), "-", f"/dev/fd/{read_end}"):
        records = read_output(path).records
        cells = [record.cells for record in records]
        assert cells == [record.cells for record in records] == [("Cap", "12.5"), ("Helm", "12")]
    os.close(read_end)


def test_what_cannot_be_read_is_told_where_it_stands(tmp_path):
    rows = b"Head,Score\n" + b"Cap,1\n" * 300_000
    latin = rows + "H\xe9lm,0\n".encode("latin-1")
    (tmp_path / "out.csv").write_bytes(latin)
    *_, last = read_output(str(tmp_path / "out.csv")).records
    assert last.cells == ("H\xe9lm", "0")
    (tmp_path / "out.csv").write_bytes(latin.replace(b"Score", b"Total"))
    with pytest.raises(InputError, match=f"can't decode byte 0xe9 in position {len(rows) + 1}"):
        read_output(str(tmp_path / "out.csv"))
    (tmp_path / "out.csv").write_bytes(b'Head,Score\nCap,1\nHelm,"0')
    output = read_output(str(tmp_path / "out.csv"))
    with pytest.raises(InputError, match="is not a CSV file in UTF-8 or UTF-16: unexpected end of data"):
        list(output.records)


def test_a_name_that_two_chunks_share_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("equipment_optimizer.verify.output_file._CHUNK_BYTES", 3)
    assert cells_of(tmp_path, "H\xe9lm,Score\n".encode("latin-1")) == [("H\xe9lm", "Score")]
    assert cells_of(tmp_path, TEXT.encode()) == CELLS


def test_memory_does_not_grow_with_the_rows(tmp_path):
    table, config, _ = eo.load_job(ROOT / "equipment.csv", ROOT / "config.json", limit=2_100)
    eo.write_csv(eo.optimize(table, config), tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_bytes().splitlines(keepends=True)

    def peak_bytes(n_rows):
        (tmp_path / "out.csv").write_bytes(b"".join(lines[: n_rows + 1]))
        job = table, replace(config, limit=n_rows)
        tracemalloc.start()
        try:
            verdict = eo.verify_builds(tmp_path / "out.csv", *job, n_builds=0)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            assert (verdict.differences, verdict.checks[0].split()[0]) == ((), f"{n_rows:,}")

    peak_bytes(100)  # what is made once
    few, more = peak_bytes(1_100), peak_bytes(2_100)
    # Of a row its build is kept, 12 bytes: its text takes a hundred, its cells take many.
    assert (more - few) / 1_000 < 40


@pytest.mark.parametrize("column", ["Best Score", "Next Above", "Other Worth"])
def test_tables_of_answers_are_known_by_a_column(tmp_path, column):
    raw = f"Name;{column}\nHélm α;1,5\n"
    assert cells_of(tmp_path, raw.encode()) == [("Name", column), ("Hélm α", "1,5")]
    if column != "Other Worth":  # such a table has a row of the score
        assert cells_of(tmp_path, raw.replace("α", "").encode("cp1252"))[1] == ("Hélm ", "1,5")
