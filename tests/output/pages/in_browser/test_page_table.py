"""The table of a page in a browser: grouped, marked, sorted, on any screen, on paper, without scripts."""

import json
import re

import pytest
from page_jobs import NASTY, QUOTED, example, facts, full_example, nasty_job, small_page

from equipment_optimizer.output.pages._report_data import report_data
from equipment_optimizer.output.pages.report import render_report
from equipment_optimizer.output.variants import variant_groups

HEADER = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level,Set Bonus"


def column(page, name):
    return [re.sub(r"\d+ equal", "", text).strip(" \u2007\u2008") for text in page.texts(f"#rows tr.row td.{name}")]


def test_the_table_shows_the_builds_best_first(page):
    opened = page()
    assert column(opened, "rank")[:3] == ["1", "2", "3"]
    assert column(opened, "score")[:3] == ["49.43", "49.39", "49.36"]
    assert column(opened, "delta")[:3] == ["best", "\u22120.04", "\u22120.07"]
    assert opened.texts("#count") == ["60 builds"]


def test_the_points_of_decimals_stand_below_each_other(page):
    opened = page(example(100)[1])
    scores = opened.texts("#rows tr.row td.score")
    assert len({len(text) for text in scores}) == 1
    assert {text.index(".") if "." in text else text.index("\u2008") for text in scores} == {2}
    assert any(text.endswith("\u2007") for text in scores)


def test_listed_skills_are_columns_and_what_all_builds_have_is_said_once(page):
    results, text = full_example()
    opened = page(text)
    heads = opened.texts("#heads th")
    levels = results.skill_levels(0, len(results))
    for skill in results.config.skills:
        assert (skill in heads) == (len(set(levels[skill].tolist())) > 1), skill
    assert opened.texts("#shared") == ["All 25 listed builds have Sharpness 1/2, Health Boost 3/3."]
    fury = opened.texts("#rows tr.row td[data-label='Fury']")
    assert [int(re.match(r"\d+", text)[0]) for text in fury[:3]] == levels["Fury"][[0, 1, 2]].tolist()


def test_pieces_and_levels_that_differ_from_the_best_are_marked(page):
    results, text = example(60)
    opened = page(text)
    best = [piece.name for piece in results.combinations[0].equipment]
    for k in (1, 2, 3):
        names = [piece.name for piece in results.combinations[k].equipment]
        differing = [name for name, other in zip(names, best, strict=True) if name != other]
        assert opened.texts(f"#rows tr[data-k='{k}'] td.piece-cell.differs") == differing
    assert opened.texts("#rows tr.best .differs") == []
    assert any(text.endswith(("\u25b4", "\u25be")) for text in opened.texts("#rows td.value.differs"))


def test_equal_builds_are_one_row_until_they_are_shown(page, tmp_path):
    rows = ["Helm a,Head,5,,", "Helm b,Head,5,,", "Coat,Body,3,Speed,1", "Vest,Body,1,Speed,2"]
    _, text = small_page(tmp_path, rows, {"limit": 9, "skills": {"Speed": {"max": 3, "weight": 1}}, "defence": 1})
    opened = page(text)
    assert opened.texts("#count") == ["4 builds in 2 groups"]
    assert opened.texts("#rows td.piece-cell[data-label='Head']") == ["Helm a or b", "Helm a or b"]
    assert opened.texts("#rows .fold") == ["2 equal", "2 equal"]
    opened.click("#rows .fold")
    assert [text.strip() for text in opened.texts("#rows td.piece-cell[data-label='Head']")] == [
        "Helm a",
        "Helm b",
        "Helm a or b",
    ]
    opened.click("#rows .fold")
    opened.click("#group")
    assert column(opened, "rank") == ["1", "2", "3", "4"]
    assert opened.texts("#rows .fold") == []


@pytest.mark.parametrize(("make", "limit"), [(example, 1000), (full_example, 25)])
def test_the_groups_are_those_of_the_terminal(page, make, limit):
    results, text = make(limit)
    groups = variant_groups(results)
    opened = page(text)
    for _ in range(20):
        opened.click("#more")
    assert [int(own.replace(",", "")) - 1 for own in opened.texts("#rows button.open")] == [own[0] for own in groups]
    assert opened.texts("#rows .fold") == [f"{len(own)} equal" for own in groups if len(own) > 1]


