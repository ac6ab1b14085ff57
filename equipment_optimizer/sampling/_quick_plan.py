"""Plans that need no model, for what clearly pays or clearly does not, and chunks that follow any plan.

In: what was seen of a job so far. Out: whether worker processes do the rest, or a shrug; items in chunks. Three
pickles tell most jobs apart, and the model takes as long to load as a short job gains. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools

from ..system import machine as system
from ..system.quick_named_tuples import LightRecord
from .prediction.pickle_cost import ChunkCost, check_data_picklability_with_measurements, in_one_line, measure_parts
from .tuning import (
    ASSUMED_SECONDS_PER_BYTE,
    ASSUMED_WORKER_BYTES,
    CHUNK_MESSAGES,
    CLEAR_BYTES,
    CLEAR_CPU_SHARE,
    CLEAR_FUNCTION_BYTES,
    CLEAR_FUNCTION_SECONDS,
    CLEAR_GAIN,
    CLEAR_LOSS,
    CLEAR_OVERHEAD,
    CLEAR_START_EACH,
    CLEAR_START_SECONDS,
    EFFICIENCY,
    FORK_SECONDS_PER_BYTE,
    GUIDED_BYTES,
    GUIDED_ROUNDS,
    MAX_CHUNK_SECONDS,
    MEMORY_SHARE,
    MESSAGE_SECONDS,
    MOST_CLEAR_SECONDS,
    NATIVE_CPU_SHARE,
    PATIENCE_FACTOR,
    PATIENCE_SECONDS,
    PICKLING_SECONDS,
    SHARING_SHARE,
    USUAL_SECONDS_PER_BYTE,
    WRONG_CHUNK,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

__all__ = ["Chunks", "QuickPlan", "Travel", "items_ahead", "never_pays", "quick_plan", "travel_costs"]


class Travel(LightRecord):
    """What it costs to send items, results and the function to other processes and back; why something cannot go."""

    input_cost: ChunkCost = ChunkCost()
    result_cost: ChunkCost = ChunkCost()
    function_seconds: float = 0.0
    function_bytes: float = 0.0
    blockers: tuple[str, ...] = ()

    def fixed_seconds(self, message_seconds: float, seconds_per_byte: float) -> float:
        """What a chunk takes whatever its length: its message, and what its items share."""
        goes, comes = self.input_cost, self.result_cost
        pickling = goes.dump_fixed + goes.load_fixed + comes.dump_fixed + comes.load_fixed
        return message_seconds + pickling + 2 * goes.bytes_fixed * seconds_per_byte

    @property
    def item_bytes(self) -> float:
        """Bytes of an item and its result, sent alone."""
        return self.input_cost.n_bytes(1) + self.result_cost.n_bytes(1)


def items_ahead(sequence: Sequence[Any] | None, n_done: int, untaken: Iterator[Any]) -> tuple[list[Any], Iterator[Any]]:
    """A few of the items to come: of a sequence along its rest, else the next one, which is put back."""
    if sequence is not None:
        # Its length of now: a call may have changed it.
        left = range(n_done, len(sequence))
        places = {left[0], left[len(left) // 2], left[-1]} if left else set()
        return [sequence[place] for place in sorted(places)], untaken
    ahead = list(itertools.islice(untaken, 1))
    return ahead, itertools.chain(ahead, untaken)


def travel_costs(
    func: Callable[[Any], Any],
    method: str,
    items: Sequence[Any],
    results: Sequence[Any],
    *,
    mean_seconds: float,
    n_left: int,
) -> Travel:
    """Pickle a few things; each once or a few times, where that takes less than a call or a small part of the rest."""
    if method != "fork":
        from ..workers.obstacles import function_blocker, main_items_blocker

        blocker = function_blocker(func, method) or main_items_blocker(func, items, method)
        if blocker is not None:
            return Travel(blockers=(blocker,))
    # What takes as long to pickle as to compute never pays: this process unpickles it all.
    most = max(PICKLING_SECONDS, mean_seconds)
    sharing = SHARING_SHARE * n_left * mean_seconds
    input_cost, error = measure_parts("its items", items, most, sharing)
    result_cost, other = measure_parts("its results", results, most, sharing)
    is_fine, _, failure, measured = check_data_picklability_with_measurements([func])
    blockers = [each for each in (error, other) if each is not None]
    if not is_fine:
        blockers.append(f"the function cannot be pickled ({in_one_line(failure)})")
        measured = [(0.0, 0)]
    return Travel(input_cost, result_cost, *measured[0], tuple(blockers))


def never_pays(travel: Travel, n_left: int, mean_seconds: float) -> bool:
    """Whether even the quickest pipes leave nothing to gain; not said where the results may be too many to be kept."""
    goes, comes = travel.input_cost, travel.result_cost
    if travel.blockers or n_left * comes.bytes_item > CLEAR_BYTES:
        return bool(travel.blockers)
    each = goes.dump_item + comes.load_item + ASSUMED_SECONDS_PER_BYTE * (goes.bytes_item + comes.bytes_item)
    # It is sent to two workers at the least, who compute meanwhile.
    function = 2 * travel.function_seconds + 2 * ASSUMED_SECONDS_PER_BYTE * travel.function_bytes
    return n_left * each > CLEAR_LOSS * n_left * mean_seconds or function > CLEAR_LOSS * n_left * mean_seconds


class QuickPlan:
    """So many processes do the rest, in chunks that depend on how long they take."""

    executor = "process"
    chunksize = 1

    def __init__(self, n_jobs: int, n_left: int, mean_seconds: float, seconds: float, travel: Travel) -> None:
        self.n_jobs = n_jobs
        self.serial_seconds = n_left * mean_seconds
        self._n_left, self._mean, self._seconds, self._travel = n_left, mean_seconds, seconds, travel

    def words(self, before: str = "") -> list[str]:
        """The plan for the user, as the model would say it."""
        from ..units import format_count, format_seconds

        head = f"{self.n_jobs} processes: {format_count(self._n_left)} items at {format_seconds(self._mean)}"
        serial, seconds = format_seconds(self.serial_seconds), format_seconds(self._seconds)
        return [f"{before}{head} take {serial} serially and {seconds} on {self.n_jobs} processes"]

    def native_threads(self, _: int) -> None:
        """Calls use one core each."""

    def chunks(self, items: Iterator[Any], n_left: int | None) -> Chunks:
        """Items as workers are to get them."""
        travel = self._travel
        fixed = travel.fixed_seconds(MESSAGE_SECONDS, USUAL_SECONDS_PER_BYTE)
        each = self._mean + travel.input_cost.load_item + travel.result_cost.dump_item
        return Chunks(
            items,
            n_left,
            n_jobs=self.n_jobs,
            size=float(n_left or 1),
            least=CHUNK_MESSAGES * fixed / self._mean,
            most=most_items(travel.item_bytes, self._mean),
            seconds=lambda n_items: fixed + n_items * each,
        )


def quick_plan(
    travel: Travel,
    n_left: int,
    mean_seconds: float,
    *,
    cpu_share: float,
    slowness: float,
    most_workers: int,
) -> QuickPlan | None:
    """Forked workers for the rest, where those are clearly quicker than to go on here; None where that is not clear."""
    left = n_left * mean_seconds
    goes, comes = travel.input_cost, travel.result_cost
    each = goes.dump_item + goes.load_item + comes.dump_item + comes.load_item
    each += (goes.bytes_item + comes.bytes_item) * USUAL_SECONDS_PER_BYTE
    is_light = each < CLEAR_OVERHEAD * mean_seconds and travel.function_seconds < CLEAR_FUNCTION_SECONDS
    if travel.blockers or not is_light or not CLEAR_CPU_SHARE < cpu_share < NATIVE_CPU_SHARE:
        return None
    resident, available = system.resident_bytes(), system.available_bytes()
    if left >= MOST_CLEAR_SECONDS or resident is None or available is None:
        return None
    start_each = slowness * CLEAR_START_EACH + FORK_SECONDS_PER_BYTE * resident
    n_jobs = min(most_workers, n_left, int((left / start_each) ** 0.5))
    if n_jobs < 2:
        return None
    # What items share goes to each of them.
    start_each += travel.fixed_seconds(0.0, USUAL_SECONDS_PER_BYTE)
    seconds = slowness * CLEAR_START_SECONDS + n_jobs * start_each + left * (1 + CLEAR_OVERHEAD) / (EFFICIENCY * n_jobs)
    is_small = travel.function_bytes < CLEAR_FUNCTION_BYTES and n_left * travel.item_bytes < CLEAR_BYTES
    has_room = n_jobs * ASSUMED_WORKER_BYTES + CLEAR_BYTES < MEMORY_SHARE * available
    if seconds > CLEAR_GAIN * left or not is_small or not has_room:
        return None
    return QuickPlan(n_jobs, n_left, mean_seconds, seconds, travel)


def most_items(item_bytes: float, mean_seconds: float) -> float:
    """No chunk has more: it would be large, or last long."""
    return min(GUIDED_BYTES / max(item_bytes, 1.0), MAX_CHUNK_SECONDS / max(mean_seconds, 1e-9))


class Chunks:
    """Chunks of `items`, longer or shorter where workers take less or more time than was predicted.

    `n_left` items there are, where that is known. `size`, `least` and `most`: what was planned, what is worth a
    message, and what one may have; `seconds`: of a worker for so many. `begun`: the items that were read, as long as no
    result is there; then None.
    """

    def __init__(
        self,
        items: Iterator[Any],
        n_left: int | None,
        *,
        n_jobs: int,
        size: float,
        least: float,
        most: float,
        seconds: Callable[[int], float],
    ) -> None:
        self.items = items
        self.begun: list[Any] | None = []
        self._n_jobs, self._most, self._of_worker = n_jobs, most, seconds
        self._n_left, self._n_read = n_left, 0
        self._ratio = 1.0
        # Without an end that is known it may come soon: chunks grow with what there was.
        self._size = self._least = max(1.0, min(size if n_left is not None else most, least))
        self.patience = max(PATIENCE_SECONDS, PATIENCE_FACTOR * self._seconds(self._next_size()))

    def _next_size(self) -> int:
        size = max(1, round(self._size))
        # Large ones first where the end is known: whatever wakes this process holds up a worker.
        n_left = self._n_read if self._n_left is None else max(1, self._n_left - self._n_read)
        guided = n_left / (GUIDED_ROUNDS * self._n_jobs) / max(1.0, self._ratio)
        size = max(size, int(min(guided, self._most)))
        return size if self._n_left is None else min(size, -(-n_left // self._n_jobs))

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> tuple[Any, ...]:
        chunk = tuple(itertools.islice(self.items, self._next_size()))
        if not chunk:
            raise StopIteration
        self._n_read += len(chunk)
        if self.begun is not None:
            self.begun += chunk
        return chunk

    def _seconds(self, n_items: float) -> float:
        """Predicted time of a chunk."""
        return self._of_worker(max(1, round(n_items)))

    def note(self, n_items: int, seconds: float) -> None:
        """Learn from a chunk that took so long."""
        self._ratio = (self._ratio + seconds / max(self._seconds(n_items), 1e-9)) / 2
        if not 1 / WRONG_CHUNK < self._ratio < WRONG_CHUNK:
            self._size = min(max(self._least / self._ratio, 1.0), 2 * self._size)
