"""JSON text into values that know their place."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.files import json_parser as json_text
from equipment_optimizer.files.findings import Findings
from equipment_optimizer.files.json_parser import MAX_DEPTH, UNUSABLE, JsonNode, JsonText, parse_json

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def parsed(text: str) -> JsonText:
    findings = Findings("c.json")
    document = parse_json(text, findings)
    assert document is not None, findings.faults()
    assert findings.faults() == []
    return document


def faults_of(text: str) -> list[str]:
    findings = Findings("c.json")
    document = parse_json(text, findings)
    assert document is not None or findings.faults()
    return [f"{fault.where.removeprefix('c.json:')} {fault.message}" for fault in findings.faults()]


def plain(node: JsonNode) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(member) for key, member in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


@given(JSON_VALUES, st.sampled_from([None, 2]), st.booleans())
def test_values_are_those_of_the_standard_library(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert plain(parsed(text).root) == json.loads(text, parse_float=Decimal)


@given(JSON_VALUES, st.sampled_from([None, 1]))
def test_every_value_and_key_is_found_at_its_place(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    document = parsed(text)
    lines = text.split("\n")

    def check(node: JsonNode) -> None:
        assert json.loads(text[node.start : node.stop], parse_float=Decimal) == plain(node)
        line, column = document.place(node.start)
        assert lines[line - 1][column - 1] == text[node.start]
        children = node.value if isinstance(node.value, list) else []
        if isinstance(node.value, dict):
            children = list(node.value.values())
            for key, member in node.value.items():
                assert text.startswith(json.dumps(key), member.key_start)
        for child in children:
            check(child)

    check(document.root)


@given(st.text(st.sampled_from('{}[]:,"\\u0d8a1e-.+ \n\ttrufalsn/'), max_size=30))
def test_the_same_texts_are_json_as_for_the_standard_library(text: str) -> None:
    def refuse(_: str) -> None:
        raise ValueError

    try:
        json.loads(text, parse_constant=refuse)
        is_json = True
    except ValueError:
        is_json = False
    findings = Findings("c.json")
    document = parse_json(text, findings)
    if findings.faults():
        tolerable = ("duplicate key", "half of a surrogate pair", "number out of range")
        assert not is_json or all(fault.message.startswith(tolerable) for fault in findings.faults())
    else:
        assert document is not None
        assert is_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-0", 0),
        ("0.10", Decimal("0.10")),
        ("1e3", Decimal(1000)),
        ("0e999999999", Decimal(0)),
        ("0.1234567890123456789012345678901234567890", Decimal("0.1234567890123456789012345678901234567890")),
        ("1" * 400, int("1" * 400)),
        ("1e-400", Decimal("1e-400")),
    ],
)
def test_numbers_are_exact(text: str, value: Decimal) -> None:
    number = parsed(f"[{text}]").root.value
    assert isinstance(number, list)
    assert number[0].value == value
    assert type(number[0].value) is type(value)


@pytest.mark.parametrize(
    "text", ["1e401", "1e-401", "1e999999999", "-1e99999999999999999999999", "1" * 401, "9" * 100_000, "1." + "0" * 500]
)
def test_numbers_that_would_blow_up_are_refused(text: str) -> None:
    [fault] = faults_of(f"[{text}]")
    assert fault.startswith("1:2 number out of range: ")
    assert len(fault) < 100


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "nan", "+inf"])
def test_numbers_that_are_not_finite_are_refused_and_the_rest_is_read(word: str) -> None:
    findings = Findings("c.json")
    document = parse_json(f"[{word}, 1]", findings)
    assert document is not None
    assert plain(document.root) == [UNUSABLE, 1]
    assert [fault.message for fault in findings.faults()] == [f"not a finite number: {word}"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1:1 expected a value, got the end of the file"),
        ("  \n ", "2:2 expected a value, got the end of the file"),
        ("[1,\n2", "2:2 expected , or ], got the end of the file"),
        ("[1 2]", "1:4 expected , or ], got 2"),
        ("[1,]", "1:3 a comma with nothing between it and ]"),
        ('{"a": 1,}', "1:8 a comma with nothing between it and }"),
        ("[,1]", "1:2 expected a value, got ,"),
        ("[1}", "1:3 expected , or ], got }"),
        ("[}", "1:2 expected a value, got }"),
        ('{"a" 1}', "1:6 expected : after the key, got 1"),
        ('{"a": }', "1:7 expected a value, got }"),
        ("{1: 2}", '1:2 expected a key in "double quotes", got 1'),
        ('{"a": 1, b: 2}', '1:10 expected a key in "double quotes", got b'),
        ('["é", x]', "1:7 expected a value, got x"),
        ('["a\nb"]', "1:2 a string is never closed"),
        ('["a\\', "1:2 a string is never closed"),
        ('["a\x01b"]', "1:4 a control character in a string"),
        ('["a\\x41"]', "1:4 unknown escape: \\x"),
        ('["a\\u12"]', "1:4 unknown escape: \\u"),
        ("1 2", "1:3 text after the end of the JSON value"),
        ("[1] # end", "1:5 text after the end of the JSON value"),
        ("[.5]", "1:2 expected a value, got .5"),
        ("[1.]", "1:2 expected a value, got 1."),
        ("[+1]", "1:2 expected a value, got +1"),
        ("[1_0]", "1:2 expected a value, got 1_0"),
        ("[٣]", "1:2 expected a value, got ٣"),
        ("[\ufeff1]", "1:2 a zero width no-break space (U+FEFF) outside of quotes"),
    ],
)
def test_text_that_is_not_json_is_refused_at_its_place(text: str, fault: str) -> None:
    assert faults_of(text) == [fault]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_all_line_ends_count_as_one_line(line_end: str) -> None:
    assert faults_of(line_end.join(["[", "1,", "", " x]"])) == ["4:2 expected a value, got x"]


def test_every_duplicate_key_is_reported_and_the_first_value_stays() -> None:
    findings = Findings("c.json")
    document = parse_json('{"a": 1,\n "\\u0061": 2, "a": 3}', findings)
    assert document is not None
    assert plain(document.root) == {"a": 1}
    assert [str(fault) for fault in findings.faults()] == [
        'c.json:2:2: duplicate key: "a"\n  mend: keep one of the two; the first is on line 1, character 2',
        'c.json:2:15: duplicate key: "a"\n  mend: keep one of the two; the first is on line 1, character 2',
    ]


def test_half_of_a_surrogate_pair_is_refused_in_values_and_keys() -> None:
    text = '{"\\udc00": 1, "b": "\\ud83d", "c": "\\ud83d\\ude00\\ufffd"}'
    findings = Findings("c.json")
    document = parse_json(text, findings)
    assert document is not None
    assert plain(document.root) == {"b": UNUSABLE, "c": "😀\ufffd"}
    assert [fault.where for fault in findings.faults()] == ["c.json:1:2", "c.json:1:20"]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_brackets_without_end_are_refused(opening: str) -> None:
    [fault] = faults_of(opening * 100_000)
    assert fault.endswith(f"brackets are nested more than {MAX_DEPTH} deep")


def test_brackets_as_deep_as_allowed_are_read() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert parsed(text).root.stop == len(text)


def test_more_values_than_memory_bears_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_VALUES", 10)
    assert faults_of("[" + "0," * 8 + "0]") == []
    assert faults_of("[" + "0," * 9 + "0]") == ["1:20 more than 10 values"]
