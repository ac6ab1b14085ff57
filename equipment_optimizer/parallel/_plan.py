"""How a map is divided among workers, and why: decided from what the caller asked for.

In: the tasks, a number of workers, a memory budget. Out: a `ParallelPlan`. Nothing
is started or measured here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass
from typing import Any, Literal

from ..system.machine import inside_worker
from ..units import format_size

__all__ = ["BACKENDS", "Backend", "ParallelPlan", "default_chunksize", "requested_plan"]

Backend = Literal["serial", "processes", "dask"]

BACKENDS: tuple[Backend, ...] = ("serial", "processes", "dask")

#: Tasks per message where nothing was measured: so many messages per worker that
#: the last ones even out different speeds, while a message's cost (about 50 us)
#: stays small beside tasks of a millisecond. benchmarks/sampler/sampler_regret.py.
_MESSAGES_PER_WORKER = 64

#: What a worker process takes beside its task and payload, bytes: a forked or
#: spawned interpreter with NumPy imported (measured as proportional set size).
_WORKER_BYTES = 40 << 20


@dataclass(frozen=True, slots=True)
class ParallelPlan:
    """What was decided and why.

    Attributes
    ----------
    backend : {"serial", "processes", "dask"}
    n_workers : int
        1 for serial.
    chunksize : int
        Tasks per message.
    reason : str
        One sentence.
    """

    backend: Backend
    n_workers: int
    chunksize: int
    reason: str

    def __str__(self) -> str:
        if self.backend == "serial":
            return f"serial: {self.reason}"
        tasks = "1 task" if self.chunksize == 1 else f"{self.chunksize} tasks"
        return f"{self.backend}, {self.n_workers} workers, {tasks} a message: {self.reason}"


def default_chunksize(tasks: Iterable[Any], n_workers: int) -> int:
    """Tasks per message where nothing was measured."""
    n_tasks = len(tasks) if isinstance(tasks, Sized) else 0
    return max(1, -(-n_tasks // (_MESSAGES_PER_WORKER * max(1, n_workers))))


def requested_plan(
    wanted: int, tasks: Iterable[Any], chunksize: int | None, budget_bytes: int | None, worker_bytes: int
) -> ParallelPlan:
    """The plan for a number of workers that the caller chose."""
    if inside_worker():
        return ParallelPlan("serial", 1, 1, "this is itself a worker process")
    if wanted <= 1:
        return ParallelPlan("serial", 1, chunksize or 1, "one worker was asked for")
    reason = f"{wanted} workers were asked for"
    each = _WORKER_BYTES + worker_bytes
    if budget_bytes is not None and wanted * each > budget_bytes:
        fitting = budget_bytes // each
        reason = (
            f"{wanted} workers were asked for, {max(1, fitting)} fit into {format_size(budget_bytes)} "
            f"at {format_size(each)} each"
        )
        if fitting <= 1:
            return ParallelPlan("serial", 1, chunksize or 1, reason)
        wanted = fitting
    return ParallelPlan("processes", wanted, chunksize or default_chunksize(tasks, wanted), reason)
