"""Run items in this thread and in helpers, as long as the helpers really compute at the same time.

In: a function that several threads may call, and items. Out: results in order, as soon as their turn has come.
The work itself is the measurement: where the helpers only take the interpreter lock in turns with this thread,
they end after a few items. Knows nothing of costs, of processes or of equipment.
"""

from __future__ import annotations

import _thread
import contextlib
import itertools
import math
import sys
import time
from collections import deque

from ..system.machine import inside_worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import Any

__all__ = ["EarlyRun", "SharedRun", "run_together"]

#: After so many seconds, and so many items of this thread (or one of this and of a helper), it is looked whether
#: helpers help.
_TRY_SECONDS = 1e-3
_TRY_ITEMS = 3

#: Seconds of computing per second that two threads have to reach, ratio; equal shares of the lock give 1.
_LEAST_SPEED = 1.35

#: Items that wait to be taken, and results ahead of the one whose turn it is, for each thread.
_AHEAD = 8
_MOST_AHEAD = 32

#: Helpers of a first call that waits: so many to begin with, and twice as many more after so many seconds each, as long
#: as hardly anything is computed.
_FIRST_HELPERS = 8
_STEP_SECONDS = 0.5e-3

#: Of one core's time calls that wait compute no more than this, ratio; with the second nobody wins by more threads,
#: which is said of the whole job after so many rounds of calls.
_MOST_COMPUTING = 0.5
_SATURATED = 0.7
_ROUNDS = 2

#: Seconds between the first two looks of a helper that finds nothing to take; then twice as long each time, up to the
#: second.
_LOOK_SECONDS = 2e-4
_LONGEST_SECONDS = 20e-3


class SharedRun:
    """Helpers and this thread take the next item in turns; `usual_seconds`: of a call in one thread.

    `untaken` has the items that nobody took, once `results` has ended; `n_done` results were given, whose calls took
    `seconds` together. `helps`: whether helpers computed at the same time; None while that is not known.
    """

    def __init__(
        self, func: Callable[[Any], Any], untaken: Iterator[Any], n_helpers: int, usual_seconds: float = math.inf
    ) -> None:
        self.untaken = untaken
        self.n_done = 0
        self.seconds = 0.0
        self.helps: bool | None = None
        self._func = func
        self._usual_seconds = usual_seconds
        self._n_helpers = n_helpers
        self._todo: deque[tuple[int, Any]] = deque()
        self._n_read = 0
        self._is_exhausted = False
        #: Locked until the end.
        self._nap = _thread.allocate_lock()
        self._nap.acquire()
        self._is_over = False
        self._stopped_by: BaseException | None = None
        self._failure: BaseException | None = None
        self._answers: dict[int, tuple[Any, BaseException | None, float]] = {}
        self._cpu_seconds = [0.0] * (n_helpers + 1)
        self._wall_seconds = [0.0] * (n_helpers + 1)
        self._n_run = [0] * (n_helpers + 1)
        #: Locked as long as a helper runs.
        self._ends: list[Any] = []
        self._context = None
        if "_contextvars" in sys.modules or "_decimal" in sys.modules:
            # Where neither is loaded there is no context; to load the first takes as long as two threads.
            from _contextvars import copy_context

            self._context = copy_context()

    def _begin(self) -> None:
        """Start the helpers."""
        self.start(self._n_helpers)

    @property
    def n_started(self) -> int:
        """Helpers that were started."""
        return len(self._ends)

    def start(self, n_helpers: int) -> None:
        """Start so many more, or as many as the system allows."""
        for _ in range(n_helpers):
            end = _thread.allocate_lock()
            end.acquire()
            help_: tuple[Callable[..., object], tuple[Any, ...]] = (self._help, (len(self._ends) + 1, end))
            if self._context is not None:
                help_ = self._context.copy().run, (help_[0], *help_[1])
            try:
                _thread.start_new_thread(*help_)
            except (RuntimeError, MemoryError):
                return
            self._ends.append(end)

    def stop(self) -> None:
        """Let no helper begin another call, and wait for those that run: they cannot be ended from outside."""
        self._is_over = True
        with contextlib.suppress(RuntimeError):
            # Whoever naps wakes up, one after the other.
            self._nap.release()
        for end in self._ends:
            with end:
                pass

    def results(self) -> Generator[list[Any], None, None]:
        """Results until the data end, `func` raises, or helpers turn out not to help; no helper is left behind."""
        began = time.perf_counter()
        try:
            self._begin()
            while not self._is_over and self._read():
                self._take(0)
                yield from self._in_order()
                if self.helps is None:
                    self._judge(time.perf_counter() - began)
            self.stop()
            yield from self._in_order()
            if self._stopped_by is not None:
                raise self._stopped_by
            self.untaken = itertools.chain([item for _, item in self._todo], self._source(self.untaken))
        finally:
            self.stop()

    def _read(self) -> bool:
        """Fill up what can be taken; whether there is anything. The data are read by this thread alone."""
        wanted = _AHEAD * (self._n_helpers + 1) - len(self._todo)
        while wanted > 0 and self._failure is None:
            wanted -= 1
            try:
                item = next(self.untaken)
            except StopIteration:
                self._is_exhausted = True
                break
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                # What came before it has its turn first.
                self._failure, self._is_exhausted = error, True
                break
            self._todo.append((self._n_read, item))
            self._n_read += 1
        return bool(self._todo)

    def _source(self, unread: Iterator[Any]) -> Iterator[Any]:
        """The data that were not read, or the error that ended them."""
        if self._failure is not None:
            raise self._failure
        yield from unread

    def _take(self, who: int) -> bool:
        """Run one item; whether there was one."""
        try:
            number, item = self._todo.popleft()
        except IndexError:
            return False
        value, failure = None, None
        cpu, began = time.thread_time(), time.perf_counter()
        try:
            value = self._func(item)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            failure = error
            self._is_over = True
        seconds = time.perf_counter() - began
        self._cpu_seconds[who] += time.thread_time() - cpu
        self._wall_seconds[who] += seconds
        self._n_run[who] += 1
        self._answers[number] = value, failure, seconds
        return True

    def _help(self, who: int, end: Any) -> None:
        try:
            seconds = _LOOK_SECONDS
            while not self._is_over:
                is_ahead = len(self._answers) > _MOST_AHEAD * (self._n_helpers + 1)
                if not is_ahead and self._take(who):
                    seconds = _LOOK_SECONDS
                    continue
                if self._is_exhausted and not self._todo:
                    return
                if self._nap.acquire(timeout=seconds):
                    self._nap.release()
                seconds = min(2 * seconds, _LONGEST_SECONDS)
        except BaseException as error:
            # A `KeyboardInterrupt` of the function: for the thread that asked for the work.
            self._stopped_by = error
            self._is_over = True
        finally:
            end.release()

    def _judge(self, seconds: float) -> None:
        """Whether helpers help, once that can be seen."""
        n_helped = sum(self._n_run[1:])
        if seconds < _TRY_SECONDS or self._n_run[0] < (1 if n_helped else _TRY_ITEMS):
            return
        # Threads that fight for something compute all the time, and every call takes longer.
        mean = sum(self._wall_seconds) / sum(self._n_run)
        is_slowed = _LEAST_SPEED * mean > (self._n_helpers + 1) * self._usual_seconds
        self.helps = n_helped > 0 and sum(self._cpu_seconds) > _LEAST_SPEED * seconds and not is_slowed
        self._is_over = self._is_over or not self.helps

    def _in_order(self) -> Generator[list[Any], None, None]:
        """What has its turn; the error of the first item in order that raised."""
        values: list[Any] = []
        while self.n_done in self._answers:
            value, error, seconds = self._answers.pop(self.n_done)
            if error is not None:
                if values:
                    yield values
                from .ordered_results import throw

                throw(error)
            self.n_done += 1
            self.seconds += seconds
            values.append(value)
        if values:
            yield values


