"""What timed calls say together."""

from __future__ import annotations

import pytest

from equipment_optimizer.system import machine
from equipment_optimizer.system.timed_calls import TimedCalls


def calls_of(*pairs: tuple[float, float]) -> TimedCalls:
    calls = TimedCalls(0.5)
    for seconds, cpu in pairs:
        calls.add(seconds, cpu)
    return calls


@pytest.mark.parametrize(("has_waited", "expected"), [(True, 0.1), (False, 1.0)])
def test_calls_wait_where_their_thread_gave_its_core_up(monkeypatch, has_waited, expected):
    asked = []
    monkeypatch.setattr(machine, "may_have_waited", lambda n_times: asked.append(n_times) or has_waited)
    assert calls_of((1e-2, 1e-3), (1e-2, 1e-3)).cpu_share() == pytest.approx(expected)
    assert asked == [2]
    assert calls_of((1e-2, 9e-3)).cpu_share() == pytest.approx(0.9)
    assert asked == [2], "it computed: nothing to ask"


def test_threads_that_were_seen_count_where_the_clock_did_not_tick():
    calls = calls_of((1e-2, 1e-2))
    calls.n_busy = 2
    assert calls.cpu_share() == 3.0
    calls.set_cpu(5e-2, 1e-2)
    assert calls.cpu_share() == 5.0
    calls.set_cpu(0.0, 0.0)
    assert calls.cpu_share() == 1.0


def test_the_first_call_is_not_in_the_spread_of_several():
    spread = calls_of((0.9, 0.9), (0.1, 0.1), (0.3, 0.3)).spread(0.2)
    assert spread["std_seconds"] == pytest.approx(0.1)
    assert (spread["mean_seconds"], spread["max_seconds"], spread["cpu_share"]) == (0.2, 0.8, pytest.approx(1.0))
    assert calls_of((0.9, 0.9)).spread(0.9)["std_seconds"] == pytest.approx(0.0)
