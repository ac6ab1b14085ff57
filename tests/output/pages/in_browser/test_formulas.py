"""The page of a formula: factors, what one level more gives, and no weights to move."""

from dataclasses import replace

import pytest
from axe import findings
from formula_results import FORMULA, config_with, formula_results
from page_jobs import facts

from equipment_optimizer.output.pages.report import render_report


@pytest.fixture
def opened(page):
    return page(render_report(formula_results(), facts()).decode())


def test_every_build_shows_its_factors_and_what_one_level_more_gives(opened):
    opened.click("#rows tr.row:nth-child(3) button.open")
    chips = opened.texts("#build-body .chip")
    assert "raw 244" in chips and "critical 1.0375" in chips
    assert "one more Attack Boost: +1.2 %" in chips and "one more Critical Eye: +2.4 %" in chips
    assert "+3.2 %" in opened.texts("#build-body table.against td")
    assert opened.problems == []


def test_the_best_build_says_it_without_being_opened(opened):
    assert "+1.3 %" in opened.texts("#best .worth")
    (text,) = [text for text in opened.texts("#best p.small") if "one level more" in text]
    assert text.startswith("The share beside a skill")


def test_weights_are_nowhere_to_be_moved(opened):
    assert opened.evaluate("document.getElementById('weigh').hidden")
    assert findings(opened) == []


def test_factors_are_found_and_sorted_by(opened):
    opened.evaluate(
        "(f => { f.value = 'critical >= 1.05'; f.dispatchEvent(new Event('input', {bubbles: true})); })"
        "(document.getElementById('find'))"
    )
    assert len(opened.texts("#rows tr.row")) == 2


def test_scores_that_pass_every_number_of_a_script_are_shown_digit_by_digit(page):
    large = [replace(factor, base=factor.base + 10**17, maximum=None) for factor in FORMULA.factors]
    results = formula_results(config_with(replace(FORMULA, factors=[*large, replace(large[0], name="again")])))
    opened = page(render_report(results, facts()).decode())
    assert str(results.score(0)) in opened.texts("#best .score")[0].replace(",", "")
    opened.click("#rows button.open")
    assert opened.problems == []
