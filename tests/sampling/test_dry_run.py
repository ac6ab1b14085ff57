"""A dry run measures a function and loses nothing."""

from __future__ import annotations

import itertools
import threading
import time
import tracemalloc

import numpy as np
import pytest

from equipment_optimizer.errors import UsageError
from equipment_optimizer.sampling import _timed_run as timed_run
from equipment_optimizer.sampling._gil_probe import GilProbe, count_threads
from equipment_optimizer.sampling.dry_run import perform_dry_run, remaining_items
from equipment_optimizer.system import machine


def spin(n_steps):
    total = 0
    for step in range(n_steps):
        total += step
    return total


class Counting:
    """Doubles numbers and remembers which it was called with."""

    def __init__(self):
        self.calls = []

    def __call__(self, item):
        self.calls.append(item)
        return item * 2


def test_each_sampled_item_runs_once_and_its_result_is_kept():
    func = Counting()
    result = perform_dry_run(func, list(range(100, 200)), 5)
    assert len(func.calls) == len(set(func.calls)) == 5
    assert result.n_sampled == 5
    assert result.sample_results == {item - 100: item * 2 for item in func.calls}
    assert result.positions == tuple(item - 100 for item in func.calls)
    assert len(result.item_seconds) == len(result.input_measurements) == len(result.result_measurements) == 5


def test_a_sequence_is_sampled_along_its_whole_length():
    result = perform_dry_run(abs, range(1000), 5)
    parts = {position * 4 // 1000 for position in result.positions}
    assert result.positions[0] == 0
    assert parts == {0, 1, 2, 3}


@pytest.mark.parametrize("n_items", range(1, 12))
@pytest.mark.parametrize("sample_size", [1, 2, 5, 20])
def test_positions_are_distinct_sorted_and_in_range(n_items, sample_size):
    positions = timed_run._spread(n_items, sample_size)
    assert positions == sorted(set(positions))
    assert set(positions) <= set(range(n_items))
    assert len(positions) == min(n_items, sample_size)


@pytest.mark.parametrize("n_items", [1, 3, 5, 8, 50])
def test_a_generator_loses_nothing(n_items):
    func = Counting()
    result = perform_dry_run(func, (number for number in range(n_items)), 5)
    n_sampled = min(5, n_items)
    assert func.calls == list(range(n_sampled))
    assert result.n_items == (n_items if n_items < 5 else None)
    assert list(result.data) == list(range(n_items))


def test_remaining_items_are_those_that_were_not_run():
    for data in (list(range(50)), iter(range(50)), dict.fromkeys(range(50))):
        result = perform_dry_run(abs, data, 5)
        remaining = list(remaining_items(result))
        assert sorted([*remaining, *result.sample_results.values()]) == list(range(50))
        assert remaining == sorted(remaining)


def test_an_iterable_that_starts_anew_each_time_is_read_once():
    class Fresh:
        n_reads = 0

        def __iter__(self):
            Fresh.n_reads += 1
            return iter(range(10))

    result = perform_dry_run(abs, Fresh(), 5)
    assert list(result.data) == list(range(10))
    assert Fresh.n_reads == 1


def test_sets_and_mappings_are_not_indexed():
    assert sorted(perform_dry_run(abs, {3, 1, 2}, 2).data) == [1, 2, 3]
    assert list(perform_dry_run(str, {"a": 1, "b": 2}, 1).data) == ["a", "b"]


def test_an_array_is_a_sequence_and_a_length_hint_counts():
    assert len(perform_dry_run(float, np.arange(100.0), 5).positions) == 5
    assert perform_dry_run(abs, iter([1] * 30), 5).n_items == 30


def test_the_exception_of_the_function_reaches_the_caller():
    def fails(item):
        raise LookupError(f"no {item}")

    with pytest.raises(LookupError, match="no 1"):
        perform_dry_run(fails, [1, 2, 3])


def test_the_exception_of_the_iteration_reaches_the_caller():
    def items():
        yield 1
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        perform_dry_run(abs, items())


def test_nothing_to_sample_and_no_sample_are_refused():
    with pytest.raises(UsageError, match="there are no items to sample"):
        perform_dry_run(abs, [])
    with pytest.raises(UsageError, match="not a sample size: 0"):
        perform_dry_run(abs, [1], 0)


def test_short_calls_of_a_long_sequence_are_timed_in_blocks():
    func = Counting()
    result = perform_dry_run(func, range(100_000), 5)
    assert 100 < result.n_sampled <= 305
    assert len(func.calls) == len(set(func.calls)) == result.n_sampled
    assert result.sample_results == {item: item * 2 for item in func.calls}
    assert len(result.positions) == 5


def test_a_slow_first_call_is_told_apart():
    state = []

    def slow_first(item):
        spin(10_000 if state else 1_000_000)
        state.append(item)

    result = perform_dry_run(slow_first, range(20))
    assert result.warm_up_seconds == result.item_seconds[0]
    assert result.max_seconds < result.warm_up_seconds
    assert "the first call took far longer than the others and is not in the mean" in result.warnings


def test_an_ordinary_first_call_is_no_warm_up():
    assert perform_dry_run(spin, [100_000] * 20).warm_up_seconds is None


def test_a_long_sample_ends_after_two_items(monkeypatch):
    monkeypatch.setattr(timed_run, "MAX_SAMPLE_SECONDS", 0.0)
    func = Counting()
    assert perform_dry_run(func, range(10), 5).n_sampled == 2
    assert len(func.calls) == 2


def test_a_share_of_the_serial_time_ends_the_sample():
    result = perform_dry_run(time.sleep, [0.015] * 10, 5, max_share=0.05)
    assert 2 <= result.n_sampled < 5


def test_waiting_and_computing_differ_in_their_cpu_share():
    waiting = perform_dry_run(time.sleep, [0.01] * 10)
    assert waiting.cpu_share < 0.5
    assert waiting.gil_free_share > 0.5
    computing = perform_dry_run(spin, [300_000] * 10)
    assert computing.gil_free_share < 0.5


def test_threads_that_the_function_starts_are_counted():
    def starts_threads(item):
        threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert perform_dry_run(starts_threads, range(5)).threads_started >= 3
    assert perform_dry_run(abs, range(5)).threads_started == 0


def test_peak_memory_sees_what_a_call_takes_and_gives_back():
    def touches(item):
        return len(np.ones(4_000_000))

    result = perform_dry_run(touches, range(5))
    assert result.peak_bytes is None or result.peak_bytes > 20_000_000


def test_peak_memory_is_unknown_where_the_system_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "PROC", str(tmp_path))
    assert perform_dry_run(abs, range(5)).peak_bytes is None


