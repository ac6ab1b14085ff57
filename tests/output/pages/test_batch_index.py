"""The index of a batch: the way to every list's page, and nothing typed becomes markup."""

import json
import os

import pytest
from axe import findings
from batch_folder import config, make_folder
from page_jobs import NASTY, QUOTED, Outline, full_example

from equipment_optimizer.cli import main
from equipment_optimizer.output.pages.batch_index import IndexEntry, best_of, pieces_of, write_index


def test_a_batch_writes_pages_and_an_index(tmp_path):
    folder, pages = tmp_path / "lists", tmp_path / "site" / "pages"
    make_folder(folder, 2)
    (folder / "a #1 & <b>.json").write_text(json.dumps(config(5)))
    (folder / "index.json").write_text(json.dumps(config(6)))
    (folder / "broken.json").write_text("{")
    assert main(["batch", str(folder), "--report-dir", str(pages), "--quiet"]) == 2
    assert sorted(os.listdir(pages)) == [
        "a #1 & <b>.html",
        "index (list).html",
        "index.html",
        "list0.html",
        "list1.html",
    ]
    index = (pages / "index.html").read_text()
    addresses = [address for address in Outline(index).addresses if address.endswith(".html")]
    assert list(dict.fromkeys(addresses)) == [
        "./a%20%231%20%26%20%3Cb%3E.html",
        "./index%20%28list%29.html",
        "./list0.html",
        "./list1.html",
    ]
    other = (pages / "list0.html").read_text()
    (pages / "list0.html").unlink()
    (pages / "list1.html").write_text(other)
    before = (pages / "index (list).html").stat().st_mtime_ns
    assert main(["batch", str(folder), "--report-dir", str(pages), "--quiet"]) == 2
    assert "<h1>list1</h1>" in (pages / "list1.html").read_text()
    assert (pages / "list0.html").exists()
    assert (pages / "index (list).html").stat().st_mtime_ns == before


def entry(**values):
    return IndexEntry(**{"name": "list0", "status": "made", "best": {}, **values})


def test_an_index_escapes_what_it_names(tmp_path):
    path = tmp_path / "index.html"
    best = {"pieces": [[NASTY, QUOTED]], "skills": [NASTY]}
    entries = [
        entry(name=NASTY, best=best, news=NASTY, page="x y.html"),
        entry(name=QUOTED, status="failed", message=NASTY, notices=[NASTY]),
    ]
    write_index(str(path), NASTY, entries)
    text = path.read_text(encoding="utf-8")
    assert set(Outline(text).addresses) == {"./x%20y.html"}
    assert NASTY not in text
    assert "script" not in Outline(text).tags


def test_what_a_damaged_state_file_holds_does_no_harm(tmp_path):
    path = tmp_path / "index.html"
    write_index(str(path), "b", [entry(best={"pieces": 3, "skills": {"a": 1}}), entry(best={"pieces": [1, ["a"]]})])
    assert '<dl class="worn">' not in path.read_text(encoding="utf-8")
    assert pieces_of({"pieces": [["Head", "Cap"], ["odd"], 4]}) == [("Head", "Cap")]


def test_the_best_build_is_kept_as_plain_values():
    best = best_of(full_example()[0])
    assert best["pieces"][0] == ["Head", "Gale Hood"]
    assert best["skills"][0] == "Attack Boost 7/7"
    assert best_of(full_example()[0].head(0)) == {}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_index_opens_without_problems(browser, tmp_path, width, dark):
    browser.problems.clear()
    browser.requests.clear()
    path = tmp_path / "index.html"
    best = best_of(full_example()[0])
    filled = entry(
        page="list0.html", n_results="5", best_score="9.5", seconds="0.1", best=best, news="new", csv="a.csv"
    )
    empty = entry(name="none", status="infeasible", message="no build", notices=["e.csv:1: one", "two", "e.csv: three"])
    write_index(str(path), "b.json", [filled, empty], changes="../what changed.html")
    browser.open(path, width=width, dark=dark)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert (browser.problems, browser.requests) == ([], [path.absolute().as_uri()])
    assert browser.texts("summary") == ["2 notices about the files and 1 about the run"]
    assert browser.evaluate("document.querySelector('nav a').getAttribute('href')").endswith("../what%20changed.html")
    assert findings(browser) == []
