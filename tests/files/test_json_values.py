"""Values of a JSON file, asked for by kind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from equipment_optimizer.files.findings import Findings
from equipment_optimizer.files.json_parser import parse_json
from equipment_optimizer.files.json_values import JsonValues


def values_of(text: str) -> tuple[JsonValues, dict[str, object], Findings]:
    """A reader of an object, its members, and what it finds."""
    findings = Findings("c.json")
    document = parse_json(text, findings)
    assert document is not None
    members = document.root.value
    assert isinstance(members, dict)
    return JsonValues(document, findings), members, findings  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0.30000000000000004", "0.3"),
        ("0.7999999999999999", "0.8"),
        ("1.1000000000000001", "1.1"),
        ("-2.2250000000000001", "-2.225"),
        ("0.9999999999999999", "1"),
        ("1.0000000000000002e-3", "0.001"),
    ],
)
def test_numbers_of_binary_arithmetic_are_read_as_they_were_meant(text: str, meant: str) -> None:
    values, members, findings = values_of(f'{{"a": {text}, "b": {text}}}')
    assert [values.number(members[key], f"$.{key}") for key in "ab"] == [Decimal(meant)] * 2  # type: ignore[arg-type]
    values.tell_repeated()
    assert findings.notices() == [f"c.json:1:7: {text} is read as {meant} [$.a, $.b]"]


@pytest.mark.parametrize(
    "text",
    [
        "0.3333333333333333",
        "0.1234567890123456",
        "0.300000000000000001",
        "0.30000000000004",
        "2.0000000000000000",
        "1000000000000001",
        "12345678901234567",
        "0.1000000000000000000000000000000001",
    ],
)
def test_other_numbers_keep_all_their_digits(text: str) -> None:
    values, members, findings = values_of(f'{{"a": {text}}}')
    assert values.number(members["a"], "$.a") == Decimal(text)  # type: ignore[arg-type]
    values.tell_repeated()
    assert findings.notices() == []


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ('"2,5"', "write 2.5 with a point, without quotes"),
        ('".5"', "write 0.5, without quotes"),
        ('"7"', "write 7 without quotes"),
        ('"seven"', "write 7 without quotes"),
        ('"much"', "write a number without quotes"),
        ("true", "write a number, such as 1.0"),
        ("null", "write a number, such as 1, or remove the entry"),
    ],
)
def test_a_number_in_quotes_is_told_how_to_be_written(text: str, mend: str) -> None:
    values, members, findings = values_of(f'{{"a": {text}}}')
    assert values.number(members["a"], "$.a") is None  # type: ignore[arg-type]
    assert [fault.mend for fault in findings.faults()] == [mend]


def test_a_bare_name_stands_for_a_list_of_one() -> None:
    values, members, findings = values_of('{"a": "x ", "b": ["x", "y", "x"], "c": 3}')
    assert [values.names(members[key], f"$.{key}") for key in "abc"] == [["x"], ["x", "y"], []]  # type: ignore[arg-type]
    assert values.locations['$.a["x"]'] == (1, 7)
    assert [fault.message for fault in findings.faults()] == ["expected a list, got 3 [$.c]"]


@pytest.mark.parametrize(
    ("text", "of_numbers", "mend"),
    [
        ("3", True, "write [3]"),
        ("3", False, "write a list in [ ]"),
        ("null", True, "write a list in [ ]"),
        ("null", False, "write a list in [ ]"),
        ("true", True, "write a list in [ ]"),
        ('"3"', True, "write a list in [ ]"),
        ('{"x": 3}', True, "write a list in [ ]"),
    ],
)
def test_a_value_that_is_no_item_is_not_to_be_put_into_brackets(text: str, of_numbers: bool, mend: str) -> None:
    values, members, findings = values_of(f'{{"a": {text}}}')
    assert list(values.items(members["a"], "$.a", numbers=of_numbers)) == []
    assert [fault.mend for fault in findings.faults()] == [mend]


@pytest.mark.parametrize(
    ("other", "how"),
    [
        ("Hunter's Eye ", "with other spaces"),
        ("Hunter\\u2019s Eye", r"the first time as "),
        ("Hunter's\\u00a0Eye", "the first time as "),
        ("Hunter's  Eye", "the first time as "),
    ],
)
def test_keys_that_are_one_name_are_a_fault(other: str, how: str) -> None:
    findings = Findings("c.json")
    document = parse_json(f'{{"Hunter\'s Eye": 1, "{other}": 2}}', findings)
    assert document is not None
    assert [name for name, _, _ in JsonValues(document, findings).named(document.root, "$")] == ["Hunter's Eye"]
    [fault] = findings.faults()
    assert f"is here twice, {how}" in fault.message


def test_keys_that_are_near_none() -> None:
    findings = Findings("c.json")
    document = parse_json('{"sort": 1, "max_defence": 2, "min_defense": 4, "_note": 5, "$schema": 6}', findings)
    assert document is not None
    keys = ("body_parts", "min_defence", "max")
    assert JsonValues(document, findings).known(document.root, "$", keys) == {}
    assert [(fault.message, fault.mend.partition(";")[0]) for fault in findings.faults()] == [
        ('unknown key "sort" [$]', "known keys: body_parts, min_defence, max"),
        ('unknown key "max_defence" [$]', "known keys: body_parts, min_defence, max"),
        ('unknown key "min_defense" [$]', 'write "min_defence", the nearest known key'),
    ]


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("[0,5, 1,5, 2]", True),
        ("[0, 1, 2]", False),
        ("[0,1,2]", False),
        ("[0,1,\n2,3]", False),
        ("[1]", False),
        ("3", False),
    ],
)
def test_lists_that_may_hold_decimal_commas(text: str, mixed: bool) -> None:
    values, members, _ = values_of(f'{{"a": {text}}}')
    assert values.has_mixed_commas(members["a"]) is mixed  # type: ignore[arg-type]
