"""A job begins here, and is shared only where that pays."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from pathlib import Path

import parallel_tasks as tasks
import pytest
from costs import stand_in_clock, stand_in_lock

from equipment_optimizer.sampling import _handover, parallel_map, tuning
from equipment_optimizer.sampling import _serial_first as serial_first
from equipment_optimizer.sampling._serial_first import SerialFirst, TimedCalls
from equipment_optimizer.sampling.prediction import pickle_cost
from equipment_optimizer.system import machine
from equipment_optimizer.workers import shared_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clock(monkeypatch, two_cores):
    """Calls take what their items say, in seconds."""
    return stand_in_clock(monkeypatch, serial_first, pickle_cost, shared_run)


def begun(func, data, **options):
    """The engine after it stopped, and its results."""
    engine = SerialFirst(func, data, **options)
    return engine, list(itertools.chain.from_iterable(parallel_map._begun(engine)))


@pytest.mark.parametrize("n_items", [0, 1, 2, 3, 4, 5, 50, 20_000])
def test_a_short_job_is_done_before_anybody_thinks_about_it(clock, n_items):
    items = [1e-7] * n_items
    for data in (items, iter(items), (item for item in items)):
        engine, results = begun(clock.spend, data)
        assert results == items
        assert engine.plan is None
        assert list(engine.untaken) == []


def test_a_long_job_is_shared_after_the_first_items(clock):
    engine, results = begun(clock.spend, [1e-3] * 3000)
    assert engine.plan.choices.best.executor == "process"
    assert len(results) + len(list(engine.untaken)) == 3000
    assert len(results) < 100


@pytest.mark.parametrize(("slowness", "is_thought_about"), [(1.0, True), (3.0, False)])
def test_where_loading_is_slow_more_has_to_be_left_for_it(monkeypatch, clock, slowness, is_thought_about):
    monkeypatch.delitem(sys.modules, "equipment_optimizer.workers.pool", raising=False)
    engine, _ = begun(clock.spend, [1e-3] * 60, slowness=slowness, method="fork")
    assert (engine.plan is not None) == is_thought_about


def test_cold_calls_are_not_believed_where_processes_have_to_be_loaded_for_them(monkeypatch, clock):
    monkeypatch.delitem(sys.modules, "equipment_optimizer.workers.pool", raising=False)
    # Of the first millisecond's calls the rest would take a second, and it takes three milliseconds.
    cold = [1e-4] * 9 + [3e-7] * 10_000
    engine, results = begun(clock.spend, cold)
    assert (engine.plan, len(results)) == (None, len(cold))
    engine, _ = begun(clock.spend, [1e-4] * 10_000)
    assert engine.plan is not None


def test_one_long_pause_makes_no_long_job(clock):
    items = [3e-6] * 4000
    items[400] = 2e-3  # as where the collector of garbage runs
    engine, results = begun(clock.spend, items)
    assert (engine.plan, results) == (None, items)


def test_threads_that_may_be_used_make_no_cold_calls_believed(monkeypatch, clock):
    monkeypatch.delitem(sys.modules, "equipment_optimizer.workers.pool", raising=False)
    # No room for any: the clock would be theirs too.
    monkeypatch.setattr(shared_run.SharedRun, "start", lambda *_: None)
    # The first two seem to be of a job of 140 ms, and processes would be thought about.
    items = [7e-4] * 2 + [3e-4] * 200
    engine, results = begun(clock.spend, items, threads=True, slowness=2.2)
    assert (engine.plan, results) == (None, items)


def test_a_map_knows_how_long_it_took_to_load():
    code = """
from equipment_optimizer import sampling
sampling.map_parallel
from equipment_optimizer.sampling import parallel_map
assert 0 < parallel_map.load_seconds < 60
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_few_long_items_are_shared_after_the_first(clock):
    engine, results = begun(clock.spend, [0.3] * 8)
    assert engine.plan.choices.best.executor == "process"
    assert len(results) == 1


def test_data_of_unknown_length_are_shared_once_there_was_work(clock):
    engine, results = begun(clock.spend, (1e-3 + 1e-9 * number for number in itertools.count()))
    assert engine.plan.choices.best.executor == "process"
    assert next(engine.untaken) == 1e-3 + 1e-9 * len(results)


def test_items_that_become_dear_are_noticed(clock):
    engine, results = begun(clock.spend, [3e-7] * 2000 + [1e-2] * 200)
    assert engine.plan.choices.best.executor == "process"
    assert 2000 < len(results) < 2100


def test_waiting_is_for_threads_only_where_they_are_allowed(clock):
    clock.cpu_share = 0.0
    engine, results = begun(clock.spend, [0.004] * 60, threads=True)
    assert engine.plan.choices.best.executor == "thread"
    assert len(results) < 10
    engine, results = begun(clock.spend, [0.001] * 20)
    assert engine.plan is None or engine.plan.choices.best.executor != "thread"


