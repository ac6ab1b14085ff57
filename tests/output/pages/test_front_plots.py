"""A front as pictures that need no script."""

from __future__ import annotations

from dataclasses import replace

import pytest
from page_jobs import example, facts

from equipment_optimizer.output.pages import _front_plots
from equipment_optimizer.output.pages._front_plots import front_plots
from equipment_optimizer.output.pages.report import render_report


def front_of(n_rows: int, *front: str):
    results, _ = example(n_rows)
    return replace(results, config=replace(results.config, front=front))


def test_every_two_objectives_have_a_picture_with_a_text_for_each_point() -> None:
    plots = front_plots(front_of(7, "Score", "-Defence", "Attack Boost"))
    assert [(plot["x"], plot["y"]) for plot in plots] == [
        ("Score", "Defence (less is better)"),
        ("Score", "Attack Boost"),
        ("Defence (less is better)", "Attack Boost"),
    ]
    assert [len(plot["points"]) for plot in plots] == [7, 7, 7]
    best = plots[0]["points"][0]
    assert best["x"] == "1000.0"
    assert best["text"].startswith("build 1: Score 49.43, Defence (less is better) ")
    assert plots[0]["right"] == "49.43"


def test_long_fronts_have_some_of_their_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_front_plots, "_MOST_POINTS", 3)
    (plot,) = front_plots(front_of(7, "Score", "Defence"))
    assert [point["text"][:8] for point in plot["points"]] == ["build 1:", "build 4:", "build 7:"]


def test_a_list_that_is_no_front_has_none_and_a_page_shows_them_without_scripts() -> None:
    assert front_plots(example(3)[0]) == []
    page = render_report(front_of(5, "Score", "Defence"), facts()).decode()
    without_scripts = page.partition('id="pictures-title"')[2].partition("</noscript>")[0]
    assert without_scripts.count("<title>build ") == 5
    assert 'aria-label="Defence from ' in without_scripts
