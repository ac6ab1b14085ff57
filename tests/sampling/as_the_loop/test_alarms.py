"""What a handler of the caller raises, a time limit say, ends a map wherever the signal comes upon it."""

from __future__ import annotations

import functools
import os
import signal

import alarm_tasks as tasks
import pytest
from costs import machine
from process_checks import children

from equipment_optimizer.sampling import Recommendation, advice, map_parallel, optimize
from equipment_optimizer.workers import _worker, _worker_replacement
from equipment_optimizer.workers.pool import WorkerPool


@pytest.fixture(params=[tasks.AlarmError, TimeoutError, OSError])
def kind(request):
    """What the handler raises."""

    def handler(number, frame):
        raise request.param("too long")

    before = signal.signal(signal.SIGUSR1, handler)
    yield request.param
    signal.signal(signal.SIGUSR1, before)


def and_ring(call):
    def rings(*arguments):
        answer = call(*arguments)
        signal.raise_signal(signal.SIGUSR1)
        return answer

    return rings


@pytest.mark.parametrize("place", [(_worker, "_start"), (_worker_replacement, "wait_for"), (_worker.Worker, "receive")])
def test_it_ends_the_start_of_a_worker_and_the_wait_for_it(shared, monkeypatch, kind, place):
    before = children()
    monkeypatch.setattr(*place, and_ring(getattr(*place)))
    with pytest.raises(kind, match="too long"):
        map_parallel(shared(tasks.same), range(40))
    assert children() <= before


@pytest.mark.parametrize("place", [(_worker, "_start"), (_worker_replacement, "wait_for"), (_worker.Worker, "receive")])
def test_it_ends_advice_and_what_follows_it(monkeypatch, fresh_calibration, kind, place):
    before = children()
    monkeypatch.setattr(advice, "_settled", lambda *_: (machine(), None))
    choice = Recommendation(tasks.same, "process", 2, 5, complete=optimize(tasks.same, range(40))._complete)
    monkeypatch.setattr(*place, and_ring(getattr(*place)))
    with pytest.raises(kind, match="too long"):
        advice.advise(tasks.same, range(40), method="fork")
    with pytest.raises(kind, match="too long"):
        choice.run()
    assert children() <= before


@pytest.mark.parametrize("rings", [tasks.Ringing, tasks.RingingLater])
def test_it_ends_the_pickling_of_items_and_results(shared, kind, rings):
    with pytest.raises(kind, match="too long"):
        map_parallel(shared(functools.partial(tasks.give, rings, os.getpid())), range(40))
    with pytest.raises(kind, match="too long"):
        map_parallel(shared(tasks.same), [rings(os.getpid())] * 40)


def test_it_ends_the_handing_out_of_batches(kind):
    with WorkerPool(1, "fork") as pool, pytest.raises(kind, match="too long"):
        list(pool.run(tasks.same, [[1], [tasks.Ringing(os.getpid())]]))
    with WorkerPool(1, "fork") as pool, pytest.raises(kind, match="too long"):
        list(pool.run(tasks.same, [[1], [tasks.RingingLater(os.getpid())]]))
    with WorkerPool(1, "fork") as pool, pytest.raises(kind, match="too long"):
        list(pool.run(functools.partial(max, tasks.Ringing(os.getpid())), [[1]]))