def test_what_the_config_sums_limits_or_counts_is_a_column(page, tmp_path):
    header = "Name,Body Part,Base Defence,Fire Res,Ice Res,Weight"
    rows = ["Cap,Head,4,1,3,2.5", "Hat,Head,3,2,1,2", "Coat,Body,3,2,2,7"]
    keys = {"totals": {"Weight": {"max": 12}}, "resistances": {"fire": {"min": 1}}, "defence": 1, "min_defence": 1}
    keys |= {"counts": {"light": {"where": {"Weight": {"max": 2}}, "max": 3}}, "skills": {}, "limit": 9}
    _, text = small_page(tmp_path, rows, keys, header)
    opened = page(text)
    assert opened.texts("#heads th.value") == ["Defence", "Fire Res", "Weight", "light"]
    assert opened.texts("#rows tr.best td.value") == ["7", "3", "9.5", "0"]
    del keys["min_defence"], keys["totals"], keys["counts"]
    _, text = small_page(tmp_path, rows, keys, header)
    assert page(text).texts("#heads th.value") == ["Fire Res"]


def test_equal_scores_of_other_totals_are_no_variants(page, tmp_path):
    rows = ["Cap,Head,4,,", "Hat,Head,0,Speed,4", "Coat,Body,3,,"]
    _, text = small_page(tmp_path, rows, {"limit": 9, "skills": {"Speed": {"max": 9, "weight": 1}}, "defence": 1})
    opened = page(text)
    assert column(opened, "score") == ["7", "7"]
    assert column(opened, "delta") == ["best", "equal"]


def test_the_table_sorts_by_any_column(page):
    opened = page()
    opened.click("#heads th:last-child button")
    values = [int(re.match(r"\d+", text)[0]) for text in opened.texts("#rows tr.row td.value:last-child")]
    assert values == sorted(values, reverse=True)
    assert opened.evaluate("document.querySelector('#heads th:last-child').ariaSort") == "descending"
    opened.click("#heads th:last-child button")
    values = [int(re.match(r"\d+", text)[0]) for text in opened.texts("#rows tr.row td.value:last-child")]
    assert values == sorted(values)
    opened.click("#heads th.piece-head button")
    heads = opened.texts("#rows tr.row td.piece-cell:nth-child(5)")
    assert heads == sorted(heads)
    opened.click("#heads th:nth-child(2) button")
    assert column(opened, "rank")[0] == "1"
    opened.click("#heads th:nth-child(2) button")
    assert column(opened, "rank")[0] == "60"
    opened.choose("#sort", "most Defence")
    assert opened.texts("#heads th:last-child") == ["Defence"]


def test_rows_are_made_as_they_are_asked_for(page):
    opened = page(example(3000)[1])
    assert len(column(opened, "rank")) == 100
    opened.click("#more")
    assert len(column(opened, "rank")) == 200
    opened.evaluate("document.getElementById('window').scrollTop = 1e9")
    opened.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert len(column(opened, "rank")) == 300


def test_a_star_far_down_leaves_the_rows_that_were_asked_for(page):
    opened = page(example(3000)[1])
    opened.click("#more")
    opened.evaluate("document.querySelectorAll('#rows .starring')[150].click()")
    assert len(column(opened, "rank")) == 200
    assert opened.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 820, 1280, 1920])
def test_the_page_fits_its_screen(page, width, dark):
    opened = page(full_example()[1], width=width, height=844, dark=dark)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    colour = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", colour)[:3])) < 384) == dark
    is_cards = opened.evaluate("getComputedStyle(document.querySelector('#table thead')).display") == "none"
    assert is_cards == (width < 1000)
    opened.click("#rows tr.row td.score")
    assert opened.evaluate("document.getElementById('build').scrollWidth") <= width


def test_no_name_is_cut(page, tmp_path):
    long = "Helmet of a very long name that goes on and on until its suffix "
    rows = [f"{long}{end},Head,{k},," for k, end in enumerate(("Alpha", "Beta"))]
    opened = page(small_page(tmp_path, rows, {"limit": 2, "defence": 1})[1], width=1280)
    assert opened.texts("#rows td.piece-cell") == [f"{long}Beta", f"{long}Alpha"]
    names = "[...document.querySelectorAll('#rows td.piece-cell, #best .name')]"
    assert not opened.evaluate(f"{names}.some(e => e.scrollWidth > e.clientWidth + 1)")


