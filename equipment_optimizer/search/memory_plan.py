"""What a run needs in memory, and how to stay below a ceiling.

In come figures of a job (how many builds to keep, how many totals, what the
process already holds), out come block size, worker count and the estimate, or a
refusal with both numbers. Pure arithmetic: it measures nothing and allocates nothing.
`tests/system/test_memory.py` holds the estimates against what runs really take.

The figure is resident memory of the whole process tree, interpreter included; a
page that processes share counts once for each of them, because that is what
whoever watches from outside adds up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import MemoryBudgetError
from ..records.results import ROWS_PER_BLOCK
from ..units import format_count, format_size
from .best.best_list import RUN_ROWS, SLACK
from .tuning import BLOCK_LENGTH, CACHE_BYTES_EACH, CHUNK_ROWS, WALK_CHILDREN

__all__ = ["BLOCK_LENGTHS", "JobFigures", "MemoryPlan", "make_plan", "refuse_to_keep"]

MIB = 1 << 20

#: Combinations scored together, the most first. Shorter blocks take less and are slower.
BLOCK_LENGTHS = tuple(BLOCK_LENGTH // divisor for divisor in (1, 2, 4, 8, 16))

#: With several workers blocks do not go below this: one worker less is the better bargain.
_LEAST_SHARED_BLOCK = 4_096

#: Bytes of one candidate while a list of the best is cut, sorted and decoded,
#: beside its score and rank words: a partition, two index lists, a sorting order.
_LIST_SORTING = 40

#: Importing the solver, its model and the warm-up of its first solution, bytes;
#: `benchmarks/memory/memory_table.py` measures it.
_SOLVER_BYTES = 14 * MIB

#: Chunks that the bounded search usually holds at once. More is possible: then the
#: watch ends the run.
_CHUNKS = 8

#: Rows that its chunks hold where slots are filled, and more of them for each build
#: that it shall keep, until they are as many as above: few builds are kept, few are
#: listed, and chunks are not full. Peaks of some twenty jobs of 10^9 to 10^15
#: combinations and limits of 1 to 10,000 are below it.
_FILLED_ROWS = 65_536
_FILLED_ROWS_EACH = 80

#: Bytes of a way to go on while slots are filled: copies of its columns, and what
#: earlier steps have left.
_WALK_BYTES_EACH = 512

#: Bytes of bounding and branching the fillings of one build together with others, and how many builds that is at the
#: most; and what more each of the builds beyond leaves. `tests/system/test_memory.py` holds them on the full example.
_BRANCHED_BYTES = 14_336
_BRANCHED_TOGETHER = 1_024
_BRANCHED_BYTES_MORE = 6_144

#: What a build's slots hold, as an object, bytes.
_FILLING_BYTES = 700

#: What they hold in a long list, in the smallest numbers, twice: while parts are joined.
_NARROW_FILLING_BYTES = 70

#: What the bounded search lists for each build that it shall keep, bytes: its stages
#: aim at twice as many combinations of classes as builds are wanted.
_LISTED_BYTES = 260

#: What starting the first worker adds to this process, bytes: modules and pipes.
_POOL_BYTES = 4 * MIB

#: The server and the resource tracker that workers start from where the start
#: method is not "fork", bytes.
_SERVER_BYTES = 36 * MIB

#: A worker of a Dask cluster on this machine, and its scheduler with its nanny, bytes.
_DASK_WORKER_BYTES = 110 * MIB
_DASK_CLUSTER_BYTES = 50 * MIB

#: Bytes of a cell of the rows that are exported at a time.
_CELL_BYTES = 36

#: Tasks that an exhaustive search is divided into, at the most (`ordered_map` lets
#: 32 messages for each of two workers wait, and samples five), and the memory that
#: answers may take while they wait for their turn, bytes.
_MAX_TASKS = 69
_WAITING_BYTES = 16 * MIB

#: Room for what nobody counted, bytes: fragments, small caches, the interpreter's own.
_SPARE_BYTES = 3 * MIB


@dataclass(frozen=True, kw_only=True)
class JobFigures:
    """What memory depends on."""

    n_combinations: int
    limit: int  # builds to keep
    n_words: int  # words of a rank
    n_positions: int  # pieces of a build
    n_totals: int  # features, set bonuses and slot kinds
    n_columns: int  # columns of the output
    row_bytes: int  # of a kept combination's piece indices
    base_bytes: int  # what the process holds before the search, interpreter included
    kept_bytes: int = 0  # what the caller will allocate after the search
    fills: bool = False  # slots are filled with decorations
    dask: bool = False  # workers are those of a Dask cluster on this machine
    forks: bool = True  # workers are forked from this process


@dataclass(frozen=True, kw_only=True)
class MemoryPlan:
    """How to run within a ceiling."""

    engine: str  # "bounded" or "exhaustive"
    n_workers: int  # at most so many processes beside this one; 1 means none
    block_length: int  # combinations scored together
    cache_bytes: int  # for the kept vectors of a block
    max_tasks: int | None  # the most tasks at a time; None where any number will do
    needed_bytes: int  # the estimate for the whole process tree at its highest

    def sentence(self, ceiling_bytes: int, wanted_workers: int) -> str:
        """What the run needs, and what was clamped, for the user."""
        processes = "one process" if self.n_workers == 1 else f"{self.n_workers} workers"
        how = f"{self.engine}, {processes}"
        if self.engine == "exhaustive":
            how += f", blocks of {self.block_length:,}"
        text = f"memory: about {format_size(self.needed_bytes)} of {format_size(ceiling_bytes)} needed ({how})"
        changes = []
        if self.n_workers < wanted_workers:
            changes.append(f"{wanted_workers} workers to {self.n_workers}")
        if self.block_length < BLOCK_LENGTHS[0] and self.engine == "exhaustive":
            changes.append(f"blocks of {BLOCK_LENGTHS[0]:,} to {self.block_length:,}")
        return f"{text}; clamped {' and '.join(changes)} to stay below" if changes else text


def block_bytes(job: JobFigures, block_length: int) -> int:
    """Columns, totals and kept vectors of one block that is scored."""
    per_combination = 8 * (2 * job.n_positions + 4) + 24 * job.n_totals
    return block_length * (per_combination + CACHE_BYTES_EACH)


def _walk_bytes(job: JobFigures) -> int:
    """One step of filling slots."""
    return WALK_CHILDREN * _WALK_BYTES_EACH if job.fills else 0


def _branched_bytes(job: JobFigures) -> int:
    """Bounding and branching the fillings of as many builds as are kept."""
    n_builds = min(job.limit, job.n_combinations) if job.fills else 0
    together = min(n_builds, _BRANCHED_TOGETHER)
    return together * _BRANCHED_BYTES + (min(n_builds, 8 * _BRANCHED_TOGETHER) - together) * _BRANCHED_BYTES_MORE


def _filling_bytes(job: JobFigures) -> int:
    """What filling slots takes beside the block: its solver, and a step of its walk."""
    return _SOLVER_BYTES + _walk_bytes(job) if job.fills else 0


def _scoring_bytes(job: JobFigures, block_length: int) -> int:
    """One process that scores blocks."""
    return block_bytes(job, block_length) + _filling_bytes(job)


def _packed_bytes(job: JobFigures) -> int:
    """A long list as it is held, scores included: no more than its words; 0 of one that is not packed."""
    limit = min(job.limit, job.n_combinations)
    return 8 * job.n_words * limit if limit > RUN_ROWS else 0


def list_bytes(job: JobFigures) -> int:
    """A best list while it is cut, sorted or put together anew."""
    limit = min(job.limit, job.n_combinations)
    if _packed_bytes(job):
        # As found, with an eighth beyond the limit, and in order, a run at a time.
        return _packed_bytes(job) * 9 // 4 + RUN_ROWS * 8 * _LIST_SORTING
    rows = limit + limit // 4 + 2 * SLACK + SLACK // 4
    return rows * (8 * (1 + job.n_words) + _LIST_SORTING)


def answer_bytes(job: JobFigures) -> int:
    """One list that is handed on."""
    return _packed_bytes(job) or min(job.limit, job.n_combinations) * 8 * (1 + job.n_words)


def result_bytes(job: JobFigures) -> int:
    """Finished results: a score and the piece indices each, and how slots are filled with the totals that tell it."""
    filled = _FILLING_BYTES + 24 * job.n_totals if job.fills else 0
    if _packed_bytes(job):
        # Slots are filled a run at a time.
        return (
            _packed_bytes(job)
            + RUN_ROWS * filled
            + (min(job.limit, job.n_combinations) * _NARROW_FILLING_BYTES if job.fills else 0)
        )
    return min(job.limit, job.n_combinations) * (8 + job.row_bytes + filled)


def _after_bytes(job: JobFigures) -> int:
    """The most that follows the search: rows of text, or what the caller keeps."""
    return result_bytes(job) + max(ROWS_PER_BLOCK * job.n_columns * _CELL_BYTES, job.kept_bytes)


def worker_bytes(job: JobFigures, block_length: int) -> int:
    """One worker process at its highest."""
    base = max(job.base_bytes, _DASK_WORKER_BYTES) if job.dask else job.base_bytes
    return base + _scoring_bytes(job, block_length) + list_bytes(job) + answer_bytes(job)


def most_tasks(job: JobFigures, n_workers: int) -> int | None:
    """The most tasks whose answers may all wait for their turn; None where the usual number may."""
    if _MAX_TASKS * answer_bytes(job) <= _WAITING_BYTES:
        return None
    return max(n_workers, _WAITING_BYTES // answer_bytes(job))


def exhaustive_bytes(job: JobFigures, n_workers: int, block_length: int) -> int:
    """The process tree of an exhaustive search at its highest."""
    here = list_bytes(job) + answer_bytes(job)
    if n_workers == 1:
        here += _scoring_bytes(job, block_length)
    else:
        # Worker processes score, and so does this one while the sampler looks at a few tasks.
        here += _filling_bytes(job)
        n_waiting = most_tasks(job, n_workers) or _MAX_TASKS
        here += _POOL_BYTES + n_workers * worker_bytes(job, block_length) + n_waiting * answer_bytes(job)
        here += _DASK_CLUSTER_BYTES if job.dask else 0 if job.forks else _SERVER_BYTES
    return job.base_bytes + max(here, _after_bytes(job)) + _SPARE_BYTES


def _row_bytes(job: JobFigures) -> int:
    """A partial combination of the bounded search, with the temporaries of making it."""
    return 4 * job.n_positions + 8 * (job.n_totals + 6)


def step_bytes(job: JobFigures) -> int:
    """What one step of the bounded search may add: a chunk, or a step of filling slots."""
    return CHUNK_ROWS * _row_bytes(job) + _walk_bytes(job)


def bounded_bytes(job: JobFigures) -> int:
    """A bounded search at its highest, as far as it can be told in advance."""
    limit = min(job.limit, job.n_combinations)
    rows = _CHUNKS * CHUNK_ROWS
    if job.fills:
        rows = min(rows, _FILLED_ROWS + _FILLED_ROWS_EACH * limit)
    chunks = min(rows * _row_bytes(job), 200 * job.n_combinations)
    filling = _walk_bytes(job) + _branched_bytes(job)
    if _packed_bytes(job) and not job.fills:
        here = chunks + list_bytes(job)
    else:
        here = chunks + filling + limit * _LISTED_BYTES + list_bytes(job) + answer_bytes(job)
    return job.base_bytes + _SOLVER_BYTES + max(here, _after_bytes(job)) + _SPARE_BYTES


def _candidates(job: JobFigures, engine: str, n_workers: int) -> Iterator[MemoryPlan]:
    """Ways to run, the most wanted first."""
    if engine == "bounded":
        yield MemoryPlan(
            engine="bounded",
            n_workers=1,
            block_length=BLOCK_LENGTHS[0],
            cache_bytes=BLOCK_LENGTHS[0] * CACHE_BYTES_EACH,
            max_tasks=None,
            needed_bytes=bounded_bytes(job),
        )
        return
    for workers in range(n_workers, 0, -1):
        for length in BLOCK_LENGTHS:
            if workers == 1 or length >= _LEAST_SHARED_BLOCK:
                yield MemoryPlan(
                    engine="exhaustive",
                    n_workers=workers,
                    block_length=length,
                    cache_bytes=length * CACHE_BYTES_EACH,
                    max_tasks=None if workers == 1 else most_tasks(job, workers),
                    needed_bytes=exhaustive_bytes(job, workers, length),
                )


def make_plan(job: JobFigures, ceiling_bytes: int, engines: tuple[str, ...], n_workers: int) -> MemoryPlan:
    """The first way to run, by the most wanted of `engines` and with up to `n_workers`, that stays below a ceiling.

    Raises a `MemoryBudgetError` with both numbers if even the smallest way to run needs more.
    """
    least: MemoryPlan | None = None
    for engine in engines:
        for plan in _candidates(job, engine, max(1, n_workers)):
            if plan.needed_bytes <= ceiling_bytes:
                return plan
            if least is None or plan.needed_bytes < least.needed_bytes:
                least = plan
    assert least is not None, "there is an engine"
    if result_bytes(job) + job.kept_bytes <= ceiling_bytes // 4:
        mend = "allow more"
    elif job.kept_bytes > result_bytes(job):
        mend = "leave --keep-combinations out, narrow the equipment with pin, exclude or filter, or allow more"
    else:
        mend = "ask for fewer builds (limit), or allow more"
    keeping = f", {format_size(job.kept_bytes)} of it to keep every combination" if job.kept_bytes else ""
    raise MemoryBudgetError(
        f"the smallest run needs about {format_size(least.needed_bytes)}{keeping},"
        f" above the {format_size(ceiling_bytes)} of --memory",
        mend,
    )


def refuse_to_keep(n_combinations: int, kept_bytes: int, room_bytes: int | None) -> None:
    """Raise a `MemoryBudgetError` where keeping every combination would take more than the machine has left."""
    if room_bytes is not None and kept_bytes > room_bytes:
        raise MemoryBudgetError(
            f"keeping {format_count(n_combinations)} combinations takes {format_size(kept_bytes)}, above the"
            f" {format_size(room_bytes)} of available memory",
            "leave --keep-combinations out, or narrow the equipment with pin, exclude or filter",
        )
