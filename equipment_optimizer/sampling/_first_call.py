"""The first call of a job whose function is safe in several threads: where it waits, helpers do not wait for it.

In: a job that has not begun. Out: its first result, and those that helpers found meanwhile. Knows nothing of equipment.
"""

from __future__ import annotations

import _thread
import sys
import time

from ._serial_first import can_load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from ..workers.shared_run import EarlyRun
    from ._serial_first import SerialFirst

__all__ = ["FirstCall", "watched_first"]

#: A first call that took so long, seconds, and computed for less than this share of it, ratio, waits for something.
_WATCHED_SECONDS = 1e-3
_MOST_COMPUTING = 0.5

#: Of the interpreter's interval between threads: what came in less, ratio, came without it.
_MOST_SWITCHING = 0.8


class FirstCall:
    """A look at the first call from another thread: where it waits, helpers need not wait for it.

    Make the call of `job` inside a ``with`` statement; `run` is there afterwards where helpers have begun, who take
    what is `untaken` meanwhile.
    """

    def __init__(self, job: SerialFirst) -> None:
        self.run: EarlyRun | None = None
        self._job = job
        self._is_stopped = False
        # Released at the end of the call; taken by whoever is first, the look or that end; and after the look.
        self._asleep, self._gate, self._looked = (_thread.allocate_lock() for _ in range(3))

    def __enter__(self) -> FirstCall:
        self._asleep.acquire()
        self._looked.acquire()
        look: tuple[Callable[..., object], tuple[Any, ...]] = (self._look, ())
        if "_contextvars" in sys.modules or "_decimal" in sys.modules:
            # Where neither is loaded there is no context; to load the first takes as long as the thread.
            from _contextvars import copy_context

            look = copy_context().run, (self._look,)
        self._began, self._cpu_began = time.perf_counter(), time.process_time()
        try:  # noqa: SIM105
            _thread.start_new_thread(*look)
        except (RuntimeError, MemoryError):  # No room for another thread: nobody looks.
            pass
        return self

    def __exit__(self, *_: object) -> None:
        if not self._gate.acquire(blocking=False):
            self._looked.acquire()
        self._asleep.release()

    def _look(self) -> None:
        self._job.looker = _thread.get_native_id()
        # Who comes to run meanwhile, before the interpreter makes the call pause for others, was let by the call.
        is_early = time.perf_counter() - self._began < _MOST_SWITCHING * sys.getswitchinterval()
        self._job.frees_lock = is_early and self._asleep.locked()
        self._asleep.acquire(timeout=_WATCHED_SECONDS)
        if not self._gate.acquire(blocking=False):
            return
        try:
            waited, computed = time.perf_counter() - self._began, time.process_time() - self._cpu_began
            # Without this thread, which looks.
            if computed - time.thread_time() < _MOST_COMPUTING * waited and can_load():
                self.run = _early_run(self._job, began=self._began, cpu_began=self._cpu_began)
        finally:
            self._looked.release()
        if self.run is not None and not self._is_stopped:
            self.run.grow()

    def stop(self) -> None:
        """End what has begun."""
        self._is_stopped = True
        if self.run is not None:
            self.run.stop()


def _early_run(job: SerialFirst, *, began: float, cpu_began: float) -> EarlyRun | None:
    """Helpers for a job whose first call began then and waits, if they may begin."""
    from ..workers.shared_run import EarlyRun
    from .tuning import MAX_WAITING_THREADS

    n_threads = min(job.max_workers or sys.maxsize, MAX_WAITING_THREADS, len(job.sequence or ()))
    run = EarlyRun(job.func, job.untaken, n_threads - 1, began=began, cpu_began=cpu_began)
    return run if run.begins() else None


def watched_first(job: SerialFirst) -> Generator[list[Any], None, bool]:
    """The first result, and those that helpers found because its call waited; whether to think about the rest."""
    watched = FirstCall(job)
    try:
        with watched:
            values, is_over = job.alone()
        yield values
        if (run := watched.run) is not None:
            from ._handover import together

            yield from together(job, run)
            job.timed.set_cpu(run.mean_cpu_seconds, job.timed.first_seconds)
    except StopIteration as error:
        from ..workers.ordered_results import throw

        throw(error)
    finally:
        watched.stop()
    return not is_over and job.is_worth_a_thought()
