"""The page of changes as HTML: what was typed is text, and a build that took another's place is one row."""

import html
import re

import pytest
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


def test_long_scores_are_told_to_their_last_digit():
    long = "12345678901234567890123456789012.5"
    rows = [{**row([1, "9"], [1, long], ["Cap"]), "difference": f"+{long}"}]
    found = {**told(rows, score=1), "before": {"n": 3, "best": "0.25"}, "after": {"n": 3, "best": long}}
    page = render_changes([("a", [found])], {}).decode()
    assert re.findall(r'data-label="Difference">(.*?)</td>', page)[-1] == f"+{long}"
    assert "+12345678901234567890123456789012.25" in page


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


def cells(page, label):
    return [html.unescape(re.sub("<[^>]*>", "", own)) for own in re.findall(rf'data-label="{label}">(.*?)</td>', page)]


def test_rows_are_ordered_by_their_place_now_and_tell_both_scores():
    gone, same = row([1, "9"], None, ["A", "B"]), {**row([4, "7"], [2, "7.5"], ["E", "F"]), "difference": "+0.5"}
    rows = [gone, row([3, "8"], None, ["C", "D"]), same, row(None, [1, "9.5"], ["G", "H"])]
    page = render_changes([("a", [told(rows, came=1, went=2, score=1)])], {}).decode()
    assert cells(page, "Rank now") == ["1", "2", "\u2013", "\u2013"]
    assert cells(page, "Rank before") == ["\u2013", "4", "1", "3"]
    assert cells(page, "Score before") == ["\u2013", "7", "9", "8"]
    assert cells(page, "Score now") == ["9.5", "7.5", "\u2013", "\u2013"]
    assert cells(page, "Best against best") == ["\u22121"]


@pytest.mark.parametrize(
    ("because", "reasons", "fate"),
    [
        ([], [], "fell below the last listed build (now 8)"),
        (["Cap: gone"], [], "Cap: gone; no longer possible: Cap is gone"),
        (["Cap: Defence 2 \u2192 1"], [], "fell below the last listed build (now 8), or no longer keeps the rules"),
        ([], ["$.limit: 3 \u2192 2"], "fell below the last listed build (now 8), or no longer keeps the rules"),
    ],
)
def test_why_a_build_went_is_told_as_far_as_it_is_known(because, reasons, fate):
    found = {**told([row([2, "9"], None, ["Cap"], because)], went=1), "last": "8", "reasons": reasons}
    page = render_changes([("a", [found])], {}).decode()
    assert html.unescape(re.search(r'<td class="wide">([^<]*)</td></tr>', page)[1]).endswith(fate)


def test_the_best_build_is_spelled_out_with_what_it_was_made_from():
    first = {"positions": ["Head", "Charm"], "was": ["9", ["Cap", ""]], "now": ["9.5", ["Hat", "Ring"]]}
    found = {**told([CAME], came=1), "inputs": ["0123abcd", "4567abcd"]}
    page = render_changes([("a", [{**found, "first": {**first, "then": [2, "8"]}}])], {}).decode()
    assert "best 9, 3 listed, inputs 0123abcd. Now: best 8, 3 listed, inputs 4567abcd." in page
    assert "The best build now: 9.5, before 9 (best against best +0.5)" in page
    assert "<dt>Head</dt><dd><del>Cap</del> <ins>Hat</ins></dd>" in page
    assert "<dt>Charm</dt><dd><del>(empty)</del> <ins>Ring</ins></dd>" in page
    assert "The best build before is number 2 now, with 8 (the same build \u22121)." in page
    gone = {**found, "rows": [WENT], "first": {**first, "then": None}}
    page = render_changes([("a", [gone])], {}).decode()
    assert "The best build before is not listed any more: it is no longer possible: Cap is gone." in page


def test_the_page_leads_to_the_index_and_to_each_list():
    ways = {"a": ("pages/a b.html", "a.csv")}
    page = render_changes([("a", [told([CAME], came=5)])], {}, ways=ways, index="pages/index.html").decode()
    links = ["./pages/index.html", "#list-1", "./pages/a%20b.html", "./a.csv", "./a.csv"]
    assert Outline(page).addresses == links


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
    assert 'href="./list0.csv"' in page
    clash = ["batch", str(tmp_path), "--changes", str(tmp_path / "index.md"), "--report-dir", str(tmp_path)]
    assert main(clash) == 2
    assert "the page of changes and the index would be the same file" in capsys.readouterr().err
