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
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from multiprocessing import connection as mp_connection
from typing import Any

from .channel import Frame, decode, encode, receive_frame
from .errors import WorkerError
from .worker_handle import Worker
from .worker_process import BATCH, FAILED, FUNCTION, READY

__all__ = ["MAX_DEATHS", "WorkerPool"]

#: How often one batch may lose its worker before the run ends with an error. One
#: death may be bad luck (the system ran out of memory for a moment), three are
#: the batch's own doing.
MAX_DEATHS = 3

#: Seconds between looks at workers that neither answer nor close their pipe.
_LOOK_SECONDS = 1.0


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

    A worker that hangs in a system call or in an endless loop cannot be told from
    a slow one. With `batch_seconds` in `run` it is killed and its batch redone;
    without, the run waits, as a serial one would. A worker that is *stopped*
    (SIGSTOP) in the middle of writing an answer stops the parent as well.

    Memory: this process holds the pickled batches under way, two per worker, and
    up to `window` lists of results that wait for their turn.
    """

    def __init__(self, n_workers: int, start_method: str | None = None) -> None:
        self._context = multiprocessing.get_context(start_method)
        self.start_method: str = self._context.get_start_method()
        self._function_number = 0
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

    def process_ids(self) -> list[int]:
        """Process ids of the workers, as they are now."""
        return [worker.process.pid for worker in self.workers]

    def wait_ready(self) -> None:
        """Block until every worker has answered for the first time.

        Raises
        ------
        WorkerError
            If workers die while they start.
        """
        while waiting := [worker for worker in self.workers if not worker.ready]:
            for worker in self._readable(waiting):
                self._receive(worker)

    def run(
        self,
        func: Callable[[Any], Any],
        batches: Iterable[Sequence[Any]],
        *,
        window: int | None = None,
        batch_seconds: float | None = None,
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
            Batches that may be ahead of the one to yield next; 32 per worker by
            default. Bounds memory where one slow batch holds up the others.
        batch_seconds : float, optional
            A batch that takes longer loses its worker and is redone.

        Yields
        ------
        list
            The results of one batch.

        Raises
        ------
        WorkerError
            If a batch lost its worker `MAX_DEATHS` times, workers die while they
            start, or a result cannot be pickled.
        Exception
            What `func` raised, for the first item in order that raises, after
            everything before it was yielded. The worker's traceback is in its
            notes.

        Notes
        -----
        A batch whose worker died is run again from its beginning: items of it may
        be run twice. Leaving the iterator early kills the workers.
        """
        run = _Run(self, func, iter(batches), window or 32 * len(self.workers), batch_seconds)
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

    def _readable(self, workers: Sequence[Worker], timeout: float = _LOOK_SECONDS) -> list[Worker]:
        """Workers with something to read: an answer, or the end of their pipe."""
        ready = set(mp_connection.wait([worker.results for worker in workers], timeout))
        if ready:
            return [worker for worker in workers if worker.results in ready]
        # A process that the worker itself started may keep its pipe open.
        return [worker for worker in workers if not worker.process.is_alive()]

    def _receive(self, worker: Worker) -> Frame | None:
        """The next answer of a worker, None where it only says it is ready or has died."""
        try:
            if not worker.results.poll(0):
                raise EOFError
            frame = receive_frame(worker.results)
        except (EOFError, OSError):
            self._replace(worker)
            return None
        if frame.kind == READY:
            worker.ready = True
            return None
        return frame

    def _replace(self, worker: Worker) -> None:
        """Put a new process in the place of a dead one, which keeps nothing."""
        if not worker.ready:
            self._start_deaths += 1
            if self._start_deaths >= MAX_DEATHS:
                raise WorkerError(
                    f"{self._start_deaths} worker processes died while they were starting",
                    "start the program from a file whose main part is under if __name__ == '__main__':, "
                    "or use one worker",
                )
        worker.end(kill=True)
        self.workers[self.workers.index(worker)] = Worker(
            self._context, [other for other in self.workers if other is not worker]
        )


