"""One run of a function over batches by a pool's workers: who does what, and what to do when one fails.

In: a pool, a function, batches. Out: their results in order. Batches are pure, so
any of them may be run again, or twice at once: of a worker that died, answered
nonsense or does not get on, nothing is lost. Knows nothing of processes and pipes
(`_worker`), of costs or of equipment.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import MemoryBudgetError, WorkerError
from ._answers import NonsenseError, checked, compute_here, undecodable
from .channel import Frame, decode, encode
from .process import BATCH, FUNCTION

if TYPE_CHECKING:
    from ._worker import Worker

__all__ = ["MAX_DEATHS", "Run", "RunOptions"]

#: How often one batch may lose its worker before the run ends with an error. One
#: death may be bad luck (the system ran out of memory for a moment), three are
#: the batch's own doing. The last attempt is made while no other worker computes.
MAX_DEATHS = 3

#: A batch is late after so many times the slowest one that is done, ratio, and not
#: before so many seconds. Being wrong about it costs an idle worker's time.
_LATE_FACTOR = 10.0
_LATE_SECONDS = 10.0

#: Results that wait for their turn, bytes: beyond, no new batch is begun.
_WAITING_BYTES = 32 << 20

#: Seconds between looks at workers that do not answer, and at `should_stop`.
_LOOK_SECONDS = 0.25

#: Batches ahead of the one to yield next, for each worker.
_WINDOW_EACH = 32


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How to run.

    Attributes
    ----------
    window : int or None
        Batches that may be ahead of the one to yield next; by default 32 per
        worker, and no more than `_WAITING_BYTES` of results wait for their turn.
    batch_seconds : float or None
        A batch that takes longer loses its worker and is redone.
    should_stop : callable or None
        Polled while workers are waited for; true ends the run before its end.
    on_notice : callable or None
        Told in a sentence of a worker that does not get on.
    """

    window: int | None = None
    batch_seconds: float | None = None
    should_stop: Callable[[], bool] | None = None
    on_notice: Callable[[str], None] | None = None


class _Pool(Protocol):
    """What a run needs of a `WorkerPool`."""

    workers: list[Worker]
    n_functions: int

    @property
    def lacked_memory(self) -> bool: ...

    def receive(self, workers: Sequence[Worker], seconds: float) -> list[tuple[Worker, Frame | None]]: ...

    def replace(self, worker: Worker) -> None: ...


class _Batch:
    """One batch that is not answered: what is sent, and what became of its workers."""

    __slots__ = ("frame", "is_copied", "n_deaths", "n_items")

    def __init__(self, frame: Frame, n_items: int) -> None:
        self.frame = frame
        self.n_items = n_items
        self.n_deaths = 0
        self.is_copied = False


