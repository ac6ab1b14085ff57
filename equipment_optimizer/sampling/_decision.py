"""From measurements to a decision: serial, threads or processes, how many, in what chunks.

In: numbers measured on a job and on a machine. Out: a `Decision`. A pure function:
recorded measurements give the same decision everywhere, without a clock
(tests/sampling/test_decision.py). Knows nothing of equipment.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..units import format_count, format_seconds, format_size
from ._cost_model import (
    JobCosts,
    MachineCosts,
    bytes_of_worker,
    chunk_sizes,
    memory_room,
    process_seconds,
    thread_seconds,
)
from .tuning import (
    CHUNK_TOLERANCE,
    MAX_WAITING_THREADS,
    MIN_GAIN,
    PARALLEL_CPU_SHARE,
    THREAD_ADVANTAGE,
    WAITING_CPU_SHARE,
)

__all__ = ["Decision", "Executor", "decide"]

Executor = Literal["serial", "thread", "process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do, and what each alternative would cost.

    Attributes
    ----------
    executor : {"serial", "thread", "process"}
    n_jobs, chunksize : int
        Both 1 for serial.
    predicted_seconds : dict of str to float
        For "serial", and for "thread" and "process" at their best where possible.
    reason : str
        One sentence.
    bound_by : str
        What limits the speed: "compute", "start", "dispatch", "cores", "memory",
        "waiting" or "function".
    warnings : tuple of str
    """

    executor: Executor
    n_jobs: int
    chunksize: int
    predicted_seconds: dict[str, float]
    reason: str
    bound_by: str
    warnings: tuple[str, ...] = ()

    @property
    def estimated_speedup(self) -> float:
        """Predicted serial time over the predicted time of what is recommended."""
        chosen = self.predicted_seconds[self.executor]
        return self.predicted_seconds["serial"] / chosen if chosen > 0 else 1.0


@dataclass(frozen=True, slots=True)
class _Choice:
    """The best of one executor."""

    executor: Executor
    n_jobs: int
    chunksize: int
    seconds: float
    bound_by: str


def decide(
    job: JobCosts,
    machine: MachineCosts,
    *,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
) -> Decision:
    """The fastest way to run a job, by prediction.

    Parameters
    ----------
    job : JobCosts
    machine : MachineCosts
    max_workers : int, optional
        Upper limit of workers, threads included.
    budget_bytes : int, optional
        Upper limit of the memory of all workers and results together.

    Returns
    -------
    Decision

    Notes
    -----
    Every number of workers P up to the limit is tried with a geometric grid of
    chunk sizes c and the optimum of fixed-size chunking. For processes
    (`process_seconds`), with m chunks::

        T = start(P) + function + send + max(dispatch, makespan, cpu) + receive
        dispatch = m (send + receive)                in this process alone
        makespan = max(ceil(m / P) W, n / (c P) W + tail)
        cpu      = (dispatch + m W) / cores          when all of them share the cores
        W        = load(c) + c mean + dump(c) + copying
        tail     = max(std sqrt(2 c ln P), (1 - 1/P) c (max - mean))

    The first form of the tail is that of Kruskal and Weiss, "Allocating
    independent subtasks on parallel processors", IEEE Trans. Software Eng. 11
    (1985); the second is the bound of Graham (1969) on what one expensive chunk
    can add. Guided self-scheduling (Polychronopoulos and Kuck, IEEE Trans.
    Computers 36, 1987) and factoring (Hummel, Schonberg and Flynn, Comm. ACM 35,
    1992) shrink chunks as the work runs out; here chunks stay equal, and the
    smallest within 2 % of the best stands in for their tail.

    Threads (`thread_seconds`) share one interpreter lock: what holds it is
    serial. Time O(P log n).
    """
    serial = job.serial_seconds
    limit = max(1, max_workers) if max_workers is not None else None
    options = [_Choice("serial", 1, 1, serial, "compute")]
    threads = _best_threads(job, machine, limit)
    n_workers, memory_note = _process_limit(job, machine, limit, budget_bytes)
    processes = _best_processes(job, machine, n_workers, budget_bytes) if n_workers > 1 else None
    options += [choice for choice in (threads, processes) if choice is not None]
    predicted = {str(choice.executor): choice.seconds for choice in options}
    best = options[0]
    if processes is not None and processes.seconds * MIN_GAIN <= serial:
        best = processes
    if threads is not None and threads.seconds * MIN_GAIN <= serial:
        handicap = THREAD_ADVANTAGE if best.executor == "process" else 1.0
        if threads.seconds * handicap <= best.seconds:
            best = threads
    warnings = _warnings(job, machine, best) + ((memory_note,) if memory_note else ())
    return Decision(
        executor=best.executor,
        n_jobs=best.n_jobs,
        chunksize=best.chunksize,
        predicted_seconds=predicted,
        reason=_reason(job, machine, best, predicted, memory_note),
        bound_by=best.bound_by,
        warnings=warnings,
    )


def _best_processes(job: JobCosts, machine: MachineCosts, max_workers: int, budget_bytes: int | None) -> _Choice | None:
    if job.process_blockers:
        return None
    room = memory_room(job, machine, budget_bytes)
    choices = []
    for n_workers in range(2, min(max_workers, job.n_items) + 1):
        for size in chunk_sizes(job, machine, n_workers):
            if room is not None and n_workers * bytes_of_worker(job, machine, size) > room:
                continue
            seconds, bound_by = process_seconds(job, machine, n_workers, size)
            choices.append(_Choice("process", n_workers, size, seconds, bound_by))
    return _smallest_good(choices)


