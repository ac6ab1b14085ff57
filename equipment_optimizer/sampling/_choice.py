"""The best of every executor, and of all of them: serial, threads or processes, how many, in what chunks.

In: numbers measured on a job and on a machine. Out: `Choices`. A pure function: recorded
measurements give the same choice everywhere, without a clock. Knows nothing of equipment.
"""

from __future__ import annotations

import math

from ..system.quick_named_tuples import LightRecord
from ._cost_model import (
    JobCosts,
    MachineCosts,
    bytes_of_worker,
    chunk_sizes,
    memory_for_workers,
    process_seconds,
    thread_seconds,
)
from .tuning import (
    CHUNK_TOLERANCE,
    EVEN_SPREAD,
    GAIN_ERROR,
    GUIDED_ROUNDS,
    MAX_CHUNK_SECONDS,
    MAX_WAITING_THREADS,
    NATIVE_CPU_SHARE,
    PARALLEL_CPU_SHARE,
    THREAD_ADVANTAGE,
    WAITING_CPU_SHARE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    Executor = Literal["serial", "thread", "process"]

__all__ = ["Choice", "Choices", "choose", "native_threads"]


class Choice(LightRecord):
    """The best of one executor; `bound_by`: compute, start, dispatch, cores, memory, waiting or function."""

    executor: Executor
    n_jobs: int
    chunksize: int
    seconds: float
    bound_by: str


class Choices(LightRecord):
    """The best of every executor that is possible, and of all of them; `fitting` of `wanted` workers have memory."""

    best: Choice
    serial: Choice
    threads: Choice | None
    processes: Choice | None
    fitting: int
    wanted: int

    @property
    def possible(self) -> list[Choice]:
        """Those there are, serial first."""
        return [choice for choice in (self.serial, self.threads, self.processes) if choice is not None]

    def with_best(self, executor: Executor, n_jobs: int, chunksize: int) -> Choices:
        """The same, with another best of that executor."""
        known = {choice.executor: choice for choice in self.possible}
        best = known.get(executor, self.serial)._replace(executor=executor, n_jobs=n_jobs, chunksize=chunksize)
        if executor == "serial":
            return self._replace(best=best)
        if executor == "thread":
            return self._replace(best=best, threads=best)
        return self._replace(best=best, processes=best)


def choose(
    job: JobCosts, machine: MachineCosts, *, max_workers: int | None = None, budget_bytes: int | None = None
) -> Choices:
    """The fastest way to run a job, by prediction.

    Every number of workers P up to the limit (beyond 8 every eighth part of the rest) is tried with
    a geometric grid of chunk sizes c and the optimum of fixed-size chunking. For processes
    (`process_seconds`), with m chunks::

        T = start(P) + function + send + max(dispatch, makespan, cpu) + receive
        dispatch = m (send + receive) + source       in this process alone
        makespan = max(ceil(m / P) W, n / (c P) W + tail)
        cpu      = (dispatch + m W) / cores          when all of them share the cores
        W        = load(c) + c mean + dump(c) + copying
        tail     = max(std sqrt(2 c ln P), (1 - 1/P) c (max - mean))

    The first form of the tail is that of Kruskal and Weiss, "Allocating independent subtasks on
    parallel processors", IEEE Trans. Software Eng. 11 (1985); the second is the bound of Graham
    (1969) on what one expensive chunk can add. Guided self-scheduling (Polychronopoulos and Kuck,
    IEEE Trans. Computers 36, 1987) and factoring (Hummel, Schonberg and Flynn, Comm. ACM 35, 1992)
    shrink chunks as the work runs out; here chunks stay equal, and the smallest within 2 % of the
    best stands in for their tail, or of even work the largest that leaves every worker four. Threads
    (`thread_seconds`) share one interpreter lock: what holds it is serial.

    Anything but serial has to be ahead by more than predictions of the two are off against each
    other. Time O(min(P, 16) log n).
    """
    serial = Choice("serial", 1, 1, job.serial_seconds, "compute")
    limit = max(1, max_workers) if max_workers is not None else None
    threads = _best_threads(job, machine, limit)
    wanted = _most_processes(job, machine, limit)
    fitting = _fitting(job, machine, wanted, budget_bytes)
    processes = _best_processes(job, machine, fitting, budget_bytes) if fitting > 1 else None
    best = serial
    if processes is not None:
        unsure = machine.start_error * machine.start_of(processes.n_jobs)
        if processes.seconds * (1 + GAIN_ERROR) + unsure < serial.seconds:
            best = processes
    if threads is not None and threads.seconds * (1 + GAIN_ERROR) < serial.seconds:
        handicap = THREAD_ADVANTAGE if best is processes else 1.0
        if threads.seconds * handicap <= best.seconds:
            best = threads
    return Choices(best, serial, threads, processes, fitting, wanted)


def native_threads(job: JobCosts, machine: MachineCosts, n_workers: int) -> int | None:
    """Threads that a native library may use inside each of several workers; None where the calls use but one."""
    return max(1, machine.n_cores // n_workers) if job.cpu_share > NATIVE_CPU_SHARE and n_workers > 1 else None


def _best_processes(job: JobCosts, machine: MachineCosts, most: int, budget_bytes: int | None) -> Choice | None:
    if job.process_blockers:
        return None
    free_bytes = memory_for_workers(job, machine, budget_bytes)
    choices = []
    for n_workers in _counts(min(most, job.n_items)):
        for size in chunk_sizes(job, machine, n_workers):
            if free_bytes is not None and n_workers * bytes_of_worker(job, machine, size) > free_bytes:
                continue
            seconds, bound_by = process_seconds(job, machine, n_workers, size)
            choices.append(Choice("process", n_workers, size, seconds, bound_by))
    best = _smallest_good(choices)
    if best is None or job.std_seconds > EVEN_SPREAD * job.mean_seconds:
        return best
    # Even work needs small chunks for nothing, and whatever wakes this process holds up a worker.
    longest = min(job.n_items / (GUIDED_ROUNDS * best.n_jobs), MAX_CHUNK_SECONDS / max(job.mean_seconds, 1e-9))
    limit = best.seconds * (1 + CHUNK_TOLERANCE)
    equal = [choice for choice in choices if choice.n_jobs == best.n_jobs and choice.seconds <= limit]
    fine = [best, *(choice for choice in equal if choice.chunksize <= longest)]
    return max(fine, key=lambda choice: choice.chunksize)


def _best_threads(job: JobCosts, machine: MachineCosts, limit: int | None) -> Choice | None:
    if job.thread_blockers or job.n_items < 2:
        return None
    most = MAX_WAITING_THREADS if job.cpu_share < WAITING_CPU_SHARE else machine.n_cores
    if job.uses_all_threads:
        most = int(machine.n_cores / job.cpu_share)
    most = min(most, job.n_items, limit if limit is not None else most)
    choices = []
    for n_workers in _counts(most):
        for size in chunk_sizes(job, machine, n_workers):
            seconds, bound_by = thread_seconds(job, machine, n_workers, size)
            choices.append(Choice("thread", n_workers, size, seconds, bound_by))
    return _smallest_good(choices)


def _smallest_good(choices: list[Choice]) -> Choice | None:
    """Of the choices about as good as the best: the fewest workers, then the smallest chunk."""
    if not choices:
        return None
    best = min(choice.seconds for choice in choices)
    good = [choice for choice in choices if choice.seconds <= best * (1 + CHUNK_TOLERANCE)]
    return min(good, key=lambda choice: (choice.n_jobs, choice.chunksize))


def _counts(most: int) -> Iterator[int]:
    """2, 3, ... 8, then further apart by a seventh, and `most` itself."""
    count = 2
    while count < most:
        yield count
        count += max(1, count // 7)
    if most >= 2:
        yield most


def _most_processes(job: JobCosts, machine: MachineCosts, limit: int | None) -> int:
    """Most worker processes that make sense."""
    most = machine.n_cores
    if job.cpu_share < WAITING_CPU_SHARE:
        most = min(32, math.ceil(machine.n_cores / max(job.cpu_share, 0.03)))
    if job.cpu_share > PARALLEL_CPU_SHARE:
        most = int(machine.n_cores / job.cpu_share)
    return most if limit is None else min(most, limit)


def _fitting(job: JobCosts, machine: MachineCosts, wanted: int, budget_bytes: int | None) -> int:
    """Of `wanted` workers, those that memory allows."""
    free_bytes = memory_for_workers(job, machine, budget_bytes)
    if free_bytes is None or wanted < 2:
        return wanted
    return min(wanted, max(0, int(free_bytes // bytes_of_worker(job, machine, 1))))