def run_together(func: Callable[[Any], Any], items: list[Any]) -> tuple[float, list[Any]]:
    """Run items in this thread and one helper, whether that helps or not: how long it takes, and the results."""
    run = SharedRun(func, iter(items), 1)
    run.helps = True  # nobody judges
    began = time.perf_counter()
    results = [value for values in run.results() for value in values]
    return time.perf_counter() - began, results


class EarlyRun(SharedRun):
    """A run that begins, in another thread than that which takes its results, while the first call waits.

    `began`, `cpu_began`: clock and CPU time of this process when that call began.
    """

    def __init__(
        self, func: Callable[[Any], Any], untaken: Iterator[Any], n_helpers: int, *, began: float, cpu_began: float
    ) -> None:
        super().__init__(func, untaken, n_helpers)
        self._first_began, self._cpu_began = began, cpu_began

    def _waits(self) -> bool:
        """Whether this process has hardly computed since the first call began, but for this thread, which looks."""
        waited, computed = time.perf_counter() - self._first_began, time.process_time() - self._cpu_began
        return not inside_worker() and computed - time.thread_time() < _MOST_COMPUTING * waited

    def begins(self) -> bool:
        """Read some items if the call waits, and say so; from then on the data are the other thread's again."""
        return self._waits() and self._read()

    def grow(self) -> None:
        """Start helpers, more and more of them, until there are enough or calls compute."""
        n_next = _FIRST_HELPERS
        while self._todo and not self._is_over and self.n_started < self._n_helpers and self._waits():
            self.start(min(n_next, len(self._todo), self._n_helpers - self.n_started))
            n_next *= 2
            time.sleep(_STEP_SECONDS)

    def _begin(self) -> None:
        """They have begun."""

    @property
    def mean_cpu_seconds(self) -> float:
        """CPU time of a call, however long it queued for the interpreter lock."""
        return sum(self._cpu_seconds) / max(1, sum(self._n_run))

    def _judge(self, seconds: float) -> None:
        """Whether one core, which is all that threads of Python code have, is not the limit."""
        if sum(self._n_run) < _ROUNDS * (self.n_started + 1):
            return
        elapsed = time.perf_counter() - self._first_began
        self.helps = sum(self._cpu_seconds) < _SATURATED * elapsed
        self._is_over = self._is_over or not self.helps
