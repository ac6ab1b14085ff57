"""Run items in this thread and in helpers, as long as the helpers really compute at the same time.

In: a function that several threads may call, and items. Out: results in order, as soon as their turn has come.
The work itself is the measurement: where the helpers only take the interpreter lock in turns with this thread,
they end after a few items. Knows nothing of costs, of processes or of equipment.
"""

from __future__ import annotations

import _thread
import itertools
import time
from _contextvars import copy_context
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any

__all__ = ["SharedRun"]

#: After so many seconds, and so many items of this thread (or one of this and of a helper), it is looked whether
#: helpers help.
_TRY_SECONDS = 1e-3
_TRY_ITEMS = 3

#: Seconds of computing per second that two threads have to reach, ratio; equal shares of the lock give 1.
_LEAST_SPEED = 1.35

#: Items that wait to be taken, and results ahead of the one whose turn it is, for each thread.
_AHEAD = 8
_MOST_AHEAD = 32

#: Seconds between a helper's looks where there is nothing to take.
_LOOK_SECONDS = 2e-4


class SharedRun:
    """Helpers and this thread take the next item in turns.

    Attributes
    ----------
    untaken : iterator
        Items that nobody took, once `results` has ended.
    n_done : int
        Items whose results were given.
    seconds : float
        That their calls took, together.
    helps : bool or None
        Whether helpers computed at the same time; None while that is not known.
    """

    def __init__(self, func: Callable[[Any], Any], untaken: Iterator[Any], n_helpers: int) -> None:
        self.untaken = untaken
        self.n_done = 0
        self.seconds = 0.0
        self.helps: bool | None = None
        self._func = func
        self._n_helpers = n_helpers
        self._todo: deque[tuple[int, Any]] = deque()
        self._n_read = 0
        self._is_over = False
        self._stopped_by: BaseException | None = None
        self._failure: Exception | None = None
        self._answers: dict[int, tuple[Any, BaseException | None, float]] = {}
        self._cpu_seconds = [0.0] * (n_helpers + 1)
        self._n_run = [0] * (n_helpers + 1)

    def results(self) -> Generator[list[Any], None, None]:
        """Results until the data end, `func` raises, or helpers turn out not to help; no helper is left behind."""
        context, ends = copy_context(), []
        began = time.perf_counter()
        try:
            for number in range(1, self._n_helpers + 1):
                end = _thread.allocate_lock()
                end.acquire()
                try:
                    _thread.start_new_thread(context.copy().run, (self._help, number, end))
                except RuntimeError:
                    break
                ends.append(end)
            while not self._is_over and self._read():
                self._take(0)
                yield from self._in_order()
                if self.helps is None:
                    self._judge(time.perf_counter() - began)
            self._is_over = True
            while ends:
                ends.pop().acquire()
            yield from self._in_order()
            if self._stopped_by is not None:
                raise self._stopped_by
            self.untaken = itertools.chain([item for _, item in self._todo], self._source(self.untaken))
        finally:
            self._is_over = True
            # A call that runs cannot be ended from outside.
            for end in ends:
                end.acquire()

    def _read(self) -> bool:
        """Fill up what can be taken; whether there is anything. The data are read by this thread alone."""
        wanted = _AHEAD * (self._n_helpers + 1) - len(self._todo)
        while wanted > 0 and self._failure is None:
            wanted -= 1
            try:
                item = next(self.untaken)
            except StopIteration:
                break
            except Exception as error:
                # What came before it has its turn first.
                self._failure = error
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
        except Exception as error:
            failure = error
            self._is_over = True
        seconds = time.perf_counter() - began
        self._cpu_seconds[who] += time.thread_time() - cpu
        self._n_run[who] += 1
        self._answers[number] = value, failure, seconds
        return True

    def _help(self, who: int, end: Any) -> None:
        try:
            while not self._is_over:
                is_ahead = len(self._answers) > _MOST_AHEAD * (self._n_helpers + 1)
                if is_ahead or not self._take(who):
                    time.sleep(_LOOK_SECONDS)
        except BaseException as error:
            # Not an error of the function, such as SystemExit: for the thread that asked for the work.
            self._stopped_by = error
            self._is_over = True
        finally:
            end.release()

    def _judge(self, seconds: float) -> None:
        """Whether helpers help, once that can be seen."""
        n_helped = sum(self._n_run[1:])
        if seconds < _TRY_SECONDS or self._n_run[0] < (1 if n_helped else _TRY_ITEMS):
            return
        self.helps = n_helped > 0 and sum(self._cpu_seconds) > _LEAST_SPEED * seconds
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
