"""Ranges of weights and the worth of pieces on a page: in both colour schemes, on a phone, without findings."""

from dataclasses import replace
from pathlib import Path

import pytest
from axe import findings
from page_jobs import facts

import equipment_optimizer as eo
from equipment_optimizer.answers.plain_answers import answers_of
from equipment_optimizer.output.pages.report import render_report

FULL = Path(__file__).resolve().parents[4] / "example_data" / "full"


@pytest.fixture(scope="module")
def told():
    table, config, _ = eo.load_job(FULL / "equipment.csv", FULL / "config.json", limit=5)
    results = eo.optimize(table, config)
    answers = answers_of(table, results, ["stability", "pieces"])
    return answers, render_report(results, replace(facts(), answers=answers)).decode()


@pytest.mark.parametrize(("width", "dark"), [(390, False), (820, True), (1280, False), (1920, True)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(page, told, width, dark):
    opened = page(told[1], width=width, dark=dark)
    opened.evaluate("document.querySelectorAll('#worth details').forEach((own) => { own.open = true; })")
    assert findings(opened) == []
    assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_ranges_are_the_exact_ones_and_stay(page, told):
    answers, text = told
    opened = page(text)
    rows = opened.texts("#firm tbody tr")
    n_ends = sum(row["from"] is not None or row["to"] is not None for row in answers["stability"])
    assert len(rows) == n_ends > 0
    assert not opened.evaluate("document.querySelector('.contents [href=\"#firm\"]').hidden")
    assert not opened.evaluate("document.querySelector('.contents [href=\"#worth\"]').hidden")


def test_every_part_has_its_pieces(page, told):
    answers, text = told
    opened = page(text)
    parts = dict.fromkeys(row["body_part"] for row in answers["pieces"])
    assert len(opened.texts("#worth summary")) == len(parts)
    missed = sum(bool(row["loss_when_sold"]) or row["loss_when_sold"] is None for row in answers["pieces"])
    assert opened.evaluate("document.querySelectorAll('#worth td b').length") == missed
