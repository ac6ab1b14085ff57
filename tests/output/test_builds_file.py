"""A list of builds is written as the kind of file that its name asks for."""

import io
import zipfile

import pytest
from small_results import build

from equipment_optimizer.output.builds_file import write_builds, write_builds_to
from equipment_optimizer.output.csv_file import write_csv


def test_a_csv_name_gets_the_bytes_of_the_export(tmp_path):
    write_csv(build(), str(tmp_path / "a.csv"))
    write_builds(build(), str(tmp_path / "b.csv"))
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


@pytest.mark.parametrize("name", ["b.xlsx", "B.XLSX"])
def test_a_workbook_name_gets_a_workbook(tmp_path, name):
    write_builds(build(), str(tmp_path / name))
    with zipfile.ZipFile(tmp_path / name) as book:
        assert book.testzip() is None
        assert "[Content_Types].xml" in book.namelist()


def test_bytes_go_to_whoever_takes_them():
    class Taker(io.BytesIO):
        pass

    taker = Taker()
    write_builds_to(taker, build(), "-", spreadsheet_safe=True)
    assert taker.getvalue().startswith(b"Head,Body,")
