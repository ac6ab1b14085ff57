"""Run a job here, in order, until it is clear that the rest of it is worth sharing.

In: a function and its data. Out: results, and a plan for what is left where one pays. A job that is
over sooner has cost nothing but a look at the clock now and then, and nothing of its data was read ahead of
what was run; what is measured is what the job had to do anyway. All that every map needs is here, in one file, for
each file takes 0.2 ms to load; what thinks about the rest is not. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools
import sys
import time
from _operator import length_hint  # `operator` has to be loaded where this one is there

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import Any

    from ._plan_ahead import Plan
    from ._quick_plan import QuickPlan

__all__ = ["SerialFirst", "TimedCalls", "can_load"]

#: Below the first CPU share a call mostly waits, above the second it keeps several cores busy; shorter ones, seconds,
#: are not given to threads; and calls that take so many times longer than those before them are others, ratio: several
#: of them are what is to come. `tuning` has these four for those who load no map.
WAITING_CPU_SHARE = 0.5
PARALLEL_CPU_SHARE = 1.4
ALONE_SECONDS = 100e-6
DEARER = 4.0

#: Items are run in blocks of about so long, seconds, where several fit in, and after so many that were run alone: a
#: look at the clocks and at what is left takes 4 us.
BLOCK_SECONDS = 1e-3
ALONE_ITEMS = 3

#: Within a block the clock is looked at after so many seconds' worth of items, which takes 1 to 3 us with the lists
#: that are joined; but after no more items than the second, or than the third's share of those that were run: what
#: comes may be far longer.
LOOK_SECONDS = 60e-6
MOST_BETWEEN_LOOKS = 256
BETWEEN_LOOKS_SHARE = 1 / 32

#: Of calls longer than this, seconds, which computed for less than this share, ratio, it is read how long they queued
#: for a core: that takes 20 us and more.
LONG_SECONDS = 1e-3
ON_CORE_SHARE = 0.95

#: Of a recent mean so much stays with every new item or block, ratio.
FORGETTING = 0.7

#: With less work than this left, seconds, what others could win is less than a tenth of it beyond what it costs to
#: ask them: by start method, with workers that are there already, and with threads, whose trial takes 0.5 ms, or a
#: twentieth; less where a call lets them run, which is likely to help; more where the model and the workers have to be
#: loaded first, which takes 3 ms and more. What has to be loaded counts as many times more as this process was slow to
#: load what began.
LEAST_LEFT = {"fork": 15e-3}
LEAST_LEFT_ELSEWHERE = 60e-3
LEAST_LEFT_AT_ALL = min(LEAST_LEFT.values())
LEAST_LEFT_READY = 3e-3
LEAST_LEFT_THREADS = 10e-3
LEAST_LEFT_FREE = 4e-3
LEAST_LEFT_TO_LOAD = 13e-3

#: Nobody thinks about the rest before so much was done, seconds; or the second, where what thinks of processes has to
#: be loaded first: the first calls find everything cold, and those of a tiny function seem three times as long as all
#: the others. But some calls of the third, seconds, are believed, and with no more items left than the fourth the
#: first one at once.
LEAST_DONE = 0.5e-3
LEAST_DONE_TO_LOAD = 2e-3
WARM_SECONDS = 0.3e-3
FEW_ITEMS = 15

#: Of data of unknown length so many times as much work is thought to be left as there was, ratio, or so many items
#: where those are enough to be worth a thought.
UNKNOWN_FACTOR = 3.0
FEW_AHEAD = 64

#: With more items than this the first one's wait is a small part of the whole, and nobody watches it.
MOST_WATCHED_ITEMS = 1024

#: Calls that together are shorter than this say nothing about CPU time, seconds.
SHORTEST_CPU_SECONDS = 100e-6

_END = object()


class TimedCalls:
    """Sums over calls timed alone; `n_busy`: other threads seen to run; `holds_lock`: they never let others run."""

    def __init__(self) -> None:
        self.first_seconds = self.seconds = self.longest = self.squares = 0.0
        self.n_calls, self.n_busy, self.holds_lock = 0, 0, False
        #: CPU seconds of the whole process during calls, and those calls' seconds.
        self._cpu = self._cpu_of = 0.0

    def add(self, seconds: float, cpu: float) -> None:
        """One more."""
        if self.n_calls == 0:
            self.first_seconds = seconds
        self._cpu, self._cpu_of = self._cpu + cpu, self._cpu_of + seconds
        self.seconds += seconds
        self.squares += seconds * seconds
        self.longest = max(self.longest, seconds)
        self.n_calls += 1

    def set_cpu(self, cpu: float, seconds: float) -> None:
        """What calls computed, and in how long, in place of what was counted."""
        self._cpu, self._cpu_of = cpu, seconds

    def cpu_share(self) -> float:
        """CPU seconds per second of the calls, or as many threads as were seen to run."""
        if self._cpu_of < SHORTEST_CPU_SECONDS or self.holds_lock:
            return 1.0
        # CPU time of other threads is counted in ticks of some milliseconds.
        share = max(self._cpu / self._cpu_of, 1.0 + self.n_busy if self.n_busy else 0.0)
        if share < WAITING_CPU_SHARE:
            from ..system.machine import may_have_waited

            # Who never gave its core up was kept from it: by other processes, or by the machine's host.
            return share if may_have_waited(self.n_calls) else 1.0
        return share

    def waits(self) -> bool:
        """Whether calls mostly wait."""
        return self.cpu_share() < WAITING_CPU_SHARE

    def uses_cores(self) -> bool:
        """Whether calls keep several cores busy."""
        return self.cpu_share() > PARALLEL_CPU_SHARE


class SerialFirst:
    """Runs items one after the other, and thinks about the rest when that may pay.

    `plan`: what was decided last, to be followed where it is not serial; `untaken`: the items that were not run;
    `n_done` were, in `seconds`, at the end by `n_threads`. `into`: the list that keeps the results, where there is one:
    those of tiny items are put there at once, which saves a tenth of their time, and no others are there then.
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
        into: list[Any] | None = None,
    ) -> None:
        self.func = func
        self.untaken: Iterator[Any] = iter(data)
        self.plan: Plan | QuickPlan | None = None
        self.n_done, self.seconds, self.n_threads = 0, 0.0, 1
        self.n_items = _length(data, self.untaken)
        #: Data whose items cost nothing to look at twice; a subclass may have others by position, or another length.
        has_places = self.n_items is not None and type(data) in (list, tuple, range)
        self.sequence: Any = data if has_places else None
        self.max_workers, self.budget_bytes = max_workers, budget_bytes
        self.threads, self._method = threads, method
        self.n_ready, self.slowness = n_ready, slowness
        self.one_by_one, self.keeps_results, self._into = one_by_one, keeps_results, into
        self.timed = TimedCalls()
        self.source_seconds = self.look_at = 0.0
        #: Seconds for which this thread had queued for a core at the last look.
        self._reading, self._size = 0.0, 1
        self._recent_seconds = self._recent_items = 0.0
        #: Items, and their seconds, that were all far dearer than those before them.
        self._dear_seconds = self._dear_items = 0.0
        #: The only such look so far, its items and seconds (the collector of garbage may have run); and how many were.
        self._odd, self._n_odd = (0, 0.0), 0
        self.last_results: list[Any] = []
        #: Results of the block that runs, where nobody else has them.
        self._kept: list[Any] = []
        #: For the system, of the thread that looked at the first call.
        self.looker = 0
        #: Whether the first call was seen to let other threads run.
        self.frees_lock = False
        self.has_spun = self.has_tried = self.has_watched = False
        self.may_share, self.may_process = threads, True
        self.is_never = max_workers == 1
        #: Whether somebody wants to read what was decided, and why.
        self.is_told = False

    def least_left(self, at_work: float | None = None) -> float:
        """Less work than this left is not worth a thought of processes, seconds; `at_work`: once all is loaded."""
        if self.n_ready:
            return LEAST_LEFT_READY
        if at_work is None:
            at_work = LEAST_LEFT.get(self.method, LEAST_LEFT_ELSEWHERE)
        return at_work if _is_loaded() else (at_work + LEAST_LEFT_TO_LOAD) * self.slowness

    @property
    def method(self) -> str:
        """The start method of worker processes."""
        if self._method is None:
            from ..system.machine import default_start_method

            self._method = default_start_method()
        return self._method

    def results(self) -> Generator[list[Any], None, bool]:
        """Results, some at a time, until the data end or the rest may be worth a thought, which is told."""
        while True:
            if self.n_done:
                self._size = self._next_size()
            try:
                values, is_over = self.alone() if self._size == 1 else self._block(self._size)
            except BaseException as error:
                if self._kept and not isinstance(error, KeyboardInterrupt):
                    yield self._kept  # what came before it has its turn first
                if not isinstance(error, StopIteration):
                    raise
                from ..workers.ordered_results import throw

                throw(error)
            if values:
                yield values
            if is_over:
                return False
            if not self.is_never and self.is_worth_a_thought():
                return True

    def _next_size(self) -> int:
        """How many items to run until the next look at the clock."""
        mean = self._recent_seconds / self._recent_items
        if 2 * mean > BLOCK_SECONDS or self.n_done < ALONE_ITEMS or self._dear_items:
            return 1
        size = min(2 * self._size, 1 + int(BLOCK_SECONDS / max(mean, 1e-9)))
        if self.one_by_one:
            # The end of a list is seen after its last result was, on which whoever got it may have made it longer.
            size = 1 if self.sequence is None else max(1, min(size, self.n_left() - 1))
        return size

    def alone(self) -> tuple[list[Any], bool]:
        """The next result, and whether there was none."""
        began = time.perf_counter()
        item = next(self.untaken, _END)
        if item is _END:
            return [], True
        self.source_seconds += time.perf_counter() - began
        cpu_began, began = time.process_time(), time.perf_counter()
        result = self.func(item)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        if seconds > LONG_SECONDS and cpu < ON_CORE_SHARE * seconds:
            seconds = self._without_queue(1, seconds, cpu)
        self.timed.add(seconds, cpu)
        self.note(1, seconds)
        self.last_results = [result]
        return [result], False

    def _block(self, size: int) -> tuple[list[Any], bool]:
        """Up to so many results, fewer where they take longer than was thought; and whether the data ended."""
        func, clock, take = self.func, time.perf_counter, itertools.islice
        values: list[Any] = [] if self._into is None else self._into
        self._kept = [] if values is self._into else values
        first = len(values)
        n_tiny = LOOK_SECONDS * self._recent_items / max(self._recent_seconds, 1e-9)
        n_between = 1 + int(min(n_tiny, MOST_BETWEEN_LOOKS, BETWEEN_LOOKS_SHARE * self.n_done))
        items = self.untaken
        cpu, began = time.process_time(), clock()
        limit = began + 2 * BLOCK_SECONDS
        is_over = False
        while size and not is_over and clock() < limit:
            n_next, n_before = min(n_between, size), len(values)
            for item in take(items, n_next):
                values.append(func(item))  # quicker than a list of these alone, or `append` by a name of its own
            size -= n_next
            is_over = len(values) - n_before < n_next
        seconds, n_done = clock() - began, len(values) - first
        if seconds > 2 * BLOCK_SECONDS and n_done:
            seconds = self._without_queue(n_done, seconds, time.process_time() - cpu)
        if self.sequence is None:
            # Its source takes part of that. A coarse clock may have seen nothing of those that were timed alone.
            alone = self.timed.seconds + self.source_seconds
            self.note(n_done, seconds * self.timed.seconds / alone if alone else seconds)
        else:
            self.note(n_done, seconds)
        self.last_results = values[-3:]
        self._kept, kept = [], self._kept
        return kept, is_over

    def _without_queue(self, n_items: int, seconds: float, cpu: float) -> float:
        """Seconds less those in which others had the cores; as if none of them was before the last look."""
        n_left = n_items if self.n_items is None else self.n_items - self.n_done
        if n_left * seconds < n_items * (LEAST_LEFT_THREADS if self.may_share else LEAST_LEFT_AT_ALL) or not can_load():
            # Nobody will ask: even so it is a short job.
            return seconds
        from ..system.machine import queued_seconds

        before, self._reading = self._reading, queued_seconds()
        return seconds - min(self._reading - before, max(0.0, seconds - cpu))

    def note(self, n_items: int, seconds: float) -> None:
        """So many more items were run, in so long."""
        if not n_items:
            return
        is_dear = self.n_done > 1 and seconds * self._recent_items > DEARER * n_items * self._recent_seconds
        self.n_done += n_items
        self.seconds += seconds
        if is_dear:
            self._odd = (n_items, seconds) if not self._n_odd else (0, 0.0)
            self._n_odd += 1
            is_second = self._dear_items > 0
            self._dear_items += n_items
            self._dear_seconds += seconds
            if is_second:  # one may be an exception
                self._recent_items, self._recent_seconds = self._dear_items, self._dear_seconds
                self._dear_items = self._dear_seconds = self.look_at = 0.0
            return
        self._dear_items = self._dear_seconds = 0.0
        self._recent_items = FORGETTING * self._recent_items + n_items
        self._recent_seconds = FORGETTING * self._recent_seconds + seconds

    def is_watched(self) -> bool:
        """Whether helpers may begin while the first call waits: of data that any thread may read."""
        may_be = self.may_share and not self.is_never
        return may_be and 1 < len(self.sequence or ()) <= MOST_WATCHED_ITEMS and can_load()

    def mean(self) -> float:
        """Seconds of a call to come: of the last ones or of all but the first and the odd, whichever is more."""
        recent = self._recent_seconds / self._recent_items
        if self.n_done < 2:
            return recent
        odd_items, odd_seconds = self._odd if self._odd[0] < self.n_done - 1 else (0, 0.0)
        all_but_first = (self.seconds - self.timed.first_seconds - odd_seconds) / (self.n_done - 1 - odd_items)
        return max(all_but_first, recent if self.n_done > FEW_ITEMS else 0.0)

    def n_left(self) -> int:
        """Items to come; where nobody knows, as many as a look ahead will tell of."""
        if self.n_items is not None:
            return self.n_items - self.n_done
        mean = max(self.mean(), 1e-9)
        several = max(self.n_done, int(UNKNOWN_FACTOR * self.seconds / mean))
        if mean * FEW_AHEAD < self.least_left(LEAST_LEFT_AT_ALL):
            return several
        enough = 2 + int(self.least_left() / mean)
        return max(several, enough if enough < FEW_AHEAD else 0)

    def is_worth_a_thought(self) -> bool:
        """Whether so much is left that others may win something."""
        if self.seconds < max(self.look_at, LEAST_DONE) or (n_left := self.n_left()) < 2:
            return False
        mean = self.mean()
        left = n_left * mean
        if self.may_share and mean > ALONE_SECONDS and left > self._least_left_threads():
            return can_load() and (self.n_done > 1 or n_left <= FEW_ITEMS or self.timed.waits())
        # What a short job does not need is not even asked for.
        if (self.n_done < 2 and n_left > FEW_ITEMS) or left <= self.least_left(LEAST_LEFT_AT_ALL):
            return False
        return can_load() and left > self.least_left() and not self.is_cold()

    def is_cold(self) -> bool:
        """Whether too little was done to load what thinks of processes for it."""
        has_done = self.seconds >= LEAST_DONE_TO_LOAD * self.slowness or self.n_left() <= FEW_ITEMS
        is_warm = self.n_done >= ALONE_ITEMS and self.mean() > WARM_SECONDS * self.slowness
        return not (has_done or is_warm or _is_loaded())

    def _least_left_threads(self) -> float:
        is_loaded = "equipment_optimizer.workers.shared_run" in sys.modules
        return (LEAST_LEFT_FREE if self.frees_lock else LEAST_LEFT_THREADS) * (1.0 if is_loaded else self.slowness)

    def is_worth_sharing(self) -> bool:
        """Whether helpers are worth a try: several calls of some length to come, where they may run at once."""
        may_help = self.may_share and self.has_enough_for_threads()
        return may_help and not self.timed.waits() and not self.timed.uses_cores()

    def has_enough_for_threads(self) -> bool:
        """Whether calls are long enough, and enough of them left."""
        return (mean := self.mean()) >= ALONE_SECONDS and self.n_left() * mean >= self._least_left_threads()


def can_load() -> bool:
    """Whether a file can be opened, as what thinks and starts workers is, 10 us; else the job goes on here."""
    try:
        with open(__file__, "rb"):
            return True
    except OSError as error:  # which may say that this is no file, but part of an archive
        return error.errno not in (23, 24)  # ENFILE, EMFILE


def _is_loaded() -> bool:
    """Whether what thinks of processes first, and starts them, is there already."""
    return f"{__package__}._quick_plan" in sys.modules and "equipment_optimizer.workers.pool" in sys.modules


def _length(data: Iterable[Any], iterator: Iterator[Any]) -> int | None:
    """Items in all, where the data say so."""
    try:
        return len(data) if hasattr(type(data), "__len__") else length_hint(iterator) or None  # type: ignore[arg-type]
    except Exception:
        # A serial run would not have asked, or not believed it: a negative one, or one that is no number.
        return None
