"""Costs of an ordinary job and of an ordinary machine with two cores; a clock that only work moves."""

from __future__ import annotations

from equipment_optimizer.sampling.prediction.cost_model import JobCosts, MachineCosts

MS, US, MB = 1e-3, 1e-6, 1 << 20


def machine(**changes) -> MachineCosts:
    values = {
        "n_cores": 2,
        "free_cores": 2.0,
        "start_seconds": 3 * MS,
        "start_seconds_each": 2 * MS,
        "message_seconds": 60 * US,
        "in_seconds_per_byte": 2e-9,
        "out_seconds_per_byte": 2e-9,
        "worker_bytes": 16 * MB,
        "available_bytes": 8 << 30,
        **changes,
    }
    return MachineCosts(**values)


def job(n_items=1000, mean_seconds=1 * MS, **changes) -> JobCosts:
    values = {"max_seconds": mean_seconds, **changes}
    return JobCosts(n_items=n_items, mean_seconds=mean_seconds, **values)


class Clock:
    """Stands for `time` in a module: only what is spent takes any, so that a busy machine makes no call longer."""

    def __init__(self, cpu_share=1.0):
        self.now = self.cpu = 0.0
        self.cpu_share = cpu_share

    def perf_counter(self):
        return self.now

    def process_time(self):
        return self.cpu

    thread_time = process_time
    monotonic = perf_counter

    def spend(self, seconds):
        """The function of a test: an item says how long its call takes."""
        self.now += seconds
        self.cpu += seconds * self.cpu_share
        return seconds

    def sleep(self, seconds):
        self.now += seconds


def stand_in_clock(monkeypatch, *modules, cpu_share=1.0) -> Clock:
    """One clock for all these modules, on a machine where nobody queues for a core."""
    clock = Clock(cpu_share)
    for module in modules:
        monkeypatch.setattr(module, "time", clock)
        if hasattr(module, "queued_seconds"):
            monkeypatch.setattr(module, "queued_seconds", float)
        if hasattr(module, "may_have_waited"):
            monkeypatch.setattr(module, "may_have_waited", lambda n_times: True)
    monkeypatch.setattr("equipment_optimizer.system.machine.queued_seconds", float)
    monkeypatch.setattr("equipment_optimizer.system.machine.may_have_waited", lambda n_times: True)
    monkeypatch.setattr("equipment_optimizer.system.machine.running_threads", lambda besides=0: 0)
    # Nobody watches a first call by another clock.
    monkeypatch.setattr("equipment_optimizer.sampling._first_call._WATCHED_SECONDS", 600.0)
    return clock


class WatchedLock:
    """Stands for a `GilProbe` that finds the interpreter lock free for a share of the time."""

    share = 0.0
    has_seen_enough = True
    cpu_seconds = queued_seconds = 0.0
    max_threads = 1
    native_id = 0

    def __init__(self, **_):
        self.is_watching = False
        self.free_share = self.share

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def stand_in_lock(monkeypatch, share=0.0) -> None:
    """Let the interpreter lock be free for so much of every call; None where nobody can see that."""
    monkeypatch.setattr(WatchedLock, "share", share)
    for module in ("system.gil_probe", "sampling._timed_run"):
        monkeypatch.setattr(f"equipment_optimizer.{module}.GilProbe", WatchedLock)


class Takes:
    """A tenth of a second a call, by that clock, waiting or at work."""

    def __init__(self, clock, func, *, waits=False):
        self.pass_time, self.func = clock.sleep if waits else clock.spend, func

    def __call__(self, item):
        self.pass_time(0.1)
        return self.func(item)
