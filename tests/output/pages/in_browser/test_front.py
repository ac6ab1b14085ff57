"""A front on a page: its builds as points, what is weighed as columns, the axes in the address and undone."""

from dataclasses import replace

import pytest
from axe import findings
from page_jobs import example, facts, small_page

from equipment_optimizer.output.pages.report import render_report

FRONT = ("Score", "Defence", "-Attack Boost")


def shown(results):
    """The page of some builds as if they were a front."""
    return render_report(replace(results, config=replace(results.config, front=FRONT)), facts()).decode()


@pytest.fixture
def opened(page):
    return page(shown(example(60)[0]))


def defence_of(results):
    return [sum(piece.defence for piece in build.equipment) for build in results.combinations]


def ends(page):
    return (
        page.texts("#front-left") + page.texts("#front-right") + page.texts("#front-bottom") + page.texts("#front-top")
    )


def test_builds_are_points_of_two_objectives(opened):
    results, _ = example(60)
    defence = defence_of(results)
    scores = [results.score(k) for k in range(len(results))]
    assert opened.evaluate("document.getElementById('front-shown').getAttribute('d').split('M').length") == 61
    low, high = min(defence), max(defence)
    assert ends(opened) == [str(low), f"{high} Defence", str(min(scores)), str(max(scores))]
    described = opened.evaluate("document.getElementById('front-picture').getAttribute('aria-label')")
    assert described.startswith(
        f"Score from {min(scores)} to {max(scores)}, against Defence from {low} to {high}: 60 builds"
    )
    opened.type("#find", f"Defence >= {high}")
    n_shown = len([value for value in defence if value >= high])
    assert opened.evaluate("document.getElementById('front-shown').getAttribute('d').split('M').length") == n_shown + 1
    assert opened.evaluate("document.getElementById('front-rest').getAttribute('d').split('M').length") == 61 - n_shown


def test_what_is_weighed_are_columns_and_nothing_claims_a_best(opened):
    assert opened.texts("#heads th.value")[:2] == ["Defence", "Attack Boost"]
    assert opened.texts("#best-title") == ["First by Score"]
    assert opened.texts("#rows tr:first-child td.delta")[0].strip() == "first"
    assert opened.evaluate("document.getElementById('costs').hidden && document.getElementById('firm').hidden")
    assert opened.evaluate("document.getElementById('scores')") is None
    assert "Attack Boost (less is better)" in opened.texts(".chip")


def test_the_axes_are_in_the_address_and_undone(opened):
    before = ends(opened)
    opened.choose("#front-x", "Attack Boost (less is better)")
    opened.choose("#front-y", "Attack Boost (less is better)")
    assert "axes=0.2" in opened.evaluate("location.hash")
    other = ends(opened)
    assert other[1].endswith(" Score")
    opened.evaluate("location.hash = '#axes=1.2'")
    opened.until("document.getElementById('front-x').value === '1'")
    for _ in range(3):
        opened.click("#undo")
    assert ends(opened) == before
    assert opened.evaluate("location.hash") == ""


def test_a_point_is_told_and_opened(opened):
    opened.evaluate("document.getElementById('front').scrollIntoView()")
    act = (
        "(kind => { const box = document.getElementById('front-picture').getBoundingClientRect();"
        " document.getElementById('front-picture').dispatchEvent(new PointerEvent(kind, {bubbles: true,"
        " clientX: box.left + frontAt[0] * box.width, clientY: box.top + (1 - frontAt[1]) * box.height})); })"
    )
    results, _ = example(60)
    defence = defence_of(results)
    along = (defence[0] - min(defence)) / (max(defence) - min(defence))
    opened.evaluate(f"window.frontAt = [{along}, 1]; 0")
    opened.evaluate(f"{act}('pointermove')")
    assert opened.texts("#front-tip")[0].startswith("Build 1: Score 49.43, Defence ")
    opened.evaluate(f"{act}('click')")
    assert opened.texts("#build-title")[0].startswith("Build 1, ")


def test_the_words_of_a_front(page, tmp_path):
    rows = ["Cap,Head,9,Might,1", "Hat,Head,4,Might,3", "Hood,Head,3,Might,2", "Veil,Head,1,Might,9"]
    plain = {"limit": 1, "front": ["-Defence", "Might"], "skills": {"Might": {"weight": 1, "max": 9}}}
    results, text = small_page(tmp_path, rows, plain)
    assert [build.equipment[0].name for build in results.combinations] == ["Veil"]
    plain["front"] = ["Defence", "Might"]
    results, text = small_page(tmp_path, rows, plain)
    assert "<title>A list: 3 builds that no other beats</title>" in text
    assert (
        'content="3 builds that no other beats in all of Defence, Might, which is all. The first: Cap, score ' in text
    )
    assert "complete: every outcome that no other beats in all that is weighed is listed" in text
    opened = page(text)
    assert opened.texts(".contents a:not([hidden])")[:3] == ["First build", "All builds", "Trade-offs"]
    assert opened.texts("#usage-title") == ["Which pieces, in how many builds"]
    assert ends(opened)[:2] == ["1", "9 Might"]


@pytest.mark.parametrize("dark", [False, True])
def test_a_front_has_no_finding_of_axe(page, dark):
    assert findings(page(shown(example(60)[0]), dark=dark)) == []
