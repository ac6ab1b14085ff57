"""A job begins here, and is shared only where that pays."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from pathlib import Path

import parallel_tasks as tasks
import pytest

from equipment_optimizer.sampling._serial_first import SerialFirst
from equipment_optimizer.system import machine


@pytest.fixture
def two_cores(monkeypatch):
    from equipment_optimizer.sampling import _calibration as calibration

    monkeypatch.setattr(machine, "available_cores", lambda: 2)
    monkeypatch.setattr(calibration, "available_cores", lambda: 2)
    # What other tests measured on a busy machine is forgotten.
    calibration.forget_calibration()


class Clock:
    """Stands for `time`: only what is called takes any, so that a busy machine makes no item longer."""

    def __init__(self):
        self.now = self.cpu = 0.0

    def perf_counter(self):
        return self.now

    def process_time(self):
        return self.cpu


CLOCK = Clock()


def compute(seconds):
    """Take so long, by the clock of these tests; it pickles."""
    CLOCK.now += seconds
    CLOCK.cpu += seconds
    return seconds


def wait(seconds):
    """The same without computing."""
    CLOCK.now += seconds
    return seconds


@pytest.fixture
def clock(monkeypatch, two_cores):
    """Two cores, and time as these tests spend it."""
    monkeypatch.setattr("equipment_optimizer.sampling._serial_first.time", CLOCK)
    return CLOCK


ROOT = Path(__file__).resolve().parents[2]

#: Items of a millisecond that are worth a thought, on a machine many times as fast too.
N_LONG = 400


def begun(func, data, **options):
    """The engine after it stopped, and its results."""
    engine = SerialFirst(func, data, **options)
    return engine, list(itertools.chain.from_iterable(engine.results()))


@pytest.mark.parametrize("n_items", [0, 1, 2, 3, 4, 5, 50, 20_000])
def test_a_short_job_is_done_before_anybody_thinks_about_it(n_items):
    for data in (range(n_items), iter(range(n_items)), (item for item in range(n_items))):
        engine, results = begun(tasks.square, data)
        assert results == [item * item for item in range(n_items)]
        assert engine.plan is None
        assert list(engine.untaken) == []


def test_a_long_job_is_shared_after_the_first_items(clock):
    engine, results = begun(compute, [0.001] * 3000)
    assert engine.plan.choices.best.executor == "process"
    assert len(results) + len(list(engine.untaken)) == 3000
    assert len(results) < 100


def test_a_few_long_items_are_shared_after_the_first(clock):
    engine, results = begun(compute, [0.3] * 8)
    assert engine.plan.choices.best.executor == "process"
    assert len(results) == 1


def test_data_of_unknown_length_are_shared_once_there_was_work(clock):
    engine, results = begun(compute, (0.001 + item * 1e-9 for item in itertools.count()))
    assert engine.plan.choices.best.executor == "process"
    assert next(engine.untaken) == 0.001 + len(results) * 1e-9


def test_items_that_become_dear_are_noticed(clock):
    engine, results = begun(compute, [3e-7] * 2000 + [0.01] * 200)
    assert engine.plan.choices.best.executor == "process"
    assert 2000 < len(results) < 2100


def test_waiting_is_for_threads_only_where_they_are_allowed(clock):
    engine, results = begun(wait, [0.004] * 60, threads=True)
    assert engine.plan.choices.best.executor == "thread"
    assert len(results) < 10
    engine, results = begun(wait, [0.001] * 20)
    assert engine.plan is None or engine.plan.choices.best.executor != "thread"


def test_threads_are_tried_where_they_are_allowed_and_nothing_is_lost(two_cores):
    calls = []

    def note(item):
        calls.append(item)
        return tasks.spin(30_000) + item

    # What does not pickle cannot go anywhere else.
    _, results = begun(note, range(60), threads=True)
    assert results == [tasks.spin(30_000) + item for item in range(60)]
    assert sorted(calls) == list(range(60))
    assert "equipment_optimizer.workers.shared_run" in sys.modules


@pytest.mark.parametrize(("helps", "seconds"), [(False, 0.010), (True, 0.050), (None, 0.050)])
def test_calls_that_took_turns_count_like_those_before_them(monkeypatch, two_cores, helps, seconds):
    class Tried:
        n_done, untaken = 10, iter(range(20, 100))

        def __init__(self, *_):
            self.seconds, self.helps = 0.050, helps

        def results(self):
            yield [*range(10, 20)]

    monkeypatch.setattr("equipment_optimizer.workers.shared_run.SharedRun", Tried)
    engine = SerialFirst(abs, range(100), threads=True)
    engine._first_seconds = 0.001
    for _ in range(10):
        engine._note(1, 0.001)
    assert list(engine._share()) == [[*range(10, 20)]]
    assert engine.n_done == 20
    assert engine.seconds == pytest.approx(0.010 + seconds)
    assert engine.n_threads == (1 if helps is False else 2)


def test_dear_items_in_the_midst_of_tiny_ones_are_noticed(clock):
    engine, results = begun(compute, (seconds for seconds in [3e-7] * 1200 + [0.01] * 200))
    assert engine.plan.choices.best.executor == "process"
    assert 1200 < len(results) < 1250


@pytest.mark.parametrize("seconds", [0.0001, 0.001, 0.005])
def test_data_that_end_soon_are_read_and_not_shared(clock, seconds):
    engine, results = begun(compute, (item for item in [seconds] * 4))
    assert results == [seconds] * 4
    assert engine.plan is None


def test_an_error_of_the_source_comes_after_the_items_before_it(two_cores):
    def source():
        yield from [300_000] * 6
        raise OSError("no more")

    engine = SerialFirst(tasks.spin, source())
    results = []
    with pytest.raises(OSError, match="no more"):
        for values in engine.results():
            results += values
        list(map(tasks.spin, engine.untaken))
    assert len(results) <= 6


def test_one_worker_and_worker_processes_never_share(monkeypatch):
    engine, _ = begun(tasks.spin_1ms, range(N_LONG), max_workers=1)
    assert engine.plan is None
    monkeypatch.setattr(machine, "inside_worker", lambda: True)
    engine, _ = begun(tasks.spin_1ms, range(N_LONG))
    assert engine.plan is None


@pytest.mark.parametrize(
    ("func", "data", "why"),
    [
        (tasks.return_lock_slowly, range(N_LONG), "its results cannot be pickled (TypeError"),
        (tasks.spin_and_echo, [threading.Lock() for _ in range(N_LONG)], "its items cannot be pickled (TypeError"),
        (tasks.spin_and_echo, [tasks.Unloadable() for _ in range(N_LONG)], "its items cannot be unpickled (ValueError"),
        (lambda item: tasks.spin(30_000), range(N_LONG), "the function cannot be pickled ("),
    ],
    ids=["results", "items", "loading", "function"],
)
def test_what_does_not_travel_stays_here(two_cores, func, data, why):
    engine, results = begun(func, data)
    assert len(results) == N_LONG
    assert engine.plan.job.process_blockers[0].startswith(why)


def test_the_source_of_the_data_is_not_the_function(clock):
    def slow_source():
        for _ in range(60):
            wait(0.002)
            yield 0.0001

    engine, results = begun(compute, slow_source())
    assert results == [0.0001] * 60
    assert engine.seconds == pytest.approx(60 * 0.0001, rel=0.1)


def test_nothing_is_read_that_is_not_run():
    read = []

    def source():
        for item in range(10):
            read.append(item)
            yield item

    engine = SerialFirst(tasks.square, source(), one_by_one=True)
    for number, values in enumerate(engine.results()):
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


SHORT_JOB = """
import multiprocessing, sys
from equipment_optimizer.sampling import map_parallel
assert map_parallel(abs, range(-200, 0)) == list(range(200, 0, -1))
print(*sorted(name for name in sys.modules if name.startswith("equipment_optimizer.")))
"""


def test_a_short_job_loads_nothing_that_starts_workers():
    done = subprocess.run([sys.executable, "-c", SHORT_JOB], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("equipment_optimizer.") for name in done.stdout.split()}
    assert loaded == {"_version", "sampling", "sampling._serial_first", "sampling.parallel_map", "sampling.tuning"}
