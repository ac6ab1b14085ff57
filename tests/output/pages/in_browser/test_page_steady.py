"""What a reader looks at stays where it is, and what a reader does is answered: no jumps, ties told, Enter too."""

import http.server
import threading
from functools import partial

import pytest
from page_jobs import example, facts, full_example, small_page

from equipment_optimizer.output.pages.report import RunFacts, render_report

#: Four builds in pairs of the same score and different totals.
ROWS = ["Cap,Head,4,,", "Hat,Head,0,Speed,4", "Coat,Body,3,,", "Vest,Body,0,Might,2", "Robe,Body,2,,"]
OWN = {"limit": 9, "skills": {"Speed": {"max": 9, "weight": 1}, "Might": {"max": 9, "weight": 1}}, "defence": 1}


def top(page, selector):
    return page.evaluate(f"document.querySelector({selector!r}).getBoundingClientRect().top + scrollY")


def tied_page(page, folder):
    return page(small_page(folder, ROWS, OWN)[1])


@pytest.mark.parametrize("width", [390, 1060, 1280])
def test_nothing_moves_when_a_build_is_opened_or_found_or_copied(page, width):
    opened = page(full_example()[1], width=width)
    before = [top(opened, selector) for selector in ("#save-csv", "#rows", "#weigh")]
    undo = opened.evaluate("document.getElementById('undo').offsetWidth")
    opened.click("#rows button.open")
    opened.click("#close")
    opened.until("document.getElementById('undo').title === 'Nothing to undo'")
    opened.click("#rows .starring")
    opened.click("#copy-config")
    assert [top(opened, selector) for selector in ("#save-csv", "#rows", "#weigh")] == before
    assert opened.evaluate("document.getElementById('undo').offsetWidth") == undo
    assert opened.evaluate("document.getElementById('undo').ariaLabel") == "Undo starring build 1"
    assert opened.texts("#undo") == ["Undo"]


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_the_weights_stay_under_the_pointer(page, width):
    opened = page(full_example()[1], width=width)
    opened.click("#weigh")

    def tops():
        return [top(opened, selector) for selector in ("#weights", ".sliders", "#window")]

    before = tops()
    for n in (1, 2, 3, 4):
        opened.click(f".slider:nth-child({n}) button")
        assert tops() == before


def test_ties_are_told_of_a_filter(page, tmp_path):
    opened = tied_page(page, tmp_path)
    opened.type("#find", "coat")
    assert opened.texts("#find-told") == [
        (
            "Builds 1 and 2 are the best of the 6 listed that meet this: equal, as good as the list's best."
            " No better one is missing from the list."
        )
    ]
    opened.type("#find", "vest")
    assert opened.texts("#find-told")[0].startswith(
        "Builds 3 and 5 are the best of the 6 listed that meet this: equal, 1 below the list's best."
    )


def test_ties_and_all_changed_weights_are_told(page, tmp_path):
    opened = tied_page(page, tmp_path)
    opened.click("#weigh")
    opened.type("[aria-label='Weight of Might, as a number']", "1.5")
    told = opened.texts("#weights-told")[0]
    assert told.startswith("With Might 1.5 (was 1): build 1 stays first, equal with builds 2, 3 and 5, now with 7.")
    opened.type("[aria-label='Weight of Might, as a number']", "2")
    opened.type("[aria-label='Weight of Speed, as a number']", "0.5")
    told = opened.texts("#weights-told")[0]
    assert told.startswith("With Might 2 (was 1) and Speed 0.5 (was 1): ")
    opened.type("[aria-label='Weight of Speed, as a number']", "1")
    told = opened.texts("#weights-told")[0]
    assert told.startswith(
        "With Might 2 (was 1): builds 3 and 5 are first now (equal) with 8 (build 3: Vest for Coat);"
    )


def test_new_builds_among_the_first_ten_are_named(page):
    opened = page(full_example()[1])
    opened.click("#weigh")
    opened.type("[aria-label='Weight of Evasion, as a number']", "6")
    opened.click("#group")
    now = [int(text) for text in opened.texts("#rows td.rank button.open")][:10]
    new = [str(k) for k in now if k > 10]
    named = ", ".join(new[:-1]) + " and " + new[-1]
    assert f" New among the first 10: builds {named}." in opened.texts("#weights-told")[0]


