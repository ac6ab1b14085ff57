"""Report pages: what they hold, and that they work in a browser and ask for nothing."""

import html
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import chromium
import numpy as np
import pytest
from batch_folder import config, make_folder

import equipment_optimizer as eo
from equipment_optimizer.cli import main
from equipment_optimizer.output.pages._report_data import ALPHABET, json_for_script, report_data, score_steps
from equipment_optimizer.output.pages.batch_index import write_index
from equipment_optimizer.output.pages.report import RunFacts, render_report

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "example_data"

#: Names that would do harm if any of them became markup, script or an address.
NASTY = "<script>window.harm=1</script>"
QUOTED = "\"quotes' &amp; </script><img src=x onerror=window.harm=2> \u2028 \u202e"


def facts(title="A list"):
    return RunFacts(title=title, inputs=[], elapsed_seconds=1.5, peak_rss_bytes=None)


def example(limit=None, title="A list"):
    table, own, _ = eo.load_job(EXAMPLE / "equipment.csv", EXAMPLE / "config.json", limit=limit)
    results = eo.optimize(table, own)
    return results, render_report(results, facts(title)).decode()


def nasty_job(folder):
    """A job in which everything that can be typed is nasty."""
    cell = '"' + QUOTED.replace('"', '""') + '"'
    rows = [f'{cell},Head,5,"{NASTY}",2,1,Sun <b>', f"=1+1,Head,4,{cell},1,2,", f"{NASTY},Body,3,Speed,1,0,Sun <b>"]
    header = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Num Lvl 1 Deco Slots,Set Bonus"
    (folder / "e.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    (folder / "b.csv").write_text(f"Bonus Name,Pieces Required,Skill,Level\nSun <b>,1,{NASTY},1\n")
    (folder / "d.csv").write_text(f"Name,Slot Level,Skill 1 Name,Skill 1 Level\n{NASTY},1,Speed,1\n")
    own = {"limit": 9, "skills": {NASTY: {"max": 1, "weight": 2, "penalty": 1}, "Speed": {"max": 2, "weight": 3}}}
    own["files"] = {"set_bonuses": "b.csv", "decorations": "d.csv"}
    (folder / "c.json").write_text(json.dumps(own))
    table, read, _ = eo.load_job(folder / "e.csv", folder / "c.json")
    return eo.optimize(table, read)


class Outline(HTMLParser):
    """Elements, addresses and handlers of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.handlers = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "action", "data", "poster")]
        self.handlers += [name for name, _ in attributes if name.startswith("on") or name == "style"]


def test_a_page_needs_nothing_from_anywhere():
    _, page = example()
    outline = Outline(page)
    assert outline.addresses == outline.handlers == []
    assert not {"img", "link", "iframe", "object", "embed", "base"} & set(outline.tags)
    assert "@import" not in page
    assert "url(" not in page


def test_every_column_says_what_the_results_say():
    results, _ = example(50)
    data = json.loads(json.dumps(report_data(results)))

    def value(column, k):
        codes = column["codes"]
        return column["values"][0 if codes == "" else ALPHABET.index(codes[k]) if isinstance(codes, str) else codes[k]]

    assert data["n"] == 50
    assert data["scores"] == results.scaled_scores.tolist()
    for k, build in enumerate(results.combinations):
        names = [data["pieces"][value(column, k)]["name"] for column in data["columns"]]
        assert names == [piece.name for piece in build.equipment]
        terms = {term["name"]: value(term, k) for term in data["terms"]}
        assert terms["Defence"][0] == build.total_defence
        assert sum(own[1] for own in terms.values()) == data["scores"][k]
        for skill, level in build.total_skill_levels.items():
            assert terms[skill][0] == level


def test_many_values_become_numbers_and_large_ones_text():
    from equipment_optimizer.output.pages._report_data import _coded

    many = _coded(np.arange(200)[None, :])
    assert many["codes"] == list(range(200))
    assert _coded(np.array([[2**60, 2**60]])) == {"values": [[str(2**60)]], "codes": ""}


def test_the_alphabet_is_that_of_the_page():
    script = (ROOT / "equipment_optimizer" / "output" / "pages" / "templates" / "report.js").read_text()
    assert f'const ALPHABET = "{ALPHABET}";' in script
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert not set(ALPHABET) & set("\"'<>&\\`")


def test_json_in_a_script_cannot_end_it():
    value = {"a": "</script><!--", "b": "\u2028\u2029&'\"\U0001f600"}
    text = json_for_script(value)
    assert text.isascii()
    assert not set("<>&") & set(text)
    assert json.loads(text) == value


@pytest.mark.parametrize("scores", [[3.0], [3.0, 3.0], [5.0, 4.0, 4.0, 4.0, 2.0], list(map(float, range(5000, 0, -1)))])
def test_the_plotted_line_keeps_its_ends_and_its_corners(scores):
    steps = score_steps(scores, 600)
    assert steps[0] == 0
    assert steps[-1] == len(scores) - 1
    assert steps == sorted(set(steps))
    assert len(steps) <= 602
    if len(scores) == 5:
        assert steps == [0, 1, 3, 4]


def test_names_are_escaped_everywhere(tmp_path):
    page = render_report(nasty_job(tmp_path), facts(NASTY + QUOTED)).decode()
    outline = Outline(page)
    assert outline.tags.count("script") == 2
    assert outline.tags.count("title") == 1
    assert not {"img", "b"} & set(outline.tags)
    assert html.escape(NASTY) in page
    assert NASTY not in page


def test_a_report_of_a_stopped_search_says_what_is_known():
    rows = [
        eo.EquipmentPiece(f"{part} {k}", part, (k * 37) % 101)
        for part in ("Head", "Body", "Arms", "Waist", "Legs", "Charm")
        for k in range(60)
    ]
    table = eo.EquipmentTable.from_pieces(rows)
    results = eo.optimize(table, eo.Config(limit=20), time_limit=1e-9, engine="exhaustive")
    assert not results.report.proved
    page = render_report(results, facts()).decode()
    assert "stopped early: " in page
    assert "not all" in page


def test_the_command_writes_the_report(tmp_path):
    out, report = tmp_path / "my list.csv", tmp_path / "r.html"
    command = ["optimize", str(EXAMPLE / "equipment.csv"), str(out), str(EXAMPLE / "config.json"), "--quiet"]
    assert main([*command, "--report", str(report)]) == 0
    text = report.read_text(encoding="utf-8")
    assert "<h1>my list</h1>" in text
    # Where files are is nobody's business.
    assert str(EXAMPLE) not in text
    assert re.search(r"<dt>equipment.csv</dt><dd>SHA-256 [0-9a-f]{64}</dd>", text)


def test_notices_and_texts_stand_on_the_page(tmp_path):
    own = {"limit": 3, "title": "For <b>Ann</b>", "note": NASTY, "author": "me", "game": "World", "version": "2"}
    (tmp_path / "c.json").write_text(json.dumps(own))
    (tmp_path / "e.csv").write_text("Name,Body Part\nCap,Head\n")
    job = [str(tmp_path / "e.csv"), str(tmp_path / "out.csv"), str(tmp_path / "c.json")]
    assert (
        main(["optimize", *job, "--quiet", "--report", str(tmp_path / "r.html"), "--manifest", str(tmp_path / "m")])
        == 0
    )
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    notices = json.loads((tmp_path / "m").read_text())["notices"]
    assert len(notices) > 1
    for notice in notices:
        assert notice.startswith((str(tmp_path), "most of")), notice
        assert f"<li>{html.escape(notice.replace(str(tmp_path) + os.sep, ''))}</li>" in text.replace(
            "&#34;", "&quot;"
        ).replace("&#39;", "&#x27;")
    assert str(tmp_path) not in text
    assert "<h1>For &lt;b&gt;Ann&lt;/b&gt;</h1>" in text
    for name, value in (("note", html.escape(NASTY)), ("author", "me"), ("game", "World"), ("version", "2")):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in text


def test_without_notices_there_is_no_word_of_them():
    assert "<h3>Notices</h3>" not in example(1)[1]


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
    addresses = Outline(index).addresses
    assert addresses == ["./a%20%231%20%26%20%3Cb%3E.html", "./index%20%28list%29.html", "./list0.html", "./list1.html"]
    (pages / "list0.html").unlink()
    (pages / "list1.html").write_text("mine")
    before = (pages / "index (list).html").stat().st_mtime_ns
    assert main(["batch", str(folder), "--report-dir", str(pages), "--quiet"]) == 2
    assert "<h1>list1</h1>" in (pages / "list1.html").read_text()
    assert (pages / "list0.html").exists()
    assert (pages / "index (list).html").stat().st_mtime_ns == before


def test_an_index_escapes_what_it_names(tmp_path):
    path = tmp_path / "index.html"
    write_index(str(path), NASTY, [("x.html", (NASTY, "1", "2", "made", "3")), ("y", (QUOTED, "", "", "failed", ""))])
    assert Outline(path.read_text(encoding="utf-8")).addresses == []
    assert NASTY not in path.read_text(encoding="utf-8")


# --- in a browser -----------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    program = chromium.find()
    if program is None:
        pytest.skip(f"no browser on this machine: none of {', '.join(chromium.NAMES)} is installed")
    with chromium.Page(program) as page:
        yield page


@pytest.fixture
def page(browser, tmp_path):
    """A function that opens the example's report and, at the end, looks for problems."""
    browser.problems.clear()
    browser.requests.clear()
    path = tmp_path / "report.html"

    def opened(text=None, **how):
        path.write_text(example(60)[1] if text is None else text, encoding="utf-8")
        browser.open(path, **how)
        assert browser.evaluate("document.documentElement.dataset.ready") == "yes"
        return browser

    yield opened
    assert browser.problems == []
    assert set(browser.requests) <= {path.absolute().as_uri()}


def column(page, name):
    return page.texts(f"#rows tr.row td.{name}")


def test_the_table_shows_the_builds_best_first(page):
    opened = page()
    assert column(opened, "rank")[:3] == ["1", "2", "3"]
    assert column(opened, "score")[:3] == ["49.43", "49.39", "49.36"]
    assert column(opened, "delta")[:3] == ["best", "\u22120.04", "\u22120.07"]
    assert opened.texts("#count") == ["60 builds"]


def test_the_table_sorts_by_any_column(page):
    opened = page()
    opened.click("#heads th:last-child button")
    values = [int(text) for text in column(opened, "value")]
    assert values == sorted(values, reverse=True)
    assert opened.evaluate("document.querySelector('#heads th:last-child').ariaSort") == "descending"
    opened.click("#heads th:last-child button")
    values = [int(text) for text in column(opened, "value")]
    assert values == sorted(values)
    opened.click("#heads th:nth-child(4) button")
    heads = opened.texts("#rows tr.row td.piece-cell:nth-child(4)")
    assert heads == sorted(heads)
    opened.click("#heads th:first-child button")
    assert column(opened, "rank")[0] == "1"
    opened.click("#heads th:first-child button")
    assert column(opened, "rank")[0] == "60"


def test_the_table_filters_by_words_and_by_value(page):
    opened = page()
    opened.type("#search", "gale onyx")
    rows = opened.texts("#rows tr.row")
    assert rows
    assert all("Gale" in row and "Onyx" in row for row in rows)
    assert opened.texts("#count")[0].endswith(" of 60 builds")
    opened.type("#search", '"Gale Mask"')
    assert all(row == "Gale Mask" for row in opened.texts("#rows tr.row td.piece-cell:nth-child(4)"))
    opened.type("#search", '"Gale"')
    assert opened.texts("#count") == ["0 of 60 builds"]
    opened.click("#clear")
    opened.choose("#term", "Attack Boost")
    opened.type("#least", "5")
    assert {int(text) for text in column(opened, "value")} == {5}
    opened.click("#clear")
    assert opened.texts("#count") == ["60 builds"]


def test_a_build_opens_and_says_what_separates_it(page):
    results, text = example(60)
    opened = page(text)
    opened.click("#rows tr.row:nth-child(4) td.score")
    assert opened.evaluate("document.getElementById('build').open")
    assert opened.texts("#build-title") == ["Build 4, score 49.34 (\u22120.09)"]
    assert opened.texts("#build .piece .name") == [piece.name for piece in results.combinations[3].equipment]
    assert opened.texts("#build section h3") == [
        "Pieces",
        "What separates it from the best",
        "Decoration slots",
        "Skills",
        "Defence and resistances",
    ]
    assert opened.texts("#build .against tr.sum td") == ["Together", "49.34", "49.43", "\u22120.09"]
    levels = dict(zip(opened.texts("#build .skill .name"), opened.texts("#build .skill .level"), strict=True))
    assert levels["Attack Boost"] == "5 / 5"
    opened.click("#next")
    assert opened.texts("#build-title")[0].startswith("Build 5, ")
    opened.click("#previous")
    opened.click("#close")
    assert not opened.evaluate("document.getElementById('build').open")


def test_a_click_on_a_piece_shows_only_its_builds(page):
    opened = page()
    opened.click("[data-piece='Gale Mask']")
    heads = opened.texts("#rows tr.row td.piece-cell:nth-child(4)")
    assert set(heads) == {"Gale Mask"}
    assert opened.texts("[data-piece='Gale Mask'] .n") == [opened.texts("#count")[0].split()[0]]


def test_names_stay_text_in_a_browser(page, tmp_path):
    opened = page(render_report(nasty_job(tmp_path), facts(NASTY + QUOTED)).decode())
    assert opened.evaluate("window.harm") is None
    assert opened.evaluate("document.querySelectorAll('script').length") == 2
    assert opened.evaluate("document.querySelectorAll('img, main b').length") == 0
    assert opened.texts("h1") == [NASTY + QUOTED]
    opened.click("#rows tr.row td.rank button")
    names = opened.texts("#build .piece .name")
    assert NASTY in names
    assert opened.evaluate("window.harm") is None
    opened.click("#close")
    for piece in (QUOTED.strip(), NASTY):
        cells = opened.evaluate(
            f"[...document.querySelectorAll('[data-piece]')].find(e => e.dataset.piece === {json.dumps(piece)}).click()"
            " || document.querySelectorAll('#rows tr.row').length"
        )
        assert cells >= 1


def test_only_rows_in_sight_exist(page):
    opened = page(example(3000)[1])
    assert 0 < len(column(opened, "rank")) < 100
    opened.evaluate("document.getElementById('window').scrollTop = 1e9")
    opened.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert column(opened, "rank")[-1] == "3,000"
    assert len(column(opened, "rank")) < 100


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_the_page_fits_its_screen(page, width, dark):
    opened = page(width=width, height=844, dark=dark)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    colour = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", colour)[:3])) < 384) == dark
    opened.click("#rows tr.row td.score")
    assert opened.evaluate("document.getElementById('build').scrollWidth") <= width


def test_a_printed_page_has_the_builds_and_no_controls(page):
    opened = page(example(300)[1])
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(column(opened, "rank")) == 200
    assert opened.texts("#print-note") == ["... and 100 more builds."]
    opened.call("Emulation.setEmulatedMedia", media="print")
    assert opened.evaluate("getComputedStyle(document.getElementById('tools')).display") == "none"
    opened.call("Emulation.setEmulatedMedia", media="")
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    assert len(column(opened, "rank")) < 100


@pytest.mark.parametrize("limit", [1, 2])
def test_very_few_builds_make_a_page_too(page, limit):
    opened = page(example(limit)[1])
    assert column(opened, "rank") == ["1", "2"][:limit]
    opened.click("#rows tr.row td.score")
    other = "What separates it from the second" if limit == 2 else "What separates it"
    assert other in opened.texts("#build section h3")


def job_with_a_weapon(folder, **more):
    """Results of a job whose weapon has a skill that no piece has, and one that some have."""
    (folder / "e.csv").write_text(
        "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level\nCap,Head,3,Zeal,1\nHat,Head,4,,\n"
    )
    weapon = {"slots": [2], "skills": {"Zeal": 2, "Might": 1}}
    (folder / "c.json").write_text(json.dumps({"limit": 5, "weapon": weapon, "skills": {"Might": {"max": 3}}, **more}))
    table, own, _ = eo.load_job(folder / "e.csv", folder / "c.json")
    return eo.optimize(table, own)


def test_a_weapon_with_skills_makes_a_page(page, tmp_path):
    results = job_with_a_weapon(tmp_path)
    opened = page(render_report(results, facts()).decode())
    assert column(opened, "score") == [str(results.score(k)) for k in range(2)]
    terms = {term["name"]: term for term in report_data(results)["terms"]}
    assert {"Zeal", "Might"} <= set(terms)
    opened.click("#rows tr.row td.score")
    assert any("Might" in text for text in opened.texts("#build *"))


@pytest.mark.parametrize("has_weapon", [True, False])
def test_a_list_without_rows_makes_a_page(page, tmp_path, has_weapon):
    results = (job_with_a_weapon(tmp_path) if has_weapon else example(3)[0]).head(0)
    opened = page(render_report(results, facts()).decode())
    assert column(opened, "rank") == []
    assert "best score" not in opened.texts("dl.tiles dt")


def test_the_theme_can_be_chosen(page):
    opened = page()
    opened.click("#theme")
    assert opened.evaluate("document.documentElement.dataset.theme") == "dark"
    opened.click("#theme")
    assert opened.evaluate("document.documentElement.dataset.theme") == "light"


def test_the_index_opens_without_problems(browser, tmp_path):
    browser.problems.clear()
    browser.requests.clear()
    path = tmp_path / "index.html"
    write_index(str(path), "b.json", [("list0.html", ("list0", "5", "9.5", "made", "0.1"))])
    browser.open(path, width=390)
    assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    assert (browser.problems, browser.requests) == ([], [path.absolute().as_uri()])
