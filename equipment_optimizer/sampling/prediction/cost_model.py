"""What a job would take on so many processes or threads, predicted from measurements, and the best way to run it.

In: numbers measured on a job and on a machine. Out: `Choices`: serial, threads or processes, how many, in what chunks.
A pure function: recorded measurements give the same choice everywhere, without a clock. Knows nothing of how the
numbers were measured, nor of equipment.
"""

from __future__ import annotations

import math

from ...system.quick_named_tuples import LightRecord
from ..tuning import (
    CHUNK_TOLERANCE,
    EFFICIENCY,
    EVEN_SPREAD,
    GAIN_ERROR,
    GUIDED_ROUNDS,
    MAX_CHUNK_SECONDS,
    MAX_WAITING_THREADS,
    MEASURED_START_ERROR,
    MEMORY_SHARE,
    MIN_SPREAD,
    MIN_STD_SECONDS,
    NATIVE_CPU_SHARE,
    PARALLEL_CPU_SHARE,
    PARTLY_WAITING_CPU_SHARE,
    RESULT_OVERHEAD,
    SPINNING_SECONDS,
    SURE_FREE_SHARE,
    THREAD_ADVANTAGE,
    THREAD_EFFICIENCY,
    THREAD_MESSAGE_SECONDS,
    THREAD_START_SECONDS,
    WAITING_CPU_SHARE,
)
from .pickle_cost import ChunkCost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    Executor = Literal["serial", "thread", "process", "interpreter"]

__all__ = [
    "Choice",
    "Choices",
    "JobCosts",
    "MachineCosts",
    "bytes_of_worker",
    "choose",
    "native_threads",
    "results_bytes",
    "thread_seconds",
    "worker_seconds",
]


class JobCosts(LightRecord):
    """What one job costs, as sampled: seconds and bytes.

    `cpu_share`: CPU seconds per second of a call. `gil_free_share`: of a call's time, in which other threads can run
    Python code; 0 where unknown. `function_*`: to pickle the function with all that it holds. `peak_bytes`: of one call
    beside its input and result. `source_seconds`: to get an item. `n_sampled`: calls seen, 0 where the mean is certain;
    `n_parts`: of the data, behind it. `warm_up_seconds`: of a first call that is not in it. `uncertainty`: how many
    times too much it may be. `n_helpers`: other threads that compute for calls. `*_blockers`: against them.
    """

    n_items: int
    mean_seconds: float
    std_seconds: float = 0.0
    max_seconds: float = 0.0
    cpu_share: float = 1.0
    gil_free_share: float = 0.0
    input_cost: ChunkCost = ChunkCost()
    result_cost: ChunkCost = ChunkCost()
    function_seconds: float = 0.0
    function_bytes: float = 0.0
    peak_bytes: int = 0
    process_blockers: tuple[str, ...] = ()
    thread_blockers: tuple[str, ...] = ()
    source_seconds: float = 0.0
    n_sampled: int = 0
    warm_up_seconds: float = 0.0
    uncertainty: float = 1.0
    n_helpers: int = 0
    n_parts: int = 0

    @property
    def serial_seconds(self) -> float:
        """Predicted time of all calls one after the other."""
        return self.n_items * (self.mean_seconds + self.source_seconds)

    @property
    def uses_all_threads(self) -> bool:
        """Whether calls keep several cores busy; of a short job that may be threads that spin after something else."""
        may_be_others = self.gil_free_share >= SURE_FREE_SHARE and self.serial_seconds < SPINNING_SECONDS
        return self.cpu_share > PARALLEL_CPU_SHARE and (self.n_helpers > 0 or not may_be_others)


class MachineCosts(LightRecord):
    """What worker processes cost on a machine: seconds and bytes.

    `free_cores`: those that other processes leave free. `start_seconds` is paid once, `start_seconds_each` for
    every worker; both are 0 for a pool that is there. `message_seconds`: of this process for one chunk, beside
    pickling and copying. `*_seconds_per_byte`: through the pipe. `available_bytes`: None where unknown.
    `efficiency`: speed of a core while all are busy, relative to one alone. `start_error`: by how much the start
    may be off, ratio. `workers`: what they are, "process" or "interpreter".
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
    efficiency: float = EFFICIENCY
    start_error: float = MEASURED_START_ERROR
    workers: Executor = "process"

    def start_of(self, n_workers: int) -> float:
        """Seconds to start a pool."""
        return self.start_seconds + n_workers * self.start_seconds_each


def _process_seconds(job: JobCosts, machine: MachineCosts, n_workers: int, chunksize: int) -> tuple[float, str]:
    """Predicted time on `n_workers` processes, and what bounds it; see `decide`."""
    n_chunks = math.ceil(job.n_items / chunksize)
    size = min(chunksize, job.n_items)
    send, receive, work = _chunk_seconds(job, machine, size)
    waiting = max(0.0, 1.0 - job.cpu_share) * size * job.mean_seconds
    cores = max(1.0, min(float(machine.n_cores), machine.free_cores)) * machine.efficiency
    function = job.function_seconds * 2 + n_workers * job.function_bytes * machine.in_seconds_per_byte
    start = machine.start_of(n_workers) + function
    dispatch = n_chunks * (send + receive) + job.n_items * job.source_seconds
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

    The part of the CPU time that holds the interpreter lock runs serially, the rest on as many cores as there are,
    waiting in as many threads as there are.
    """
    n_chunks = max(1, math.ceil(job.n_items / chunksize))
    cpu = min(1.0, job.cpu_share) * job.mean_seconds
    waiting = max(0.0, job.mean_seconds - cpu)
    # Looks while a call waits find the lock free; only those during CPU time count.
    held_share = min(1.0, (1.0 - job.gil_free_share) * job.mean_seconds / cpu) if cpu > 0 else 0.0
    cores = max(1.0, min(float(machine.n_cores), machine.free_cores, float(n_workers)))
    if job.uses_all_threads:
        cores = max(1.0, cores / job.cpu_share)
    speed = max(1.0, cores * THREAD_EFFICIENCY)
    locked = held_share * cpu
    rounds = math.ceil(n_chunks / n_workers) * min(chunksize, job.n_items)
    total_cpu = job.n_items * (locked + (cpu - locked) / speed)
    busy, bound_by = max(
        (
            rounds * waiting + total_cpu + _tail_seconds(job, n_workers, chunksize),
            "waiting" if waiting > cpu else "compute",
        ),
        (total_cpu, "cores"),
    )
    start = n_workers * THREAD_START_SECONDS
    # Items are taken while calls leave the lock.
    source = job.n_items * job.source_seconds
    return start + n_chunks * THREAD_MESSAGE_SECONDS + max(busy + held_share * source, source), bound_by


