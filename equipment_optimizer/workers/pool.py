"""A pool of worker processes: batches of items go in, their results come out in order.

In: a picklable function and an iterable of batches. Out: one list of results per
batch, in the order of the batches, while only a bounded number of them is under
way. It knows nothing of costs, of chunk sizes or of equipment.

Why neither loky, pebble nor ``concurrent.futures``
---------------------------------------------------
The pool is built on the standard library's ``multiprocessing.Process`` with one
pair of pipes per worker:

* A killed worker costs its own batches and one new process. loky and the standard
  executor share one queue and its lock among the workers, and a death breaks the
  whole pool; pebble loses the dead worker's task.
* The parent needs no thread, so forking it is safe from our side, nothing holds
  a lock at the wrong moment, and a message costs 120 us (pebble 290, futures 373).
* The function, with whatever big object it holds, is pickled once and sent once
  per worker; executors pickle it with every chunk.
* Ending early is a kill of known processes, not a wait for queues to drain.
"""

from __future__ import annotations

import os
import sys

from ._batch_retries import Run
from ._worker_replacement import MAX_DEATHS, Crew, StartError, StartMemoryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from typing import Any

__all__ = ["MAX_DEATHS", "StartError", "StartMemoryError", "WorkerPool", "surroundings"]


def surroundings() -> tuple[object, ...]:
    """What a process has from the one that starts it: working directory, environment, where modules are looked for."""
    try:
        folder = os.getcwd()
    except OSError:  # it is gone
        folder = ""
    return folder, dict(os.environ), list(sys.path)


class WorkerPool:
    """`n_workers` processes that apply functions to batches, started at once, or each when there is work for it.

    The start method in use, where none is given, is not changed for the caller.

    A pool belongs to the thread that uses it. Workers heed no Ctrl-C (the parent
    answers for it by ending them), and leave when their parent is gone: an idle
    one at once, a busy one within about a second.

    A worker that hangs or is stopped (SIGSTOP) holds up nobody: nothing here waits for
    one worker alone, and a batch that takes many times longer than the slowest that is
    done is run a second time by a worker that has nothing else to do (`_batch_retries`).

    Memory: this process holds the batches under way, two per worker, and
    the results that wait for their turn, as many as `window` allows.
    """

    def __init__(self, n_workers: int, start_method: str | None = None, *, waits: bool = False) -> None:
        #: Those in which the workers began.
        self.surroundings = surroundings()
        #: What modules were loaded by when it was kept, and what processes inherit.
        self.loaded: dict[str, Any] = {}
        self.settings: tuple[object, ...] = ()
        self.crew = Crew(n_workers, start_method, waits=waits)
        self.start_method = self.crew.start_method

    @property
    def n_workers(self) -> int:
        """Workers of the pool, those that wait for work too; 0 after it was closed or killed."""
        return len(self.crew.workers) + self.crew.n_missing

    @property
    def start_seconds(self) -> float | None:
        """How long the start took; None where that is not known."""
        return self.crew.start_seconds

    def is_alive(self) -> bool:
        """Whether every worker is there."""
        return self.crew.is_alive()

    def process_ids(self) -> list[int]:
        """Process ids of the workers, as they are now; interpreters have none."""
        return [worker.process.pid for worker in self.crew.workers if worker.process.pid]

    def wait_ready(self) -> None:
        """Block until every worker has answered for the first time; WorkerError where one does not."""
        self.crew.wait_ready()

    def run(
        self,
        func: Callable[[Any], Any],
        batches: Iterable[Sequence[Any]],
        *,
        window: int | None = None,
        should_stop: Callable[[], bool] | None = None,
        on_notice: Callable[[str], None] | None = None,
        on_batch: Callable[[int, float], None] | None = None,
        patience: float | None = None,
        native_threads: int | None = None,
    ) -> Generator[list[Any], None, None]:
        """Apply `func` to every item of `batches`, which are read lazily; yield the results of each batch, in order.

        `func` is pickled once and sent to every worker once. What cannot travel, a batch, what came of it or `func`, is
        computed in this process instead, and so is the rest where no worker has answered for `patience` seconds and
        for ten times the slowest answer. A batch whose worker died is run again from its beginning: items of it may be
        run twice. Leaving the iterator early interrupts calls that run as a Ctrl-C does, and kills the workers.

        At most `window` batches are ahead of the one to yield next: by default 32 per worker, and about 32 MiB of
        results. `should_stop` is polled while workers are waited for; true ends the run before its end. `on_notice` is
        told in a sentence of a worker that does not get on, and of what is computed here; `on_batch` of each answer:
        its items, and the seconds for which its worker was busy. Native libraries (BLAS, OpenMP) may use
        `native_threads` inside each worker.

        Raises what `func` raised (`StoppedError` for a StopIteration), for the first item in order that raises, after
        everything before it was yielded, with the worker's traceback in its notes; a `WorkerError` if a batch lost its
        worker `MAX_DEATHS` times, or if there are no workers and none can be started; a `MemoryBudgetError` if it is
        memory that they die of, as far as they can tell. After the first results the rest is computed in this process
        instead, where no batch may have been what the last worker died of.
        """
        run = Run(
            self.crew,
            func,
            iter(batches),
            window=window,
            should_stop=should_stop,
            on_notice=on_notice,
            on_batch=on_batch,
            patience=patience,
            native_threads=native_threads,
        )
        try:
            yield from run.in_order()
        finally:
            if any(worker.unanswered for worker in self.crew.workers):
                self.kill()

    def shrink(self, n_workers: int) -> None:
        """Let all but the first `n_workers` leave; between runs only."""
        self.crew.shrink(n_workers)

    def close(self) -> None:
        """Let idle workers leave and wait for them; busy ones are killed."""
        self.crew.end(kill=False)

    def kill(self) -> None:
        """Kill all workers and wait until they are gone."""
        self.crew.end(kill=True)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, error_type: object, *_: object) -> None:
        self.crew.end(kill=error_type is not None)
