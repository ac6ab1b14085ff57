"""Run a job here, in order, until it is clear that the rest of it is worth sharing.

In: a function and its data. Out: results, and a plan for what is left where one pays. A job that is
over sooner has cost nothing but a look at the clock now and then, and nothing of its data was read ahead of
what was run; what is measured is what the job had to do anyway. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools
import sys
import time

from ..system.timed_calls import TimedCalls
from . import tuning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import Any, NoReturn

    from ..workers.first_call import FirstCall
    from ..workers.shared_run import SharedRun
    from ._plan_ahead import Plan

__all__ = ["SerialFirst"]

_END = object()


class SerialFirst:
    """Runs items one after the other, and thinks about the rest when that may pay.

    `plan`: what was decided last, to be followed where it is not serial; `untaken`: the items that were not run;
    `n_done` were, in `seconds`, at the end by `n_threads`.
    """

    def __init__(
        self,
        func: Callable[[Any], Any],
        data: Iterable[Any],
        *,
        max_workers: int | None = None,
        budget_bytes: int | None = None,
        threads: bool = False,
        method: str | None = None,
        n_ready: int = 0,
        slowness: float = 1.0,
        one_by_one: bool = False,
        keeps_results: bool = False,
    ) -> None:
        self.func = func
        self.untaken: Iterator[Any] = iter(data)
        self.plan: Plan | None = None
        self.n_done = 0
        self.seconds = 0.0
        self.n_threads = 1
        self._n_items = _length(data, self.untaken)
        #: Data whose items cost nothing to look at twice.
        self._sequence = data if isinstance(data, list | tuple | range) else None
        self._limits = {"max_workers": max_workers, "budget_bytes": budget_bytes}
        self._threads, self._method = threads, method
        self._n_ready, self._slowness = n_ready, slowness
        self._one_by_one, self._keeps_results = one_by_one, keeps_results
        self._timed = TimedCalls(tuning.WAITING_CPU_SHARE)
        self._source_seconds = self._look_at = 0.0
        #: Seconds for which this thread had queued for a core at the last look.
        self._reading = 0.0
        self._recent_seconds = self._recent_items = 0.0
        #: Items, and their seconds, that were all far dearer than those before them.
        self._dear_seconds = self._dear_items = 0.0
        self._last_results: list[Any] = []
        #: Who has a thread that is no function's.
        self._watch: FirstCall | None = None
        self._has_spun = False
        self._may_share, self._may_process = threads, True
        self._is_never = max_workers == 1

    def _least_left(self) -> float:
        """Less work than this left is not worth a thought of processes, seconds."""
        if self._n_ready:
            return tuning.LEAST_LEFT_READY
        least = tuning.LEAST_LEFT.get(self.method, tuning.LEAST_LEFT_ELSEWHERE)
        is_loaded = f"{__package__}._choice" in sys.modules and "equipment_optimizer.workers.pool" in sys.modules
        return least if is_loaded else (least + tuning.LEAST_LEFT_TO_LOAD) * self._slowness

    @property
    def n_left_known(self) -> int | None:
        """Items to come, where that is known."""
        return None if self._n_items is None else self._n_items - self.n_done

    @property
    def method(self) -> str:
        """The start method of worker processes."""
        if self._method is None:
            from ..workers.start_methods import default_start_method

            self._method = default_start_method()
        return self._method

    def results(self) -> Generator[list[Any], None, None]:
        """Results, some at a time, until the data ends or `plan` says how to go on with `untaken`."""
        size = 1
        while True:
            if self._is_watched():
                is_over = yield from self._first()
            else:
                try:
                    values, is_over = self._alone() if size == 1 else self._block(size)
                except StopIteration as error:
                    _throw(error)
                if values:
                    yield values
                    self._last_results = values
            if is_over:
                return
            size = self._next_size(size)
            if self._is_never or not self._is_worth_a_look() or self._is_busy():
                continue
            if self._decide():
                return
            if self._is_worth_sharing():
                yield from self._share()

    def _next_size(self, size: int) -> int:
        """How many items to run until the next look at the clock."""
        mean = self._recent_seconds / self._recent_items
        if 2 * mean > tuning.BLOCK_SECONDS or self.n_done < tuning.ALONE_ITEMS or self._one_by_one or self._dear_items:
            return 1
        return min(2 * size, 1 + int(tuning.BLOCK_SECONDS / max(mean, 1e-9)))

    def _alone(self) -> tuple[list[Any], bool]:
        """The next result, and whether there was none."""
        began = time.perf_counter()
        item = next(self.untaken, _END)
        if item is _END:
            return [], True
        self._source_seconds += time.perf_counter() - began
        return [self._timed_call(item)], False

    def _block(self, size: int) -> tuple[list[Any], bool]:
        """Up to so many results, fewer where they take longer than was thought; and whether the data ended."""
        func, clock, take = self.func, time.perf_counter, itertools.islice
        values: list[Any] = []
        n_tiny = tuning.LOOK_SECONDS * self._recent_items / max(self._recent_seconds, 1e-9)
        n_between = 1 + int(min(n_tiny, tuning.MOST_BETWEEN_LOOKS, tuning.BETWEEN_LOOKS_SHARE * self.n_done))
        items = self.untaken
        cpu, began = time.process_time(), clock()
        limit = began + 2 * tuning.BLOCK_SECONDS
        is_over = False
        while size and not is_over and clock() < limit:
            n_next = min(n_between, size)
            part = [func(item) for item in take(items, n_next)]
            values += part
            size -= n_next
            is_over = len(part) < n_next
        seconds = clock() - began
        if seconds > 2 * tuning.BLOCK_SECONDS:
            seconds = self._without_queue(seconds, time.process_time() - cpu)
        # A coarse clock may have seen nothing of those that were timed alone.
        alone = self._timed.seconds + self._source_seconds
        self._note(len(values), seconds * self._timed.seconds / alone if alone else seconds)
        return values, is_over

    def _timed_call(self, item: Any) -> Any:
        cpu_began, began = time.process_time(), time.perf_counter()
        result = self.func(item)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        if seconds > tuning.LONG_SECONDS and cpu < tuning.ON_CORE_SHARE * seconds:
            seconds = self._without_queue(seconds, cpu)
        self._timed.add(seconds, cpu)
        self._note(1, seconds)
        return result

    def _without_queue(self, seconds: float, cpu: float) -> float:
        """Seconds less those in which others had the cores; as if none of them was before the last look."""
        from ..system.machine import queued_seconds

        before, self._reading = self._reading, queued_seconds()
        return seconds - min(self._reading - before, max(0.0, seconds - cpu))

    def _note(self, n_items: int, seconds: float) -> None:
        if not n_items:
            return
        if self.n_done > 1 and seconds * self._recent_items > tuning.DEARER * n_items * self._recent_seconds:
            self._dear_items += n_items
            self._dear_seconds += seconds
        else:
            self._dear_items = self._dear_seconds = 0.0
        self.n_done += n_items
        self.seconds += seconds
        if self._dear_items > 1:  # one may be an exception
            self._recent_items, self._recent_seconds = self._dear_items, self._dear_seconds
            self._dear_items = self._dear_seconds = self._look_at = 0.0
            return
        self._recent_items = tuning.FORGETTING * self._recent_items + n_items
        self._recent_seconds = tuning.FORGETTING * self._recent_seconds + seconds

    def _is_watched(self) -> bool:
        """Whether helpers may begin while the first call waits: of data that any thread may read."""
        may_be = self._may_share and not self._is_never and not self.n_done
        return may_be and 1 < len(self._sequence or ()) <= tuning.MOST_WATCHED_ITEMS

    def _first(self) -> Generator[list[Any], None, bool]:
        """The first result, and those that helpers found because that call waited; whether there is no item."""
        from ..workers.first_call import FirstCall

        n_threads = min(self._limits["max_workers"] or sys.maxsize, tuning.MAX_WAITING_THREADS)
        self._watch = watched = FirstCall(self.func, self.untaken, min(n_threads, len(self._sequence or ())) - 1)
        try:
            with watched:
                values, is_over = self._alone()
            yield values
            if (run := watched.run) is not None:
                yield from self._together(run)
                self._timed.set_cpu(run.mean_cpu_seconds, self._timed.first_seconds)
        except StopIteration as error:
            _throw(error)
        finally:
            watched.stop()
        return is_over

    def _is_worth_sharing(self) -> bool:
        """Whether helpers are worth a try: several calls of some length to come, where they may run at once."""
        mean = self._mean()
        if not self._may_share or mean < tuning.ALONE_SECONDS or self._n_left() * mean < tuning.LEAST_LEFT_THREADS:
            return False
        return tuning.WAITING_CPU_SHARE <= self._timed.cpu_share() <= tuning.PARALLEL_CPU_SHARE

    def _share(self) -> Generator[list[Any], None, None]:
        """Results of this thread and of helpers, to the end, or until it is seen that those do not help."""
        from ..system.machine import available_cores, inside_worker

        self._may_share = False
        n_threads = min(available_cores(), self._limits["max_workers"] or sys.maxsize)
        if n_threads < 2 or inside_worker():
            return
        from ..workers.shared_run import SharedRun

        yield from self._together(SharedRun(self.func, self.untaken, n_threads - 1, self._mean()))

    def _together(self, run: SharedRun) -> Generator[list[Any], None, None]:
        """Results of a run."""
        yield from run.results()
        self.untaken = run.untaken
        # Calls that took the lock in turns each seemed to take several times as long.
        self._note(run.n_done, run.n_done * self._mean() if run.helps is False else run.seconds)
        if run.helps is not False:
            self.n_threads = run.n_started + 1

    def _mean(self) -> float:
        """Seconds of a call to come: of the last ones or of all but the first, whichever is more."""
        recent = self._recent_seconds / self._recent_items
        if self.n_done < 2:
            return recent
        all_but_first = (self.seconds - self._timed.first_seconds) / (self.n_done - 1)
        return max(all_but_first, recent if self.n_done > tuning.FEW_ITEMS else 0.0)

    def _n_left(self) -> int:
        """Items to come; where nobody knows, as many as a look ahead will tell of."""
        if self._n_items is not None:
            return self._n_items - self.n_done
        mean = max(self._mean(), 1e-9)
        several, enough = int(tuning.UNKNOWN_FACTOR * self.seconds / mean), 2 + int(self._least_left() / mean)
        return max(self.n_done, several, enough if enough < tuning.FEW_AHEAD else 0)

    def _is_worth_a_look(self) -> bool:
        if self.seconds < max(self._look_at, tuning.LEAST_DONE) or (n_left := self._n_left()) < 2:
            return False
        mean = self._mean()
        left = n_left * mean
        if self._may_share and mean > tuning.ALONE_SECONDS and left > tuning.LEAST_LEFT_THREADS:
            return self.n_done > 1 or n_left <= tuning.FEW_ITEMS or self._timed.cpu_share() < tuning.WAITING_CPU_SHARE
        # What a short job does not need is not even asked for.
        is_short = left < tuning.LEAST_LEFT_AT_ALL and not self._n_ready
        return not is_short and left > self._least_left() and (self.n_done > 1 or n_left <= tuning.FEW_ITEMS)

    def _is_busy(self) -> bool:
        """Whether calls seem to use most cores, or what came before this job did, which is over soon."""
        from ..system.machine import available_cores, running_threads

        if self._timed.cpu_share() < tuning.WAITING_CPU_SHARE:
            return False
        n_busy = self._timed.n_busy = running_threads(besides=self._watch.thread_id if self._watch else 0)
        is_busy = n_busy > 0 and 2 * self._timed.cpu_share() > available_cores()
        if not n_busy and self._timed.cpu_share() > tuning.PARALLEL_CPU_SHARE and not self._has_spun:
            # Threads that compute for a call run on for a while after it: these were somebody else's, perhaps.
            is_busy = self._has_spun = True
            self._timed.set_cpu(0.0, 0.0)
        if is_busy:
            soon, later = tuning.BUSY_SECONDS, tuning.LOOK_AGAIN * (self.seconds - 6 * tuning.BUSY_SECONDS)
            self._look_at = max(self.seconds + soon, later)
        return is_busy

    def _decide(self) -> bool:
        """Decide about the rest; whether to stop here."""
        if self._is_worth_sharing() and self._n_left() * self._mean() < tuning.LONG_JOB_SECONDS:
            # Threads are tried before anything is thought about.
            return False
        self._look_at = tuning.LOOK_AGAIN * self.seconds
        waits = self._threads and self._timed.cpu_share() < tuning.WAITING_CPU_SHARE
        # What was decided for more work than this holds for the rest.
        known = tuning.MORE_LEFT * self.plan.job.serial_seconds if self.plan else 0.0
        if self._n_left() * self._mean() < known or not (waits or (self._may_process and self._has_enough_left())):
            return False
        from ._plan_ahead import items_ahead, plan_ahead

        items, self.untaken = items_ahead(self._sequence, self.n_done, self.untaken)
        plan = plan_ahead(
            self.func,
            self.method,
            items,
            self._last_results[-3:],
            calls=self._calls(),
            threads=self._threads,
            is_ready=self._n_ready > 0,
            slowness=self._slowness,
            warns=self._keeps_results and self._n_items is not None,
            **self._limits,
        )
        if plan is None:
            self._is_never = True
            return False
        self._keeps_results = self._keeps_results and not plan.has_warned
        self.plan = plan
        self._may_process = not plan.job.process_blockers
        return plan.choices.best.executor != "serial"

    def _has_enough_left(self) -> bool:
        """Whether enough is left for processes; data of unknown length are read as far as that takes."""
        wanted = self._least_left()
        if self._n_left() * self._mean() < wanted:
            return False
        if self._n_items is not None or self._source_seconds > tuning.SLOW_SOURCE * self._timed.seconds:
            return True
        n_wanted = min(tuning.MOST_READ_AHEAD, 1 + int(wanted / self._mean()))
        ahead: list[Any] = []
        unread = self.untaken
        try:
            ahead.extend(itertools.islice(unread, n_wanted))
        except Exception as error:  # What came before it has its turn first.
            unread = _failing(error)
        self.untaken = itertools.chain(ahead, unread)
        if len(ahead) == n_wanted:
            return True
        self._n_items = self.n_done + len(ahead)
        return False

    def _calls(self) -> dict[str, Any]:
        """What `JobCosts` wants to know of the calls."""
        return {
            "n_items": self._n_left(),
            **self._timed.spread(self._mean()),
            "source_seconds": self._source_seconds / max(1, self._timed.n_calls),
            "n_sampled": self.n_done,
        }


def _throw(error: StopIteration) -> NoReturn:
    from ..workers.ordered_results import throw

    throw(error)


def _failing(error: Exception) -> Iterator[Any]:
    raise error
    yield


def _length(data: Iterable[Any], iterator: Iterator[Any]) -> int | None:
    """Items in all, where the data say so."""
    try:
        return len(data) if hasattr(type(data), "__len__") else iterator.__length_hint__() or None  # type: ignore
    except Exception:
        # A serial run would not have asked.
        return None
