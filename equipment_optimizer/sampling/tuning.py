"""What a machine costs where nothing was measured, and how long measuring may take: the sampler's constants.

Observed on two Linux machines with two cores (benchmarks/sampler/sampler_regret.py) where nothing else is said.
"""

from __future__ import annotations

# --- the machine -----------------------------------------------------------------

#: Costs at the low end of what was seen, so that nothing is ruled out that might pay:
#: seconds to start a pool (fixed, per worker), per message and per byte.
ASSUMED_START = {
    "fork": (1e-3, 1e-3),
    "forkserver": (10e-3, 3e-3),
    "spawn": (20e-3, 12e-3),
    "interpreter": (5e-3, 15e-3),
}
ASSUMED_MESSAGE_SECONDS = 30e-6
ASSUMED_SECONDS_PER_BYTE = 0.5e-9

#: Usually they are about this many times the low end; a byte costs more, seconds.
USUAL = 2.2
USUAL_SECONDS_PER_BYTE = 2.2e-9

#: Seconds to load what the first pool of a process needs.
IMPORT_SECONDS = 2e-3

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

#: Shorter jobs are decided with assumed costs: measuring may take a twentieth of
#: their serial time, seconds by start method (fork: 10-25 ms to measure, the others 50-90 ms).
CALIBRATED_SECONDS = {"fork": 0.4}
CALIBRATED_ELSEWHERE_SECONDS = 1.5

#: Payloads below this are not worth measuring the pipe's bandwidth, bytes per item.
BANDWIDTH_BYTES = 8 * 1024

#: Load of other processes is believed if it was watched for at least this long, seconds.
LOAD_SECONDS = 0.1

# --- the model -------------------------------------------------------------------

#: Below the first CPU share a call mostly waits, above the second it keeps several cores busy.
WAITING_CPU_SHARE = 0.5
PARALLEL_CPU_SHARE = 1.4

#: Below this one more processes than cores are thought of, since some wait.
PARTLY_WAITING_CPU_SHARE = 0.75

#: Above this one a call uses threads of a native library, which are limited where several workers call it.
NATIVE_CPU_SHARE = 1.15

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

#: How far predictions are off beside the mean of a call, in nine of ten runs, ratio: cores of one machine are by half
#: quicker in one second than in another. Of the plan against serial only so much counts, since what slows one slows the
#: other.
MODEL_ERROR = 0.5
MOST_ERROR = 1e6
GAIN_ERROR = 0.08

#: What a fresh process may need besides, seconds.
COLD_SECONDS = 1.5e-3

#: Standard deviations that hold nine of ten cases, where they were estimated from two, three and so on (Student), and
#: where they are known.
NINE_OF_TEN_OF_FEW = (6.31, 2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86)
NINE_OF_TEN = 1.64

#: How far the time to start workers is off where it was measured, and where it was not, ratio.
MEASURED_START_ERROR = 0.3
ASSUMED_START_ERROR = 0.5

#: Threads have to beat processes by this much: the function was never seen to be
#: safe in several threads.
THREAD_ADVANTAGE = 1.05

#: Threads that compute pay from this share of calls on that lets others run, ratio; below the second no others run
#: beside them; and threads pay from the third one on in a job so short, seconds, even if its calls seem to use several
#: cores: threads of a library that merely spin look the same.
LEAST_FREE_SHARE = 0.4
HELD_SHARE = 0.1
SURE_FREE_SHARE = 0.6
SPINNING_SECONDS = 0.1

#: Before threads are recommended, two of them have to be so many times quicker than one, ratio, with calls of so long
#: in each, seconds.
LEAST_GAIN_TOGETHER = 1.15
TOGETHER_SECONDS = 2e-3

#: Chunk sizes within this of the best count as equal; the smallest of them is
#: taken, because its worst case is the best.
CHUNK_TOLERANCE = 0.02

