"""Sample a job, calibrate the machine if that can matter, and decide.

In: a function and its data. Out: a `Recommendation` and, where workers were
started to find it, their pool, inside an `Advice`. This module wires the parts
of the sampler together; it knows nothing of equipment.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, WorkerError
from ..system.machine import available_cores, busy_seconds, inside_worker
from ._calibration import assumed_costs, calibrate, known_costs, main_is_importable, start_method
from ._cost_model import JobCosts, MachineCosts
from ._decision import Decision, Executor, decide
from .dry_run import SamplingResult, perform_dry_run, remaining_items

if TYPE_CHECKING:
    from ..workers.pool import WorkerPool

__all__ = ["Advice", "Limits", "Recommendation", "advise"]

#: The sample may take this share of the predicted serial time, ratio.
_SAMPLE_SHARE = 0.05

#: Shorter jobs are decided with assumed costs, on the side of caution: measuring
#: takes about half as long as could be gained. Seconds of serial time by start
#: method (fork: 10-25 ms to measure, the others 50-90 ms; benchmarks/sampler/sampler_regret.py).
_CALIBRATED_SECONDS = {"fork": 50e-3}
_CALIBRATED_ELSEWHERE_SECONDS = 150e-3

#: Payloads below this are not worth measuring the pipe's bandwidth, bytes per item.
_BANDWIDTH_BYTES = 8 * 1024

#: Items of an iterator of unknown length that are read ahead to learn whether it
#: ends soon: at most so many, for so long, and of so many bytes.
_AHEAD_ITEMS = 1000
_AHEAD_SECONDS = 5e-3
_AHEAD_BYTES = 16 << 20

#: If it does not end, the decision is made for a job of this length, seconds.
_ENDLESS_SECONDS = 2.0

#: Then a chunk may last no longer than this, seconds: results should keep coming.
_MAX_CHUNK_SECONDS = 0.5

#: Load of other processes is believed if it was watched for at least this long, seconds.
_LOAD_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Recommendation:
    """How to run a job, and why.

    Attributes
    ----------
    executor : {"serial", "thread", "process"}
    n_jobs : int
        Threads or processes; 1 for serial.
    chunksize : int
        Items per message.
    estimated_speedup : float
        Over serial, by prediction.
    predicted_seconds : dict of str to float
        Of "serial", and of "thread" and "process" at their best where they are possible.
    reason : str
        One sentence.
    bound_by : str
        What limits the speed (`decision.Decision`).
    warnings : tuple of str
    data : iterable
        All items in order, the sampled ones included. Where an iterator was given
        this continues it and can be read once.
    sample_results : dict of int to object
        Results of the sampled items by position, so that they need not be run again.
    sampling : SamplingResult
        Everything measured on the function.
    job : JobCosts
    machine : MachineCosts
        What `decision.decide` was given: with these two it decides the same anywhere.
    """

    executor: Executor
    n_jobs: int
    chunksize: int
    estimated_speedup: float
    predicted_seconds: dict[str, float]
    reason: str
    bound_by: str
    warnings: tuple[str, ...]
    data: Iterable[Any]
    sample_results: dict[int, Any]
    sampling: SamplingResult
    job: JobCosts
    machine: MachineCosts

    def __str__(self) -> str:
        if self.executor == "serial":
            return f"serial: {self.reason}"
        what = "processes" if self.executor == "process" else "threads"
        items = "1 item" if self.chunksize == 1 else f"{self.chunksize} items"
        return f"{self.n_jobs} {what}, {items} a chunk: {self.reason}"


class Advice:
    """A recommendation together with the pool that was started to find it.

    Use it in a ``with`` statement: what nobody took is closed at its end.
    """

    def __init__(self, recommendation: Recommendation, pool: WorkerPool | None) -> None:
        self.recommendation = recommendation
        self._pool = pool

    def remaining(self) -> Iterator[Any]:
        """The items that were not sampled, in order."""
        return remaining_items(self.recommendation.sampling)

    def take_pool(self, n_workers: int) -> WorkerPool | None:
        """The pool, if there is one that large; from now on the caller closes it."""
        if self._pool is None or self._pool.n_workers < n_workers:
            return None
        pool, self._pool = self._pool, None
        pool.shrink(n_workers)
        return pool

    def close(self) -> None:
        """Close the pool if nobody took it; idempotent."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def __enter__(self) -> Advice:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the caller allows.

    Attributes
    ----------
    sample_size : int
    max_workers : int or None
        Upper limit of processes and of threads.
    budget_bytes : int or None
        Upper limit of the memory of all workers together.
    threads : bool
        Whether several threads may call the function.
    only_remaining : bool
        Decide for the items that are left after the sample, and keep the pool
        that was started to calibrate; else decide for all, as if nothing had run.
    peak_memory : bool
        Measure peak memory, which sets the process's high-water mark back.
    call_bytes : int
        Memory that one call is known to take.
    """

    sample_size: int
    max_workers: int | None
    budget_bytes: int | None
    threads: bool
    only_remaining: bool = False
    peak_memory: bool = True
    call_bytes: int = 0


def advise(func: Callable[[Any], Any], data: Iterable[Any], limits: Limits) -> Advice:
    """Sample `func` on `data` and decide, within `limits`; see `sampling.optimize`.

    Raises
    ------
    UsageError
        No items, or a number below 1.
    Exception
        Whatever `func` or the iteration raises.
    """
    if limits.max_workers is not None and limits.max_workers < 1:
        raise UsageError(f"not a number of workers: {limits.max_workers}", "give a whole number from 1")
    busy, began, own = busy_seconds(), time.perf_counter(), time.process_time()
    sample = perform_dry_run(func, data, limits.sample_size, max_share=_SAMPLE_SHARE, peak_memory=limits.peak_memory)
    free_cores = _free_cores(busy, began, own)
    sample, endless = _read_ahead(sample)
    job = _job_costs(func, sample, limits)
    machine, pool, job = _machine_costs(job, limits, free_cores)
    decision = _decide(job, machine, limits)
    if pool is not None and (decision.executor != "process" or not limits.only_remaining):
        pool.close()
        pool = None
    warnings = sample.warnings + decision.warnings
    chunksize = decision.chunksize
    if endless:
        warnings += (f"the number of items is unknown: predictions are for {job.n_items}",)
        chunksize = max(1, min(chunksize, int(_MAX_CHUNK_SECONDS / max(job.mean_seconds, 1e-9))))
    recommendation = Recommendation(
        executor=decision.executor,
        n_jobs=decision.n_jobs,
        chunksize=chunksize,
        estimated_speedup=decision.estimated_speedup,
        predicted_seconds=decision.predicted_seconds,
        reason=decision.reason,
        bound_by=decision.bound_by,
        warnings=warnings,
        data=sample.data,
        sample_results=sample.sample_results,
        sampling=sample,
        job=job,
        machine=machine,
    )
    return Advice(recommendation, pool)


def _machine_costs(
    job: JobCosts, limits: Limits, free_cores: float | None
) -> tuple[MachineCosts, WorkerPool | None, JobCosts]:
    """Costs of this machine: assumed where those settle it, else known or measured, with the pool that was started."""
    method = start_method()
    bandwidth = max(job.input_cost.n_bytes(1), job.result_cost.n_bytes(1), job.function_bytes / 8) > _BANDWIDTH_BYTES
    machine = known_costs(method, bandwidth=bandwidth, free_cores=free_cores)
    if machine is not None:
        return machine, None, job
    assumed = assumed_costs(method, free_cores)
    first = _decide(job, assumed, limits)
    if first.executor != "process":
        return assumed, None, job
    if job.serial_seconds < _CALIBRATED_SECONDS.get(method, _CALIBRATED_ELSEWHERE_SECONDS):
        return assumed_costs(method, free_cores, cautious=True), None, job
    try:
        machine, pool = calibrate(first.n_jobs, bandwidth=bandwidth, free_cores=free_cores)
    except (WorkerError, OSError) as error:
        blocker = f"worker processes cannot be started here: {error}"
        return assumed, None, dataclasses.replace(job, process_blockers=(blocker,))
    if limits.only_remaining:
        # The pool is there: its start costs nothing any more.
        machine = dataclasses.replace(machine, start_seconds=0.0, start_seconds_each=0.0)
    return machine, pool, job


def _decide(job: JobCosts, machine: MachineCosts, limits: Limits) -> Decision:
    return decide(job, machine, max_workers=limits.max_workers, budget_bytes=limits.budget_bytes)


def _job_costs(func: Callable[[Any], Any], sample: SamplingResult, limits: Limits) -> JobCosts:
    n_items = sample.n_items or 0
    if limits.only_remaining:
        n_items = max(0, n_items - sample.n_sampled)
    process_blockers, thread_blockers = [], []
    if inside_worker():
        process_blockers.append("this is itself a worker process")
        thread_blockers.append("this is itself a worker process")
    for what, error in (
        ("the function", sample.function_error),
        ("its items", sample.input_error),
        ("its results", sample.result_error),
    ):
        if error is not None:
            process_blockers.append(f"{what} cannot be pickled ({type(error).__name__}: {error})")
    if start_method() != "fork" and _home_of(func) == "__main__" and not main_is_importable():
        process_blockers.append("new processes cannot import the function from __main__")
    if not limits.threads:
        thread_blockers.append("threads were ruled out")
    return JobCosts(
        n_items=n_items,
        mean_seconds=sample.mean_seconds,
        std_seconds=sample.std_seconds,
        max_seconds=sample.max_seconds,
        cpu_share=sample.cpu_share,
        gil_free_share=sample.gil_free_share or 0.0,
        input_cost=sample.input_cost,
        result_cost=sample.result_cost,
        function_seconds=sample.function_measurement[0],
        function_bytes=sample.function_measurement[1],
        peak_bytes=max(limits.call_bytes, sample.peak_bytes or 0),
        process_blockers=tuple(process_blockers),
        thread_blockers=tuple(thread_blockers),
    )


def _read_ahead(sample: SamplingResult) -> tuple[SamplingResult, bool]:
    """Learn the length of a short iterator; of a long one, assume one. Says whether it was assumed."""
    if sample.n_items is not None:
        return sample, False
    size = max(1.0, sample.input_cost.bytes_item)
    limit = int(min(_AHEAD_ITEMS, 1 + _AHEAD_BYTES / size))
    began = time.perf_counter()
    iterator = iter(sample.data)
    # The sampled items come first, out of memory.
    head = list(itertools.islice(iterator, sample.n_sampled))
    missing = object()
    while len(head) < limit and time.perf_counter() - began < _AHEAD_SECONDS:
        item = next(iterator, missing)
        if item is missing:
            return dataclasses.replace(sample, n_items=len(head), data=head), False
        head.append(item)
    n_items = max(10 * len(head), math.ceil(_ENDLESS_SECONDS / max(sample.mean_seconds, 1e-7)))
    return dataclasses.replace(sample, n_items=n_items, data=itertools.chain(head, iterator)), True


def _free_cores(busy: float | None, began: float, own: float) -> float | None:
    """Cores that other processes left free since `began`; None where that was too short to tell."""
    elapsed = time.perf_counter() - began
    now = busy_seconds()
    if busy is None or now is None or elapsed < _LOAD_SECONDS:
        return None
    others = (now - busy - (time.process_time() - own)) / elapsed
    return max(1.0, available_cores() - max(0.0, others))


def _home_of(func: Any) -> str | None:
    """Name of the module that defines a function or what a partial wraps."""
    while isinstance(func, functools.partial):
        func = func.func
    module = getattr(func, "__module__", None) or type(func).__module__
    return module if isinstance(module, str) else None
