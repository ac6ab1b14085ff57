"""The page of changes as HTML: what was typed is text, and a build that took another's place is one row."""

import re

from axe import findings
from page_jobs import NASTY, Outline

from equipment_optimizer.cli import main
from equipment_optimizer.output.pages.changes import merged_rows, render_changes


def row(was, now, pieces, because=()):
    return {"was": was, "now": now, "difference": None, "pieces": list(pieces), "because": list(because)}


WENT = row([1, "9"], None, ["Cap", "Coat", "Ring"], ["Cap: gone"])
CAME = row(None, [2, "8"], ["Hat", "Coat", "Ring"], ["Hat: new"])
OTHER = row(None, [3, "7"], ["Mask", "Vest", "Ring"])


def told(rows, **counts):
    return {
        "reasons": [],
        "before": {"n": 3, "best": "9"},
        "after": {"n": 3, "best": "8"},
        "counts": {"came": 0, "went": 0, "score": 0, "moved": 0, **counts},
        "rows": rows,
        "moves": [],
    }


def test_a_build_that_took_anothers_place_is_one_row():
    merged = merged_rows([WENT, CAME, OTHER])
    assert [own["kind"] for own in merged] == ["replaced", "came"]
    assert (merged[0]["was"], merged[0]["now"]) == ([1, "9"], [2, "8"])
    assert merged[0]["swaps"] == [("Cap", "Hat"), ("Coat", "Coat"), ("Ring", "Ring")]
    assert merged[0]["because"] == ["Hat: new", "Cap: gone"]


def test_differences_are_short_numbers_and_whatever_a_damaged_file_holds():
    rows = [{**row([1, "9"], [1, "8.5"], ["Cap"]), "difference": found} for found in ("-0.50", "+10", "x", None)]
    page = render_changes([("a", [told(rows, score=4)])], {}).decode()
    assert re.findall(r'data-label="Difference">(.*?)</td>', page) == ["\u22120.5", "+10", "x", ""]


def test_builds_with_little_in_common_stay_two_rows():
    assert [own["kind"] for own in merged_rows([WENT, OTHER])] == ["went", "came"]
    changed = row([1, "9"], [1, "10"], ["Cap", "Coat", "Ring"])
    assert [own["kind"] for own in merged_rows([changed])] == ["score"]


def test_nothing_that_was_typed_becomes_markup():
    page = render_changes([(NASTY, [told([row([1, NASTY], None, [NASTY])], went=1)])], {NASTY: [NASTY]}).decode()
    assert NASTY not in page
    outline = Outline(page)
    assert "script" not in outline.tags
    assert outline.addresses == ["#list-1"]


def test_lists_without_changes_and_rows_beyond_those_told_are_counted():
    page = render_changes([("a", [told([WENT, CAME], came=4, went=1, moved=7)]), ("b", [told([])])], {}).decode()
    assert "1 of 2 lists changed." in page
    assert "... and 3 more rows." in page
    assert '>As before</h2><ul class="told-pieces"><li>b</li></ul>' in page
    assert "There is no list." in render_changes([], {}).decode()


def test_the_page_works_in_a_browser(browser, tmp_path):
    path = tmp_path / "what.html"
    path.write_bytes(render_changes([("a", [told([WENT, CAME, OTHER], came=2, went=1)])], {"e.csv": ["Cap: gone"]}))
    browser.problems.clear()
    browser.open(path, width=390)
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    assert browser.texts("del, ins") == ["Cap", "Hat"]
    assert findings(browser) == []
    assert browser.problems == []


def test_the_command_writes_the_twin(tmp_path, capsys):
    from batch_folder import equipment_rows, make_folder, write_equipment

    make_folder(tmp_path, 2, 3)
    line = ["batch", str(tmp_path), "--changes", str(tmp_path / "what.md"), "--quiet"]
    assert main(line) == 0
    write_equipment(tmp_path / "equipment.csv", equipment_rows(3, seed=2))
    assert main(line) == 0
    page, text = (
        (tmp_path / "what.html").read_text(encoding="utf-8"),
        (tmp_path / "what.md").read_text(encoding="utf-8"),
    )
    assert re.search(r"(\d of 2 lists changed\.)", text)[1] in page
    assert "replaced" in page
    clash = ["batch", str(tmp_path), "--changes", str(tmp_path / "index.md"), "--report-dir", str(tmp_path)]
    assert main(clash) == 2
    assert "the page of changes and the index would be the same file" in capsys.readouterr().err
