"""So many worker processes, each replaced when it is gone.

In: a number and a start method. Out: the workers there are, and what comes from them.
Knows nothing of functions, of batches or of equipment.
"""

from __future__ import annotations

import itertools
import time

from ..errors import MemoryBudgetError, WorkerError
from ..system.machine import default_start_method
from ..system.quick_signal import pass_on
from ._fork import context_of
from ._worker import Worker, death_while_starting, interrupt, wait_for
from .channel import Frame
from .process import EXIT_NO_GUARD, EXIT_NO_MEMORY, EXIT_NO_THREAD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_DEATHS", "Crew", "StartError", "StartMemoryError", "words_of_late"]

#: How often one batch may lose its worker, or workers may die while they start, before
#: there is an error. One death may be bad luck (the system ran out of memory for a
#: moment), three are the batch's own doing.
MAX_DEATHS = 3

#: Seconds that workers get to start: even a spawned interpreter on a loaded machine needs a few.
_START_SECONDS = 120.0

#: Seconds between looks at workers that neither answer nor close their pipe.
_LOOK_SECONDS = 0.25

#: Every worker of this process has another number.
_numbers = itertools.count()


class StartError(WorkerError):
    """There are no workers, and none can be started; `of_work`: the last one was at work when it died."""

    of_work = False


class StartMemoryError(MemoryBudgetError):
    """The same for want of memory."""

    of_work = False


