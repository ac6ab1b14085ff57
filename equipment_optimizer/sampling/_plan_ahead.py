"""How to go on with what is left of a job that began here.

In: what was seen of it so far. Out: a plan by the model. Loaded only where so much is left that thinking may pay, and
where a look at a few pickles does not settle it. Knows nothing of equipment.
"""

from __future__ import annotations

import math

from ..system import machine as system
from ..workers.obstacles import THREADS_NOT_ALLOWED
from ._quick_plan import Chunks, Travel, most_items, travel_costs
from .prediction.calibration import assumed_costs, known_costs
from .prediction.cost_model import JobCosts, choose, native_threads, results_bytes, worker_seconds
from .tuning import CHUNK_MESSAGES, MEMORY_SHARE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from .prediction.cost_model import Choices, MachineCosts

__all__ = ["Plan", "plan_ahead"]


class Plan:
    """How to go on, and what that was decided from; `has_warned`: of results that will not fit into memory."""

    def __init__(self, choices: Choices, job: JobCosts, machine: MachineCosts, *, has_warned: bool = False) -> None:
        self.choices = choices
        self.job = job
        self.machine = machine
        self.has_warned = has_warned

    @property
    def executor(self) -> str:
        """Who does the rest: serial, thread or process."""
        return self.choices.best.executor

    @property
    def n_jobs(self) -> int:
        """How many of them."""
        return self.choices.best.n_jobs

    @property
    def chunksize(self) -> int:
        """Items of a chunk, where none is longer or shorter."""
        return self.choices.best.chunksize

    @property
    def serial_seconds(self) -> float:
        """What the rest was predicted to take here."""
        return self.job.serial_seconds

    def native_threads(self, n_workers: int) -> int | None:
        """Threads of native libraries in each worker, where they are to be limited."""
        return native_threads(self.job, self.machine, n_workers)

    def chunks(self, items: Iterator[Any], n_left: int | None) -> Chunks:
        """Items as workers are to get them."""
        job, machine, mean = self.job, self.machine, max(self.job.mean_seconds, 1e-9)
        travel = Travel(job.input_cost, job.result_cost)
        fixed = travel.fixed_seconds(machine.message_seconds, machine.in_seconds_per_byte)
        return Chunks(
            items,
            n_left,
            n_jobs=self.n_jobs,
            size=float(self.choices.best.chunksize),
            least=CHUNK_MESSAGES * fixed / mean,
            most=most_items(travel.item_bytes, mean),
            seconds=lambda n_items: worker_seconds(job, machine, n_items),
        )

    def words(self, before: str = "") -> list[str]:
        """The plan for the user, a line each."""
        from ._explanation import words

        return words(self.job, self.machine, self.choices, before)


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
    travel: Travel | None = None,
) -> Plan | None:
    """What would be best for the rest; None where nothing but serial is possible, now and later.

    `calls`: fields of `JobCosts` that were seen; `is_ready`: workers are there; `warns`: of results that will not fit;
    `slowness`: how many times longer than usual this process took to load what began; `travel`: where it is known.
    """
    if system.inside_worker() or (not threads and system.available_cores() < 2):
        return None
    mean, n_left = calls["mean_seconds"], calls["n_items"]
    travel = travel or travel_costs(func, method, items, results, mean_seconds=mean, n_left=n_left)
    job = JobCosts(
        input_cost=travel.input_cost,
        result_cost=travel.result_cost,
        function_seconds=travel.function_seconds,
        function_bytes=travel.function_bytes,
        process_blockers=travel.blockers,
        thread_blockers=() if threads else (THREADS_NOT_ALLOWED,),
        **calls,
    )
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
