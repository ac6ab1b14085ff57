"""A look at the first call of a job from another thread: where it waits, helpers need not wait for it.

In: a function that several threads may call, and items after the first. Out: a run in which helpers have taken some of
them already. A job of calls that wait for something takes as long as one of them, not as two. Light, since every job
that may use threads loads it. Knows nothing of costs or of equipment.
"""

from __future__ import annotations

import _thread
import contextlib
import time
from _contextvars import copy_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .shared_run import EarlyRun

__all__ = ["FirstCall"]

#: A first call that took so long, seconds, and hardly computed, waits for something.
_WATCHED_SECONDS = 1e-3


class FirstCall:
    """Make the first call inside a ``with`` statement; `run` is there afterwards where helpers have begun.

    `untaken` is read by another thread meanwhile. `thread_id`: of the thread that looks, for the system.
    """

    def __init__(self, func: Callable[[Any], Any], untaken: Iterator[Any], n_helpers: int) -> None:
        self.run: EarlyRun | None = None
        self.thread_id = 0
        self._is_stopped = False
        self._job = func, untaken, n_helpers
        # Released at the end of the call; taken by whoever is first, the look or that end; and after the look.
        self._asleep, self._gate, self._looked = (_thread.allocate_lock() for _ in range(3))

    def __enter__(self) -> FirstCall:
        self._asleep.acquire()
        self._looked.acquire()
        self._began, self._cpu_began = time.perf_counter(), time.process_time()
        with contextlib.suppress(RuntimeError):
            _thread.start_new_thread(copy_context().run, (self._look,))
        return self

    def __exit__(self, *_: object) -> None:
        if not self._gate.acquire(blocking=False):
            self._looked.acquire()
        self._asleep.release()

    def _look(self) -> None:
        self.thread_id = _thread.get_native_id()
        self._asleep.acquire(timeout=_WATCHED_SECONDS)
        if not self._gate.acquire(blocking=False):
            return
        try:
            from .shared_run import EarlyRun

            run = EarlyRun(*self._job, began=self._began, cpu_began=self._cpu_began)
            if run.begins():
                self.run = run
        finally:
            self._looked.release()
        if self.run is not None and not self._is_stopped:
            self.run.grow()

    def stop(self) -> None:
        """End what has begun."""
        self._is_stopped = True
        if self.run is not None:
            self.run.stop()
