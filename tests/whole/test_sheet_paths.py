"""A name may be a file or a sheet of one; a file that is there under the whole name is that file."""

import pytest

from equipment_optimizer.sheet_paths import file_of, sheet_of


@pytest.mark.parametrize(
    ("path", "file", "sheet"),
    [
        ("all.xlsx#Head", "all.xlsx", "Head"),
        ("lists/All.XLSM#My list", "lists/All.XLSM", "My list"),
        ("old.xls#a#b", "old.xls", "a#b"),
        ("all.xlsx", "all.xlsx", None),
        ("all.xlsx#", "all.xlsx#", None),
        ("a#b.csv", "a#b.csv", None),
        ("-", "-", None),
        ("", "", None),
    ],
)
def test_what_of_a_name_is_the_file(path, file, sheet):
    assert (file_of(path), sheet_of(path)) == (file, sheet)


def test_a_file_of_that_whole_name_is_itself(tmp_path):
    path = tmp_path / "all.xlsx#Head"
    path.write_bytes(b"")
    assert (file_of(str(path)), sheet_of(str(path))) == (str(path), None)
