"""Which items are sampled, and what their times say."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from costs import stand_in_clock, stand_in_lock

from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _timed_run as timed_run
from equipment_optimizer.sampling.dry_run import perform_dry_run
from equipment_optimizer.system import gil_probe


@pytest.fixture
def clock(monkeypatch):
    """Calls take what their items say, in seconds."""
    return stand_in_clock(monkeypatch, first_look, timed_run)


class Counting:
    """Doubles numbers and remembers which it was called with."""

    def __init__(self):
        self.calls = []

    def __call__(self, item):
        self.calls.append(item)
        return item * 2


@pytest.mark.parametrize("n_items", range(1, 12))
@pytest.mark.parametrize("sample_size", [1, 2, 5, 20])
def test_positions_are_distinct_sorted_and_in_range(n_items, sample_size):
    positions = first_look._spread(n_items, sample_size)
    assert positions == sorted(set(positions))
    assert set(positions) <= set(range(n_items))
    assert len(positions) == min(n_items, sample_size)


def test_a_sequence_is_sampled_along_its_whole_length():
    result = perform_dry_run(abs, range(1000), 5)
    first, *between, last = result.positions
    assert (first, last) == (0, 999)
    assert [position * 3 // 1000 for position in between] == [0, 1, 2]


def test_sets_and_mappings_are_not_indexed():
    assert sorted(perform_dry_run(abs, {3, 1, 2}, 2).data) == [1, 2, 3]
    assert list(perform_dry_run(str, {"a": 1, "b": 2}, 1).data) == ["a", "b"]


def test_an_array_is_a_sequence_and_a_length_hint_counts():
    assert len(perform_dry_run(float, np.arange(100.0), 5).positions) == 5
    assert perform_dry_run(abs, iter([1] * 30), 5).n_items == 30


@pytest.mark.parametrize("others_ran", [False, True])
def test_threads_that_the_first_call_started_are_not_awaited(monkeypatch, clock, others_ran):
    """It takes long because it starts them: the job is thought to be long enough for a wait."""
    monkeypatch.setattr(timed_run, "count_threads", lambda: 2)
    monkeypatch.setattr(timed_run, "_others_compute", lambda: True)
    look = first_look.FirstLook(clock.spend, first_look.Source([60e-3, *[1e-3] * 49], 5))
    look.settles(threads=False)
    look.others_ran = others_ran
    run = timed_run.TimedRun(clock.spend, look.source, 0.05, begun=look)
    run.sample()
    assert run.seconds[:2] == pytest.approx([60e-3, 1e-3])
    assert run._is_settled == others_ran


def test_short_calls_of_a_long_sequence_are_timed_in_blocks(clock):
    func = Counting()
    result = perform_dry_run(func, range(100_000), 5)
    assert 100 < result.n_sampled <= 305
    assert len(func.calls) == len(set(func.calls)) == result.n_sampled
    assert result.sample_results == {item: item * 2 for item in func.calls}
    assert len(result.positions) == 5


def test_a_long_sample_ends_after_two_items(monkeypatch):
    monkeypatch.setattr(timed_run, "MAX_SAMPLE_SECONDS", 0.0)
    func = Counting()
    assert perform_dry_run(func, range(10), 5).n_sampled == 2
    assert len(func.calls) == 2


def test_a_share_of_the_serial_time_ends_the_sample(clock):
    result = perform_dry_run(clock.spend, [0.015] * 10, 5, max_share=0.05)
    assert 2 <= result.n_sampled < 5


def test_waiting_and_computing_differ_in_their_cpu_share(clock):
    assert perform_dry_run(clock.spend, [0.01] * 10).cpu_share == pytest.approx(1.0)
    assert perform_dry_run(clock.sleep, [0.01] * 10).cpu_share == 0.0


def test_threads_that_spin_after_something_else_are_not_the_functions(monkeypatch, clock):
    clock.cpu_share = 1.0
    run = timed_run.TimedRun(clock.spend, first_look.Source([0.01] * 10, 5), None)
    run.sample()
    run._other_cpu = [0.01] * 5
    assert run.cpu_share() == pytest.approx(2.0)
    run._others_ran, run.gil_free_share = True, 0.5
    assert run.cpu_share() == pytest.approx(1.0)
    run.gil_free_share = 0.1
    assert run.cpu_share() == pytest.approx(2.0)
    # Who has others compute leaves the interpreter lock.
    run.gil_free_share = 0.02
    assert run.cpu_share() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("n_running", "share", "expected"), [(1, 1.0, 2.0), (1, 0.1, 2.0), (0, 1.0, 1.0), (3, 1.0, 2.0), (1, 0.0, 1.0)]
)
def test_threads_that_run_on_long_after_the_first_call_are_the_functions(
    monkeypatch, clock, n_running, share, expected
):
    """Those of a library, whose time is counted late; others are asleep by then, but for who had no core to see it."""
    stand_in_lock(monkeypatch, share=0.9)
    monkeypatch.setattr(clock, "process_time", lambda: clock.cpu * (1 + share))
    run = adopted(monkeypatch, clock, [4e-3] * 24, n_running)
    assert (run.n_helpers, run.cpu_share()) == (1 if expected > 1 else 0, pytest.approx(expected))
    assert sum(run.seconds) >= timed_run._SPIN_SECONDS
    assert len(run.results) == len(run.seconds) <= 12


@pytest.mark.parametrize("items", [[9e-3] * 4, iter([4e-3] * 24)], ids=["few", "iterator"])
def test_no_more_is_read_or_run_than_half_to_see_that(monkeypatch, clock, items):
    stand_in_lock(monkeypatch, share=0.9)
    run = adopted(monkeypatch, clock, items, 1)
    assert (run.n_helpers, run.cpu_share()) == (0, pytest.approx(1.0))
    assert len(run.seconds) <= 5


@pytest.mark.parametrize(("share", "n_helpers"), [(0.0, 0), (None, 1)])
def test_where_nobody_saw_that_the_lock_is_held_others_may_help(monkeypatch, clock, share, n_helpers):
    stand_in_lock(monkeypatch, share)
    monkeypatch.setattr(clock, "process_time", lambda: 2 * clock.cpu)
    assert adopted(monkeypatch, clock, [4e-3] * 24, 1).n_helpers == n_helpers


def test_what_others_computed_before_they_fell_asleep_is_not_the_functions(monkeypatch, clock):
    """Even where whoever looked had no core, since those others had it, to see that the lock was held."""
    stand_in_lock(monkeypatch, share=None)
    monkeypatch.setattr(clock, "process_time", lambda: clock.cpu + min(clock.cpu, timed_run._SPIN_SECONDS))
    run = adopted(monkeypatch, clock, [0.6e-3] * 150, 0)
    assert (run.n_helpers, run.cpu_share()) == (0, pytest.approx(1.0))


def adopted(monkeypatch, clock, items, n_running):
    """A sample of a job that begins while other threads compute, of which so many go on."""
    monkeypatch.setattr(timed_run, "count_threads", lambda: 2)
    monkeypatch.setattr(timed_run, "available_cores", lambda: 2)
    monkeypatch.setattr(timed_run, "running_threads", lambda besides=0: n_running)
    look = first_look.FirstLook(clock.spend, first_look.Source(items, 5))
    look.others_ran = True
    look.settles(threads=False)
    run = timed_run.TimedRun(clock.spend, look.source, 0.05, begun=look)
    run.sample()
    return run


def test_threads_that_the_function_starts_are_counted(monkeypatch):
    counted = threading.Event()
    n_before = gil_probe.count_threads()

    def count():
        n_threads = gil_probe_count()
        if n_threads > n_before + 3:
            counted.set()
        return n_threads

    gil_probe_count = gil_probe.count_threads
    monkeypatch.setattr(gil_probe, "count_threads", count)

    def starts_threads(item):
        # They live until they were counted, however late that is; a first call is made before anybody counts.
        threads = [threading.Thread(target=counted.wait, args=(30.0 if item else 0.01,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert perform_dry_run(starts_threads, range(5)).threads_started >= 3
    assert perform_dry_run(abs, range(5)).threads_started == 0
