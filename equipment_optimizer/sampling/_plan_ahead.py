"""How to go on with what is left of a job that began here.

In: what was seen of it so far. Out: a plan, and chunks that follow it. Loaded only where so much is left that
thinking may pay. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ..system import machine as system
from ..workers.obstacles import THREADS_NOT_ALLOWED, function_blocker, main_items_blocker
from ._calibration import assumed_costs, known_costs
from ._cost_model import JobCosts, choose, native_threads, results_bytes, worker_seconds
from .pickle_cost import ChunkCost, check_data_picklability_with_measurements, in_one_line, measure_parts
from .tuning import (
    CHUNK_MESSAGES,
    GUIDED_BYTES,
    GUIDED_ROUNDS,
    MAX_CHUNK_SECONDS,
    MEMORY_SHARE,
    PATIENCE_FACTOR,
    PATIENCE_SECONDS,
    PICKLING_SECONDS,
    WRONG_CHUNK,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ._cost_model import Choices, MachineCosts

__all__ = ["Chunks", "Plan", "items_ahead", "plan_ahead"]


class Plan:
    """How to go on, and what that was decided from; `has_warned`: of results that will not fit into memory."""

    def __init__(self, choices: Choices, job: JobCosts, machine: MachineCosts, *, has_warned: bool = False) -> None:
        self.choices = choices
        self.job = job
        self.machine = machine
        self.has_warned = has_warned

    def words(self, before: str = "") -> list[str]:
        """The plan for the user, a line each."""
        from ._explanation import words

        return words(self.job, self.machine, self.choices, before)


def items_ahead(sequence: Sequence[Any] | None, n_done: int, untaken: Iterator[Any]) -> tuple[list[Any], Iterator[Any]]:
    """A few of the items to come: of a sequence along its rest, else the next one, which is put back."""
    if sequence is not None:
        # Its length of now: a call may have changed it.
        left = range(n_done, len(sequence))
        places = {left[0], left[len(left) // 2], left[-1]} if left else set()
        return [sequence[place] for place in sorted(places)], untaken
    ahead = list(itertools.islice(untaken, 1))
    return ahead, itertools.chain(ahead, untaken)


def plan_ahead(
    func: Callable[[Any], Any],
    method: str,
    items: Sequence[Any],
    results: Sequence[Any],
    *,
    calls: dict[str, Any],
    threads: bool,
    is_ready: bool,
    warns: bool,
    slowness: float = 1.0,
    max_workers: int | None,
    budget_bytes: int | None,
) -> Plan | None:
    """What would be best for the rest; None where nothing but serial is possible, now and later.

    `calls`: fields of `JobCosts` that were seen; `is_ready`: workers are there; `warns`: of results that will not fit;
    `slowness`: how many times longer than usual this process took to load what began.
    """
    if system.inside_worker() or (not threads and system.available_cores() < 2):
        return None
    job = _job(func, method, items, results, calls=calls, threads=threads)
    known = known_costs(method, bandwidth=False, slowness=slowness)
    machine = known or assumed_costs(method, usual=True, slowness=slowness)
    if is_ready:
        machine = machine._replace(start_seconds=0.0, start_seconds_each=0.0)
    has_warned = warns and results_bytes(job) >= (machine.available_bytes or math.inf) * MEMORY_SHARE
    if has_warned:
        _warn_of_memory(job, machine)
    choices = choose(job, machine, max_workers=max_workers, budget_bytes=budget_bytes)
    return Plan(choices, job, machine, has_warned=has_warned)


def _warn_of_memory(job: JobCosts, machine: MachineCosts) -> None:
    """Say before they are made that results will not fit."""
    import warnings

    from ._explanation import results_note

    note = f"{results_note(job, machine)}: use them one by one (iter_parallel)"
    # The caller of `map_parallel` stands above two generators.
    warnings.warn(note, ResourceWarning, stacklevel=6)


def _job(
    func: Callable[[Any], Any],
    method: str,
    items: Sequence[Any],
    results: Sequence[Any],
    *,
    calls: dict[str, Any],
    threads: bool,
) -> JobCosts:
    """What the rest costs, from the calls so far and a few pickles."""
    blocker = function_blocker(func, method) or main_items_blocker(func, items, method)
    blockers = [] if blocker is None else [blocker]
    input_cost = result_cost = ChunkCost()
    function = (0.0, 0)
    if not blockers:
        # What takes as long to pickle as to compute never pays: this process unpickles it all.
        most = max(PICKLING_SECONDS, calls["mean_seconds"])
        input_cost, error = measure_parts("its items", items, most)
        result_cost, other = measure_parts("its results", results, most)
        is_fine, _, failure, measured = check_data_picklability_with_measurements([func])
        blockers += [each for each in (error, other) if each is not None]
        if is_fine:
            function = measured[0]
        else:
            blockers.append(f"the function cannot be pickled ({in_one_line(failure)})")
    return JobCosts(
        input_cost=input_cost,
        result_cost=result_cost,
        function_seconds=function[0],
        function_bytes=function[1],
        process_blockers=tuple(blockers),
        thread_blockers=() if threads else (THREADS_NOT_ALLOWED,),
        **calls,
    )


def _fixed_seconds(job: JobCosts, machine: MachineCosts) -> float:
    """What a chunk takes whatever its length: its message, and what its items share."""
    pickling = job.input_cost.dump_fixed + job.input_cost.load_fixed + job.result_cost.dump_fixed
    copying = job.input_cost.bytes_fixed * machine.in_seconds_per_byte
    return machine.message_seconds + pickling + 2 * copying + job.result_cost.load_fixed


class Chunks(Iterator["tuple[Any, ...]"]):
    """Chunks of `items`, longer or shorter where workers take less or more time than was predicted.

    `begun`: the items that were read, as long as no result is there; then None.
    """

    def __init__(self, items: Iterator[Any], plan: Plan, n_left: int | None) -> None:
        self.items = items
        self.begun: list[Any] | None = []
        self._plan = plan
        self._n_left, self._n_read = n_left, 0
        self._ratio = 1.0
        self._size = float(plan.choices.best.chunksize)
        item_bytes = plan.job.input_cost.n_bytes(1) + plan.job.result_cost.n_bytes(1)
        self._most = min(GUIDED_BYTES / max(item_bytes, 1.0), MAX_CHUNK_SECONDS / max(plan.job.mean_seconds, 1e-9))
        least = CHUNK_MESSAGES * _fixed_seconds(plan.job, plan.machine) / max(plan.job.mean_seconds, 1e-9)
        if n_left is None:
            # It may end soon: chunks grow with what there was.
            self._size = min(least, self._most)
        self._size = self._least = max(1.0, min(self._size, least))
        self.patience = max(PATIENCE_SECONDS, PATIENCE_FACTOR * self._seconds(self._next_size()))

    def _next_size(self) -> int:
        size, n_jobs = max(1, round(self._size)), self._plan.choices.best.n_jobs
        # Large ones first where the end is known: whatever wakes this process holds up a worker.
        n_left = self._n_read if self._n_left is None else max(1, self._n_left - self._n_read)
        guided = n_left / (GUIDED_ROUNDS * n_jobs) / max(1.0, self._ratio)
        size = max(size, int(min(guided, self._most)))
        return size if self._n_left is None else min(size, -(-n_left // n_jobs))

    def __next__(self) -> tuple[Any, ...]:
        chunk = tuple(itertools.islice(self.items, self._next_size()))
        if not chunk:
            raise StopIteration
        self._n_read += len(chunk)
        if self.begun is not None:
            self.begun += chunk
        return chunk

    def _seconds(self, n_items: float) -> float:
        """Predicted time of a chunk."""
        return worker_seconds(self._plan.job, self._plan.machine, max(1, round(n_items)))

    def native_threads(self, n_workers: int) -> int | None:
        """Threads of native libraries in each worker, where they are to be limited."""
        return native_threads(self._plan.job, self._plan.machine, n_workers)

    def note(self, n_items: int, seconds: float) -> None:
        """Learn from a chunk that took so long."""
        self._ratio = (self._ratio + seconds / max(self._seconds(n_items), 1e-9)) / 2
        if not 1 / WRONG_CHUNK < self._ratio < WRONG_CHUNK:
            self._size = min(max(self._least / self._ratio, 1.0), 2 * self._size)
