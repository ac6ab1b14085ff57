"""Helpers that begin while the first call waits."""

from __future__ import annotations

import contextvars
import itertools
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

from equipment_optimizer.sampling import _first_call, map_parallel
from equipment_optimizer.sampling._first_call import FirstCall
from equipment_optimizer.sampling._serial_first import SerialFirst
from equipment_optimizer.workers import shared_run
from equipment_optimizer.workers.shared_run import EarlyRun

VARIABLE = contextvars.ContextVar("variable")


@pytest.fixture
def first_calls_wait(monkeypatch):
    """Whatever this process computes meanwhile."""
    monkeypatch.setattr(_first_call, "_MOST_COMPUTING", 1e9)
    monkeypatch.setattr(shared_run, "_MOST_COMPUTING", 1e9)
    monkeypatch.setattr(shared_run, "_SATURATED", 1e9)


class WaitsForOthers:
    """The first call waits until there was another one, however late that comes."""

    def __init__(self):
        self.is_there = threading.Event()

    def __call__(self, item):
        if item:
            self.is_there.set()
        else:
            assert self.is_there.wait(60)
        return item, VARIABLE.get("unset")


def results(run):
    return list(itertools.chain.from_iterable(run.results()))


def test_helpers_begin_while_the_first_call_waits(first_calls_wait):
    func = WaitsForOthers()
    token = VARIABLE.set("mine")
    job = SerialFirst(func, range(40), threads=True, max_workers=5)
    next(job.untaken)
    with FirstCall(job) as watched:
        assert func(0) == (0, "mine")
    assert results(watched.run) == [(item, "mine") for item in range(1, 40)]
    assert 1 <= watched.run.n_started <= 4
    VARIABLE.reset(token)


def test_nobody_begins_where_the_call_is_over_soon_or_computes(monkeypatch):
    monkeypatch.setattr(_first_call, "_WATCHED_SECONDS", 600.0)
    job = SerialFirst(abs, [-1, -2], threads=True)
    with FirstCall(job) as short:
        pass
    monkeypatch.setattr(_first_call, "_WATCHED_SECONDS", 0.0)
    monkeypatch.setattr(_first_call, "_MOST_COMPUTING", -1e9)
    with FirstCall(job) as computing, computing._looked:
        # Until somebody has looked.
        pass
    assert short.run is computing.run is None
    assert list(job.untaken) == [-1, -2]


def test_a_map_of_calls_that_wait_gives_what_a_serial_one_gives(first_calls_wait):
    assert map_parallel(WaitsForOthers(), range(50), threads=True) == [(item, "unset") for item in range(50)]
    assert map_parallel(WaitsForOthers(), [0, 1], threads=True, max_workers=2) == [(0, "unset"), (1, "unset")]


@pytest.mark.parametrize("error", [LookupError, StopIteration])
def test_an_error_of_the_first_call_ends_the_helpers(first_calls_wait, error):
    is_there, running = threading.Event(), []

    def fails(item):
        running.append(item)
        if item:
            is_there.set()
        else:
            assert is_there.wait(60)
        running.remove(item)
        if not item:
            raise error("on purpose")

    with pytest.raises(error, match="on purpose"):
        map_parallel(fails, range(1000), threads=True)
    assert running == []


def test_calls_that_keep_one_core_busy_go_back_to_where_they_came_from():
    run = EarlyRun(abs, iter(range(-100, 0)), 3, began=0.0, cpu_began=0.0)
    run._first_began = shared_run.time.perf_counter() - 1.0
    run._n_run = [4, 0, 0, 0]
    run._judge(0.0)
    assert run.helps is True
    assert run.mean_cpu_seconds == 0.0
    run._cpu_seconds[0] = 1e9
    run._judge(0.0)
    assert run.helps is False
    assert results(run) == []
    assert list(run.untaken) == list(range(-100, 0))


@pytest.mark.parametrize(("frees", "is_late"), [(True, False), (True, True), (False, False)])
def test_a_call_that_lets_others_run_is_seen(monkeypatch, frees, is_late):
    # As if it took no time at all to begin a thread, or too long.
    monkeypatch.setattr(_first_call, "_MOST_SWITCHING", 0.0 if is_late else 1e9)
    monkeypatch.setattr(_first_call, "_MOST_COMPUTING", -1e9)
    job = SerialFirst(abs, [-1, -2], threads=True)
    watched = FirstCall(job)
    if not frees:
        # The look comes after the call.
        monkeypatch.setattr(_first_call._thread, "start_new_thread", lambda *_: None)
    with watched:
        while frees and not job.looker:
            time.sleep(0)
        if frees:
            watched._looked.acquire()
            watched._looked.release()
    if not frees:
        watched._look()
    assert job.frees_lock is (frees and not is_late)
    job.note(10, 0.010)
    job.n_items = 16
    monkeypatch.setitem(sys.modules, "equipment_optimizer.workers.shared_run", shared_run)
    assert job.has_enough_for_threads() is job.frees_lock


@pytest.mark.parametrize(("own", "waits"), [(0.5, True), (0.3, False)])
def test_what_the_look_itself_computes_says_nothing_of_the_call(monkeypatch, own, waits):
    clock = types.SimpleNamespace(perf_counter=lambda: 1.0, process_time=lambda: 0.9, thread_time=lambda: own)
    monkeypatch.setattr(shared_run, "time", clock)
    assert EarlyRun(abs, iter([-1]), 1, began=0.0, cpu_began=0.0).begins() is waits


BARE = """
import sys, time
sys.path.insert(0, {root!r})
from equipment_optimizer.sampling import map_parallel
def wait(item):
    time.sleep(0.02)
    return item
assert map_parallel(wait, list(range(6)), threads=True) == list(range(6))
import decimal
decimal.getcontext().prec = 5
def digits(item):
    time.sleep(0.02)
    return decimal.getcontext().prec
assert map_parallel(digits, list(range(6)), threads=True) == [5] * 6
"""


def test_helpers_find_the_context_of_a_process_that_has_none_and_of_one_that_has():
    # Alone with its interpreter: what a site loads beforehand knows of contexts.
    code = BARE.format(root=str(Path(__file__).resolve().parents[2]))
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
