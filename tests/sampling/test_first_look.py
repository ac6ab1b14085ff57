"""A short job is settled by its first calls, and told of when somebody asks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import parallel_tasks as tasks
import pytest

from equipment_optimizer.errors import UsageError
from equipment_optimizer.sampling import first_look, optimize
from equipment_optimizer.sampling.first_look import FirstLook, Source, block_after
from equipment_optimizer.system import gil_probe, machine

ROOT = Path(__file__).resolve().parents[2]


class FreeLock:
    """A watch that finds the lock free for a share of the time."""

    share = 1.0
    has_seen_enough = True

    def __init__(self, **_):
        self.is_watching = False
        self.free_share = self.share

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Clock:
    """Time that goes on by what the function says that it took."""

    def __init__(self, monkeypatch, cpu_share=1.0):
        self.now = self.cpu = 0.0
        self.cpu_share = cpu_share
        monkeypatch.setattr(first_look.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(first_look.time, "thread_time", lambda: self.cpu)
        monkeypatch.setattr(first_look.time, "process_time", lambda: self.cpu)

    def takes(self, seconds):
        self.now += seconds
        self.cpu += seconds * self.cpu_share
        return seconds


def test_a_short_job_is_settled_and_every_item_ran_once():
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
from equipment_optimizer.sampling import optimize
choice = optimize(abs, range(-200, 0))
assert (choice.executor, choice.n_jobs, choice.chunksize) == ("serial", 1, 1)
print(*sorted(name for name in sys.modules if name.startswith("equipment_optimizer.")))
assert "take 0.0 ms serially" in choice.reason
"""


def test_advice_about_a_short_job_loads_next_to_nothing():
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("equipment_optimizer.") for name in done.stdout.split()}
    assert loaded == {"_version", "sampling", "sampling.first_look", "sampling.recommendation", "sampling.tuning"}


@pytest.mark.parametrize(
    ("seconds", "is_settled", "n_calls"),
    [(1e-4, True, 5), (1e-3, False, 2), (1.0, False, 1)],
)
def test_a_long_job_is_left_as_soon_as_it_is_known(monkeypatch, seconds, is_settled, n_calls):
    clock = Clock(monkeypatch)
    look = FirstLook(lambda item: clock.takes(seconds), Source([0] * 50, 5))
    assert look.settles(threads=False) == is_settled
    assert len(look.seconds) == n_calls


def test_a_slow_first_call_of_a_short_job_is_no_long_job(monkeypatch):
    clock = Clock(monkeypatch)
    look = FirstLook(clock.takes, Source([9e-5, *[1e-5] * 999], 5))
    assert look.settles(threads=False)


@pytest.mark.parametrize(("share", "expected"), [(1.0, ("thread", 2, 5)), (0.0, ("serial", 1, 1))])
def test_threads_are_recommended_where_the_lock_is_free(monkeypatch, share, expected):
    monkeypatch.setattr(gil_probe, "GilProbe", FreeLock)
    monkeypatch.setattr(FreeLock, "share", share)
    monkeypatch.setattr(machine, "available_cores", lambda: 2)
    clock = Clock(monkeypatch)
    look = FirstLook(clock.takes, Source([1.4e-4] * 40, 5))
    assert look.settles(threads=True)
    assert look.choice == expected
    assert look.gil_free_share == share


def test_calls_that_wait_are_thought_about(monkeypatch):
    clock = Clock(monkeypatch, cpu_share=0.1)
    assert not FirstLook(clock.takes, Source([1e-3] * 15, 5)).settles(threads=True)
    assert FirstLook(clock.takes, Source([1e-3] * 15, 5)).settles(threads=False)


def test_followed_threads_run_what_is_left():
    look = FirstLook(tasks.square, Source(range(40), 5))
    assert look.settles(threads=False)
    look.choice = "thread", 2, 5
    choice = first_look._recommended(look, max_workers=None, budget_bytes=None, threads=True)
    assert str(choice).startswith("2 threads, 5 items a chunk: ")
    assert choice.run() == [item * item for item in range(40)]


def test_a_block_is_of_items_that_nobody_else_samples():
    source = Source(range(10_000), 5)
    mean, values = block_after(tasks.square, source, 0)
    assert mean > 0
    assert values == {item: item * item for item in range(1, 1 + len(values))}
    assert block_after(tasks.square, Source(range(20), 5), 0) is None


def test_numbers_below_one_are_refused():
    with pytest.raises(UsageError, match="not a sample size: 0"):
        optimize(abs, [1], sample_size=0)


def test_waiting_in_truth_too():
    assert optimize(time.sleep, [0.005] * 8).executor == "thread"
