"""What a machine costs where nothing was measured, and how long measuring may take: the sampler's constants.

Observed on two Linux machines with two cores (benchmarks/sampler/sampler_regret.py) where nothing else is said.
"""

from __future__ import annotations

__all__ = [name for name in sorted(globals()) if name.isupper()]

# --- the machine -----------------------------------------------------------------

#: Costs at the low end of what was seen, so that nothing is ruled out that might pay:
#: seconds to start a pool (fixed, per worker), per message and per byte.
ASSUMED_START = {"fork": (1e-3, 1e-3), "forkserver": (10e-3, 3e-3), "spawn": (20e-3, 12e-3)}
ASSUMED_MESSAGE_SECONDS = 30e-6
ASSUMED_SECONDS_PER_BYTE = 0.5e-9

#: The high end of the same observations is about this many times the low end.
CAUTION = 3.0

#: Memory of a worker, bytes, where the system does not tell: a Python with NumPy.
ASSUMED_WORKER_BYTES = 40 << 20

#: A forked worker shares its parent's pages until either writes to them, which
#: counting references does. At least this much becomes its own, bytes.
MIN_WORKER_BYTES = 16 << 20

#: Of a pool's starting time so much is paid once, the rest per worker, ratio.
FIXED_START_SHARE = 0.3

#: Messages and bytes to calibrate with: about 3 ms and 15 ms.
CALIBRATION_MESSAGES = 48
CALIBRATION_BYTES = 1 << 20
CALIBRATION_PAYLOADS = 4

#: While the workers compute, a message takes longer than between idle processes:
#: its reader has to be scheduled first. Ratio.
BUSY_FACTOR = 1.5

#: Shorter jobs are decided with assumed costs, on the side of caution: measuring
#: takes about half as long as could be gained. Seconds of serial time by start
#: method (fork: 10-25 ms to measure, the others 50-90 ms).
CALIBRATED_SECONDS = {"fork": 50e-3}
CALIBRATED_ELSEWHERE_SECONDS = 150e-3

#: Payloads below this are not worth measuring the pipe's bandwidth, bytes per item.
BANDWIDTH_BYTES = 8 * 1024

#: Load of other processes is believed if it was watched for at least this long, seconds.
LOAD_SECONDS = 0.1

# --- the model -------------------------------------------------------------------

#: Below the first CPU share a call mostly waits, above the second it keeps several cores busy.
WAITING_CPU_SHARE = 0.5
PARALLEL_CPU_SHARE = 1.4

#: Time to start and join one thread, and for one chunk through a thread pool, seconds.
THREAD_START_SECONDS = 80e-6
THREAD_MESSAGE_SECONDS = 30e-6

#: Share of the ideal that threads on several cores reach: they hand the
#: interpreter lock around and share one memory allocator.
THREAD_EFFICIENCY = 0.9

#: Speed of a core while all are busy, relative to one alone.
EFFICIENCY = 0.95

#: A spread below the clock's resolution is none, seconds.
MIN_STD_SECONDS = 1e-9

#: Relative spread to assume at the least: equal work differs that much between cores.
MIN_SPREAD = 0.05

#: Share of the available memory that workers may be given.
MEMORY_SHARE = 0.8

#: Room for results beside their pickled size, ratio.
RESULT_OVERHEAD = 1.2

#: Parallel work has to be predicted at least this much faster than serial, ratio:
#: predictions err by about 10 %.
MIN_GAIN = 1 / 0.9

#: Threads have to beat processes by this much: the function was never seen to be
#: safe in several threads.
THREAD_ADVANTAGE = 1.05

#: Chunk sizes within this of the best count as equal; the smallest of them is
#: taken, because its worst case is the best.
CHUNK_TOLERANCE = 0.02

#: Threads for calls that wait: more would strain whatever they wait for.
MAX_WAITING_THREADS = 64

# --- the sample ------------------------------------------------------------------

#: The sample may take this share of the predicted serial time, ratio.
SAMPLE_SHARE = 0.05

#: A sample ends after this time, seconds, however few items it holds (but two):
#: a quarter of a second is what a user does not mind even if the answer is "serial".
MAX_SAMPLE_SECONDS = 0.25

#: The first call is told apart if it took this many times the longest other one.
WARM_UP_FACTOR = 3.0

#: Calls shorter than this are timed in runs of neighbouring items, seconds: a
#: reading of the clock and a cold interpreter add up to a few microseconds.
SHORT_CALL_SECONDS = 100e-6

#: At most so many items, and this share of all, are added for short calls.
MAX_BLOCK_ITEMS = 300
MAX_BLOCK_SHARE = 0.05

#: Items of an iterator of unknown length that are read ahead to learn whether it
#: ends soon: at most so many, for so long, and of so many bytes.
AHEAD_ITEMS = 1000
AHEAD_SECONDS = 5e-3
AHEAD_BYTES = 16 << 20

#: If it does not end, the decision is made for a job of this length, seconds.
ENDLESS_SECONDS = 2.0

#: Then a chunk may last no longer than this, seconds: results should keep coming.
MAX_CHUNK_SECONDS = 0.5
