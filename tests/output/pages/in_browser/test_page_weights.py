"""Other weights on a page: exact scores of the listed builds, their order, and the config that makes them."""

import dataclasses
import json
import re
import shutil
from decimal import Decimal

import pytest
from page_jobs import EXAMPLE, full_example, small_page

import equipment_optimizer as eo
from equipment_optimizer.records.results import format_score

COPY = "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text; }}})"


def set_weight(page, name, value):
    page.type(f"[aria-label='Weight of {name}, as a number']", value)


@pytest.fixture
def opened(page):
    own = page(full_example()[1])
    own.click("#group")
    own.click("#weigh")
    return own


def changed_config(own, weights):
    """The config with other weights, by the names that the page shows."""
    skills = dict(own.skills)
    for name, value in weights.items():
        if name in skills:
            skills[name] = dataclasses.replace(skills[name], weight=Decimal(value))
    more = {}
    if "Defence" in weights:
        more["defence_weight"] = Decimal(weights["Defence"])
    if "Any free slot" in weights:
        more["slot_count_weight"] = Decimal(weights["Any free slot"])
    if "Any other skill" in weights:
        more["unlisted_skill_weight"] = Decimal(weights["Any other skill"])
    return dataclasses.replace(own, skills=skills, **more)


@pytest.mark.parametrize(
    "weights",
    [
        {"Health Boost": "4"},
        {"Evasion": "3.125", "Defence": "0.1"},
        {"Attack Boost": "0", "Any free slot": "0.5", "Any other skill": "2"},
        {"Guard": "-1"},
    ],
)
def test_scores_and_order_are_those_of_the_program(opened, weights):
    results, _ = full_example()
    for name, value in weights.items():
        set_weight(opened, name, value)
    own = dataclasses.replace(results, config=changed_config(results.config, weights), score_digits=8)
    from equipment_optimizer.output.score_terms import score_terms

    scores = sum(term.worth for term in score_terms(own))
    order = sorted(range(len(results)), key=lambda k: (-scores[k], k))
    assert [int(text) - 1 for text in opened.texts("#rows td.rank button.open")] == order
    shown = [text.strip(" \u2007\u2008").replace("\u2212", "-") for text in opened.texts("#rows td.score")]
    assert shown == [format_score(int(scores[k]), 8) for k in order]


def test_the_honest_line_says_what_changed(opened):
    set_weight(opened, "Evasion", "6")
    told = opened.texts("#weights-told")[0]
    assert told.startswith("With Evasion 6 (was 1.5): build ")
    assert told.endswith(" Re-ranked among these 25 builds only; run again to be exact.")
    assert "is first now with" in told
    assert "build 1 falls to place" in told
    opened.click("#undo")
    assert opened.texts("#weights-told")[0].startswith("Move a weight")
    opened.click("[aria-label='\u00d72: double the weight of Health Boost']")
    assert "build 1 stays first, now with 78.48." in opened.texts("#weights-told")[0]
    assert re.search(r" (New among the first 10: builds? [\d, and]+|The first 10 are the same builds)\. Re", told)


def test_a_slider_moves_a_weight(opened):
    opened.type("[aria-label='Weight of Evasion']", "4")
    assert opened.evaluate("document.querySelector(\"[aria-label='Weight of Evasion, as a number']\").value") == "4"
    assert "w=skills/Evasion/weight:4" in opened.evaluate("decodeURIComponent(location.hash)")


def test_the_copied_config_makes_the_list_that_was_shown(opened, tmp_path):
    results, _ = full_example()
    opened.evaluate(COPY + ";0")
    set_weight(opened, "Evasion", "3.125")
    opened.click("#weights .tools button")
    text = opened.evaluate("window.copied")
    plain = json.loads(text, parse_float=Decimal)
    assert plain["skills"]["Evasion"]["weight"] == Decimal("3.125")
    shutil.copytree(EXAMPLE / "full", tmp_path, dirs_exist_ok=True)
    (tmp_path / "c.json").write_text(text)
    read, _ = eo.read_config(tmp_path / "c.json")
    assert read.skills == changed_config(results.config, {"Evasion": "3.125"}).skills
    assert read.defence_weight == results.config.defence_weight
    assert read.decorations == results.config.decorations


def test_a_build_and_its_terms_are_shown_with_the_other_weights(opened):
    set_weight(opened, "Fury", "0.25")
    opened.click("#rows tr:nth-child(2) button.open")
    rows = opened.texts("#build .against tr.sum td")
    scores = [text.strip(" \u2007\u2008") for text in opened.texts("#rows td.score")]
    assert rows[1] == scores[1]
    gains = opened.texts("#build .against tr:not(.sum):not(.swap) td.number:last-child")
    total = sum(Decimal(text.replace("\u2212", "-").replace("+", "")) for text in gains)
    assert total == Decimal(rows[3].replace("\u2212", "-").replace("+", ""))


def test_the_best_build_stays_first_up_to_the_weight_that_is_told(opened):
    rows = opened.texts("#firm-table tbody th")
    downs, ups = (opened.texts(f"#firm-table tbody td:nth-child({column})") for column in (3, 4))
    told = 0
    for name, down, up in zip(rows, downs, ups, strict=True):
        for text, further in ((down, -1), (up, 1)):
            if text == "any":
                continue
            told += 1
            bound, build = re.fullmatch(r"([-\u2212\d.]+), then build (\d+)", text).groups()
            bound = float(bound.replace("\u2212", "-"))
            step = max(abs(bound), 0.01) / 100
            set_weight(opened, name, f"{bound + further * step:.6f}")
            assert f"build {build} is first now" in opened.texts("#weights-told")[0], (name, text)
            set_weight(opened, name, f"{bound - further * step:.6f}")
            assert "build 1 stays first" in opened.texts("#weights-told")[0], (name, text)
            opened.click("#reset")
            opened.click("#weigh")
    assert told > 10


def test_a_table_of_values_has_no_slider(opened):
    labels = opened.evaluate("[...document.querySelectorAll('#weights input')].map(e => e.ariaLabel)")
    assert "Weight of Attack Boost" in labels
    assert not any("Sharpness" in label for label in labels)


def test_a_slider_shows_its_weights_own_value(page, tmp_path):
    rows = ["Cap,Head,5,Speed,2", "Hat,Head,4,Speed,3"]
    opened = page(small_page(tmp_path, rows, {"limit": 2, "skills": {"Speed": {"max": 9, "weight": 13.25}}})[1])
    opened.click("#weigh")
    assert opened.evaluate("document.querySelector('.slider [type=range]').value") == "13.25"
    opened.type("[aria-label='Weight of Speed, as a number']", "2.125")
    assert opened.evaluate("document.querySelector('.slider [type=range]').value") == "2.125"


def test_on_a_phone_the_answer_stays_in_view_beside_the_sliders(page):
    opened = page(full_example()[1], width=390)
    opened.click("#weigh")
    opened.evaluate("[...document.querySelectorAll('.slider')].at(-1).scrollIntoView({block: 'end'})")
    opened.click(".slider:last-child button")
    told = "document.getElementById('weights-told').getBoundingClientRect()"
    assert opened.evaluate(f"{told}.top >= 0 && {told}.bottom <= innerHeight")