class Run:
    """The state of one call of `WorkerPool.run`."""

    def __init__(
        self, pool: _Pool, func: Callable[[Any], Any], batches: Iterator[Sequence[Any]], options: RunOptions
    ) -> None:
        pool.n_functions += 1
        self._pool = pool
        self._func = func
        self._function = encode(FUNCTION, pool.n_functions, func)
        self._batches = batches
        self._options = options
        self._window = options.window or _WINDOW_EACH * max(1, len(pool.workers))
        #: Batches that were read and not answered.
        self._open: dict[int, _Batch] = {}
        #: Those of them that no worker has, in order.
        self._waiting: deque[int] = deque()
        #: Results, the error that ended them, and their bytes.
        self._done: dict[int, tuple[list[Any], BaseException | None, int]] = {}
        self._done_bytes = 0
        self._most_bytes = _WAITING_BYTES if options.window is None else sys.maxsize
        self._n_read = 0
        self._n_yielded = 0
        self._exhausted = False
        self._slowest = 0.0

    def in_order(self) -> Generator[list[Any], None, None]:
        """Results of batch 0, 1, 2, ... as soon as their turn has come."""
        while True:
            self._dispatch()
            if self._n_yielded in self._done:
                yield self._next_results()
            elif self._open:
                self._collect()
                if self._options.should_stop is not None and self._options.should_stop():
                    return
            elif self._n_yielded == self._n_read and self._exhausted:
                return

    def _next_results(self) -> list[Any]:
        """The results whose turn it is, nothing of which is held any longer."""
        results, error, n_bytes = self._done[self._n_yielded]
        if error is not None and not results:
            raise error
        if error is None:
            del self._done[self._n_yielded]
            self._n_yielded += 1
        else:
            # First the results before the error, the next time the error.
            self._done[self._n_yielded] = [], error, 0
        self._done_bytes -= n_bytes
        return results

    # --- giving out ---------------------------------------------------------

    def _dispatch(self) -> None:
        """Give batches to whichever worker has the least to do, as long as any takes them."""
        if not self._pool.workers:
            raise WorkerError("the pool of workers has been closed", "make a new one")
        while True:
            takers = [worker for worker in self._pool.workers if worker.accepts()]
            if not takers:
                return
            worker = min(takers, key=lambda worker: len(worker.unanswered))
            number = self._next_number(worker)
            if number is None:
                return
            try:
                worker.send(self._open[number].frame, self._function)
            except OSError:
                unanswered = worker.unanswered
                self._pool.replace(worker)
                self._redo(unanswered)

    def _next_number(self, worker: Worker) -> int | None:
        """What `worker` shall do next: what has to be redone, then what is new, then what others do not get done."""
        if self._waiting:
            last_try = self._open[self._waiting[0]].n_deaths == MAX_DEATHS - 1
            if last_try and any(other.unanswered and not other.is_late for other in self._pool.workers):
                return None
            return self._waiting.popleft()
        if any(batch.n_deaths == MAX_DEATHS - 1 for batch in self._open.values()):
            return None
        number = self._read()
        if number is None and not worker.unanswered:
            number = self._late_number()
        return number

    def _read(self) -> int | None:
        """Read a new batch, while the window allows."""
        while not self._exhausted and self._n_read - self._n_yielded < self._window:
            if self._done_bytes >= self._most_bytes:
                return None
            try:
                items = next(self._batches)
            except StopIteration:
                self._exhausted = True
                return None
            number = self._n_read
            self._n_read += 1
            try:
                self._open[number] = _Batch(encode(BATCH, number, items), len(items))
            except Exception:
                self._done[number] = (*compute_here(self._func, items), 0)
                self._exhausted = self._done[number][1] is not None
            else:
                return number
        return None

    def _late_number(self) -> int | None:
        """A batch to run a second time: the first one that a late worker holds."""
        late = [
            frame.number
            for worker in self._pool.workers
            if worker.is_late
            for frame in worker.unanswered
            if frame.number in self._open and not self._open[frame.number].is_copied
        ]
        if not late:
            return None
        self._open[min(late)].is_copied = True
        return min(late)

    # --- taking in ------------------------------------------------------------

    def _collect(self) -> None:
        """Wait a little for answers and for deaths."""
        limit = self._options.batch_seconds
        busy = [worker for worker in self._pool.workers if worker.unanswered]
        seconds = _LOOK_SECONDS if limit is None else min(_LOOK_SECONDS, limit)
        for worker, answer in self._pool.receive(busy, seconds):
            if answer is None:
                self._redo(worker.unanswered)
            else:
                self._take(worker, answer)
        self._look_for_late()

    def _take(self, worker: Worker, answer: Frame) -> None:
        """Note what a worker answered, unless another one was sooner."""
        now = time.monotonic()
        number = answer.number
        was_copied = number in self._open and self._open[number].is_copied
        if number in self._open and not self._settle(answer):
            # Nonsense in due form: as good as dead.
            unanswered = worker.unanswered
            self._pool.replace(worker)
            self._redo(unanswered)
            return
        self._slowest = max(self._slowest, now - worker.since)
        worker.unanswered.popleft()
        worker.since = now
        worker.is_late = False
        for other in list(self._pool.workers) if was_copied else ():
            if other is not worker and other.unanswered and not any(f.number in self._open for f in other.unanswered):
                # Whatever it still does, nobody waits for it.
                self._pool.replace(other)

    def _settle(self, answer: Frame) -> bool:
        """Note a batch's results, or the error after which no later batch matters; false if it is neither."""
        try:
            results, error = checked(decode(answer), answer.kind, self._open[answer.number].n_items)
        except NonsenseError:
            return False
        except MemoryError:
            raise
        except Exception as failure:
            results, error = [], undecodable(failure)
        del self._open[answer.number]
        self._done[answer.number] = results, error, answer.n_bytes
        self._done_bytes += answer.n_bytes
        if error is not None:
            self._exhausted = True
            self._forget_after(answer.number)
        return True

    def _forget_after(self, number: int) -> None:
        """Batches after a failed one do not matter any more."""
        self._waiting = deque(other for other in self._waiting if other < number)
        self._open = {other: batch for other, batch in self._open.items() if other < number}

    def _look_for_late(self) -> None:
        """Find workers that do not get on: killed where there is a limit, told and passed over where there is none."""
        now = time.monotonic()
        limit = self._options.batch_seconds
        late = max(_LATE_SECONDS, _LATE_FACTOR * self._slowest) if self._slowest else float("inf")
        for worker in list(self._pool.workers):
            if not worker.unanswered:
                continue
            elapsed = now - worker.since
            if limit is not None and elapsed > limit:
                unanswered = worker.unanswered
                self._pool.replace(worker)
                self._redo(unanswered)
            elif elapsed > late and not worker.is_late:
                worker.is_late = True
                self._tell(
                    f"worker process {worker.process.pid} has been busy with one message for {elapsed:.0f} s, "
                    f"the slowest other took {self._slowest:.1f} s: it is run a second time by a worker that is free"
                )

    def _tell(self, sentence: str) -> None:
        if self._options.on_notice is not None:
            self._options.on_notice(sentence)

    def _redo(self, unanswered: deque[Frame]) -> None:
        """Put back what a worker took with it; the first of its batches is what it died of."""
        numbers = [frame.number for frame in unanswered if frame.number in self._open]
        elsewhere = {frame.number for worker in self._pool.workers for frame in worker.unanswered}
        if unanswered and unanswered[0].number in self._open:
            batch = self._open[unanswered[0].number]
            batch.n_deaths += 1
            if batch.n_deaths >= MAX_DEATHS:
                raise self._death_error(unanswered[0].number)
        for number in numbers:
            self._open[number].is_copied = False
        self._waiting = deque(sorted({*self._waiting, *numbers} - elsewhere))

    def _death_error(self, number: int) -> WorkerError | MemoryBudgetError:
        """What to say of a batch that every worker dies of."""
        if self._pool.lacked_memory:
            return MemoryBudgetError(
                f"a worker process ran out of memory {MAX_DEATHS} times while running batch {number}",
                "use fewer workers, ask for fewer results, or allow more memory",
            )
        what = "died" if self._options.batch_seconds is None else "died or was killed for taking too long"
        return WorkerError(
            f"a worker process {what} {MAX_DEATHS} times while running batch {number}",
            "look for memory running out or a crash in the function; "
            "use fewer workers, or one worker to see the fault itself",
        )
