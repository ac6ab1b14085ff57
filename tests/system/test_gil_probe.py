"""The watch on the interpreter lock."""

from __future__ import annotations

import itertools
import time

import pytest
from process_checks import wait_until

from equipment_optimizer.sampling import optimize
from equipment_optimizer.system import gil_probe, machine
from equipment_optimizer.system.gil_probe import GilProbe, count_threads


def test_the_probe_counts_threads_and_its_own_time():
    with GilProbe() as probe:
        probe.is_watching = True
        assert wait_until(lambda: probe.has_seen_enough)
    # Threads of other tests may have ended meanwhile, but this one is there.
    assert probe.max_threads >= 1
    assert count_threads() >= 1
    assert probe.free_share is not None
    assert probe.cpu_seconds > 0


def test_a_probe_without_time_to_look_knows_nothing(monkeypatch):
    # However late a busy machine lets it look.
    monkeypatch.setattr(gil_probe, "_LATE_SECONDS", float("inf"))
    with GilProbe() as probe:
        pass
    assert probe.free_share is None


@pytest.mark.parametrize(("queued", "share"), [(0.0, 0.0), (60.0, None)])
def test_a_look_that_was_late_for_want_of_a_core_says_nothing_of_the_lock(monkeypatch, queued, share):
    readings = itertools.count(1)
    monkeypatch.setattr(machine, "queued_seconds", lambda: queued * next(readings))
    monkeypatch.setattr(gil_probe, "_LATE_SECONDS", -1.0)
    with GilProbe(counts=False, queue=True) as probe:
        assert wait_until(lambda: probe.has_seen_enough if share is not None else next(readings) > 5)
    assert probe.free_share == share


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
def test_where_there_is_no_room_for_another_thread_nobody_looks(monkeypatch, error):
    def refuse(*_):
        raise error

    monkeypatch.setattr(gil_probe._thread, "start_new_thread", refuse)
    for _ in range(2):
        with GilProbe() as probe:
            probe.is_watching = True
        assert probe.free_share is None
        assert (probe.has_seen_enough, probe.cpu_seconds, probe.max_threads) == (False, 0.0, 0)
    assert optimize(time.sleep, [2e-3] * 200, threads=True).n_jobs >= 1
