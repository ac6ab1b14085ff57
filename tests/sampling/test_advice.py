"""The sampler as a whole: what it recommends and what it says about it."""

from __future__ import annotations

import functools
import math
import sys
import threading

import parallel_tasks as tasks
import pytest
from costs import machine, stand_in_clock, stand_in_lock
from process_checks import children, lives

from equipment_optimizer.errors import UsageError
from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _timed_run as timed_run
from equipment_optimizer.sampling import advice as advice_module
from equipment_optimizer.sampling import optimize
from equipment_optimizer.sampling.advice import advise
from equipment_optimizer.sampling.prediction import pickle_cost
from equipment_optimizer.workers import obstacles as job_module

pytestmark = pytest.mark.usefixtures("fresh_calibration")


@pytest.fixture
def clock(monkeypatch):
    """Calls take what their items say, in seconds, and keep the interpreter lock."""
    stand_in_lock(monkeypatch)
    return stand_in_clock(monkeypatch, first_look, timed_run, advice_module, pickle_cost)


def test_a_tiny_job_stays_serial_and_starts_no_process(monkeypatch, clock):
    def refuse(*_, **__):
        raise AssertionError("calibrated for a job that cannot pay")

    monkeypatch.setattr(advice_module, "calibrate", refuse)
    result = optimize(clock.spend, [1e-6] * 1000)
    assert (result.executor, result.n_jobs, result.chunksize) == ("serial", 1, 1)
    assert result.estimated_speedup == 1.0
    assert result.reason.startswith("1,000 items at 0.0 ms take ")
    assert list(result.data) == [1e-6] * 1000


def test_a_long_job_wants_processes(monkeypatch, two_free_cores, clock):
    monkeypatch.setattr(advice_module, "known_costs", lambda *_, **__: machine())
    result = optimize(clock.spend, [1e-3] * 2000)
    assert (result.executor, result.n_jobs) == ("process", 2)
    assert 1 <= result.chunksize <= 1000
    assert set(result.predicted_seconds) == {"serial", "thread", "process"}
    assert result.predicted_seconds["process"] < result.predicted_seconds["serial"]
    assert 1.1 < result.estimated_speedup < 2.2
    assert str(result).startswith(f"2 processes, {result.chunksize} item")
    assert children() == set()


def test_waiting_wants_threads_and_more_than_there_are_cores(monkeypatch, clock):
    stand_in_lock(monkeypatch, share=1.0)
    result = optimize(clock.sleep, [0.01] * 60)
    assert result.executor == "thread"
    assert result.n_jobs > 8
    assert "they mostly wait" in result.reason
    assert "the function must be safe to call from several threads" in result.warnings
    assert optimize(clock.sleep, [0.01] * 60, max_workers=3).n_jobs == 3


def test_threads_can_be_ruled_out(clock):
    result = optimize(clock.sleep, [0.01] * 60, threads=False)
    assert result.executor != "thread"
    assert "thread" not in result.predicted_seconds


def test_the_pool_that_was_measured_does_the_work(two_free_cores, clock):
    with advise(clock.spend, [1e-3] * 5000, only_remaining=True) as advice:
        assert advice.recommendation.executor == "process"
        pool = advice.take_pool(2)
        assert pool is not None
        with pool:
            assert pool.n_workers == 2
            assert advice.take_pool(2) is None
            remaining = list(advice.remaining())
            assert len(remaining) == 5000 - len(advice.recommendation.sample_results)
    assert children() == set()


def test_a_pool_that_nobody_took_is_closed(two_free_cores, clock):
    with advise(clock.spend, [1e-3] * 5000, only_remaining=True) as advice:
        workers = advice._pool.process_ids()
        assert all(map(lives, workers))
    assert not any(map(lives, workers))


def test_items_that_do_not_pickle_stay_serial_with_a_reason():
    result = optimize(id, [threading.Lock() for _ in range(100)])
    assert result.executor == "serial"
    assert result.warnings[0].startswith("the items cannot be pickled: TypeError: cannot pickle")


def test_a_long_job_whose_results_do_not_pickle_says_so(clock):
    def slow_lock(item):
        clock.spend(item)
        return threading.Lock()

    result = optimize(slow_lock, [2e-3] * 1000)
    assert result.executor == "serial"
    assert "cannot be pickled" in result.reason
    assert "process" not in result.predicted_seconds


@pytest.mark.parametrize("data", [[], (), range(0), iter([]), {}])
def test_without_items_there_is_nothing_to_do(data):
    result = optimize(abs, data)
    assert (str(result), result.n_jobs, result.run()) == ("serial: there are no items", 1, [])
    assert ("pickling an item", "not measured") in result.rows()


def test_a_number_of_workers_below_one_is_refused():
    with pytest.raises(UsageError, match="not a number of workers: 0"):
        optimize(abs, [1], max_workers=0)


def test_nothing_is_read_ahead_of_the_sample():
    read = []

    def numbers():
        number = 0
        while True:
            read.append(number)
            yield number
            number += 1

    result = optimize(tasks.spin_1ms, numbers())
    assert len(read) == 5
    assert any(warning.startswith("the number of items is unknown") for warning in result.warnings)
    # It may end soon.
    assert result.chunksize * result.sampling.mean_seconds < 10e-3 or result.chunksize == 1
    iterator = iter(result.data)
    assert [next(iterator) for _ in range(2000)] == list(range(2000))


def test_a_generator_of_tiny_items_is_serial_however_long_it_may_be(clock):
    result = optimize(tasks.square, (item for item in range(40)))
    assert result.executor == "serial"
    assert result.sampling.n_items is None
    assert list(result.data) == list(range(40))


def test_a_main_that_cannot_be_imported_keeps_spawned_workers_out(monkeypatch):
    monkeypatch.setattr(advice_module, "default_start_method", lambda: "spawn")
    monkeypatch.setattr(job_module, "main_is_importable", lambda: False)
    monkeypatch.setattr(tasks.spin_1ms, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "spin_1ms", tasks.spin_1ms, raising=False)
    result = optimize(functools.partial(tasks.spin_1ms), range(500))
    assert result.executor == "serial"
    assert result.reason.endswith("and new processes cannot import the function from __main__")


def test_workers_that_cannot_be_started_mean_serial(monkeypatch, two_free_cores, clock):
    def fails(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(advice_module, "calibrate", fails)
    result = optimize(clock.spend, [1e-3] * 5000)
    assert result.executor == "serial"
    assert result.reason.endswith("worker processes cannot be started here: no more processes")


def test_load_of_others_is_believed_only_after_a_while(monkeypatch, clock):
    monkeypatch.setattr(advice_module, "available_cores", lambda: 4)
    monkeypatch.setattr(advice_module, "busy_seconds", lambda: 103.0)
    assert advice_module._free_cores(100.0, 0.0, 0.0) is None
    # The clock of the whole machine ticks every ten milliseconds.
    assert advice_module._free_cores(100.0, -0.05, 0.0) is None
    assert advice_module._free_cores(100.0, -2.0, 0.0) == 2.5
    assert advice_module._free_cores(None, -2.0, 0.0) is None


def test_data_of_unknown_length_have_no_upper_end():
    advice = optimize(abs, iter_of_unknown_length())
    assert {high for _, high in advice.predicted_intervals.values()} == {math.inf}
    assert "or more)" in advice.explain()


def iter_of_unknown_length():
    yield from range(20)
