"""Which engine runs, how its work is divided, and how wide its blocks are: every threshold of the search.

None of it changes an answer. Loads nothing, so that `memory_plan` reckons with the
same numbers that the engines work with.
"""

from __future__ import annotations

# --- which engine ------------------------------------------------------------------

#: Combinations up to which "auto" scores everything: sooner done than the solver is
#: imported (0.2 s), and in less memory. benchmarks/search/scoring.py.
SMALL_SEPARABLE = 20_000_000
SMALL_PLAIN = 500_000

#: The same where slots have to be filled: 0.1 ms for each combination, and the
#: bounded search has to fill few of them.
SMALL_FILLED = 1_000

#: Further combinations that "auto" scores for each build wanted: the bounded search
#: takes 10 to 20 us for every build that it lists, this takes 2 to 6 us.
#: benchmarks/search/engine_choice.py.
SEPARABLE_PER_BUILD = 2_000

#: Where the bounded search does not fit below a memory ceiling, "auto" scores
#: everything up to here instead: a minute or so.
BEARABLE = 10_000_000_000

#: Combinations above which it is asked first whether the minima leave any build:
#: usually sooner done than scoring so many. The question gets so many seconds: mostly it
#: takes a hundredth of one, and where nothing fits by a hair 5, where a search for the best
#: builds of which there are none takes minutes.
ASKED_FIRST = 10**7
ASKING_SECONDS = 20.0

#: Seconds of processor time for the fillings of a list whose search was stopped: a run ends within a second of that.
FINISHING_SECONDS = 0.5

# --- how an exhaustive search is divided ---------------------------------------------

#: Below this many combinations nobody asks the sampler: one core is done before a
#: worker process has started (about 50 ms). benchmarks/search/scoring.py.
ALWAYS_SERIAL = 20_000_000

#: The same where the score is separable: 10^8 combinations take 0.15 s on one core,
#: asking the sampler 0.08 s.
ALWAYS_SERIAL_SEPARABLE = 200_000_000

#: At least so many tasks, so that workers end together.
MIN_TASKS = 16

#: Combinations of a task: a few tenths of a second, so that stopping is prompt, a
#: lost worker costs little, and a task's own preparation (about 10 ms) does not show.
TASK_COMBINATIONS = 100_000_000

#: The same with a checkpoint, where combinations are looked at one at a time (some
#: million a second), and where their slots are filled (some hundred to some ten
#: thousand a second): what is lost with a task is seconds then, not minutes.
PLAIN_TASK_COMBINATIONS = 200_000
FILLED_TASK_COMBINATIONS = 2_048

#: Outer combinations between two looks at a checkpoint where the inner space is larger
#: than a block: preparing a slice (10 ms) takes a tenth of scoring it so many times.
SLICED_TASK_OUTER = 2_048

#: Seconds that a search which is to stop waits for the first of its tasks.
FIRST_TASK_SECONDS = 3.0

# --- how wide ------------------------------------------------------------------------

#: Combinations scored together. 16,384 int32 scores are 64 KiB: they, one operand and
#: a dozen kept vectors stay in a second-level cache of 1 MiB, the fixed cost of an
#: array operation (about 1 us) is spread thin, and four parts of ten pieces make one
#: block. benchmarks/search/scoring.py.
BLOCK_LENGTH = 16_384

#: The same where they are scored one at a time, and where their slots are filled
#: between two looks at a checkpoint.
PLAIN_BLOCK_LENGTH = 4_096
FILLED_BLOCK_LENGTH = 1_024

#: Kept vectors of a separable block, bytes for each of its combinations: 64 vectors of
#: int32, enough for a dozen features with ten levels each.
CACHE_BYTES_EACH = 256
CACHE_BYTES = BLOCK_LENGTH * CACHE_BYTES_EACH

#: Ways to fill one part (several pieces of it) that are listed; beyond, combinations
#: are scored one at a time.
MAX_CHOICES = 1 << 17

#: Partial combinations of the bounded search that are taken on together: the fixed
#: cost of the array operations (about 100 a chunk) stays below a tenth, and the chunk
#: in cache. benchmarks/search/bounded.py.
CHUNK_ROWS = 32_768

#: The same where so many builds are wanted that their list is packed: as fast but where bounds say little
#: (a sixth slower), and a fifth of the memory that a million builds take.
LONG_LIST_CHUNK_ROWS = 8_192

#: Children that one step of filling slots makes at a time, before those without slots
#: are dropped, about 110 bytes each; where it would be more, rows are walked in halves too.
WALK_CHILDREN = 32_768
