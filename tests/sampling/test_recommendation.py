"""A recommendation for people, and followed."""

from __future__ import annotations

import threading

import parallel_tasks as tasks
import pytest
from costs import machine, stand_in_clock, stand_in_lock

from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _timed_run as timed_run
from equipment_optimizer.sampling import advice, optimize, pickle_cost, recommendation


@pytest.fixture
def clock(monkeypatch):
    """A machine that is known; calls take what their items say, in seconds, and keep the interpreter lock."""
    monkeypatch.setattr(advice, "known_costs", lambda *_, **__: machine())
    stand_in_lock(monkeypatch)
    return stand_in_clock(monkeypatch, first_look, timed_run, advice, pickle_cost)


def test_one_line_a_table_and_the_same_for_notebooks(clock):
    choice = optimize(clock.spend, [1e-3] * 2000)
    assert repr(choice).startswith("<Recommendation 2 processes, ")
    assert "\n" not in repr(choice)
    lines = choice.explain().splitlines()
    assert lines[0].split()[:2] == ["items", "2,000,"]
    assert any(line.startswith("predicted, process") and " to " in line for line in lines)
    html = choice._repr_html_()
    assert html.startswith("<table><tr><td>items</td><td>2,000, ")
    assert html.count("<tr>") == len(choice.rows())


def test_words_are_escaped_for_notebooks():
    choice = optimize(id, [threading.Lock() for _ in range(9)])
    assert "&lt;" not in choice.reason
    assert "<script" not in choice._repr_html_()


def test_predictions_lie_in_their_intervals(clock):
    choice = optimize(clock.spend, [1e-3] * 2000)
    for name, seconds in choice.predicted_seconds.items():
        low, high = choice.predicted_intervals[name]
        assert 0 <= low <= seconds <= high
    assert choice.predicted_seconds["process"] < choice.predicted_intervals["serial"][0]


@pytest.mark.parametrize("n_items", [3, 2000])
def test_it_is_followed_without_running_samples_again(clock, n_items):
    items = [1e-3 + 1e-9 * number for number in range(n_items)]
    assert optimize(clock.spend, items, threads=False).run() == items


def test_threads_are_followed_too(clock):
    items = [1e-2 + 1e-9 * number for number in range(40)]
    choice = optimize(Waits(clock), iter(items))
    assert choice.executor == "thread"
    assert choice.run() == items


class Waits:
    def __init__(self, clock):
        self.clock = clock

    def __call__(self, seconds):
        self.clock.sleep(seconds)
        return seconds


def test_an_error_is_the_functions_own():
    choice = optimize(tasks.first_even, [[2]] * 5 + [[3]] + [[2]] * 60)
    with pytest.raises(StopIteration):
        choice.run()


@pytest.mark.parametrize(
    ("seconds", "text"), [(5e-9, "5 ns"), (2.5e-6, "2.5 us"), (0.0123, "12.3 ms"), (12.0, "12.00 s")]
)
def test_short_durations_are_readable(seconds, text):
    assert recommendation._short(seconds) == text