def test_threads_are_tried_where_they_are_allowed_and_nothing_is_lost(clock):
    calls = []

    def note(item):
        calls.append(item)
        clock.spend(1e-3)
        return -item

    # What does not pickle cannot go anywhere else.
    engine, results = begun(note, range(60), threads=True)
    assert results == [-item for item in range(60)]
    assert sorted(calls) == list(range(60))
    assert not engine.may_share


@pytest.mark.parametrize(
    ("helps", "measured", "seconds"),
    [(False, 0.050, 0.010), (False, 0.004, 0.004), (True, 0.050, 0.050), (None, 0.050, 0.050)],
)
def test_calls_that_took_turns_count_like_those_before_them(monkeypatch, two_cores, helps, measured, seconds):
    class Tried:
        n_done, n_started, untaken = 10, 1, iter(range(20, 100))

        def __init__(self, *_):
            self.seconds, self.helps = measured, helps

        def results(self):
            yield [*range(10, 20)]

    monkeypatch.setattr(shared_run, "SharedRun", Tried)
    engine = SerialFirst(abs, range(100), threads=True)
    engine.timed.first_seconds = 0.001
    for _ in range(10):
        engine.note(1, 0.001)
    assert list(_handover._share(engine)) == [[*range(10, 20)]]
    assert engine.n_done == 20
    assert engine.seconds == pytest.approx(0.010 + seconds)
    assert engine.n_threads == (1 if helps is False else 2)


def test_calls_that_keep_all_cores_busy_are_left_alone(monkeypatch, clock):
    stand_in_lock(monkeypatch, 0.9)
    monkeypatch.setattr(machine, "running_threads", lambda besides=0: 1)
    engine, results = begun(clock.spend, [0.005] * 100)
    assert (engine.plan, len(results), engine.n_threads) == (None, 100, 1)


class Spins:
    """A tenth of a second a call; another thread computes beside the first ones."""

    def __init__(self, clock, n_spinning):
        self.clock, self.n_spinning = clock, n_spinning

    def __call__(self, item):
        self.clock.cpu_share = 2.0 if item < self.n_spinning else 1.0
        self.clock.spend(0.1)


@pytest.mark.parametrize(("n_spinning", "executor"), [(3, "process"), (1000, "serial")])
def test_threads_that_only_spin_for_a_while_are_not_the_functions(clock, n_spinning, executor):

    engine, _ = begun(Spins(clock, n_spinning), range(100))
    assert engine.plan.choices.best.executor == executor


def test_nobody_thinks_twice_about_the_same_work(monkeypatch, clock):
    from equipment_optimizer.sampling import _plan_ahead as module

    plans = []
    plan_ahead = module.plan_ahead
    monkeypatch.setattr(module, "plan_ahead", lambda *a, **k: plans.append(plan_ahead(*a, **k)) or plans[-1])
    # What others could do would be known, were it not for too little memory.
    _, results = begun(clock.spend, [0.1] * 100, budget_bytes=1)
    assert (len(plans), len(results)) == (1, 100)
    _, results = begun(clock.spend, [0.1] * 10 + [1.0] * 90, budget_bytes=1)
    assert len(plans) > 2
    assert len(results) == 100


def test_tiny_items_are_looked_at_seldom_and_never_many_at_a_time(clock):
    engine, results = begun(clock.spend, [3e-8] * 20_000 + [1e-2] * 3000)
    assert engine.plan.choices.best.executor == "process"
    assert 20_000 < len(results) < 20_300


def test_dear_items_in_the_midst_of_tiny_ones_are_noticed(clock):
    engine, results = begun(clock.spend, (seconds for seconds in [3e-7] * 1200 + [1e-2] * 200))
    assert engine.plan.choices.best.executor == "process"
    assert 1200 < len(results) < 1250


def test_results_of_tiny_items_are_put_where_they_are_kept(clock):
    kept = []
    engine = SerialFirst(clock.spend, [1e-7] * 3000, into=kept, keeps_results=True)
    for values in parallel_map._begun(engine):
        kept += values
    assert kept == [1e-7] * 3000
    assert engine.n_done == 3000
    assert engine.last_results == [1e-7] * len(engine.last_results) != []


@pytest.mark.parametrize("n_before", [1, 2, 3, 17, 1500])
def test_an_error_comes_after_the_results_before_it(clock, n_before):
    def spend(seconds):
        if not seconds:
            raise StopIteration("on purpose")
        return clock.spend(seconds)

    progress = []
    for on_progress in (None, progress.append):
        with pytest.raises(StopIteration, match="on purpose"):
            parallel_map.map_parallel(spend, [1e-7] * n_before + [0.0], on_progress=on_progress)
    assert progress == list(range(1, n_before + 1))


