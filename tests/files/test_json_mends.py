"""What hand-written JSON gets wrong is named, with the way to mend it, and does not hide other faults."""

from __future__ import annotations

import pytest

from equipment_optimizer.files._json_mends import blank_name, comma_mend, is_odd_blank, number_mend
from equipment_optimizer.files.findings import Findings
from equipment_optimizer.files.json_parser import parse_json


def told(text: str) -> list[str]:
    findings = Findings("c.json")
    parse_json(text, findings)
    return [str(fault).removeprefix("c.json:") for fault in findings.faults()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 2,5, "b": 1}', ["1:7: a comma in a number: 2,5\n  mend: write 2.5 with a point"]),
        (
            '{"a": -0,01,\n "b": {"c": 12,50}}',
            [
                "1:7: a comma in a number: -0,01\n  mend: write -0.01 with a point",
                "2:13: a comma in a number: 12,50\n  mend: write 12.50 with a point",
            ],
        ),
        (
            '{"limit": 1,000}',
            ["1:11: a comma in a number: 1,000\n  mend: write 1.000 with a point, or 1000 without the comma"],
        ),
        ('{"limit": 1,000,000}', ["1:11: a comma in a number: 1,000,000\n  mend: write 1000000 without commas"]),
        # In a list a comma can only end a number, and a blank behind it makes the rest a key that lacks quotes.
        ('{"a": [2,5]}', []),
        ('{"a": 2, 5}', ['1:10: expected a key in "double quotes", got 5\n  mend: write {"key": value}']),
        ('{"a": true,5}', ['1:12: expected a key in "double quotes", got 5\n  mend: write {"key": value}']),
        ('{"a": 2,5x}', ['1:9: expected a key in "double quotes", got 5x\n  mend: write {"key": value}']),
    ],
)
def test_a_decimal_comma_is_one_fault_and_the_rest_is_read(text: str, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("{“Fury”: 1}", 'these are typographic quotes: write "'),
        ('{"a": „Fury“}', 'these are typographic quotes: write "'),
        ("[«Fury»]", 'these are typographic quotes: write "'),
        ('{"Fury”: {"max": 5}}', '” is a typographic quote: write " instead'),
        ('{"a": "Fury”, "b": 1}', '” is a typographic quote: write " instead'),
        ('{"a": "Fury”}\n', '” is a typographic quote: write " instead'),
        ("{‘a’: 1}", 'write "double quotes"'),
        ('{"a"： 1}', "write a plain : instead of ："),
        ('{"a": 1， "b": 2}', "write a plain , instead of ，"),
        ('["a"、"b"]', "write a plain , instead of 、"),
        ("｛}", "write a plain { instead of ｛"),
        ("[x\u200b]", "remove the zero width space (U+200B) from it"),
        ("[Yes]", 'write a number, "text", true, false, null, {...} or [...]'),
    ],
)
def test_marks_of_word_processors_are_named(text: str, mend: str) -> None:
    assert [fault.split("  mend: ")[1] for fault in told(text)] == [mend]


@pytest.mark.parametrize(
    ("word", "mend"),
    [
        (".5", "write 0.5"),
        ("5.", "write 5"),
        ("+3", "write 3"),
        ("-.25", "write -0.25"),
        ("007", "write 7"),
        ("−1.5", "write -1.5"),
        ("–2", "write -2"),
        ("１２", "write 12"),
        ("1e5", "write 100000"),
        ("2,5", "write 2.5 with a point"),
        ("12,345", "write 12.345 with a point, or 12345 without the comma"),
        ("0,345", "write 0.345 with a point"),
        ("1_000", ""),
        ("1.2.3", ""),
        ("1e99", ""),
        ("9" * 100, ""),
        ("", ""),
    ],
)
def test_what_is_nearly_a_number_is_written_as_one(word: str, mend: str) -> None:
    assert number_mend(word) == mend


def test_numbers_that_are_nearly_right_are_all_told_at_once() -> None:
    assert told('{"a": .5, "b": [05, 1], "c": +1}') == [
        "1:7: expected a value, got .5\n  mend: write 0.5",
        "1:17: expected a value, got 05\n  mend: write 5",
        "1:30: expected a value, got +1\n  mend: write 1",
    ]


def test_blanks_that_are_none_of_json_are_one_fault() -> None:
    assert told('{\u00a0"a": 1,\u3000"b\u00a0b": 2}\u200b') == [
        "1:2: a no-break space (U+00A0) outside of quotes, the first of 3\n  mend: write a plain space, or none"
    ]
    assert told('{\u00a0"a" 1}') == [
        "1:2: a no-break space (U+00A0) outside of quotes\n  mend: write a plain space, or none",
        '1:7: expected : after the key, got 1\n  mend: write {"key": value}',
    ]


def test_names_of_blanks() -> None:
    assert [char for char in "a \u00a0\u2009\ufeff\u3000é" if is_odd_blank(char)] == [*" \u00a0\u2009\ufeff\u3000"]
    assert blank_name("\u2009") == "thin space (U+2009)"
    assert blank_name("\x0b") == "control character (U+000B)"
    assert comma_mend("1,2") == "write 1.2 with a point"


WANTED = 'JSON is wanted: {"key": value, ...}'


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("", 'the file is empty: write {"key": value, ...}'),
        (" \n\t\n", 'the file is empty: write {"key": value, ...}'),
        ("limit: 5\nskills:\n  Rage: 2\n", f"this looks like YAML; {WANTED}"),
        ("---\nlimit: 5\n", f"this looks like YAML; {WANTED}"),
        ("limit = 5\n", f"this looks like TOML; {WANTED}"),
        ("[skills]\nRage = 2\n", f"this looks like TOML; {WANTED}"),
        ("<!DOCTYPE html>\n<html></html>", f"this looks like a web page or XML; {WANTED}"),
        ("Rage", 'write a number, "text", true, false, null, {...} or [...]'),
        ("[Rage]", 'write a number, "text", true, false, null, {...} or [...]'),
        ('[1, {"a": Rage}]', 'write a number, "text", true, false, null, {...} or [...]'),
    ],
)
def test_a_text_of_another_format_is_told_as_such(text: str, mend: str) -> None:
    assert [fault.rsplit("mend: ", 1)[1] for fault in told(text)] == [mend]
