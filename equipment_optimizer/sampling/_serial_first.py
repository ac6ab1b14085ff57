"""Run a job here, in order, until it is clear that the rest of it is worth sharing.

In: a function and its data. Out: results, and a plan for what is left where one pays. A job that is
over sooner has cost nothing but a look at the clock now and then; nothing is read ahead of what is
run; what is measured is what the job had to do anyway. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools
import math
import operator
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from typing import TYPE_CHECKING, Any

from .tuning import (
    ALONE_ITEMS,
    ALONE_SECONDS,
    BLOCK_SECONDS,
    FEW_ITEMS,
    FORGETTING,
    LEAST_DONE,
    LEAST_FREE_SHARE,
    LEAST_LEFT,
    LEAST_LEFT_ELSEWHERE,
    LEAST_LEFT_READY,
    LEAST_LEFT_THREADS,
    LEAST_LEFT_TO_LOAD,
    LONG_SECONDS,
    LOOK_AGAIN,
    MEMORY_SHARE,
    SHORTEST_CPU_SECONDS,
    WAITING_CPU_SHARE,
    WATCH_SECONDS,
)

if TYPE_CHECKING:
    from ._choice import Choices
    from ._cost_model import JobCosts, MachineCosts
    from ._gil_probe import GilProbe

__all__ = ["Plan", "SerialFirst"]

_END = object()


class Plan:
    """How to go on, and what that was decided from. Not a named tuple, whose making takes half a millisecond."""

    def __init__(self, choices: Choices, job: JobCosts, machine: MachineCosts) -> None:
        self.choices = choices
        self.job = job
        self.machine = machine

    def words(self, before: str = "") -> list[str]:
        """The plan for the user, a line each."""
        from ._explanation import words

        return words(self.job, self.machine, self.choices, before)


class SerialFirst:
    """Runs items one after the other, and thinks about the rest when that may pay.

    Attributes
    ----------
    plan : Plan or None
        What was decided last; followed where it is not serial.
    untaken : iterator
        The items that were not run.
    n_done : int
        Those that were.
    seconds : float
        That the calls took.
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
        one_by_one: bool = False,
        keeps_results: bool = False,
    ) -> None:
        self.func = func
        self.untaken: Iterator[Any] = iter(data)
        self.plan: Plan | None = None
        self.n_done = 0
        self.seconds = 0.0
        self._n_items = _length(data, self.untaken)
        #: Data whose items cost nothing to look at twice.
        self._sequence = data if isinstance(data, list | tuple | range) else None
        self._limits = {"max_workers": max_workers, "budget_bytes": budget_bytes}
        self._threads = threads
        self._method = method
        self._n_ready = n_ready
        self._one_by_one = one_by_one
        self._keeps_results = keeps_results
        self._first_seconds = 0.0
        #: Seconds and CPU seconds of calls timed one by one, those squared, the longest, and how many.
        self._timed = self._cpu = self._squares = self._longest = 0.0
        self._n_timed = 0
        #: Seconds for which long calls queued for a core, and the reading before the next call where it may be long.
        self._queued = 0.0
        self._reading: float | None = None
        self._source_seconds = 0.0
        self._recent_seconds = self._recent_items = 0.0
        self._last_results: list[Any] = []
        self._look_at = 0.0
        self._probe: GilProbe | None = None
        self._gil_free_share: float | None = None
        self._is_never = max_workers == 1

    def _least_left(self) -> float:
        """Less work than this left is not worth a thought of processes, seconds."""
        if self._n_ready:
            return LEAST_LEFT_READY
        is_loaded = f"{__package__}._choice" in sys.modules and "equipment_optimizer.workers.pool" in sys.modules
        return LEAST_LEFT.get(self.method, LEAST_LEFT_ELSEWHERE) + (0.0 if is_loaded else LEAST_LEFT_TO_LOAD)

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
        func, clock = self.func, time.perf_counter
        size = 1
        try:
            while True:
                try:
                    if size == 1:
                        began = clock()
                        item = next(self.untaken, _END)
                        if item is _END:
                            return
                        self._source_seconds += clock() - began
                        values = [self._timed_call(item)]
                    else:
                        began = clock()
                        values = [func(item) for item in itertools.islice(self.untaken, size)]
                        self._note(len(values), self._share_of_calls() * (clock() - began))
                except StopIteration as error:
                    # What most calls do not need is loaded by those that do: a short job is over in a millisecond.
                    from ..workers.ordered_results import throw

                    throw(error)
                if values:
                    yield values
                if len(values) < size:
                    return
                self._last_results = values
                size = self._next_size(size)
                if self._is_never or not self._is_worth_a_look():
                    continue
                if self._decide():
                    return
                size = 1 if self._probe is not None else size
        finally:
            self._end_probe()

    def _next_size(self, size: int) -> int:
        """How many items to run until the next look at the clock."""
        mean = self._recent_seconds / self._recent_items
        if mean > ALONE_SECONDS or self.n_done < ALONE_ITEMS or self._one_by_one or self._probe is not None:
            return 1
        return min(2 * size, 1 + int(BLOCK_SECONDS / max(mean, 1e-9)))

    def _share_of_calls(self) -> float:
        """Of the time of a block, by the items that were run alone: the rest is the data's own."""
        return self._timed / (self._timed + self._source_seconds)

    def _timed_call(self, item: Any) -> Any:
        probe, reading = self._probe, self._reading
        cpu = time.process_time()
        if probe is not None:
            probe.is_watching = True
        began = time.perf_counter()
        result = self.func(item)
        seconds = time.perf_counter() - began
        if probe is not None:
            probe.is_watching = False
        if self.n_done == 0:
            self._first_seconds = seconds
        self._reading = None
        if seconds > LONG_SECONDS:
            from ..system.machine import queued_seconds

            self._reading = queued_seconds()
            if reading is not None:
                self._queued += self._reading - reading
        self._cpu += time.process_time() - cpu
        self._timed += seconds
        self._squares += seconds * seconds
        self._longest = max(self._longest, seconds)
        self._n_timed += 1
        self._note(1, seconds)
        return result

    def _note(self, n_items: int, seconds: float) -> None:
        if not n_items:
            return
        self.n_done += n_items
        self.seconds += seconds
        self._recent_items = FORGETTING * self._recent_items + n_items
        self._recent_seconds = FORGETTING * self._recent_seconds + seconds

    # --- is it worth sharing? ------------------------------------------------------

    def _mean(self) -> float:
        """Seconds of a call to come: of the last ones or of all but the first, whichever is more."""
        recent = self._recent_seconds / self._recent_items
        if self.n_done < 2:
            return recent
        all_but_first = (self.seconds - self._first_seconds) / (self.n_done - 1)
        return max(all_but_first, recent if self.n_done > FEW_ITEMS else 0.0)

    def _n_left(self) -> int:
        """Items to come; where nobody knows, as much work as there was."""
        if self._n_items is not None:
            return self._n_items - self.n_done
        return max(self.n_done, int(self.seconds / max(self._mean(), 1e-9)))

    def _is_worth_a_look(self) -> bool:
        if self._probe is not None:
            return self._probe.has_seen_enough or self.seconds > self._look_at
        n_left, mean = self._n_left(), self._mean()
        if self.seconds < max(self._look_at, LEAST_DONE) or n_left < 2:
            return False
        left = n_left * mean
        if self._may_thread(mean) and left > LEAST_LEFT_THREADS:
            return self.n_done > 1 or n_left <= FEW_ITEMS or self._cpu_share() < WAITING_CPU_SHARE
        return left > self._least_left() and (self.n_done > 1 or n_left <= FEW_ITEMS)

    def _may_thread(self, mean: float) -> bool:
        """Whether threads could pay: shorter calls let others run for no time to speak of."""
        return self._threads and mean > ALONE_SECONDS and self._gil_free_share != 0.0

    def _decide(self) -> bool:
        """Decide about the rest, or watch the lock first; whether to stop here."""
        has_watched = self._probe is not None
        self._end_probe()
        self._look_at = LOOK_AGAIN * self.seconds
        mean = self._mean()
        is_unknown = self._may_thread(mean) and self._gil_free_share is None
        is_unknown = is_unknown and self._cpu_share() >= WAITING_CPU_SHARE
        if self._n_left() * mean < self._least_left():
            # Too little for processes, but threads start sooner.
            if is_unknown:
                self._watch()
                return False
            if has_watched and (self._gil_free_share or 0.0) < LEAST_FREE_SHARE:
                return False
        plan = self._plan_of_rest()
        if plan is None:
            self._is_never = True
            return False
        self.plan = plan
        if plan.choices.best.executor != "serial":
            return True
        if is_unknown:
            self._watch()
        return False

    def _watch(self) -> None:
        """Watch during the next calls how much of their time they let other threads run."""
        from ._gil_probe import GilProbe

        self._probe = GilProbe()
        self._probe.__enter__()
        self._look_at = self.seconds + WATCH_SECONDS

    def _end_probe(self) -> None:
        if self._probe is not None:
            from ._gil_probe import gil_is_enabled

            self._probe.__exit__()
            self._gil_free_share = (self._probe.free_share or 0.0) if gil_is_enabled() else 1.0
            self._probe = None

    def _plan_of_rest(self) -> Plan | None:
        """What would be best for the rest; None where nothing but serial is possible, now and later."""
        from ..system.machine import available_cores, inside_worker

        if inside_worker() or (available_cores() < 2 and not self._threads):
            return None
        from ._calibration import assumed_costs, known_costs
        from ._choice import choose

        method = self.method
        job = self._job(method)
        machine = known_costs(method, bandwidth=False) or assumed_costs(method, usual=True)
        if self._n_ready:
            machine = machine._replace(start_seconds=0.0, start_seconds_each=0.0)
        if self._keeps_results:
            self._warn_of_memory(job, machine)
        return Plan(choose(job, machine, **self._limits), job, machine)

    def _warn_of_memory(self, job: JobCosts, machine: MachineCosts) -> None:
        """Say before they are made that results will not fit; once."""
        from ._cost_model import results_bytes

        if self._n_items is None or results_bytes(job) < (machine.available_bytes or math.inf) * MEMORY_SHARE:
            return
        import warnings

        from ._explanation import results_note

        self._keeps_results = False
        note = f"{results_note(job, machine)}: use them one by one (iter_parallel)"
        # The caller of `map_parallel` stands above two generators.
        warnings.warn(note, ResourceWarning, stacklevel=6)

    def _job(self, method: str) -> JobCosts:
        """What the rest costs, from the calls so far and a few pickles."""
        from ._cost_model import JobCosts
        from ._process_obstacles import THREADS_NOT_ALLOWED, function_blocker, main_items_blocker
        from .pickle_cost import ChunkCost, check_data_picklability_with_measurements, measure_parts

        items = self._items_ahead()
        blocker = function_blocker(self.func, method) or main_items_blocker(self.func, items, method)
        blockers = [] if blocker is None else [blocker]
        input_cost = result_cost = ChunkCost()
        function = (0.0, 0)
        if not blockers:
            input_cost, error = measure_parts("its items", items)
            result_cost, other = measure_parts("its results", self._last_results[-3:])
            is_fine, _, failure, measured = check_data_picklability_with_measurements([self.func])
            blockers += [each for each in (error, other) if each is not None]
            if is_fine:
                function = measured[0]
            else:
                blockers.append(f"the function cannot be pickled ({type(failure).__name__}: {failure})")
        n_timed = max(1, self._n_timed - 1)
        timed = self._timed - self._first_seconds if self._n_timed > 1 else self._timed
        squares = self._squares - self._first_seconds**2 if self._n_timed > 1 else self._squares
        mean = self._mean()
        variance = max(0.0, squares / n_timed - (timed / n_timed) ** 2)
        return JobCosts(
            n_items=self._n_left(),
            mean_seconds=mean,
            std_seconds=min(variance**0.5, 3 * mean),
            max_seconds=max(mean, min(self._longest, 4 * mean)),
            cpu_share=self._cpu_share(),
            gil_free_share=self._gil_free_share or 0.0,
            input_cost=input_cost,
            result_cost=result_cost,
            function_seconds=function[0],
            function_bytes=function[1],
            process_blockers=tuple(blockers),
            thread_blockers=() if self._threads else (THREADS_NOT_ALLOWED,),
            source_seconds=self._source_seconds / max(1, self._n_timed),
            n_sampled=self.n_done,
        )

    def _cpu_share(self) -> float:
        """CPU seconds per second of the calls timed alone; queueing for a core is no waiting."""
        if self._timed < SHORTEST_CPU_SECONDS:
            return 1.0
        return self._cpu / max(self._cpu, self._timed - self._queued)

    def _items_ahead(self) -> list[Any]:
        """A few of the items to come: of a sequence along its rest, else the next one, which is not lost."""
        if self._sequence is not None and self._n_items is not None:
            places = {self.n_done, (self.n_done + self._n_items) // 2, self._n_items - 1}
            return [self._sequence[place] for place in sorted(places)]
        item = next(self.untaken, _END)
        if item is _END:
            return []
        self.untaken = itertools.chain([item], self.untaken)
        return [item]


def _length(data: Iterable[Any], iterator: Iterator[Any]) -> int | None:
    """Items in all, where the data say so."""
    try:
        return len(data) if isinstance(data, Sized) else operator.length_hint(iterator, 0) or None
    except Exception:
        # A serial run would not have asked.
        return None