@pytest.mark.parametrize("seconds", [0.0001, 0.001, 0.005])
def test_data_that_end_soon_are_read_and_not_shared(clock, seconds):
    engine, results = begun(clock.spend, (item for item in [seconds] * 4))
    assert results == [seconds] * 4
    assert engine.plan is None


def test_an_error_of_the_source_comes_after_the_items_before_it(clock):
    def source():
        yield from [0.01] * 6
        raise OSError("no more")

    engine = SerialFirst(clock.spend, source())
    results = []
    with pytest.raises(OSError, match="no more"):
        for values in parallel_map._begun(engine):
            results += values
        list(engine.untaken)
    assert len(results) <= 6


def test_one_worker_and_worker_processes_never_share(monkeypatch, clock):
    engine, _ = begun(clock.spend, [0.1] * 50, max_workers=1)
    assert engine.plan is None
    monkeypatch.setattr(machine, "inside_worker", lambda: True)
    engine, _ = begun(clock.spend, [0.1] * 50)
    assert engine.plan is None


class Slow:
    """Takes a tenth of a second a call; what it makes of an item it is told."""

    def __init__(self, clock, result=int):
        self.clock, self.result = clock, result

    def __call__(self, item):
        self.clock.spend(0.1)
        return self.result()


@pytest.mark.parametrize(
    ("result", "item", "why"),
    [
        (threading.Lock, int, "its results cannot be pickled (TypeError"),
        (int, threading.Lock, "its items cannot be pickled (TypeError"),
        (int, tasks.Unloadable, "its items cannot be unpickled (ValueError"),
        (lambda: 0, int, "the function cannot be pickled ("),
    ],
    ids=["results", "items", "loading", "function"],
)
def test_what_does_not_travel_stays_here(clock, result, item, why):
    engine, results = begun(Slow(clock, result), [item() for _ in range(50)])
    assert (len(results), engine.plan, engine.may_process) == (50, None, False)
    # Why is found out for who wants to read it.
    told = SerialFirst(Slow(clock, result), [item() for _ in range(50)])
    told.is_told = True
    assert len([*itertools.chain.from_iterable(parallel_map._begun(told))]) == 50
    assert told.plan.job.process_blockers[0].startswith(why)


def test_the_source_of_the_data_is_not_the_function(clock):
    def slow_source():
        for _ in range(60):
            clock.spend(0.002)
            yield 1e-6

    engine, results = begun(clock.spend, slow_source())
    assert results == [1e-6] * 60
    assert engine.seconds < 60 * 0.001


def test_nothing_is_read_that_is_not_run():
    read = []

    def source():
        for item in range(10):
            read.append(item)
            yield item

    engine = SerialFirst(tasks.square, source(), one_by_one=True)
    for number, values in enumerate(parallel_map._begun(engine)):
        assert values == [number * number]
        assert len(read) == number + 1


class Boastful:
    """Says that it holds more, or less, or cannot say."""

    def __init__(self, answer):
        self.answer = answer

    def __len__(self):
        if self.answer is None:
            raise OSError("no answer")
        return self.answer

    def __iter__(self):
        return iter(range(50))


@pytest.mark.parametrize("answer", [0, 7, 10**6, None])
def test_a_length_that_is_not_true_changes_nothing(two_cores, answer):
    engine, results = begun(tasks.square, Boastful(answer))
    assert results + [item * item for item in engine.untaken] == [item * item for item in range(50)]


@pytest.mark.parametrize("name", ["WAITING_CPU_SHARE", "PARALLEL_CPU_SHARE", "ALONE_SECONDS", "DEARER"])
def test_what_is_said_twice_is_the_same(name):
    assert getattr(serial_first, name) == getattr(tuning, name)


def calls_of(*pairs: tuple[float, float]) -> TimedCalls:
    calls = TimedCalls()
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


def spread_of(*pairs):
    engine = SerialFirst(abs, [])
    for seconds, cpu in pairs:
        engine.timed.add(seconds, cpu)
        engine.note(1, seconds)
    return _handover._calls(engine)


def test_the_first_call_is_not_in_the_spread_of_several():
    spread = spread_of((0.9, 0.9), (0.1, 0.1), (0.3, 0.3))
    assert spread["std_seconds"] == pytest.approx(0.1)
    assert (spread["mean_seconds"], spread["max_seconds"], spread["cpu_share"]) == (0.2, 0.8, pytest.approx(1.0))
    assert spread_of((0.9, 0.9))["std_seconds"] == pytest.approx(0.0)