def worker_seconds(job: JobCosts, machine: MachineCosts, size: int) -> float:
    """Predicted time of a worker for a chunk of `size`."""
    return _chunk_seconds(job, machine, size)[2]


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
    spread = max(job.std_seconds, MIN_SPREAD * job.mean_seconds)
    random = spread * math.sqrt(2 * size * math.log(n_workers)) if n_workers > 1 else 0.0
    worst = (1 - 1 / n_workers) * size * max(0.0, job.max_seconds - job.mean_seconds)
    return max(random, worst)


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
    if n_workers < 2 or job.std_seconds <= MIN_STD_SECONDS:
        return 1
    messages = math.sqrt(2) * job.n_items * machine.message_seconds
    size: float = (messages / (job.std_seconds * math.sqrt(math.log(n_workers)))) ** (2 / 3)
    return max(1, min(job.n_items, round(size)))


def _memory_for_workers(job: JobCosts, machine: MachineCosts, budget_bytes: int | None) -> float | None:
    """Memory for workers after the results have theirs; None without any limit."""
    limits = [float(budget_bytes)] if budget_bytes is not None else []
    if machine.available_bytes is not None:
        limits.append(MEMORY_SHARE * machine.available_bytes)
    if not limits:
        return None
    return max(0.0, min(limits) - results_bytes(job))


def results_bytes(job: JobCosts) -> float:
    """Memory of all results."""
    return RESULT_OVERHEAD * job.n_items * job.result_cost.bytes_item


def bytes_of_worker(job: JobCosts, machine: MachineCosts, size: int) -> float:
    """Memory of one worker with its function and two chunks, here and there."""
    chunk = job.input_cost.n_bytes(size) + job.result_cost.n_bytes(size)
    return max(1.0, machine.worker_bytes + 2 * job.function_bytes + job.peak_bytes + 2 * chunk)


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


def choose(
    job: JobCosts, machine: MachineCosts, *, max_workers: int | None = None, budget_bytes: int | None = None
) -> Choices:
    """The fastest way to run a job, by prediction.

    Every number of workers P up to the limit (beyond 8 every eighth part of the rest) is tried with
    a geometric grid of chunk sizes c and the optimum of fixed-size chunking. For processes
    (`_process_seconds`), with m chunks::

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
    # A limit in an interpreter of this process would be this one's too.
    is_limited = job.cpu_share > NATIVE_CPU_SHARE and n_workers > 1 and machine.workers == "process"
    return max(1, machine.n_cores // n_workers) if is_limited else None


def _best_processes(job: JobCosts, machine: MachineCosts, most: int, budget_bytes: int | None) -> Choice | None:
    if job.process_blockers:
        return None
    free_bytes = _memory_for_workers(job, machine, budget_bytes)
    choices = []
    for n_workers in _counts(min(most, job.n_items)):
        for size in _chunk_sizes(job, machine, n_workers):
            if free_bytes is not None and n_workers * bytes_of_worker(job, machine, size) > free_bytes:
                continue
            seconds, bound_by = _process_seconds(job, machine, n_workers, size)
            choices.append(Choice(machine.workers, n_workers, size, seconds, bound_by))
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
        for size in _chunk_sizes(job, machine, n_workers):
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
    if job.cpu_share < PARTLY_WAITING_CPU_SHARE:
        most = min(32, math.ceil(machine.n_cores / max(job.cpu_share, 0.03)))
    if job.cpu_share > PARALLEL_CPU_SHARE:
        most = int(machine.n_cores / job.cpu_share)
    return most if limit is None else min(most, limit)


def _fitting(job: JobCosts, machine: MachineCosts, wanted: int, budget_bytes: int | None) -> int:
    """Of `wanted` workers, those that memory allows."""
    free_bytes = _memory_for_workers(job, machine, budget_bytes)
    if free_bytes is None or wanted < 2:
        return wanted
    return min(wanted, max(0, int(free_bytes // bytes_of_worker(job, machine, 1))))
