"""JSON of other programs: what is asked for is there or a fault at its place; the rest is left alone."""

import pytest

from equipment_optimizer.importers._json_source import JsonSource

TEXT = '{"n": 3, "t": " x ", "list": [1, 2], "none": null, "names": {"jp": "\u3042", "en": ""}, "more": {}}'


@pytest.fixture
def source(tmp_path):
    (tmp_path / "a.json").write_text(TEXT, encoding="utf-8")
    return JsonSource(str(tmp_path / "a.json"))


def said(source):
    return [str(fault).partition("a.json:")[2].splitlines()[0] for fault in source.findings.faults()]


def test_values_are_found_by_key(source):
    root = source.root
    assert (root.member("n").whole(), root.member("n").id(), root.member("t").text()) == (3, "3", "x")
    assert [element.whole() for element in root.member("list").elements()] == [1, 2]
    assert [key for key, _ in root.member("names").members()] == ["jp", "en"]
    assert root.member("names").of_language("ja") == "\u3042"
    assert root.member("none", optional=True) is None
    assert root.member("missing", optional=True) is None
    assert said(source) == []


def test_what_is_not_there_or_of_another_kind_is_a_fault_at_its_place(source):
    root = source.root
    assert root.member("missing") is None
    assert root.member("n").member("inside") is None
    assert list(root.member("n").elements()) == list(root.member("n").members()) == []
    assert root.member("names").of_language("de") is None
    assert root.member("n").whole(4) is None
    assert said(source)[0] == '1:1: the key "missing" is missing [$]'
    assert "1:7: expected a list [$.n]" in said(source)
    assert len(said(source)) == 6


def test_a_file_that_cannot_be_read_leaves_a_fault(tmp_path):
    (tmp_path / "broken.json").write_text("{")
    for name in ("nothing.json", "broken.json"):
        source = JsonSource(str(tmp_path / name))
        assert source.root is None
        assert source.findings.n_faults == 1
