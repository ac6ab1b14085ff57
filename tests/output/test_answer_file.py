"""Answers as tables: what a cell is, and which file they go to."""

import pytest

from equipment_optimizer.errors import UsageError
from equipment_optimizer.output.answer_file import write_answer
from equipment_optimizer.output.overwriting import check_answer_target

HEADER = ["Name", "Worth"]


def test_cells_are_written_plainly_and_quoted_where_needed(tmp_path) -> None:
    path = str(tmp_path / "a.csv")
    rows = [['Sly, "Fox"', None], ["x", True], [1, False]]
    assert write_answer(path, HEADER, rows, n_known=2, is_proved=True) == path
    assert (tmp_path / "a.csv").read_text() == 'Name,Worth\n"Sly, ""Fox""",\nx,yes\n1,no\n'


def test_an_unproved_table_goes_beside_a_complete_one_until_the_next_is_complete(tmp_path) -> None:
    path, beside = str(tmp_path / "a.csv"), tmp_path / "a.partial.csv"
    write_answer(path, HEADER, [["x", 1]], n_known=2, is_proved=True)
    open_header = [*HEADER, "Proved"]
    for _ in range(2):
        assert write_answer(path, open_header, [["x", 0, False]], n_known=2, is_proved=False) == str(beside)
    assert (tmp_path / "a.csv").read_text() == "Name,Worth\nx,1\n"
    assert write_answer(path, open_header, [], n_known=2, is_proved=False, overwrite=True) == path
    assert write_answer(path, open_header, [["y", 0, True]], n_known=2, is_proved=False) == path
    write_answer(path, HEADER, [], n_known=2, is_proved=True)
    assert not beside.exists()


def test_a_file_that_is_no_such_table_is_refused(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name,Other\n")
    with pytest.raises(UsageError, match="no such table"):
        check_answer_target(str(path), HEADER)
    check_answer_target(str(path), HEADER, overwrite=True)
    path.write_text("")
    check_answer_target(str(path), HEADER)
