"""Cells of CSV, read and written."""

import pytest

from equipment_optimizer.files.csv_reader import header_key, read_csv
from equipment_optimizer.files.csv_text import Header
from equipment_optimizer.files.findings import Findings
from equipment_optimizer.importers._csv_cells import slot_level, to_csv


@pytest.mark.parametrize(
    ("cell", "least", "level", "fault"),
    [
        ("3", 0, 3, None),
        ("", 0, 0, None),
        ("5", 0, 5, "slot level is not 0 to 4: '5' [Slot]"),
        ("0", 1, 0, "slot level is not 1 to 4: '0' [Slot]"),
    ],
)
def test_a_slot_level_is_within_its_range_or_told(cell, least, level, fault):
    findings = Findings("t.csv")

    def understand(titles):
        return [Header(title, header_key(title), header_key(title)) for title in titles]

    reader = read_csv(f"Name,Slot\nCap,{cell}\n".encode(), findings, understand)
    ((line, cells),) = reader.records()
    assert slot_level(reader, line, cells, 1, least=least) == level
    assert [message.message for message in findings.faults()] == ([] if fault is None else [fault])


def test_rows_are_text_with_line_feeds_and_quotes_where_needed():
    assert to_csv([["a", 1], ['say "x"', "b,c"], ["two\nlines", ""]]) == 'a,1\n"say ""x""","b,c"\n"two\nlines",\n'


def test_a_row_that_begins_like_a_comment_is_quoted():
    assert to_csv([["#1 charm", 1], ["charm #2", 2]]) == '"#1 charm","1"\ncharm #2,2\n'
