"""The first calls of a job."""

from __future__ import annotations

import parallel_tasks as tasks
import pytest

from equipment_optimizer.sampling import _first_look as first_look
from equipment_optimizer.sampling._first_look import FirstLook, Source, block_after
from equipment_optimizer.system import gil_probe, machine


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


def test_a_block_is_of_items_that_nobody_else_samples():
    source = Source(range(10_000), 5)
    mean, values = block_after(tasks.square, source, 0)
    assert mean > 0
    assert values == {item: item * item for item in range(1, 1 + len(values))}
    assert block_after(tasks.square, Source(range(20), 5), 0) is None
