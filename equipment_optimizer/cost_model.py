"""From measurements to a decision: serial, threads or processes, how many, in what chunks.

In: numbers measured on a job and on a machine. Out: a `Decision`. Nothing here
reads a clock, a process or the machine, so recorded measurements give the same
decision everywhere (tests/test_cost_model.py). Knows nothing of equipment.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from .pickle_cost import ChunkCost
from .units import format_count, format_seconds, format_size

__all__ = ["Decision", "Executor", "JobCosts", "MachineCosts", "decide", "process_seconds", "thread_seconds"]

Executor = Literal["serial", "thread", "process"]

#: Parallel work has to be predicted at least this much faster than serial, ratio:
#: predictions err by about 10 % (benchmarks/sampler_regret.py).
MIN_GAIN = 1 / 0.9

#: Threads have to beat processes by this much: the function was never seen to be
#: safe in several threads.
THREAD_ADVANTAGE = 1.05

#: Chunk sizes within this of the best count as equal; the smallest of them is
#: taken, because its worst case is the best.
CHUNK_TOLERANCE = 0.02

#: Below this CPU share a call mostly waits.
WAITING_CPU_SHARE = 0.5

#: Above this CPU share the function itself keeps several cores busy.
PARALLEL_CPU_SHARE = 1.4

#: Threads for calls that wait: more would strain whatever they wait for.
MAX_WAITING_THREADS = 64

#: Time to start and join one thread, seconds.
THREAD_START_SECONDS = 80e-6

#: Time for one chunk through a thread pool, seconds.
THREAD_MESSAGE_SECONDS = 30e-6

#: Share of the ideal that threads on several cores reach: they hand the
#: interpreter lock around and share one memory allocator.
THREAD_EFFICIENCY = 0.9

#: Relative spread to assume at the least: equal work differs that much between cores.
_MIN_SPREAD = 0.05

#: Share of the available memory that workers may be given.
_MEMORY_SHARE = 0.8

#: Room for results beside their pickled size, ratio.
_RESULT_OVERHEAD = 1.2

#: With an unknown number of items a chunk should last no longer than this, seconds.
_MAX_CHUNK_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCosts:
    """What one job costs, as sampled. Times in seconds, sizes in bytes.

    Attributes
    ----------
    n_items : int
        Items to run.
    mean_seconds, std_seconds, max_seconds : float
        Of one call.
    cpu_share : float
        CPU seconds per second of a call.
    gil_free_share : float
        Share of a call's time in which other threads can run Python code; 0 where unknown.
    input_cost, result_cost : ChunkCost
    function_seconds, function_bytes : float
        To pickle the function, with all that it holds.
    peak_bytes : int
        Memory that one call takes beside its input and result.
    process_blockers, thread_blockers : tuple of str
        Why processes, or threads, are out of the question; empty where they are not.
    """

    n_items: int
    mean_seconds: float
    std_seconds: float = 0.0
    max_seconds: float = 0.0
    cpu_share: float = 1.0
    gil_free_share: float = 0.0
    input_cost: ChunkCost = field(default_factory=ChunkCost)
    result_cost: ChunkCost = field(default_factory=ChunkCost)
    function_seconds: float = 0.0
    function_bytes: float = 0.0
    peak_bytes: int = 0
    process_blockers: tuple[str, ...] = ()
    thread_blockers: tuple[str, ...] = ()

    @property
    def serial_seconds(self) -> float:
        """Predicted time of all calls one after the other."""
        return self.n_items * self.mean_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCosts:
    """What worker processes cost on a machine, as calibrated. Times in seconds.

    Attributes
    ----------
    n_cores : int
        Cores this process may use.
    free_cores : float
        Those that other processes leave free.
    start_seconds, start_seconds_each : float
        To start a pool: fixed part, and part per worker; 0 for a pool that is there.
    message_seconds : float
        Work of this process for one chunk, beside pickling and copying.
    in_seconds_per_byte, out_seconds_per_byte : float
        Through the pipe to a worker, and back.
    worker_bytes : int
        Memory of one idle worker.
    available_bytes : int or None
        Memory that can be taken; None where unknown.
    efficiency : float
        Speed of a core while all are busy, relative to one alone.
    """

    n_cores: int
    free_cores: float
    start_seconds: float
    start_seconds_each: float
    message_seconds: float
    in_seconds_per_byte: float
    out_seconds_per_byte: float
    worker_bytes: int
    available_bytes: int | None = None
    efficiency: float = 0.95


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


def process_seconds(job: JobCosts, machine: MachineCosts, n_workers: int, chunksize: int) -> tuple[float, str]:
    """Predicted time on `n_workers` processes, and what bounds it; see `decide`."""
    n_chunks = math.ceil(job.n_items / chunksize)
    size = min(chunksize, job.n_items)
    send, receive, work = _chunk_seconds(job, machine, size)
    waiting = max(0.0, 1.0 - job.cpu_share) * size * job.mean_seconds
    cores = max(1.0, min(float(machine.n_cores), machine.free_cores)) * machine.efficiency
    function = job.function_seconds * 2 + n_workers * job.function_bytes * machine.in_seconds_per_byte
    start = machine.start_seconds + n_workers * machine.start_seconds_each + function
    dispatch = n_chunks * (send + receive)
    # Calls that use several cores, or that mostly wait, use CPU time other than their own duration.
    cpu_work = work - waiting + max(0.0, job.cpu_share - 1.0) * size * job.mean_seconds
    per_worker = work * max(1.0, n_workers * cpu_work / work / cores) if work > 0 else 0.0
    makespan = max(
        math.ceil(n_chunks / n_workers) * per_worker,
        n_chunks / n_workers * per_worker + _tail_seconds(job, n_workers, size),
    )
    cpu = (dispatch + n_chunks * cpu_work) / cores
    busy, bound_by = max((makespan, "compute"), (cpu, "cores"), (dispatch, "dispatch"))
    if start > busy:
        bound_by = "start"
    return start + send + busy + receive, bound_by


def thread_seconds(job: JobCosts, machine: MachineCosts, n_workers: int, chunksize: int) -> tuple[float, str]:
    """Predicted time on `n_workers` threads, and what bounds it.

    Notes
    -----
    The part of the CPU time that holds the interpreter lock runs serially, the
    rest on as many cores as there are, waiting in as many threads as there are.
    """
    n_chunks = math.ceil(job.n_items / chunksize)
    cpu = min(1.0, job.cpu_share) * job.mean_seconds
    waiting = max(0.0, job.mean_seconds - cpu)
    # Looks while a call waits find the lock free; only those during CPU time count.
    held_share = min(1.0, (1.0 - job.gil_free_share) * job.mean_seconds / cpu) if cpu > 0 else 0.0
    cores = max(1.0, min(float(machine.n_cores), machine.free_cores, float(n_workers)))
    if job.cpu_share > PARALLEL_CPU_SHARE:
        cores = max(1.0, cores / job.cpu_share)
    speed = max(1.0, cores * THREAD_EFFICIENCY)
    locked = held_share * cpu
    rounds = math.ceil(n_chunks / n_workers) * min(chunksize, job.n_items)
    total_cpu = job.n_items * (locked + (cpu - locked) / speed)
    busy, bound_by = max(
        (rounds * waiting + total_cpu + _tail_seconds(job, n_workers, chunksize), "waiting" if waiting > cpu else "compute"),
        (total_cpu, "cores"),
    )
    start = n_workers * THREAD_START_SECONDS
    return start + n_chunks * THREAD_MESSAGE_SECONDS + busy, bound_by


def _chunk_seconds(job: JobCosts, machine: MachineCosts, size: int) -> tuple[float, float, float]:
    """Of one chunk: seconds of this process to send and to receive, and of a worker."""
    send_copy = job.input_cost.n_bytes(size) * machine.in_seconds_per_byte
    receive_copy = job.result_cost.n_bytes(size) * machine.out_seconds_per_byte
    send = machine.message_seconds / 2 + job.input_cost.dump_seconds(size) + send_copy
    receive = machine.message_seconds / 2 + job.result_cost.load_seconds(size) + receive_copy
    work = machine.message_seconds + job.input_cost.load_seconds(size) + send_copy
    work += size * job.mean_seconds + job.result_cost.dump_seconds(size) + receive_copy
    return send, receive, work


def _tail_seconds(job: JobCosts, n_workers: int, size: int) -> float:
    """Time for which some workers wait for the last one."""
    spread = max(job.std_seconds, _MIN_SPREAD * job.mean_seconds)
    random = spread * math.sqrt(2 * size * math.log(n_workers)) if n_workers > 1 else 0.0
    worst = (1 - 1 / n_workers) * size * max(0.0, job.max_seconds - job.mean_seconds)
    return max(random, worst)


def _best_processes(
    job: JobCosts, machine: MachineCosts, max_workers: int, budget_bytes: int | None
) -> _Choice | None:
    if job.process_blockers:
        return None
    room = _memory_room(job, machine, budget_bytes)
    choices = []
    for n_workers in range(2, min(max_workers, job.n_items) + 1):
        for size in _chunk_sizes(job, machine, n_workers):
            if room is not None and n_workers * _worker_bytes(job, machine, size) > room:
                continue
            seconds, bound_by = process_seconds(job, machine, n_workers, size)
            choices.append(_Choice("process", n_workers, size, seconds, bound_by))
    return _smallest_good(choices)


def _best_threads(job: JobCosts, machine: MachineCosts, limit: int | None) -> _Choice | None:
    if job.thread_blockers or job.n_items < 2:
        return None
    waits = job.cpu_share < WAITING_CPU_SHARE
    most = MAX_WAITING_THREADS if waits else machine.n_cores
    most = min(most, job.n_items, limit if limit is not None else most)
    choices = []
    for n_workers in _thread_counts(most):
        for size in _chunk_sizes(job, machine, n_workers):
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


def _chunk_sizes(job: JobCosts, machine: MachineCosts, n_workers: int) -> list[int]:
    """Chunk sizes to try: powers of two, whole numbers of rounds, and the fixed-size optimum."""
    most = math.ceil(job.n_items / n_workers)
    sizes = {1, most, _fixed_size(job, machine, n_workers)}
    size = 1
    while size < most:
        sizes.add(size)
        size *= 2
    sizes.update(math.ceil(job.n_items / (n_workers * rounds)) for rounds in (2, 3, 4, 6, 8, 16, 32, 64))
    return sorted(size for size in sizes if 1 <= size <= most)


def _fixed_size(job: JobCosts, machine: MachineCosts, n_workers: int) -> int:
    """Optimum of Kruskal and Weiss for equal chunks, where messages cost the one dispatching process."""
    if n_workers < 2 or job.std_seconds <= 0:
        return 1
    messages = math.sqrt(2) * job.n_items * machine.message_seconds
    size: float = (messages / (job.std_seconds * math.sqrt(math.log(n_workers)))) ** (2 / 3)
    return max(1, min(job.n_items, round(size)))


def _process_limit(
    job: JobCosts, machine: MachineCosts, limit: int | None, budget_bytes: int | None
) -> tuple[int, str]:
    """Most worker processes that make sense, and a note where memory is what limits them."""
    most = machine.n_cores
    if job.cpu_share < WAITING_CPU_SHARE and job.thread_blockers:
        most = min(32, math.ceil(machine.n_cores / max(job.cpu_share, 0.03)))
    if job.cpu_share > PARALLEL_CPU_SHARE:
        most = int(machine.n_cores / job.cpu_share)
    if limit is not None:
        most = min(most, limit)
    room = _memory_room(job, machine, budget_bytes)
    if room is None:
        return most, ""
    fitting = max(0, int(room // _worker_bytes(job, machine, 1)))
    if fitting >= most or most < 2:
        return most, ""
    each = format_size(int(_worker_bytes(job, machine, 1)))
    return fitting, f"memory allows {fitting} of {most} workers at {each} each"


def _memory_room(job: JobCosts, machine: MachineCosts, budget_bytes: int | None) -> float | None:
    """Memory for workers after the results have theirs; None without any limit."""
    limits = [float(budget_bytes)] if budget_bytes is not None else []
    if machine.available_bytes is not None:
        limits.append(_MEMORY_SHARE * machine.available_bytes)
    if not limits:
        return None
    return max(0.0, min(limits) - _RESULT_OVERHEAD * job.n_items * job.result_cost.bytes_item)


def _worker_bytes(job: JobCosts, machine: MachineCosts, size: int) -> float:
    """Memory of one worker with its function and two chunks, here and there."""
    chunk = job.input_cost.n_bytes(size) + job.result_cost.n_bytes(size)
    return max(1.0, machine.worker_bytes + 2 * job.function_bytes + job.peak_bytes + 2 * chunk)


def _reason(
    job: JobCosts, machine: MachineCosts, best: _Choice, predicted: dict[str, float], memory_note: str
) -> str:
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