class Crew:
    """`n_workers` processes, started at once or, where it `waits`, when there is work; `workers` is empty after `end`.

    `n_missing` of them are not started yet; `n_functions` were sent so far; `last_exit` is the exit code of the worker
    that was replaced last.
    """

    def __init__(self, n_workers: int, start_method: str | None, *, waits: bool = False) -> None:
        self._context = context_of(start_method or default_start_method())
        self.start_method: str = self._context.get_start_method()
        self.n_functions = 0
        self.last_exit: int | None = None
        self._start_deaths = 0
        self._began = time.perf_counter()
        self.workers: list[Worker] = []
        self.n_missing = n_workers
        if not waits:
            self.start_all()

    def start_all(self) -> None:
        """Start those that are missing, or end with none."""
        try:
            for _ in range(self.n_missing):
                self.workers.append(self._started())
        except BaseException:
            self.end(kill=True)
            raise
        self.n_missing = 0

    def start_next(self) -> str | None:
        """Start one of those that are missing; why there are no more than those that run, where that is so.

        StartError or StartMemoryError where there is none.
        """
        if not self.workers:
            self._began = time.perf_counter()
        try:
            self.workers.append(self._started())
        except (WorkerError, MemoryBudgetError) as failure:
            self.n_missing = 0
            if self.workers:
                return failure.message
            raise _as_start_error(failure) from failure
        self.n_missing -= 1
        return None

    def _started(self) -> Worker:
        return Worker(self._context, next(_numbers))

    @property
    def lacked_memory(self) -> bool:
        """Whether the worker that died last had too little memory, as far as can be told.

        Below a low limit of the address space a library that gets none may end the process with a plain failure.
        """
        from ..system.address_space import is_tight

        return self.last_exit == EXIT_NO_MEMORY or (self.last_exit in (1, EXIT_NO_THREAD) and is_tight())

    @property
    def start_seconds(self) -> float | None:
        """How long it took until every worker was ready; None where one is not, or was replaced."""
        are_there = bool(self.workers) and not self.n_missing and all(worker.ready for worker in self.workers)
        if not are_there or self.last_exit is not None:
            return None
        return max(worker.ready_at for worker in self.workers) - self._began

    def is_alive(self) -> bool:
        """Whether every worker is there."""
        return bool(self.workers) and all(worker.process.is_alive() for worker in self.workers)

    def wait_ready(self) -> None:
        """Block until every worker has answered for the first time; WorkerError where one does not."""
        self.start_all()
        deadline = time.monotonic() + _START_SECONDS
        while waiting := [worker for worker in self.workers if not worker.ready]:
            if time.monotonic() > deadline:
                raise WorkerError(f"a worker process did not start in {_START_SECONDS:.0f} s", "use one worker")
            self.receive(waiting)

    def receive(self, workers: Sequence[Worker], seconds: float = _LOOK_SECONDS) -> list[tuple[Worker, Frame | None]]:
        """Whole answers that come within some time; None for a worker that is gone and has been replaced."""
        answers: list[tuple[Worker, Frame | None]] = []
        for worker in wait_for(workers, seconds):
            is_gone, frame = False, None
            try:
                frame = worker.receive()
            except (EOFError, OSError) as error:
                pass_on(error)
                is_gone = True
            if is_gone:
                # After the exception: a fork would go on handling it for ever.
                self.replace(worker)
                answers.append((worker, None))
            elif frame is not None:
                answers.append((worker, frame))
        return answers

    def replace(self, worker: Worker) -> None:
        """Put a new process in the place of one that is gone or has to go; it keeps nothing.

        Where none can be started there are only the others from now on; StartError or StartMemoryError where none of
        those is left.
        """
        was_ready = worker.ready
        self.last_exit = worker.end(kill=True)
        place = self.workers.index(worker)
        others = [other for other in self.workers if other is not worker]
        if not was_ready:
            self._start_deaths += 1
            if self._start_deaths >= MAX_DEATHS or self.last_exit == EXIT_NO_GUARD:
                self.workers, self.n_missing = others, 0
                if others and self.last_exit != EXIT_NO_GUARD:
                    return
                raise self._start_error()
        try:
            self.workers[place] = self._started()
        except (WorkerError, MemoryBudgetError) as failure:
            self.workers, self.n_missing = others, 0
            if not others:
                error = _as_start_error(failure)
                error.of_work = was_ready and bool(worker.unanswered)
                raise error from failure

    def drop(self, worker: Worker) -> None:
        """Kill a worker and go on with the others."""
        self.workers.remove(worker)
        worker.end(kill=True)

    def shrink(self, n_workers: int) -> None:
        """Let all but the first `n_workers` leave; between runs only."""
        self.n_missing = min(self.n_missing, max(0, n_workers - len(self.workers)))
        extra, self.workers = self.workers[n_workers:], self.workers[:n_workers]
        for worker in extra:
            worker.end(kill=False)

    def end(self, *, kill: bool) -> None:
        """Let idle workers leave, kill busy ones or all, and wait until they are gone; idempotent."""
        workers, self.workers, self.n_missing = self.workers, [], 0
        for worker in workers:
            worker.tasks.close()
        try:
            interrupt(workers)
        finally:
            for worker in workers:
                worker.end(kill=kill or bool(worker.unanswered))

    def _start_error(self) -> StartError | StartMemoryError:
        """Why no worker becomes ready."""
        what, mend = death_while_starting()
        if self.lacked_memory:
            return StartMemoryError(f"{what}: they had no memory", "allow more memory, or use one worker")
        if self.last_exit == EXIT_NO_THREAD:
            mend = "allow more processes, of which a thread counts as one (ulimit -u), or use one worker"
            return StartError(f"{what}: there was no room for a thread in them", mend)
        return StartError(what, mend)


def _as_start_error(failure: WorkerError | MemoryBudgetError) -> StartError | StartMemoryError:
    """The same words as what is told where there are no workers."""
    kind = StartMemoryError if isinstance(failure, MemoryBudgetError) else StartError
    return kind(failure.message, failure.mend)


def words_of_late(process_ids: Sequence[int], seconds: float, slowest: float) -> str:
    """What is told of workers that do not get on: all of one look in one sentence."""
    first, n_more = process_ids[0], len(process_ids) - 1
    times = f"for {seconds:.0f} s, the slowest other took {slowest:.1f} s:"
    if n_more:
        busy = f"worker process {first} and {n_more} more have each been busy with one message {times}"
        return f"{busy} they are run a second time by workers that are free"
    busy = f"worker process {first} has been busy with one message {times}"
    return f"{busy} it is run a second time by a worker that is free"
