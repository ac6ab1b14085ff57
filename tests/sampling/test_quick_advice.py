"""A short job is settled by its first calls, and told of when somebody asks."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import parallel_tasks as tasks
import pytest
from costs import machine as costs
from costs import stand_in_clock, stand_in_lock

from equipment_optimizer.errors import UsageError
from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling import _timed_run as timed_run
from equipment_optimizer.sampling import optimize, quick_advice
from equipment_optimizer.sampling._first_look import FirstLook, Source
from equipment_optimizer.sampling.prediction import calibration, cost_model, two_at_once
from equipment_optimizer.system import machine
from equipment_optimizer.workers.obstacles import TAKE_TURNS
from equipment_optimizer.workers.ordered_results import StoppedError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clock(monkeypatch):
    """Nothing takes any time but what is spent."""
    return stand_in_clock(monkeypatch, first_look, timed_run)


def test_a_short_job_is_settled_and_every_item_ran_once(clock):
    calls = []

    def note(item):
        calls.append(item)
        return -item

    choice = optimize(note, range(1000))
    assert (choice.executor, choice.n_jobs, choice.chunksize) == ("serial", 1, 1)
    n_calls = len(calls)
    assert choice.sample_results == {item: -item for item in calls}
    assert len(set(calls)) == n_calls == len(calls)
    assert choice.run() == [-item for item in range(1000)]
    assert sorted(calls) == list(range(1000))


LOADED = """
import sys
from equipment_optimizer.sampling import _first_look, optimize
# Nobody is kept from a core in the midst of a call.
class Clock:
    perf_counter = process_time = thread_time = staticmethod(float)
