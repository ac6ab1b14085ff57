"""A pool of worker processes: batches of items go in, their results come out in order.

In: a picklable function and an iterable of batches. Out: one list of results per
batch, in the order of the batches, while only a bounded number of them is under
way. It knows nothing of costs, of chunk sizes or of equipment.

Why neither loky nor ``concurrent.futures``
-------------------------------------------
The pool is built on the standard library's ``multiprocessing.Process`` with one
pair of pipes per worker:

* A killed worker costs its own batches and one new process. Both executors share
  one queue and its lock among the workers, and a death breaks the whole pool.
* The parent needs no thread, so forking it is safe from our side, nothing holds
  a lock at the wrong moment, and a message costs one thread hop less each way.
* The function, with whatever big object it holds, is pickled once and sent once
  per worker; executors pickle it with every chunk.
* Ending early is a kill of known processes, not a wait for queues to drain.
* No dependency. What loky adds (cloudpickle, reuse between calls) would hide from
  the caller that a function only exists in ``__main__``, and starts slower.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

from ..errors import MemoryBudgetError, WorkerError
from ..system.address_space import is_tight
from ._run import MAX_DEATHS, Run, RunOptions
from ._worker import Worker, wait_for
from .channel import Frame, GarbledError
from .process import EXIT_NO_MEMORY

__all__ = ["MAX_DEATHS", "WorkerPool"]

#: Seconds that workers get to start: even a spawned interpreter on a loaded machine needs a few.
_START_SECONDS = 120.0

#: Seconds between looks at workers that neither answer nor close their pipe.
_LOOK_SECONDS = 0.25


class WorkerPool:
    """`n_workers` processes, started at once, that apply functions to batches.

    Parameters
    ----------
    n_workers : int
        At least 1.
    start_method : str, optional
        ``fork``, ``forkserver`` or ``spawn``; the one in use by default, which
        is never changed for the caller.

    Notes
    -----
    A pool belongs to the thread that uses it. Workers ignore Ctrl-C (the parent
    answers for it by ending them), and leave when their parent is gone: an idle
    one at once, a busy one within about a second.

    A worker that hangs, is stopped (SIGSTOP) or answers nonsense holds up nobody:
    nothing here waits for one worker alone. Nonsense (`channel.GarbledError`) ends
    the worker as if it had died. A batch that takes many times longer than the
    slowest that is done is run a second time on a worker that has nothing else to
    do; the first answer counts, and the other worker is ended (`_run`). With
    `batch_seconds` in `run` a slow worker is killed and its batch redone.

    Memory: this process holds the pickled batches under way, two per worker, and
    the results that wait for their turn, as many as `window` allows.
    """

    def __init__(self, n_workers: int, start_method: str | None = None) -> None:
        self._context = multiprocessing.get_context(start_method)
        self.start_method: str = self._context.get_start_method()
        self.n_functions = 0
        self.last_exit: int | None = None
        self._start_deaths = 0
        self.workers: list[Worker] = []
        try:
            for _ in range(n_workers):
                self.workers.append(Worker(self._context, self.workers))
        except BaseException:
            self.kill()
            raise

    @property
    def n_workers(self) -> int:
        """Workers of the pool; 0 after it was closed or killed."""
        return len(self.workers)

    @property
    def lacked_memory(self) -> bool:
        """Whether the worker that died last had too little memory, as far as can be told.

        Below a low limit of the address space a library that gets none may end the
        process with a plain failure.
        """
        return self.last_exit == EXIT_NO_MEMORY or (self.last_exit == 1 and is_tight())

    def process_ids(self) -> list[int]:
        """Process ids of the workers, as they are now."""
        return [worker.process.pid for worker in self.workers]

    def wait_ready(self) -> None:
        """Block until every worker has answered for the first time.

        Raises
        ------
        WorkerError
            If workers die while they start, or do not start in time.
        """
        deadline = time.monotonic() + _START_SECONDS
        while waiting := [worker for worker in self.workers if not worker.ready]:
            if time.monotonic() > deadline:
                raise WorkerError(f"a worker process did not start in {_START_SECONDS:.0f} s", "use one worker")
            self.receive(waiting)

    def run(
        self,
        func: Callable[[Any], Any],
        batches: Iterable[Sequence[Any]],
        *,
        window: int | None = None,
        batch_seconds: float | None = None,
        should_stop: Callable[[], bool] | None = None,
        on_notice: Callable[[str], None] | None = None,
    ) -> Generator[list[Any], None, None]:
        """Apply `func` to every item; yield the results of each batch, in order.

        Parameters
        ----------
        func : callable
            Pickled once, sent to every worker once.
        batches : iterable of sequence
            Read lazily. A batch that cannot be pickled is computed in this
            process instead.
        window : int, optional
            Batches that may be ahead of the one to yield next. By default 32 per
            worker, and no more than about 32 MiB of results wait for their turn;
            bounds memory where one slow batch holds up the others.
        batch_seconds : float, optional
            A batch that takes longer loses its worker and is redone.
        should_stop : callable, optional
            Polled while workers are waited for; true ends the run before its end.
        on_notice : callable, optional
            Told in a sentence of a worker that does not get on.

        Yields
        ------
        list
            The results of one batch.

        Raises
        ------
        WorkerError
            If a batch lost its worker `MAX_DEATHS` times, workers die while they
            start, or a result cannot be pickled.
        MemoryBudgetError
            If it is memory that the workers die of, as far as they can tell.
        Exception
            What `func` raised, for the first item in order that raises, after
            everything before it was yielded. The worker's traceback is in its
            notes.

        Notes
        -----
        A batch whose worker died is run again from its beginning: items of it may
        be run twice. Leaving the iterator early kills the workers.
        """
        options = RunOptions(window=window, batch_seconds=batch_seconds, should_stop=should_stop, on_notice=on_notice)
        run = Run(self, func, iter(batches), options)
        try:
            yield from run.in_order()
        finally:
            if any(worker.unanswered for worker in self.workers):
                self.kill()

    def shrink(self, n_workers: int) -> None:
        """Let all but the first `n_workers` leave; between runs only."""
        extra, self.workers = self.workers[n_workers:], self.workers[:n_workers]
        for worker in extra:
            worker.end(kill=False)

    def close(self) -> None:
        """Let idle workers leave and wait for them; busy ones are killed."""
        self._end(kill=False)

    def kill(self) -> None:
        """Kill all workers and wait until they are gone."""
        self._end(kill=True)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, error_type: object, *_: object) -> None:
        self._end(kill=error_type is not None)

    def _end(self, *, kill: bool) -> None:
        workers, self.workers = self.workers, []
        for worker in workers:
            worker.tasks.close()
        for worker in workers:
            worker.end(kill=kill or bool(worker.unanswered))

    def receive(self, workers: Sequence[Worker], seconds: float = _LOOK_SECONDS) -> list[tuple[Worker, Frame | None]]:
        """What comes from `workers` within some time.

        Returns
        -------
        list of (Worker, Frame or None)
            Whole answers; None for a worker that is gone, or has to go, and has
            been replaced.
        """
        found: list[tuple[Worker, Frame | None]] = []
        for worker in wait_for(workers, seconds):
            try:
                frame = worker.receive()
            except (EOFError, OSError, GarbledError):
                self.replace(worker)
                found.append((worker, None))
            else:
                if frame is not None:
                    found.append((worker, frame))
        return found

    def replace(self, worker: Worker) -> None:
        """Put a new process in the place of one that is gone or has to go; it keeps nothing.

        Raises
        ------
        WorkerError, MemoryBudgetError
            If workers die before they are ready, or none is left and none can be started.
        """
        was_ready = worker.ready
        self.last_exit = worker.end(kill=True)
        place = self.workers.index(worker)
        others = [other for other in self.workers if other is not worker]
        if not was_ready:
            self._start_deaths += 1
            if self._start_deaths >= MAX_DEATHS:
                self.workers = others
                raise self._start_error()
        try:
            self.workers[place] = Worker(self._context, others)
        except (WorkerError, MemoryBudgetError):
            self.workers = others
            if not others:
                raise

    def _start_error(self) -> WorkerError | MemoryBudgetError:
        """Why no worker becomes ready."""
        what = f"{self._start_deaths} worker processes died while they were starting"
        if self.lacked_memory:
            return MemoryBudgetError(f"{what}: they had no memory", "allow more memory, or use one worker")
        return WorkerError(
            what,
            "start the program from a file whose main part is under if __name__ == '__main__':, or use one worker",
        )
