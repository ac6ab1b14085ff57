"""The page of changes: what somebody typed is text on it, and every change is told or counted."""

import pytest

from equipment_optimizer.batch.changes_page import changes_page, escaped

ROW = {
    "was": [2, "5"],
    "now": [1, "7"],
    "difference": "+2",
    "pieces": ["Cap", "Coat"],
    "because": ["Cap: Defence 1 → 3"],
}


def found(*, before=True, rows=(), moves=(), reasons=(), **counts):
    return {
        "reasons": list(reasons),
        "before": {"n": 3, "best": "5"} if before else None,
        "after": {"n": 4, "best": "7"},
        "counts": {"came": 0, "went": 0, "score": 0, "moved": 0, **counts},
        "rows": list(rows),
        "moves": list(moves),
    }


@pytest.mark.parametrize("text", ["a|b", "<b>x</b>", "*x* _y_", "[a](b)", "# x", "1 < 2 & 3", "`x`", "$x$", "a\nb"])
def test_nothing_that_was_typed_becomes_markup(text):
    page = changes_page([(text, [found(rows=[{**ROW, "pieces": [text]}], score=1)])], {text: [text]})
    assert escaped(text) in page
    for char in "|<*_[#`$&":
        assert escaped(char) == f"\\{char}"
    assert "\n" not in escaped(text)


def test_lists_that_did_not_change_are_named_together():
    page = changes_page([("a", [found()]), ("b", []), ("c", [found(rows=[ROW], score=1)])], {})
    assert "1 of 3 lists changed." in page
    assert page.endswith("## As before\n\n- a\n- b\n")
    assert "## c\n" in page


def test_a_change_has_its_places_its_difference_and_its_cause():
    page = changes_page([("a", [found(rows=[ROW], score=1)])], {})
    assert "| a | 5 | 7 | 0 | 0 | 1 | 0 |" in page
    assert "| 2 | 1 | 7 | +2 | Cap, Coat | Cap: Defence 1 → 3 |" in page
    with_gaps = [ROW | {"pieces": ["Cap", "", "Coat", ""]}, ROW | {"pieces": ["", ""]}]
    page = changes_page([("a", [found(rows=with_gaps, score=2)])], {})
    assert "| +2 | Cap, Coat |" in page
    assert "| +2 | (empty) |" in page


@pytest.mark.parametrize(
    ("change", "reasons", "words"),
    [
        (
            {"was": None, "difference": None},
            [],
            "| - | 1 | 7 | came | Cap, Coat | no piece of it changed: others fell behind |",
        ),
        ({"now": None, "difference": None}, [], "| 2 | - | 5 | went | Cap, Coat | pushed out by better builds |"),
        ({}, [], "not its pieces: what they are worth |"),
        ({}, ["limit: 3 → 4"], "see above |"),
    ],
)
def test_a_build_of_which_no_piece_changed_is_explained(change, reasons, words):
    page = changes_page([("a", [found(rows=[{**ROW, "because": [], **change}], reasons=reasons, score=1)])], {})
    assert words in page


def test_rows_beyond_those_told_are_counted():
    page = changes_page([("a", [found(rows=[ROW], moves=[[1, 2], [4, 3]], came=2, score=5, moved=6)])], {})
    assert "... and 6 more rows." in page
    assert "Only moved: 1 → 2, 4 → 3 and 4 more." in page


def test_a_new_list_and_none_at_all():
    page = changes_page([("a", [found(before=False)])], {"e.csv": ["Cap (head): new"]})
    assert "| a | new | 7 |" in page
    assert "A new list of 4 builds; there was nothing to compare it with." in page
    assert "## Pieces of e.csv\n\n- Cap (head): new\n" in page
    assert "There is no list." in changes_page([], {})
