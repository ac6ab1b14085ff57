"""What the calls of a job that were timed one by one say together.

In: seconds and CPU seconds of calls. Out: their spread, and whether they compute, wait or use several cores. Light,
since every job begins with it. Knows nothing of what is called, nor of equipment.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["TimedCalls"]

#: Calls that together are shorter than this say nothing about CPU time, seconds.
_SHORTEST_CPU_SECONDS = 100e-6


class TimedCalls:
    """Sums over calls; `first_seconds` of the first one, `n_busy`: other threads that were seen to run.

    `waiting_share`: calls that compute for less than this wait, unless their thread was kept from its core, ratio.
    """

    def __init__(self, waiting_share: float) -> None:
        self._waiting_share = waiting_share
        self.first_seconds = self.seconds = self.longest = 0.0
        self.n_calls = self.n_busy = 0
        self._squares = 0.0
        #: CPU seconds of the whole process during calls, and those calls' seconds.
        self._cpu = self._cpu_of = 0.0

    def add(self, seconds: float, cpu: float) -> None:
        """One more."""
        if self.n_calls == 0:
            self.first_seconds = seconds
        self._cpu, self._cpu_of = self._cpu + cpu, self._cpu_of + seconds
        self.seconds += seconds
        self._squares += seconds * seconds
        self.longest = max(self.longest, seconds)
        self.n_calls += 1

    def set_cpu(self, cpu: float, seconds: float) -> None:
        """What calls computed, and in how long, in place of what was counted."""
        self._cpu, self._cpu_of = cpu, seconds

    def cpu_share(self) -> float:
        """CPU seconds per second of the calls, or as many threads as were seen to run."""
        if self._cpu_of < _SHORTEST_CPU_SECONDS:
            return 1.0
        # CPU time of other threads is counted in ticks of some milliseconds.
        share = max(self._cpu / self._cpu_of, 1.0 + self.n_busy if self.n_busy else 0.0)
        if share < self._waiting_share:
            from .machine import may_have_waited

            # Who never gave its core up was kept from it: by other processes, or by the machine's host.
            return share if may_have_waited(self.n_calls) else 1.0
        return share

    def spread(self, mean: float) -> dict[str, Any]:
        """Fields of `JobCosts`; of all calls but the first where there were others."""
        n_calls = max(1, self.n_calls - 1)
        first = self.first_seconds if self.n_calls > 1 else 0.0
        variance = max(0.0, (self._squares - first**2) / n_calls - ((self.seconds - first) / n_calls) ** 2)
        return {
            "mean_seconds": mean,
            "std_seconds": min(variance**0.5, 3 * mean),
            "max_seconds": max(mean, min(self.longest, 4 * mean)),
            "cpu_share": self.cpu_share(),
        }
