"""Whether calls in two threads at once are any quicker than one after the other.

In: a function, its items, and what some calls took. Out: a verdict, and the results of the calls that were made for it.
A function may let other threads run and wait for them all the same, as for a lock of a library, which shows only then.
Knows nothing of equipment.
"""

from __future__ import annotations

import math

from ...workers.obstacles import TAKE_TURNS
from ...workers.ordered_results import StoppedError
from ...workers.shared_run import run_together
from ..tuning import (
    EVEN_SPREAD,
    LEAST_GAIN_TOGETHER,
    MAX_SAMPLE_SECONDS,
    MIN_SPREAD,
    SAMPLE_SHARE,
    TOGETHER_SECONDS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

__all__ = ["take_turns"]


def take_turns(
    func: Callable[[Any], Any],
    items: Sequence[Any],
    timed: Iterable[tuple[int, float]],
    blocks: Mapping[int, float],
    results: dict[int, Any],
) -> tuple[str, ...]:
    """Run a few more of `items` in two threads at once; why threads gain nothing, where they do not.

    `timed`: positions and seconds of calls, the first of which is not believed; `blocks`: mean seconds of what follows
    a position, where that is known. What is computed is added to `results`. Where it would take long, nothing is tried,
    and nothing said. Raises what `func` raises.
    """
    calls = [*timed]
    known = {place: blocks.get(place, seconds) for place, seconds in calls[1:] or calls}
    chosen = _beside(known, len(items), results)
    usual = sum(chosen.values())
    is_long = usual > MAX_SAMPLE_SECONDS and len(chosen) > 2 * SAMPLE_SHARE * len(items)
    if len(chosen) < 2 or is_long:
        return ()
    stopped: BaseException | None = None
    try:
        seconds, values = run_together(func, [items[place] for place in chosen])
    except StoppedError as error:
        stopped = error.error
    if stopped is not None:
        raise stopped
    results.update(zip(chosen, values, strict=True))
    mean = sum(known.values()) / len(known)
    spread = math.sqrt(sum((each - mean) ** 2 for each in known.values()) / max(1, len(known) - 1)) / mean
    if spread > EVEN_SPREAD:
        # They may have been the dearest ones.
        usual = len(chosen) * max(known.values())
    error_of_usual = max(MIN_SPREAD, spread) * math.sqrt(1 / len(chosen) + 1 / len(known))
    return () if usual * (1 + error_of_usual) > LEAST_GAIN_TOGETHER * seconds else (TAKE_TURNS,)


def _beside(known: Mapping[int, float], n_items: int, done: Mapping[int, Any]) -> dict[int, float]:
    """Items beside those that were timed, for some milliseconds in each of two threads, with what they may take."""
    chosen: dict[int, float] = {}
    if not any(known.values()):
        return chosen
    n_wanted = 2 + 2 * int(TOGETHER_SECONDS * len(known) / sum(known.values()))
    for distance in range(1, n_wanted + 1):
        for place, seconds in known.items():
            for beside in (place + distance, place - distance):
                if len(chosen) < n_wanted and 0 <= beside < n_items and beside not in done:
                    chosen.setdefault(beside, seconds)
    return chosen
