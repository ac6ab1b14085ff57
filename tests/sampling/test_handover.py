"""What is left of a job, by those who were chosen for it."""

from __future__ import annotations

import operator
import sys

import pytest
from costs import job, machine, stand_in_clock, stand_in_lock

from equipment_optimizer.sampling import _handover, _serial_first, parallel_map
from equipment_optimizer.sampling._plan_ahead import Plan
from equipment_optimizer.sampling._serial_first import SerialFirst
from equipment_optimizer.sampling.prediction.cost_model import Choice, Choices
from equipment_optimizer.workers.ordered_results import StoppedError
from equipment_optimizer.workers.pool import StartMemoryError, WorkerPool


def until(last, error):
    """Numbers, and then what is no end."""
    yield from range(last)
    raise error


def handed_over(func, data, executor, received):
    """What is left of a job, by two workers that take seven items at a time."""
    best = Choice(executor, 2, 7, 0.1, "compute")
    plan = Plan(Choices(best, best, None, None, 2, 2), job(n_items=100), machine())
    for values in _handover.hand_over(SerialFirst(func, data), plan, window=None, tell=None):
        received += values


@pytest.mark.parametrize("executor", ["process", "thread"])
def test_an_error_of_the_data_comes_after_the_results_of_what_was_read(executor):
    received = []
    with pytest.raises(ValueError, match="no more"):
        handed_over(operator.neg, until(30, ValueError("no more")), executor, received)
    assert received == [-number for number in range(30)]


@pytest.mark.parametrize("executor", ["process", "thread"])
def test_an_error_of_the_function_comes_before_that_of_later_data(executor):
    received = []
    with pytest.raises(ZeroDivisionError):
        handed_over((8).__mod__, (number - 25 for number in until(30, ValueError("no more"))), executor, received)
    assert received == [8 % (number - 25) for number in range(25)]


@pytest.mark.parametrize("executor", ["process", "thread"])
def test_a_stop_while_data_are_read_is_not_put_off(executor):
    with pytest.raises(KeyboardInterrupt):
        handed_over(operator.neg, until(3, KeyboardInterrupt()), executor, [])


def test_where_workers_die_for_want_of_memory_the_rest_is_run_here(monkeypatch):
    def start(*_, **__):
        raise StartMemoryError("worker processes died while they were starting: they had no memory")

    monkeypatch.setattr(WorkerPool, "run", start)
    received = []
    handed_over(operator.neg, range(10), "process", received)
    assert received == [-number for number in range(10)]


def test_after_a_job_that_needed_no_model_nothing_more_has_to_be_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "equipment_optimizer.sampling.prediction.cost_model", raising=False)
    for name in ("sampling._quick_plan", "workers.pool"):
        monkeypatch.setitem(sys.modules, f"equipment_optimizer.{name}", None)
    engine = SerialFirst(abs, [-1], slowness=3.0)
    assert engine.least_left(0.015) == 0.015
    monkeypatch.delitem(sys.modules, "equipment_optimizer.sampling._quick_plan")
    assert engine.least_left(0.015) > 0.015


@pytest.mark.parametrize(("seconds", "n_tries"), [(5e-3, 1), (50e-6, 0)])
def test_beside_threads_that_run_others_are_tried_once(monkeypatch, seconds, n_tries):
    clock = stand_in_clock(monkeypatch, _serial_first)
    # Calls that take no time in truth say nothing of the lock.
    stand_in_lock(monkeypatch, 0.9)
    monkeypatch.setattr("equipment_optimizer.system.machine.running_threads", lambda besides=0: 1)
    monkeypatch.setattr("equipment_optimizer.system.machine.available_cores", lambda: 2)
    tries = []

    def share(job):
        tries.append(job.n_done)
        yield from ()

    monkeypatch.setattr(_handover, "_share", share)
    begun = SerialFirst(clock.spend, [seconds] * 100, threads=True)
    assert [value for values in parallel_map._begun(begun) for value in values] == [seconds] * 100
    assert len(tries) == n_tries
    assert begun.may_share
    assert all(n_done < 5 for n_done in tries)


@pytest.mark.parametrize(("share", "executor"), [(0.0, "process"), (0.9, None), (None, None)])
def test_a_thread_that_runs_beside_calls_that_hold_the_lock_does_not_compute_for_them(monkeypatch, share, executor):
    clock = stand_in_clock(monkeypatch, _serial_first)
    stand_in_lock(monkeypatch, share)
    monkeypatch.setattr("equipment_optimizer.system.machine.running_threads", lambda besides=0: 1)
    engine = SerialFirst(clock.spend, [5e-3] * 100)
    results = [value for values in parallel_map._begun(engine) for value in values]
    assert (engine.plan and engine.plan.executor) == executor
    assert [*results, *engine.untaken] == [5e-3] * 100


@pytest.mark.parametrize(("error", "raised"), [(ValueError, ValueError), (StopIteration, StoppedError)])
def test_an_error_of_a_watched_call_comes_after_the_results_before_it(monkeypatch, error, raised):
    clock = stand_in_clock(monkeypatch, _serial_first)
    stand_in_lock(monkeypatch)
    monkeypatch.setattr("costs.WatchedLock.has_seen_enough", False)
    monkeypatch.setattr("equipment_optimizer.system.machine.running_threads", lambda besides=0: 1)
    called = []

    def spend(item):
        clock.spend(1e-3)
        called.append(engine.has_watched)
        if sum(called) == 3:
            raise error
        return item

    engine = SerialFirst(spend, range(100))
    received = []
    with pytest.raises(raised):
        for values in parallel_map._begun(engine):
            received += values
    assert received == [*range(len(called) - 1)]
    assert called[-3:] == [True] * 3