class _Run:
    """The state of one call of `WorkerPool.run`."""

    def __init__(
        self,
        pool: WorkerPool,
        func: Callable[[Any], Any],
        batches: Generator[Sequence[Any], None, None] | Any,
        window: int,
        batch_seconds: float | None,
    ) -> None:
        pool._function_number += 1
        self.pool = pool
        self.func = func
        self.function = encode(FUNCTION, pool._function_number, func)
        self.batches = batches
        self.window = window
        self.batch_seconds = batch_seconds
        self.waiting: deque[Frame] = deque()
        self.done: dict[int, Any] = {}
        self.deaths: dict[int, int] = {}
        self.n_read = 0
        self.n_yielded = 0
        self.exhausted = False

    def in_order(self) -> Generator[list[Any], None, None]:
        """Results of batch 0, 1, 2, ... as soon as their turn has come."""
        while True:
            self._dispatch()
            if self.n_yielded in self.done:
                results, error = self.done.pop(self.n_yielded)
                self.n_yielded += 1
                if error is None or results:
                    yield results
                if error is not None:
                    raise error
            elif any(worker.unanswered for worker in self.pool.workers):
                self._collect()
            elif self.n_yielded == self.n_read and self.exhausted:
                return

    def _dispatch(self) -> None:
        """Send batches to whichever worker has the least to do, as long as it takes them."""
        while frame := self._next_frame():
            worker = min(self.pool.workers, key=lambda worker: len(worker.unanswered))
            if not worker.accepts(frame):
                self.waiting.appendleft(frame)
                return
            try:
                worker.send(frame, self.function)
            except OSError:
                self._lost(worker)

    def _next_frame(self) -> Frame | None:
        """The next batch to send: one to redo first, else a new one while the window allows."""
        if self.waiting:
            return self.waiting.popleft()
        while not self.exhausted and self.n_read - self.n_yielded < self.window:
            try:
                items = next(self.batches)
            except StopIteration:
                self.exhausted = True
                return None
            number = self.n_read
            self.n_read += 1
            try:
                return encode(BATCH, number, items)
            except Exception:
                self.done[number] = _compute_here(self.func, items)
        return None

    def _collect(self) -> None:
        """Wait for answers and for deaths."""
        busy = [worker for worker in self.pool.workers if worker.unanswered]
        timeout = _LOOK_SECONDS if self.batch_seconds is None else min(_LOOK_SECONDS, self.batch_seconds)
        for worker in self.pool._readable(busy, timeout):
            unanswered = worker.unanswered
            answer = self.pool._receive(worker)
            if answer is None:
                if worker not in self.pool.workers:
                    self._redo(worker, unanswered)
                continue
            unanswered.popleft()
            worker.since = time.monotonic()
            self._settle(answer)
        if self.batch_seconds is not None:
            for worker in list(self.pool.workers):
                if worker.unanswered and time.monotonic() - worker.since > self.batch_seconds:
                    self._lost(worker)

    def _settle(self, answer: Frame) -> None:
        """Note a batch's results, or the error after which no later batch matters."""
        try:
            content = decode(answer)
        except Exception as error:
            self.done[answer.number] = ([], _undecodable(error))
        else:
            self.done[answer.number] = content
        if answer.kind == FAILED or self.done[answer.number][1] is not None:
            self.exhausted = True
            self.waiting = deque(frame for frame in self.waiting if frame.number < answer.number)

    def _lost(self, worker: Worker) -> None:
        """Replace a worker that is gone or has to go, and put its batches back."""
        unanswered = worker.unanswered
        self.pool._replace(worker)
        self._redo(worker, unanswered)

    def _redo(self, worker: Worker, unanswered: deque[Frame]) -> None:
        if not unanswered:
            return
        number = unanswered[0].number
        self.deaths[number] = self.deaths.get(number, 0) + 1
        if self.deaths[number] >= MAX_DEATHS:
            what = "died" if self.batch_seconds is None else "died or was killed for taking too long"
            raise WorkerError(
                f"a worker process {what} {MAX_DEATHS} times while running batch {number}",
                "look for memory running out or a crash in the function; "
                "use fewer workers, or one worker to see the fault itself",
            )
        self.waiting.extendleft(reversed(unanswered))
        worker.unanswered = deque()


def _compute_here(func: Callable[[Any], Any], items: Sequence[Any]) -> tuple[list[Any], BaseException | None]:
    """Results of a batch that cannot travel, and what ended it early."""
    results: list[Any] = []
    try:
        for item in items:
            results.append(func(item))
    except Exception as error:
        return results, error
    return results, None


def _undecodable(error: Exception) -> WorkerError:
    return WorkerError(
        f"a worker's results cannot be unpickled: {type(error).__name__}: {error}",
        "return values that survive pickle.loads(pickle.dumps(value)), or use one worker",
    )
