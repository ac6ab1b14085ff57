"""One run of a function over batches by a crew of workers: who does what, and what to do when one fails.

In: a crew, a function, batches. Out: their results in order. Batches are pure, so any
of them may be run again, or twice at once: of a worker that died or does not get on,
nothing is lost. Every batch that is open waits, or is with a worker, or with two.
Knows nothing of processes and pipes (`_worker`), of costs or of equipment.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque

from ..errors import MemoryBudgetError, WorkerError
from ..system.quick_named_tuples import LightRecord
from ..system.quick_signal import pass_on
from ._worker_replacement import MAX_DEATHS, StartError, StartMemoryError, words_of_late
from .carried_error import class_and_text, with_carried
from .channel import Frame, decode, encode, with_gaps
from .function_context import surroundings_here
from .ordered_results import apply_here, throw
from .process import BATCH, FAILED, FUNCTION, RETURNED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from typing import Any

    from ._worker import Worker
    from ._worker_replacement import Crew

__all__ = ["Run"]

#: A batch is late after so many times the slowest one that is done, ratio, and not
#: before so many seconds. Being wrong about it costs an idle worker's time.
_LATE_FACTOR = 10.0
_LATE_SECONDS = 10.0

#: Workers that took so many times longer than this process, ratio, are taken to hang.
_SURE_FACTOR = 3.0

#: Results that wait for their turn, bytes: beyond, no new batch is begun.
_WAITING_BYTES = 32 << 20

#: Seconds between looks at workers that do not answer, and at `should_stop`.
_LOOK_SECONDS = 0.25

#: Batches ahead of the one to yield next, for each worker.
_WINDOW_EACH = 32


class _Batch:
    """One batch that is not answered: its items, what is sent, and how many workers it cost."""

    __slots__ = ("frame", "items", "n_deaths")

    def __init__(self, frame: Frame, items: Sequence[Any]) -> None:
        self.frame = frame
        self.items = items
        self.n_deaths = 0


class _Done(LightRecord):
    """Results of a batch, the error that ended them, and their bytes."""

    results: list[Any]
    error: BaseException | None = None
    n_bytes: int = 0


class Run:
    """The state of one call of `WorkerPool.run`, whose parameters these are."""

    def __init__(
        self,
        crew: Crew,
        func: Callable[[Any], Any],
        batches: Iterator[Sequence[Any]],
        *,
        window: int | None,
        should_stop: Callable[[], bool] | None,
        on_notice: Callable[[str], None] | None,
        on_batch: Callable[[int, float], None] | None = None,
        patience: float | None = None,
        native_threads: int | None = None,
    ) -> None:
        crew.n_functions += 1
        self._crew = crew
        self._func = func
        self._batches = batches
        self._should_stop = should_stop
        self._on_notice = on_notice
        self._on_batch = on_batch
        self._patience = patience
        self._window = window or _WINDOW_EACH * max(1, len(crew.workers) + crew.n_missing)
        #: Batches that were read and not answered.
        self._open: dict[int, _Batch] = {}
        #: Those of them that no worker has, in order.
        self._waiting: deque[int] = deque()
        self._done: dict[int, _Done] = {}
        self._done_bytes = 0
        self._most_bytes = _WAITING_BYTES if window is None else sys.maxsize
        self._n_read = 0
        self._n_yielded = 0
        self._exhausted = False
        self._slowest = 0.0
        self._told: set[str] = set()
        #: Whether this process does the rest because its workers hang, or cannot be told what to do.
        self._is_alone, self._process_id = False, os.getpid()
        try:
            surroundings = surroundings_here(func, native_threads, for_forks=crew.start_method == "fork")
            self._function = encode(FUNCTION, crew.n_functions, (func, surroundings))
        except BaseException as failure:
            pass_on(failure)
            self._is_alone = True
            self._tell(f"all is computed in this process: the function cannot be pickled ({class_and_text(failure)})")

    def in_order(self) -> Generator[list[Any], None, None]:
        """Results of batch 0, 1, 2, ... as soon as their turn has come."""
        while True:
            if self._is_alone or os.getpid() != self._process_id:  # the workers of a fork's parent are not its own
                self._go_on_here()
            else:
                self._with_workers(self._dispatch)
            if self._n_yielded in self._done:
                yield self._next_results()
            elif self._open:
                self._with_workers(self._collect)
                if self._should_stop is not None and self._should_stop():
                    return
            elif self._n_yielded == self._n_read and self._exhausted:
                return
            else:
                # Every worker is late and what they hold is done: none takes anything new.
                self._go_on_here()

    def _next_results(self) -> list[Any]:
        """The results whose turn it is, nothing of which is held any longer."""
        results, error, n_bytes = self._done[self._n_yielded]
        if error is not None and not results:
            throw(error)
        if error is None:
            del self._done[self._n_yielded]
            self._n_yielded += 1
        else:
            # First the results before the error, the next time the error.
            self._done[self._n_yielded] = _Done([], error)
        self._done_bytes -= n_bytes
        return results

    def _with_workers(self, step: Callable[[], None]) -> None:
        """Take a step; where no worker is left then, this process does the rest, unless that may be its end, too."""
        try:
            step()
        except (StartError, StartMemoryError) as failure:
            # Where there are no results yet, the caller may begin anew.
            if not self._n_yielded or failure.of_work or any(batch.n_deaths for batch in self._open.values()):
                raise
            self._is_alone = True
            self._tell(f"the rest is computed in this process: {failure.message}")

    # --- giving out ---------------------------------------------------------

    def _dispatch(self) -> None:
        """Give batches to whichever worker has the least to do, as long as any takes them."""
        if not self._crew.workers and not self._crew.n_missing:
            raise WorkerError("the pool of workers has been closed", "make a new one")
        while True:
            takers = [worker for worker in self._crew.workers if worker.accepts()]
            if self._crew.n_missing and all(worker.unanswered for worker in takers) and self._wants_one_more():
                # The ones before are at work already while this one starts.
                self._start_next()
                continue
            if not takers:
                return
            worker = min(takers, key=lambda worker: len(worker.unanswered))
            number = self._next_number(worker)
            if number is None:
                return
            if not worker.unanswered and not worker.process.is_alive():
                # Gone while it had nothing to do: no batch is to blame.
                self._waiting.appendleft(number)
                self._crew.replace(worker)
                continue
            is_gone = False
            try:
                worker.send(self._open[number].frame, self._function)
            except OSError as error:
                pass_on(error)
                is_gone = True
            if is_gone:
                self._crew.replace(worker)
                self._redo(worker)

    def _wants_one_more(self) -> bool:
        """Whether there is a batch for one more worker, which is read; the first starts before anything is."""
        if self._crew.workers and not self._waiting and not self._last_tries():
            number = self._read()
            if number is None:
                return False
            self._waiting.append(number)
        return True

    def _start_next(self) -> None:
        """Have one more worker."""
        why = self._crew.start_next()
        if why is not None:
            n_workers = len(self._crew.workers)
            self._tell(f"{n_workers} worker{'s' if n_workers > 1 else ''} instead of more: {why}")

    def _next_number(self, worker: Worker) -> int | None:
        """What `worker` shall do next: what has to be redone, then what is new, then what others do not get done."""
        last_tries = self._last_tries()
        if self._waiting:
            # The last try is made alone, so that a death then is the batch's own fault.
            is_last = self._waiting[0] in last_tries
            if is_last and any(other.unanswered and not other.is_late for other in self._crew.workers):
                return None
            return self._waiting.popleft()
        if last_tries:
            return None
        number = self._read()
        if number is None and not worker.unanswered:
            number = self._late_number()
        return number

    def _last_tries(self) -> list[int]:
        """Batches of which one more death would be an error."""
        return [number for number, batch in self._open.items() if batch.n_deaths == MAX_DEATHS - 1]

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
            if (frame := _encoded(number, items)) is not None:
                self._open[number] = _Batch(frame, items)
                return number
            self._note(number, _Done(*apply_here(self._func, items)))
        return None

    def _late_number(self) -> int | None:
        """A batch to run a second time: the first that only late workers hold."""
        getting_on = {frame.number for other in self._crew.workers if not other.is_late for frame in other.unanswered}
        late = {frame.number for other in self._crew.workers if other.is_late for frame in other.unanswered}
        return min((late & self._open.keys()) - getting_on, default=None)

    # --- taking in ------------------------------------------------------------

    def _collect(self) -> None:
        """Wait a little for answers and for deaths."""
        busy = [worker for worker in self._crew.workers if worker.unanswered]
        for worker, answer in self._crew.receive(busy, _LOOK_SECONDS):
            if answer is None:
                self._redo(worker)
            else:
                self._take(worker, answer)
        self._look_for_late()

    def _take(self, worker: Worker, answer: Frame) -> None:
        """Note what a worker answered, unless another one was sooner."""
        now = time.monotonic()
        seconds = now - worker.since
        self._slowest = max(self._slowest, seconds)
        worker.unanswered.popleft()
        worker.since = now
        worker.is_late = False
        if answer.number not in self._open:
            return
        if self._on_batch is not None and answer.kind != RETURNED:
            self._on_batch(len(self._open[answer.number].items), seconds)
        self._settle(answer)
        for other in list(self._crew.workers):
            if other.is_late and not any(frame.number in self._open for frame in other.unanswered):
                # Whatever it still does, nobody waits for it.
                if self._patience is None:
                    self._crew.replace(other)
                else:
                    # A new one would be forked under the same circumstances.
                    self._crew.drop(other)

    def _settle(self, answer: Frame) -> None:
        """Note a batch's results; what cannot travel is computed here."""
        batch, kind = self._open.pop(answer.number), answer.kind
        results: list[Any] = []
        error: BaseException | None = None
        try:
            content = decode(answer)
            if kind != RETURNED:
                results, carried = content
                error = carried.rebuilt() if kind == FAILED else None
        except MemoryError:
            raise
        except BaseException as failure:
            pass_on(failure)
            what = "an exception does not arrive as it was" if kind == FAILED else "a result cannot be unpickled"
            kind, content = RETURNED, f"{what} ({class_and_text(failure)})"
        if kind == RETURNED:
            self._tell(f"some items are computed in this process: {content}")
            here, error = apply_here(self._func, batch.items[len(results) :])
            results = [*results, *here]
        self._note(answer.number, _Done(results, error, 0 if kind == RETURNED else answer.n_bytes))

    def _note(self, number: int, done: _Done) -> None:
        """Keep results until their turn; batches after a failed one do not matter any more."""
        self._done[number] = done
        self._done_bytes += done.n_bytes
        if done.error is not None:
            self._exhausted = True
            self._waiting = deque(other for other in self._waiting if other < number)
            self._open = {other: batch for other, batch in self._open.items() if other < number}

    def _look_for_late(self) -> None:
        """Find workers that do not get on: another one that is free does their work, or this process where it may."""
        now = time.monotonic()
        late = max(_LATE_SECONDS, _LATE_FACTOR * self._slowest) if self._slowest else float("inf")
        if self._patience is not None:
            late = min(late, max(self._patience, _LATE_FACTOR * self._slowest))
        newly_late = [
            worker
            for worker in self._crew.workers
            if worker.unanswered and now - worker.since > late and not worker.is_late
        ]
        for worker in newly_late:
            worker.is_late = True
        if newly_late:
            process_ids = [worker.process.pid for worker in newly_late]
            self._tell(words_of_late(process_ids, now - newly_late[0].since, self._slowest))
        # Workers that are still starting are slow, and hold no lock.
        if self._patience is not None and all(worker.is_late and worker.ready for worker in self._crew.workers):
            self._rescue(late)

    def _rescue(self, late: float) -> None:
        """Do here what no worker gets done; and where it was quick here, do not ask them again."""
        number = self._late_number()
        if number is None:
            return
        began = time.monotonic()
        self._note(number, _Done(*apply_here(self._func, self._open.pop(number).items)))
        if _SURE_FACTOR * (time.monotonic() - began) < late:
            self._is_alone = True
            self._tell(
                "the worker processes hang where this process does not, as they do where another thread "
                "held a lock when they were forked: the rest is computed here"
            )

    def _go_on_here(self) -> None:
        """The next batch, computed in this process."""
        number = min(self._open, default=None) if self._open else self._read()
        if number is not None:
            self._note(number, _Done(*apply_here(self._func, self._open.pop(number).items)))

    def _tell(self, sentence: str) -> None:
        sentence = " ".join(sentence.split())
        if self._on_notice is not None and sentence not in self._told:
            self._told.add(sentence)
            self._on_notice(sentence)

    def _redo(self, lost: Worker) -> None:
        """Put back what a worker took with it; the first of its batches is what it died of, if it ever began."""
        unanswered = lost.unanswered
        numbers = {frame.number for frame in unanswered if frame.number in self._open}
        elsewhere = {frame.number for worker in self._crew.workers for frame in worker.unanswered}
        if lost.ready and unanswered and unanswered[0].number in self._open:
            batch = self._open[unanswered[0].number]
            batch.n_deaths += 1
            if batch.n_deaths >= MAX_DEATHS:
                raise self._death_error(unanswered[0].number)
        self._waiting = deque(sorted({*self._waiting, *numbers} - elsewhere))

    def _death_error(self, number: int) -> WorkerError | MemoryBudgetError:
        """What to say of a batch that every worker dies of."""
        if self._crew.lacked_memory:
            return MemoryBudgetError(
                f"a worker process ran out of memory {MAX_DEATHS} times while running batch {number}",
                "use fewer workers, ask for fewer results, or allow more memory",
            )
        return WorkerError(
            f"a worker process died {MAX_DEATHS} times while running batch {number}",
            "look for memory running out or a crash in the function; "
            "use fewer workers, or one worker to see the fault itself",
        )


def _encoded(number: int, items: Sequence[Any]) -> Frame | None:
    """A batch as it travels; None where it does not."""
    try:
        return encode(BATCH, number, with_gaps(with_carried(items)))
    except BaseException as failure:
        pass_on(failure)
        return None
