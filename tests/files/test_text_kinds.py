"""Texts that are no table: what they are is told, and what makes a table of them."""

from __future__ import annotations

import pytest

from equipment_optimizer.files._text_kinds import why_no_table
from equipment_optimizer.files.csv_reader import read_csv
from equipment_optimizer.files.csv_text import Header
from equipment_optimizer.files.findings import Findings


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\ufeff<!DOCTYPE html>\n<html>", "a web page (HTML)"),
        ("\n  <table border=1><tr><td>Name", "a web page (HTML)"),
        ('<?xml version="1.0"?>\n<Workbook>', "an XML file"),
        ("<gear>\n<piece/>", "an XML file"),
        (r"{\rtf1\ansi Name", "a text document (RTF)"),
        ("ID;PWXL;N;E\n", "a SYLK spreadsheet"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0", "a pointer of Git LFS in place of the file"),
        ('[\n {"Name": "Iron Cap"}]', "a JSON file"),
        ('{"pieces": []}', "a JSON file"),
    ],
)
def test_a_text_of_another_kind_is_told_with_what_makes_a_table_of_it(text: str, kind: str) -> None:
    findings = Findings("gear.csv")

    def understand(titles):
        return [Header(title, title, "name" if title == "Name" else None) for title in titles]

    assert read_csv(text.encode(), findings, understand, required=["name"]) is None
    (fault,) = findings.faults()
    assert (fault.where, fault.message) == ("gear.csv:1", f"this is {kind}, not a table")
    assert fault.mend


@pytest.mark.parametrize("text", ["Name,Part", "[Name],[Part]", "<Name>;<Part>", "Id;Price;N", "versions,1"])
def test_a_table_with_odd_headers_is_none_of_them(text: str) -> None:
    assert why_no_table(text.encode()) is None