def test_peak_memory_is_not_measured_unless_asked():
    assert perform_dry_run(abs, range(5), peak_memory=False).peak_bytes is None


def test_the_callers_tracing_is_left_alone():
    assert not tracemalloc.is_tracing()
    perform_dry_run(lambda item: tracemalloc.is_tracing(), range(5))
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        perform_dry_run(abs, range(5))
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_what_cannot_be_pickled_is_named():
    lock = perform_dry_run(id, [threading.Lock() for _ in range(6)])
    assert isinstance(lock.input_error, TypeError)
    assert lock.warnings[0].startswith("the items cannot be pickled: TypeError:")
    result = perform_dry_run(lambda item: threading.Lock(), range(6))
    assert isinstance(result.function_error, Exception)
    assert isinstance(result.result_error, TypeError)


def test_items_are_pickled_before_the_call_may_change_them():
    def spoil(item):
        item.append(threading.Lock())

    result = perform_dry_run(spoil, [[number] for number in range(6)])
    assert result.input_error is None
    assert len(result.input_measurements) == 5
    assert result.input_cost.bytes_item > 0


def test_the_probe_counts_threads_and_its_own_time():
    with GilProbe() as probe:
        probe.is_watching = True
        time.sleep(0.02)
    assert probe.max_threads == count_threads()
    assert probe.free_share is not None
    assert probe.cpu_seconds > 0


def test_a_probe_without_time_to_look_knows_nothing():
    with GilProbe() as probe:
        pass
    assert probe.free_share is None


def test_data_can_be_chained_further():
    result = perform_dry_run(abs, itertools.count(), 3)
    assert result.n_items is None
    assert list(itertools.islice(result.data, 6)) == [0, 1, 2, 3, 4, 5]