def test_the_best_build_says_that_it_follows_neither_filter_nor_weights(page):
    opened = page(full_example()[1])
    hidden = "document.getElementById('best-note').hidden"
    assert opened.evaluate(hidden)
    opened.type("#find", "Gale")
    assert opened.texts("#best-note") == ["A filter is on: see below"]
    opened.click("#weigh")
    opened.click(".slider button")
    assert opened.texts("#best-note") == ["A filter and other weights are on: see below"]
    opened.click("#best-note button")
    assert opened.evaluate("document.activeElement.id") == "builds-title"
    opened.click("#reset")
    assert opened.evaluate(hidden)


def test_enter_in_the_field_is_answered(page):
    opened = page(full_example()[1])
    opened.evaluate("document.getElementById('find').focus()")
    opened.press("Enter")
    assert opened.texts("#told")[0].startswith("Nothing to look for yet")
    opened.type("#find", "not Gale Hood")
    n_shown = opened.texts("#count")[0].split()[0]
    opened.press("Enter")
    assert opened.texts("#told") == [f"{n_shown} of 25 builds meet this; the rows are below."]
    opened.type("#find", "Dancing >= 3")
    opened.press("Enter")
    assert opened.texts("#told") == ["No skill or total is called Dancing."]
    assert "a part of its name is enough" in opened.texts("#find-help")[0]


def test_a_number_is_opened_with_a_button_too(page):
    opened = page(full_example()[1])
    opened.type("#goto", "700")
    opened.click("#open-number")
    assert opened.texts("#told") == ["There are builds 1 to 25: write one of these numbers."]
    opened.type("#goto", "7")
    opened.click("#open-number")
    assert opened.texts("#build-title")[0].startswith("Build 7, ")


def test_a_table_says_that_it_goes_on_to_the_right(page, tmp_path):
    skills = [f"Skill number {n}" for n in range(30)]
    header = "Name,Body Part,Base Defence,Skill 1 Name,Skill 1 Level"
    rows = [f"Cap {n},Head,1,{skill},1" for n, skill in enumerate(skills)]
    own = {"limit": 30, "skills": {skill: {"max": 2, "weight": 1} for skill in skills}}
    text = small_page(tmp_path, rows, own, header)[1]
    opened = page(text)
    assert not opened.evaluate("document.getElementById('wide').hidden")
    opened.click("#wide")
    opened.until("document.getElementById('wide').hidden")
    assert opened.evaluate("document.getElementById('window').scrollLeft") > 0
    assert page(text, width=390).evaluate("document.getElementById('wide').hidden")
    assert page(full_example()[1]).evaluate("document.getElementById('wide').hidden")


def test_commands_are_those_of_the_lists_own_files(page):
    assert "python -m equipment_optimizer stability EQUIPMENT.csv CONFIG.json" in full_example()[1]
    plain = [{"path": f"a folder/{name}", "sha256": None} for name in ("wear.csv", "mine.json")]
    own = RunFacts(title="A list", inputs=plain, elapsed_seconds=0.0)
    opened = page(render_report(example(20)[0], own).decode())
    assert opened.texts("#firm code") == ["python -m equipment_optimizer stability wear.csv mine.json"]
    opened.click("#weigh")
    assert opened.texts("#weights code") == ["python -m equipment_optimizer optimize wear.csv builds.csv CHANGED.json"]


def test_a_copied_build_on_the_web_ends_with_its_address(browser, tmp_path):
    (tmp_path / "list.html").write_bytes(render_report(full_example()[0], facts()))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/list.html"
        try:
            browser.visit(address)
            browser.until("document.documentElement.dataset.ready")
            browser.evaluate(
                "Object.defineProperty(navigator, 'clipboard',"
                " {value: {writeText: async (text) => { window.copied = text; }}}); 0"
            )
            browser.click("#rows tr:nth-child(3) button.open")
            number = browser.texts("#rows tr:nth-child(3) button.open")[0]
            browser.evaluate("[...document.querySelectorAll('#build .buttons button')][4].click()")
            browser.until("window.copied")
            last = browser.evaluate("window.copied").splitlines()[-1]
            assert last.startswith(f"{address}#b={number}&of=")
            browser.evaluate("[...document.querySelectorAll('#build .buttons button')][5].click()")
            browser.until(f"document.querySelector('.said').textContent === 'Copied: the link to build {number}.'")
        finally:
            browser.visit("about:blank")
            server.shutdown()
