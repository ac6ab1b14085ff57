"""How much of the time a function lets other threads run Python code.

In: nothing; it watches this process. Out: the share of moments at which a second
thread got the interpreter lock at once, and how many threads there were. The
function is never run in two threads for that, so one that must not be is safe.
Knows nothing of functions, items or equipment.
"""

from __future__ import annotations

import _thread
import os
import sys
import time

__all__ = ["GilProbe", "count_threads", "gil_is_enabled"]

#: Seconds between two looks. Short enough for several in a sample of 5 ms, long
#: enough to take under 4 % of a core (a look costs about 10 us).
_PERIOD_SECONDS = 300e-6

#: A look later than this found the lock taken, seconds. Waking up takes 60-120 us
#: on an idle core; a thread that computes in Python keeps the lock for up to
#: ``sys.getswitchinterval()``, 5 ms.
_LATE_SECONDS = 150e-6

#: Shorter watches tell nothing, seconds: three looks at a free lock.
_WATCHED_SECONDS = 3 * _PERIOD_SECONDS

#: Every so many looks the threads of the process are counted (20 us).
_LOOKS_PER_COUNT = 4


def count_threads() -> int:
    """Threads of this process, those started by compiled code included where the system tells."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        import threading

        return threading.active_count()


class GilProbe:
    """Watch the interpreter lock from a second thread, inside a ``with`` statement.

    `max_threads` is measured where `counts` asks for it, which takes 0.2 ms, and `queued_seconds` then or where
    `queue` does, which takes as much where nothing of the machine was read before. The watched
    thread sets `is_watching` while it is in the function: looks that got the lock at once count only then. A look
    that had to wait long stands for all the time it waited, because looks in between would have failed as well. On a
    machine with all cores busy the probe is late for that reason too; then
    the share is too low and threads are not recommended, which is right there.
    """

    def __init__(self, *, counts: bool = True, queue: bool = False) -> None:
        self._counts, self._tells_queue = counts, counts or queue
        self.is_watching = False
        self.free_share: float | None = None
        self.cpu_seconds = 0.0
        self.queued_seconds = 0.0
        #: Of the second thread, for the system, which may end a little later than it is said to.
        self.native_id = 0
        self.max_threads = 0
        self.has_seen_enough = False
        # Bare threads and locks start in a third of the time.
        self._started, self._ended = _thread.allocate_lock(), _thread.allocate_lock()
        self._is_over = False

    def __enter__(self) -> GilProbe:
        self._started.acquire()
        self._ended.acquire()
        try:
            _thread.start_new_thread(self._run, ())
        except (RuntimeError, MemoryError):  # No room for another thread: nobody looks.
            self._ended.release()
            return self
        # A thread that is still starting takes the lock from the first calls.
        self._started.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._ended.acquire()

    def _run(self) -> None:
        try:
            self._watch()
        finally:
            self._ended.release()

    def _watch(self) -> None:
        n_looks = 0
        free = taken = 0.0
        self.native_id = _thread.get_native_id()
        self._started.release()
        while not self._is_over:
            asleep = time.perf_counter()
            time.sleep(_PERIOD_SECONDS)
            late, is_inside = time.perf_counter() - asleep - _PERIOD_SECONDS, self.is_watching
            n_looks += 1
            if late > _LATE_SECONDS:
                # One that was late for want of a core says nothing of the lock.
                late -= self._queued_since() if self._tells_queue else 0.0
                taken += max(late, _PERIOD_SECONDS) if late > _LATE_SECONDS else 0.0
            elif is_inside:
                free += _PERIOD_SECONDS
            if self._counts and n_looks % _LOOKS_PER_COUNT == 1:
                self.max_threads = max(self.max_threads, count_threads() - 1)
            self.has_seen_enough = free + taken >= _WATCHED_SECONDS
        if self.has_seen_enough:
            self.free_share = free / (free + taken)
        self.cpu_seconds = time.thread_time()
        if self._tells_queue:
            self._queued_since()

    def _queued_since(self) -> float:
        """How long the second thread queued for a core since this was asked last."""
        from .machine import queued_seconds

        before, self.queued_seconds = self.queued_seconds, queued_seconds()
        return self.queued_seconds - before


def gil_is_enabled() -> bool:
    """False only on a free-threaded interpreter that runs without the lock."""
    enabled = getattr(sys, "_is_gil_enabled", None)
    return True if enabled is None else bool(enabled())