_first_look.time = Clock
choice = optimize(abs, range(-200, 0))
assert (choice.executor, choice.n_jobs, choice.chunksize) == ("serial", 1, 1)
print(*sorted(name for name in sys.modules if name.startswith("equipment_optimizer.")))
assert choice.reason.startswith("200 items at ")
"""


def test_advice_about_a_short_job_loads_next_to_nothing():
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("equipment_optimizer.") for name in done.stdout.split()}
    assert loaded == {
        "sampling",
        "sampling._first_look",
        "sampling.quick_advice",
        "sampling.recommendation",
        "sampling.tuning",
    }


def takes_a_lock(item):
    """Slow, and its item does not pickle afterwards."""
    time.sleep(0.03)
    item["lock"] = threading.Lock()
    return len(item)


@pytest.mark.parametrize("data", [[{} for _ in range(30)], ({} for _ in range(30))], ids=["list", "generator"])
def test_items_that_their_own_call_keeps_from_pickling_hold_up_nobody(data):
    choice = optimize(takes_a_lock, data, threads=False)
    assert choice.sampling.input_error is None
    assert choice.job.process_blockers == ()
    assert choice.run() == [1] * 30


def test_items_that_did_not_pickle_before_their_call_are_told():
    choice = optimize(takes_a_lock, [{"key": threading.Lock()} for _ in range(30)], threads=False)
    assert choice.executor == "serial"
    assert choice.job.process_blockers[0].startswith("its items cannot be pickled (TypeError: ")


def test_followed_threads_run_what_is_left(clock):
    look = FirstLook(tasks.square, Source(range(40), 5))
    assert look.settles(threads=False)
    look.choice = "thread", 2, 5
    choice = quick_advice._recommended(look, max_workers=None, budget_bytes=None, threads=True)
    assert str(choice).startswith("2 threads, 5 items a chunk: ")
    assert choice.run() == [item * item for item in range(40)]


@pytest.mark.parametrize(("n_items", "executor"), [(32, "serial"), (80, "process")])
def test_a_job_of_middling_length_is_planned_as_a_map_would(monkeypatch, clock, n_items, executor):
    monkeypatch.setattr(calibration, "available_cores", lambda: 2)
    monkeypatch.setattr(machine, "available_cores", lambda: 2)
    monkeypatch.setattr("equipment_optimizer.sampling._plan_ahead.known_costs", lambda *_, **__: costs())
    monkeypatch.setattr("equipment_optimizer.sampling.advice.advise", None)
    choice = optimize(clock.spend, [1e-3] * n_items, threads=False, max_workers=2 if n_items > 40 else 1)
    assert choice.executor == executor
    assert choice.predicted_seconds["serial"] == pytest.approx(n_items * 1e-3)


def test_numbers_below_one_are_refused():
    with pytest.raises(UsageError, match="sample_size is not a number of items: 0"):
        optimize(abs, [1], sample_size=0)


def test_a_short_job_that_waits_is_thought_about(monkeypatch, clock):
    stand_in_lock(monkeypatch, share=1.0)
    assert optimize(clock.sleep, [0.005] * 8).executor == "thread"


@pytest.mark.parametrize(("seconds", "is_loaded", "expected"), [(0.0, False, 1.0), (9.0, False, 3.0), (9.0, True, 1.0)])
def test_what_is_loaded_already_is_not_slow_to_load(monkeypatch, seconds, is_loaded, expected):
    monkeypatch.setattr(quick_advice, "load_seconds", seconds)
    monkeypatch.delitem(sys.modules, "equipment_optimizer.workers.pool", raising=False)
    if is_loaded:
        monkeypatch.setitem(sys.modules, "equipment_optimizer.workers.pool", quick_advice)
    assert quick_advice._slowness() == expected


def tried(monkeypatch, clock, gain, *, fails=None):
    """Two threads are so many times quicker than one; the items that they were given."""
    items = []

    def run_together(func, some):
        items.extend(some)
        if fails is not None:
            raise fails
        return sum(some) / gain, [func(item) for item in some]

    monkeypatch.setattr(two_at_once, "run_together", run_together)
    stand_in_lock(monkeypatch, share=1.0)
    for module in (calibration, machine):
        monkeypatch.setattr(module, "available_cores", lambda: 2)
    monkeypatch.setattr("equipment_optimizer.sampling._plan_ahead.known_costs", lambda *_, **__: costs())
    monkeypatch.setattr("equipment_optimizer.sampling.advice.known_costs", lambda *_, **__: costs())
    return items


def stays_here(call):
    """A function that no process can be sent."""
    return lambda item: call(item)  # noqa: PLW0108


#: Settled by a few calls, of middling length, and long.
LENGTHS = pytest.mark.parametrize("n_items", [20, 100, 2000])


@LENGTHS
@pytest.mark.parametrize("gain", [1.9, 1.0])
def test_threads_that_take_turns_are_not_recommended(monkeypatch, clock, n_items, gain):
    seconds = [9e-4 + 1e-9 * number for number in range(n_items)]
    items = tried(monkeypatch, clock, gain)
    choice = optimize(stays_here(clock.spend), seconds, threads=True)
    assert choice.executor == ("thread" if gain > 1 else "serial")
    assert (TAKE_TURNS in choice.warnings) == (gain == 1.0) == ("thread" not in choice.predicted_seconds)
    # Of items that were not sampled, for two milliseconds in each thread; their results are kept.
    assert len(set(items)) == len(items) == 2 * (1 + int(2e-3 / 9e-4))
    assert set(items) <= {*choice.sample_results.values()} == {seconds[place] for place in choice.sample_results}
    assert choice.run() == seconds


@pytest.mark.parametrize(("n_items", "executor"), [(100, "process"), (2000, "process")])
def test_where_threads_take_turns_processes_may_still_pay(monkeypatch, clock, n_items, executor):
    tried(monkeypatch, clock, 1.0)
    monkeypatch.setattr(cost_model, "THREAD_ADVANTAGE", 0.5)
    assert optimize(clock.spend, [9e-4] * n_items).executor == "thread"
    assert optimize(clock.spend, [9e-4] * n_items, threads=True).executor == executor


@LENGTHS
def test_nothing_is_tried_without_the_callers_word(monkeypatch, clock, n_items):
    items = tried(monkeypatch, clock, 1.0)
    assert optimize(stays_here(clock.spend), [9e-4] * n_items).executor == "thread"
    assert optimize(stays_here(clock.spend), [9e-4] * n_items, threads=False).executor == "serial"
    assert not items


@pytest.mark.parametrize("waits", [False, True])
def test_what_would_take_long_to_try_or_cannot_be_taken_by_place_is_not(monkeypatch, clock, waits):
    items = tried(monkeypatch, clock, 1.0)

    def call(item):
        return (clock.sleep if waits else clock.spend)(item)

    assert optimize(call, [2.0] * 10, threads=True).executor == "thread"
    assert optimize(call, iter([5e-3] * 100), threads=True).executor == "thread"
    assert optimize(call, [5e-3] * 5, threads=True).sample_results.keys() == {0, 1, 2, 3, 4}
    assert not items


def test_calls_that_differ_have_to_be_clearly_slower(monkeypatch, clock):
    """Those that were tried may happen to be the dear ones."""
    tried(monkeypatch, clock, 1.0)
    assert optimize(stays_here(clock.spend), [1e-3, 8e-4, 3e-3] * 80, threads=True).executor == "thread"
    tried(monkeypatch, clock, 0.3)
    assert optimize(stays_here(clock.spend), [1e-3, 8e-4, 3e-3] * 80, threads=True).executor == "serial"
    tried(monkeypatch, clock, 1.9)
    # Beside each item that is timed stands one that takes seven times as long.
    uneven = [1e-3 * (1 + 6 * (place - 1 in first_look._spread(48, 5))) for place in range(48)]
    uneven[first_look._spread(48, 5)[2]] = 8e-3
    assert optimize(stays_here(clock.spend), uneven, threads=True).executor == "thread"


@pytest.mark.parametrize("error", [KeyError(3), StopIteration("over")])
def test_what_a_tried_call_raises_is_raised(monkeypatch, clock, error):
    raised = StoppedError(error) if isinstance(error, StopIteration) else error
    tried(monkeypatch, clock, 1.0, fails=raised)
    with pytest.raises(type(error)) as caught:
        optimize(clock.spend, [1e-3] * 100, threads=True)
    assert caught.value is error


def test_tried_calls_are_made_once():
    calls = []

    def wait(item):
        calls.append(item)
        time.sleep(0.004)
        return -item

    choice = optimize(wait, range(40), threads=True)
    assert sorted(calls) == sorted(choice.sample_results)
    assert all(value == -item for item, value in choice.sample_results.items())