def _best_threads(job: JobCosts, machine: MachineCosts, limit: int | None) -> _Choice | None:
    if job.thread_blockers or job.n_items < 2:
        return None
    waits = job.cpu_share < WAITING_CPU_SHARE
    most = MAX_WAITING_THREADS if waits else machine.n_cores
    if job.cpu_share > PARALLEL_CPU_SHARE:
        most = int(machine.n_cores / job.cpu_share)
    most = min(most, job.n_items, limit if limit is not None else most)
    choices = []
    for n_workers in _thread_counts(most):
        for size in chunk_sizes(job, machine, n_workers):
            seconds, bound_by = thread_seconds(job, machine, n_workers, size)
            choices.append(_Choice("thread", n_workers, size, seconds, bound_by))
    return _smallest_good(choices)


def _smallest_good(choices: list[_Choice]) -> _Choice | None:
    """Of the choices about as good as the best: the fewest workers, then the smallest chunk."""
    if not choices:
        return None
    best = min(choice.seconds for choice in choices)
    good = [choice for choice in choices if choice.seconds <= best * (1 + CHUNK_TOLERANCE)]
    return min(good, key=lambda choice: (choice.n_jobs, choice.chunksize))


def _thread_counts(most: int) -> Iterator[int]:
    """2, 3, 4, 6, 8, 12, ... and `most` itself."""
    count = 2
    while count < most:
        yield count
        count = count * 3 // 2 if count & (count - 1) == 0 and count > 2 else max(count + 1, 2 ** count.bit_length())
    if most >= 2:
        yield most


def _process_limit(
    job: JobCosts, machine: MachineCosts, limit: int | None, budget_bytes: int | None
) -> tuple[int, str]:
    """Most worker processes that make sense, and a note where memory is what limits them."""
    most = machine.n_cores
    if job.cpu_share < WAITING_CPU_SHARE:
        most = min(32, math.ceil(machine.n_cores / max(job.cpu_share, 0.03)))
    if job.cpu_share > PARALLEL_CPU_SHARE:
        most = int(machine.n_cores / job.cpu_share)
    if limit is not None:
        most = min(most, limit)
    room = memory_room(job, machine, budget_bytes)
    if room is None:
        return most, ""
    fitting = max(0, int(room // bytes_of_worker(job, machine, 1)))
    if fitting >= most or most < 2:
        return most, ""
    each = format_size(int(bytes_of_worker(job, machine, 1)))
    return fitting, f"memory allows {fitting} of {most} workers at {each} each"


def _reason(job: JobCosts, machine: MachineCosts, best: _Choice, predicted: dict[str, float], memory_note: str) -> str:
    """One sentence: what was measured, what follows."""
    items = f"{format_count(job.n_items)} items at {format_seconds(job.mean_seconds)}"
    if best.executor == "process":
        return (
            f"{items} take {format_seconds(predicted['serial'])} serially and "
            f"{format_seconds(best.seconds)} on {best.n_jobs} processes"
        )
    if best.executor == "thread":
        why = "they mostly wait" if job.cpu_share < WAITING_CPU_SHARE else "they let other threads run"
        return (
            f"{items} take {format_seconds(predicted['serial'])} serially and "
            f"{format_seconds(best.seconds)} in {best.n_jobs} threads, because {why}"
        )
    head = f"{items} take {format_seconds(predicted['serial'])} serially"
    return f"{head}, and {_why_serial(job, machine, predicted, memory_note)}"


def _why_serial(job: JobCosts, machine: MachineCosts, predicted: dict[str, float], memory_note: str) -> str:
    if job.n_items < 2:
        return "there is nothing to divide"
    if job.process_blockers:
        return job.process_blockers[0]
    if memory_note:
        return memory_note
    if job.cpu_share > PARALLEL_CPU_SHARE:
        return f"the function already keeps {job.cpu_share:.1f} cores busy"
    others = {name: seconds for name, seconds in predicted.items() if name != "serial"}
    if not others:
        return "there is only one core or worker to use" if machine.n_cores > 1 else "there is only one core"
    name = min(others, key=lambda key: others[key])
    what = {"process": "worker processes", "thread": "threads"}[name]
    return f"{what} would take {format_seconds(others[name])} with their overhead"


def _warnings(job: JobCosts, machine: MachineCosts, best: _Choice) -> tuple[str, ...]:
    """What the user could change to gain more, or has to know."""
    notes = []
    if best.executor == "thread":
        notes.append("the function must be safe to call from several threads")
    # What the payload costs where it is copied: a gain of that size is worth a word.
    size = job.n_items * (job.input_cost.bytes_item * machine.in_seconds_per_byte + job.input_cost.dump_item)
    size += job.n_items * (job.result_cost.bytes_item * machine.out_seconds_per_byte + job.result_cost.load_item)
    if not job.process_blockers and best.executor != "thread" and size > 0.5 * job.serial_seconds > 0.05:
        notes.append(
            "moving items and results between processes would take "
            f"{format_seconds(size)}: send names or ranges and let workers load or create the data"
        )
    if best.executor == "process" and job.function_bytes > 1 << 20:
        notes.append(
            f"the function holds {format_size(int(job.function_bytes))}: it is sent to each worker once here, "
            "other pools send it with every chunk"
        )
    return tuple(notes)