def test_a_printed_page_has_the_builds_and_no_controls(page):
    opened = page(example(300)[1])
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(column(opened, "rank")) == 200
    assert opened.texts("#print-note") == ["... and 96 more rows."]
    opened.call("Emulation.setEmulatedMedia", media="print")
    assert opened.evaluate("getComputedStyle(document.getElementById('find-form')).display") == "none"
    opened.call("Emulation.setEmulatedMedia", media="")
    opened.evaluate("dispatchEvent(new Event('afterprint'))")
    assert len(column(opened, "rank")) == 100


@pytest.mark.parametrize("limit", [1, 2])
def test_very_few_builds_make_a_page_too(page, limit):
    opened = page(example(limit)[1])
    assert column(opened, "rank") == ["1", "2"][:limit]
    opened.click("#rows tr.row td.score")
    other = "What separates it from build 2" if limit == 2 else "What separates it from the best"
    assert other in opened.texts("#build section h3")


def job_with_a_weapon(folder, **more):
    """Results of a job whose weapon has a skill that no piece has, and one that some have."""
    weapon = {"slots": [2], "skills": {"Zeal": 2, "Might": 1}}
    own = {"limit": 5, "weapon": weapon, "skills": {"Might": {"max": 3}}, **more}
    return small_page(folder, ["Cap,Head,3,Zeal,1", "Hat,Head,4,,"], own)


def test_a_weapon_with_skills_makes_a_page(page, tmp_path):
    results, text = job_with_a_weapon(tmp_path)
    opened = page(text)
    assert column(opened, "score") == [str(results.score(k)) for k in range(2)]
    terms = {term["name"]: term for term in report_data(results)["terms"]}
    assert {"Zeal", "Might"} <= set(terms)
    opened.click("#rows tr.row td.score")
    assert any("Might" in text for text in opened.texts("#build *"))


@pytest.mark.parametrize("has_weapon", [True, False])
def test_a_list_without_rows_makes_a_page(page, tmp_path, has_weapon):
    results = (job_with_a_weapon(tmp_path)[0] if has_weapon else example(3)[0]).head(0)
    opened = page(render_report(results, facts()).decode())
    assert column(opened, "rank") == []
    assert opened.texts("#best-title") == ["No build"]


def test_a_page_can_be_read_without_scripts(browser, tmp_path):
    results, text = full_example()
    (tmp_path / "plain.html").write_text(text, encoding="utf-8")
    browser.open(tmp_path / "plain.html", scripts=False)
    seen = browser.evaluate("document.body.innerText")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    for words in ("The best build", "72.48", "Gale Hood", "Attack Boost \u00d7 3, to 7", "turned off here"):
        assert words in seen
    assert "Only builds with" not in seen
    assert seen.count("Gale Hood") >= 3
    assert len(results) == 25


def test_names_stay_text_in_a_browser(page, tmp_path):
    opened = page(render_report(nasty_job(tmp_path), facts(NASTY + QUOTED)).decode())
    assert opened.evaluate("window.harm") is None
    assert opened.evaluate("document.querySelectorAll('script').length") == 2
    assert opened.evaluate("document.querySelectorAll('img').length") == 0
    assert opened.texts("h1") == [NASTY + QUOTED]
    opened.click("#rows tr.row td.rank button")
    names = opened.texts("#build .piece .name")
    assert NASTY in names
    assert opened.evaluate("window.harm") is None
    opened.click("#close")
    for piece in (QUOTED.strip(), NASTY):
        shown = opened.evaluate(
            f"[...document.querySelectorAll('[data-piece]')].find(e => e.dataset.piece === {json.dumps(piece)})"
            ".querySelector('button').click() || document.querySelectorAll('#rows tr.row').length"
        )
        assert shown >= 1
        opened.click("#undo")


def test_the_theme_can_be_chosen(page):
    opened = page()
    opened.click("#theme")
    assert opened.evaluate("document.documentElement.dataset.theme") == "dark"
    opened.click("#theme")
    assert opened.evaluate("document.documentElement.dataset.theme") == "light"
