"""Whether two calls at once are any quicker than one after the other."""

from __future__ import annotations

import pytest

from equipment_optimizer.sampling.prediction import two_at_once
from equipment_optimizer.sampling.prediction.two_at_once import take_turns
from equipment_optimizer.sampling.tuning import LEAST_GAIN_TOGETHER, MAX_SAMPLE_SECONDS
from equipment_optimizer.workers.obstacles import TAKE_TURNS


@pytest.fixture
def tried(monkeypatch):
    """The items that were run in two threads, and how long each of them takes there."""
    calls, seconds = [], [1e-3]

    def run_together(func, items):
        calls.append(items)
        return seconds[0] * len(items), [func(item) for item in items]

    monkeypatch.setattr(two_at_once, "run_together", run_together)
    return calls, seconds


def test_they_are_when_they_take_clearly_less(tried):
    calls, calls_take = tried
    timed = [(0, 9.0), (25, 1e-3), (50, 1e-3), (99, 1e-3)]
    for seconds, expected in [(0.5e-3, ()), (0.9e-3, ()), (1e-3, (TAKE_TURNS,)), (2e-3, (TAKE_TURNS,))]:
        calls_take[0], results = seconds, {0: 0, 25: 25, 50: 50, 99: 99}
        assert take_turns(abs, range(100), timed, {}, results) == expected
        # Beside those that were timed, but the first, which is not believed.
        assert calls.pop() == [26, 24, 51, 49, 98, 27]
        assert results == {place: place for place in (0, 25, 50, 99, 26, 24, 51, 49, 98, 27)}
    assert LEAST_GAIN_TOGETHER > 1


def test_what_follows_a_short_call_says_how_long_it_takes(tried):
    tried[1][0] = 0.9e-3
    assert take_turns(abs, range(100), [(0, 1e-3), (50, 1e-3)], {50: 3e-3}, {}) == ()
    assert take_turns(abs, range(100), [(0, 1e-3), (50, 1e-3)], {50: 0.5e-3}, {}) == (TAKE_TURNS,)


@pytest.mark.parametrize(
    ("n_items", "seconds", "n_done"),
    [(2, 1e-3, 2), (5, 1e-3, 4), (100, 0.0, 2), (10, 1.1 * MAX_SAMPLE_SECONDS, 2)],
    ids=["all done", "one left", "no time at all", "long calls"],
)
def test_nothing_is_tried_where_it_tells_nothing_or_takes_long(tried, n_items, seconds, n_done):
    results = dict.fromkeys(range(n_done))
    assert take_turns(abs, range(n_items), [(0, seconds), (1, seconds)], {}, results) == ()
    assert not tried[0]
    assert len(results) == n_done


def test_long_calls_of_a_long_job_are_tried(tried):
    tried[1][0] = 1.0
    timed = [(0, 1.0), (50, 1.0)]
    assert take_turns(abs, range(100), timed, {}, {}) == (TAKE_TURNS,)


@pytest.mark.parametrize(
    ("known", "together", "expected"),
    [
        # Mean 2 ms, spread a fifth: six of them take 12 ms, a sixth more or less.
        ([1.6e-3, 2.4e-3], 2.0e-3 * 1.10 / LEAST_GAIN_TOGETHER, ()),
        ([1.6e-3, 2.4e-3], 2.0e-3 * 1.40 / LEAST_GAIN_TOGETHER, (TAKE_TURNS,)),
        # Too uneven: all may have been as dear as the dearest.
        ([1e-3, 9e-3], 9e-3 * 1.2 / LEAST_GAIN_TOGETHER, ()),
        ([1e-3, 9e-3], 9e-3 * 3.0 / LEAST_GAIN_TOGETHER, (TAKE_TURNS,)),
    ],
)
def test_what_calls_may_take_is_as_uncertain_as_they_are_uneven(tried, known, together, expected):
    tried[1][0] = together
    timed = [(0, 1e-3), *zip((30, 60), known, strict=True)]
    assert take_turns(abs, range(1_000), timed, {}, {}) == expected
