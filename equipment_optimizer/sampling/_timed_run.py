"""Choose a few items of a job and run each of them once, timing them.

In: a function and its data. Out: times, CPU times, results by position, and the
data as if nothing had been taken from it. Knows nothing of costs or of equipment.
"""

from __future__ import annotations

import itertools
import math
import time

from ..system.gil_probe import GilProbe, count_threads, gil_is_enabled
from ..system.machine import PeakMeter, available_cores, may_have_waited, queued_seconds, running_threads
from ._first_look import FirstLook, Source, block_after, is_held, weighed
from .prediction.pickle_cost import UNMEASURED, check_data_picklability_with_measurements
from .tuning import (
    LEAST_FREE_SHARE,
    MAX_SAMPLE_SECONDS,
    PICKLING_SECONDS,
    PICKLING_SHARE,
    SHORT_CALL_SECONDS,
    UNKNOWN_ITEMS,
    WAITING_CPU_SHARE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

__all__ = ["TimedRun"]

#: Above this many CPU seconds of other threads per second the function uses several.
_OTHERS_SHARE = 0.4

#: Calls that together are shorter than this say nothing about CPU time, seconds:
#: its clock advances in steps and takes a microsecond to read.
_CPU_CLOCK_SECONDS = 1e-3

#: Idle BLAS threads spin for 27 to 103 ms after their last use, by version; a sample waits for them once, seconds, as
#: long as most. Who still runs after the second computes for calls, if for more than this share of their own computing
#: in the third, ratio and seconds: some ticks of the clock of other threads. Calls are added for that, up to this share
#: of all items.
_SETTLE_SECONDS = 50e-3
_SPIN_SECONDS, _HELPING_SHARE, _HELPING_SECONDS = 30e-3, 0.05, 10e-3
_MOST_ADDED_SHARE = 0.5

#: Below this predicted total nothing parallel pays, so nothing but times is measured, seconds.
_WORTH_PROBING_SECONDS = 5e-3

#: Below this one memory is not measured, which sets the high-water mark back and takes 0.3 ms, seconds.
_WORTH_METERING_SECONDS = 0.15

#: A sample as long as this tells what other threads do, seconds.
_TRUSTED_SECONDS = 20e-3

#: Items are added for the probe's sake only while all calls took less than this, seconds.
_MORE_SECONDS = 4e-3


class TimedRun:
    """Runs the sampled items of `source`, each once, and keeps times and results.

    `positions` are the items timed one by one, in order; `seconds` and `inputs` belong to them. `results` are of every
    item that was run.
    """

    def __init__(
        self,
        func: Callable[[Any], Any],
        source: Source,
        max_share: float | None,
        *,
        peak_memory: bool = False,
        begun: FirstLook | None = None,
    ) -> None:
        self.func = func
        self.source = source
        self.max_share = max_share
        self.positions: list[int] = []
        self.seconds: list[float] = []
        #: Pickling seconds and bytes of each, before the call; zeros where it does not pickle.
        self.inputs: list[tuple[float, int]] = []
        self.input_error: BaseException | None = None
        self.bad_position: int | None = None
        #: Mean seconds of the block that follows a position, where there is one.
        self.blocks: dict[int, float] = {}
        self.results: dict[int, Any] = {}
        self.threads_started = 0
        #: Others that were seen to compute for the calls.
        self.n_helpers = 0
        self.gil_free_share: float | None = None
        #: Growth of memory, begun where the job is long enough to pay for it.
        self.peak = PeakMeter() if peak_memory and max_share is None else None
        self._measures_peak = peak_memory
        self._rechecked_from = 0
        self._others_ran = False
        #: Whether threads that compute after the first call may be left from what was before it.
        self._others_may_run = True
        self._began = time.perf_counter()
        self._is_settled = False
        self._probe: GilProbe | None = None
        self._probe_queued = 0.0
        self._thread_cpu: list[float] = []
        self._other_cpu: list[float] = []
        if begun is not None:
            self._adopt(begun)

    def _adopt(self, look: FirstLook) -> None:
        """Go on after the calls of a first look; their items are pickled after the calls."""
        self.positions, self.seconds, self.blocks = [*look.positions], [*look.seconds], {**look.blocks}
        self.results = {**look.results}
        self._thread_cpu, self._other_cpu = [*look.thread_cpu], [*look.other_cpu]
        self.gil_free_share = look.gil_free_share
        self._others_ran = self._others_may_run = look.others_ran
        self._began = look.began
        for position in self.positions:
            self._measure_input(position)

    def pickling_seconds(self) -> float:
        """How long pickling may take where a share of the whole is set."""
        if self.max_share is None or not self.seconds:
            return math.inf
        return max(PICKLING_SECONDS, PICKLING_SHARE * self.total())

    def _measure_input(self, position: int) -> None:
        if len(self.inputs) > 1 and sum(seconds for seconds, _ in self.inputs) > self.pickling_seconds():
            # The others are taken to be like those.
            self.inputs.append(self.inputs[-1])
            return
        _, _, error, measured = check_data_picklability_with_measurements([self.source.items[position]])
        if error is not None and (untouched := self._untouched(position)):
            # Its own call may have made it so, which does not stop those of its kind that are still to come.
            _, _, error, measured = check_data_picklability_with_measurements(untouched)
        if error is not None and self.input_error is None:
            self.input_error, self.bad_position = error, position
        self.inputs += measured or [UNMEASURED]

    def _untouched(self, position: int) -> list[Any]:
        """For an item that was run: the next one of its class that was not, if there is one."""
        if position not in self.results:
            return []
        items = self.source.items
        later = (items[other] for other in range(position + 1, len(items)) if other not in self.results)
        return [item for item in itertools.islice(later, 1) if type(item) is type(items[position])]

    def sample(self) -> None:
        """Run the items that `source` chose, until the time for it is over."""
        threads_before = count_threads()
        positions = self.source.positions
        if not positions:
            return
        if not self.positions:
            self._call(positions[0])
        total = self.total()
        if self._measures_peak and self.peak is None and total >= _WORTH_METERING_SECONDS:
            self.peak = PeakMeter()
        if threads_before > 1 and self._others_may_run and self._may_settle() and _others_compute():
            self._settle()
        if len(positions) == 1 or total < _WORTH_PROBING_SECONDS:
            self._call_until_enough(positions[1:])
        else:
            began, n_before = time.perf_counter(), len(self.seconds)
            with GilProbe() as probe:
                self._probe = probe
                self._call_until_enough(positions[1:])
                self._until_seen(probe)
            self._probe = None
            # The probe ran beside the calls: its CPU time is not theirs.
            elapsed = max(time.perf_counter() - began, 1e-9)
            probe_share = probe.cpu_seconds / elapsed
            for index in range(n_before, len(self.seconds)):
                self._other_cpu[index] = max(0.0, self._other_cpu[index] - probe_share * self.seconds[index])
            self._probe_queued = probe.queued_seconds
            self.threads_started = max(0, probe.max_threads - threads_before)
            if probe.free_share is not None or self.gil_free_share is None:
                self.gil_free_share = probe.free_share if gil_is_enabled() else 1.0
            self._recheck()
            self._look_for_helpers(probe.native_id)
        self.threads_started = max(self.threads_started, count_threads() - threads_before)

    def cpu_share(self) -> float:
        """CPU seconds per second of the calls, all threads together; 1 where they were too short to tell."""
        # The first call is left out: what it loads or compiles is paid once.
        skip = self._rechecked_from or (1 if len(self.seconds) > 1 else 0)
        thread_seconds = sum(self._thread_cpu[skip:])
        total = sum(self.seconds[skip:])
        if total < _CPU_CLOCK_SECONDS:
            return 1.0
        free_share = self.gil_free_share or 0.0
        if self.n_helpers:
            # Their CPU time is counted in ticks, and they have none while they queue for a core.
            return max(1.0 + self.n_helpers, (thread_seconds + sum(self._other_cpu[skip:])) / total)
        if self._others_ran and (free_share >= LEAST_FREE_SHARE or is_held(self.gil_free_share)):
            # They computed before the first call, as threads of a library do for a while after its last use.
            return min(1.0, thread_seconds / total)
        # The probe may have kept the interpreter lock while it queued for a core; but not all the time.
        wall = max(thread_seconds, total - self._probe_queued)
        if wall < _CPU_CLOCK_SECONDS:
            wall = total
        share = (thread_seconds + sum(self._other_cpu[skip:])) / wall
        return share if share >= WAITING_CPU_SHARE or may_have_waited(len(self.seconds)) else 1.0

    def _recheck(self) -> None:
        """Where a short sample says that the function uses several threads, look again at rest.

        CPU time of other threads is counted in ticks of some milliseconds, the probe's
        among them, and threads of a library spin on after what came before the sample.
        """
        wall = sum(self.seconds[1:])
        is_short = _CPU_CLOCK_SECONDS <= wall < _TRUSTED_SECONDS
        may_look = self.max_share is not None and self.source.is_sequence and is_short and self._may_settle()
        if not may_look or self.cpu_share() < 1 + _OTHERS_SHARE:
            return
        self._settle()
        first = len(self.seconds)
        between = [(a + b) // 2 for a, b in itertools.pairwise(sorted([*self.positions, self.source.n_items or 0]))]
        for position in dict.fromkeys(between):
            if position not in self.results:
                self._call(position)
        if sum(self.seconds[first:]) >= _CPU_CLOCK_SECONDS:
            self._rechecked_from = first

    def _look_for_helpers(self, prober: int) -> None:
        """See whether other threads compute for the calls: those of a library run on for a while after each of them."""
        if count_threads() < 2 or is_held(self.gil_free_share):
            return
        if self._others_ran and not self._is_settled:
            # What came before the first call had them, perhaps. They are asleep soon, and calls are not in vain.
            late = self._call_late() if self.max_share is not None and self.source.is_sequence else len(self.seconds)
            if sum(self._other_cpu[late:]) <= _HELPING_SHARE * sum(self._thread_cpu[late:]):
                # Nor do those help that had no core yet to see that they might sleep; nor did they before.
                if sum(self.seconds[late:]) >= _CPU_CLOCK_SECONDS:
                    self._rechecked_from = late
                return
        self.n_helpers = min(running_threads(besides=prober), available_cores() - 1)

    def _call_late(self) -> int:
        """Go on with calls until those that merely spin should be asleep, and a little longer; the first call then."""
        first_late = None
        for position in self._positions_between():
            waited = time.perf_counter() - self._began
            if waited > _SPIN_SECONDS + _HELPING_SECONDS:
                break
            if waited > _SPIN_SECONDS and first_late is None:
                first_late = len(self.seconds)
            self._call(position)
        return len(self.seconds) if first_late is None else first_late

    def _positions_between(self) -> Iterator[int]:
        """Items that were not run, evenly between those that were, up to a share of all."""
        n_items = self.source.n_items or 0
        n_most = int(_MOST_ADDED_SHARE * n_items)
        while len(self.results) < n_most:
            ends = sorted({*self.positions, n_items})
            middles = [(a + b) // 2 for a, b in itertools.pairwise(ends) if (a + b) // 2 not in self.results]
            if not middles:
                return
            yield from middles[: n_most - len(self.results)]

    def _call_until_enough(self, positions: Sequence[int]) -> None:
        for position in positions:
            if self._enough():
                return
            if position in self.results:
                continue
            if self._others_may_run and self._looks_parallel() and self._may_settle():
                self._settle()
            self._call(position)
            if self.seconds[-1] < SHORT_CALL_SECONDS and self.source.is_sequence:
                self._block(position)

    def _call(self, position: int) -> None:
        item = self.source.items[position]
        # Before the call, which may change the item.
        self._measure_input(position)
        queued = queued_seconds()
        all_cpu = time.process_time()
        thread_cpu = time.thread_time()
        self._watch(True)
        start = time.perf_counter()
        result = self.func(item)
        elapsed = time.perf_counter() - start
        self._watch(False)
        thread_seconds = time.thread_time() - thread_cpu
        # On a busy machine a call seems to wait while it merely queues for a core.
        self.seconds.append(max(thread_seconds, elapsed - (queued_seconds() - queued)))
        self._thread_cpu.append(thread_seconds)
        self._other_cpu.append(max(0.0, time.process_time() - all_cpu - thread_seconds))
        self.positions.append(position)
        self.results[position] = result

    def _until_seen(self, probe: GilProbe) -> None:
        """Run a few more items of middling length where the probe has not had the time to look."""
        # Whoever sets no share of the whole asked for so many items and no more.
        if self.max_share is None or not self.source.is_sequence or self.seconds[-1] < SHORT_CALL_SECONDS:
            return
        for before, after in itertools.pairwise([*self.positions, self.source.n_items or 0]):
            position = (before + after) // 2
            if probe.has_seen_enough or sum(self.seconds) > _MORE_SECONDS:
                return
            if position not in self.results:
                self._call(position)

    def _watch(self, inside: bool) -> None:
        """Tell the probe whether this thread is in the function."""
        if self._probe is not None:
            self._probe.is_watching = inside

    def _block(self, position: int) -> None:
        """Run the items that follow `position` without reading the clock in between."""
        self._watch(True)
        block = block_after(self.func, self.source, position)
        self._watch(False)
        if block is not None:
            self.blocks[position], values = block
            self.results.update(values)

    def _enough(self) -> bool:
        if len(self.seconds) < 2:
            return False
        elapsed = sum(self.seconds)
        if elapsed >= MAX_SAMPLE_SECONDS:
            return True
        if self.max_share is None or self.source.n_items is None:
            return False
        return elapsed >= max(20e-3, self.max_share * self.source.n_items * elapsed / len(self.seconds))

    def total(self) -> float:
        """Predicted serial time; the first call may have loaded or started something."""
        first = 1 if len(self.seconds) > 1 else 0
        mean, _, _ = weighed(self.positions[first:], self.seconds[first:], self.source)
        return mean * (self.source.n_items or UNKNOWN_ITEMS)

    def _may_settle(self) -> bool:
        """Whether a wait is a small share of the job, or nobody asked for a share."""
        return self.max_share is None or self.max_share * self.total() >= _SETTLE_SECONDS

    def _settle(self) -> None:
        """Wait until threads that merely spin after their last use have gone to sleep; once."""
        if not self._is_settled:
            self._is_settled = True
            time.sleep(_SETTLE_SECONDS)

    def _looks_parallel(self) -> bool:
        """Whether the first calls used several threads, or threads left spinning by something else did."""
        return len(self.seconds) == 1 and self._other_cpu[0] > max(1e-3, _OTHERS_SHARE * self.seconds[0])


def _others_compute() -> bool:
    """Whether threads of this process compute while this one sleeps."""
    wall, cpu = time.perf_counter(), time.process_time()
    time.sleep(1e-3)
    return time.process_time() - cpu > 0.3 * (time.perf_counter() - wall)