#: Work is even up to this relative spread.
EVEN_SPREAD = 0.3

#: Threads for calls that wait: more would strain whatever they wait for.
MAX_WAITING_THREADS = 64

#: A recommendation for a job that is over sooner than this, seconds, needs no thought: processes could win nothing,
#: and sooner than the second not even threads.
WORTH_THINKING_SECONDS = 26e-3
WORTH_WATCHING_SECONDS = 5e-3

#: Up to here a recommendation rests on the calls and a few pickles alone, seconds: more would take a twentieth of that.
WORTH_MEASURING_SECONDS = 0.2

#: Shorter calls are not given to threads, seconds.
ALONE_SECONDS = 100e-6

# --- the sample ------------------------------------------------------------------

#: Of so many sampled items or more the last one of a sequence is one; calls that take so many times longer are others.
LEAST_WITH_LAST = 4
DEARER = 4.0

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

#: Pickling of sampled items and results, to know what it costs, ends after this share of the predicted serial time,
#: ratio, and not before so many seconds.
PICKLING_SHARE = 0.02
PICKLING_SECONDS = 0.3e-3

#: What those are called who run a job.
EXECUTOR_NAMES = {"process": "processes", "thread": "threads", "interpreter": "interpreters"}

#: Of a map that has begun so much of the rest, ratio, may be spent to see what a few items share.
SHARING_SHARE = 0.04

#: At most so many items, this share of all, and so many seconds at a time, are added for short calls.
MAX_BLOCK_ITEMS = 300
MAX_BLOCK_SECONDS = 0.4e-3
MAX_BLOCK_SHARE = 0.05

#: Advice about an iterator that does not say how long it is is for so many items.
UNKNOWN_ITEMS = 1000

#: Its chunks last so long, seconds: some seventy messages' time, and short enough for a job that ends soon.
ENDLESS_CHUNK_SECONDS = 5e-3

#: No chunk may last longer than this, seconds: results should keep coming.
MAX_CHUNK_SECONDS = 0.5

# --- what is left of a map (the rest is in `_serial_first` and `_handover`) ----------

#: A chunk has to last so many messages' time, and its size changes where it lasted so many times too long or too
#: short, ratio.
CHUNK_MESSAGES = 20
WRONG_CHUNK = 1.5

#: Forked workers clearly pay, without a model, where everything that travels takes no more than the first share of a
#: call, ratio, the function and what items share no more than the second, seconds, and where they are predicted to
#: leave no more than the third of what is left, ratio; they clearly do not where the quickest pipes take the fourth.
#: Calls that wait more than the fifth leaves, ratio of CPU time, may want more workers than there are cores.
CLEAR_OVERHEAD = 0.05
CLEAR_FUNCTION_SECONDS = 0.3e-3
CLEAR_GAIN = 0.75
CLEAR_LOSS = 1.0
CLEAR_CPU_SHARE = 0.8

#: Their start, seconds: of the first, what has to be loaded; of each; and for each byte of this process, whose table
#: of pages is copied.
CLEAR_START_SECONDS = 5e-3
CLEAR_START_EACH = 1.6e-3
FORK_SECONDS_PER_BYTE = 3.3e-11
MESSAGE_SECONDS = USUAL * ASSUMED_MESSAGE_SECONDS

#: What needs a closer look: all results together, bytes, a function that holds more, bytes, and so much work, seconds,
#: which pays for a closer look.
CLEAR_BYTES = 64 << 20
CLEAR_FUNCTION_BYTES = 256 << 10
MOST_CLEAR_SECONDS = 1.0

#: Of data of known length a chunk is this part of what is left for each worker, and no longer than these bytes.
GUIDED_ROUNDS = 4
GUIDED_BYTES = 1 << 18

#: Where no worker answers for this long, seconds, and for so many times what was predicted, this process helps.
PATIENCE_SECONDS = 2.0
PATIENCE_FACTOR = 10.0
