"""From measurements to a decision, in words too: what to do, why, and what to know about it.

In: numbers measured on a job and on a machine. Out: a `Decision`. A pure function
(tests/sampling/test_explanation.py). Whoever only follows the choice (`choose`) does not load the words.
Knows nothing of equipment.
"""

from __future__ import annotations

import math
from types import MappingProxyType

from ..system.quick_named_tuples import LightRecord
from ..units import format_count, format_seconds, format_size
from ..workers.obstacles import TAKE_TURNS, THREADS_NOT_ALLOWED
from .prediction.cost_model import (
    Choices,
    JobCosts,
    MachineCosts,
    bytes_of_worker,
    choose,
    native_threads,
    results_bytes,
    thread_seconds,
)
from .tuning import (
    COLD_SECONDS,
    DEARER,
    EXECUTOR_NAMES,
    MAX_WAITING_THREADS,
    MEMORY_SHARE,
    MIN_SPREAD,
    MODEL_ERROR,
    MOST_ERROR,
    NINE_OF_TEN,
    NINE_OF_TEN_OF_FEW,
    PARALLEL_CPU_SHARE,
    WAITING_CPU_SHARE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .prediction.cost_model import Executor

__all__ = ["Decision", "decide", "reason", "results_note", "warnings", "words"]


class Decision(LightRecord):
    """What to do, and what each alternative would cost.

    `predicted_seconds` is for "serial", and for "thread" and "process" or "interpreter" at their best where possible;
    `predicted_intervals` says where those times lie in nine of ten runs.
    """

    executor: Executor
    n_jobs: int
    chunksize: int
    predicted_seconds: dict[str, float]
    reason: str
    bound_by: str
    warnings: tuple[str, ...] = ()
    predicted_intervals: Mapping[str, tuple[float, float]] = MappingProxyType({})

    @property
    def estimated_speedup(self) -> float:
        """Predicted serial time over the predicted time of what is recommended."""
        chosen = self.predicted_seconds[self.executor]
        return self.predicted_seconds["serial"] / chosen if chosen > 0 else 1.0


def decide(
    job: JobCosts,
    machine: MachineCosts,
    *,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
    chosen: tuple[Executor, int, int] | None = None,
) -> Decision:
    """The fastest way to run a job, by prediction, and why; see `choose`.

    `max_workers` limits threads too, `budget_bytes` all workers and results together. `chosen`: executor, workers and
    chunk size that a first look came to.
    """
    choices = choose(job, machine, max_workers=max_workers, budget_bytes=budget_bytes)
    if chosen is not None:
        choices = _with_best(choices, *chosen)
    best = choices.best
    return Decision(
        executor=best.executor,
        n_jobs=best.n_jobs,
        chunksize=best.chunksize,
        predicted_seconds={choice.executor: choice.seconds for choice in choices.possible},
        reason=reason(job, machine, choices),
        bound_by=best.bound_by,
        warnings=warnings(job, machine, choices),
        predicted_intervals={
            choice.executor: _interval(
                job, machine, choice.seconds, choice.n_jobs if choice.executor == machine.workers else 0
            )
            for choice in choices.possible
        },
    )


def words(job: JobCosts, machine: MachineCosts, choices: Choices, before: str = "") -> list[str]:
    """One line for what was chosen, after `before` where that is serial, and a line for each note."""
    best = choices.best
    if best.executor != "serial":
        what = EXECUTOR_NAMES[best.executor]
        items = "1 item" if best.chunksize == 1 else f"{best.chunksize} items"
        before = f"{best.n_jobs} {what}, {items} a chunk: "
    notes = [f"note: {note}" for note in warnings(job, machine, choices)]
    return [before + reason(job, machine, choices), *notes]


def reason(job: JobCosts, machine: MachineCosts, choices: Choices) -> str:
    """One sentence: what was measured, what follows."""
    best = choices.best
    if not job.n_items:
        return "there are no items"
    serial = format_seconds(choices.serial.seconds)
    head = f"{format_count(job.n_items)} items at {format_seconds(job.mean_seconds)} take {serial} serially"
    if best.executor == machine.workers:
        return f"{head} and {format_seconds(best.seconds)} on {best.n_jobs} {EXECUTOR_NAMES[best.executor]}"
    if best.executor == "thread":
        why = "they mostly wait" if job.cpu_share < WAITING_CPU_SHARE else "they let other threads run"
        return f"{head} and {format_seconds(best.seconds)} in {best.n_jobs} threads, because {why}"
    return f"{head}, and {_why_serial(job, machine, choices)}"


def _why_serial(job: JobCosts, machine: MachineCosts, choices: Choices) -> str:
    if job.n_items < 2:
        return "there is nothing to divide"
    if job.process_blockers:
        # On one line, whatever an error's text is.
        return " ".join(job.process_blockers[0].split())
    if choices.fitting < choices.wanted > 1:
        return _memory_note(job, machine, choices)
    if job.cpu_share > PARALLEL_CPU_SHARE:
        return f"the function already keeps {job.cpu_share:.1f} cores busy"
    others = [choice for choice in choices.possible if choice.executor != "serial"]
    if not others:
        return "there is only one core or worker to use" if machine.n_cores > 1 else "there is only one core"
    other = min(others, key=lambda choice: choice.seconds)
    what = "worker processes" if other.executor == "process" else EXECUTOR_NAMES[other.executor]
    return f"{what} would take {format_seconds(other.seconds)} with their overhead"


def _memory_note(job: JobCosts, machine: MachineCosts, choices: Choices) -> str:
    if (note := results_note(job, machine)) is not None:
        return note
    each = format_size(int(bytes_of_worker(job, machine, 1)))
    return f"memory allows {choices.fitting} of {choices.wanted} workers at {each} each"


def results_note(job: JobCosts, machine: MachineCosts) -> str | None:
    """What the results will take, where that is more than there is."""
    available, results = machine.available_bytes, results_bytes(job)
    if available is None or results <= MEMORY_SHARE * available:
        return None
    return f"the results will take about {format_size(int(results))} of the {format_size(available)} available"


def warnings(job: JobCosts, machine: MachineCosts, choices: Choices) -> tuple[str, ...]:
    """What the user could change to gain more, or has to know."""
    notes = []
    best = choices.best
    if best.executor == "thread":
        notes.append("the function must be safe to call from several threads")
    notes += _thread_hint(job, machine, choices)
    notes += [why for why in job.thread_blockers if why == TAKE_TURNS]
    if (note := results_note(job, machine)) is not None:
        notes.append(f"{note}: use them one by one (iter_parallel)")
    # What the payload costs where it is copied: a gain of that size is worth a word.
    size = job.n_items * (job.input_cost.bytes_item * machine.in_seconds_per_byte + job.input_cost.dump_item)
    size += job.n_items * (job.result_cost.bytes_item * machine.out_seconds_per_byte + job.result_cost.load_item)
    if not job.process_blockers and best.executor != "thread" and size > 0.5 * job.serial_seconds > 0.05:
        notes.append(
            f"moving items and results between {EXECUTOR_NAMES[machine.workers]} would take "
            f"{format_seconds(size)}: send names or ranges and let workers load or create the data"
        )
    if best.executor == machine.workers and job.function_bytes > 1 << 20:
        notes.append(
            f"the function holds {format_size(int(job.function_bytes))}: it is sent to each worker once here, "
            "other pools send it with every chunk"
        )
    if best.executor == "process" and (n_threads := native_threads(job, machine, best.n_jobs)) is not None:
        threads = "1 thread" if n_threads == 1 else f"{n_threads} threads"
        notes.append(
            f"native libraries may use {threads} in each process, so that those share the cores; libraries that are "
            "loaded already heed that where threadpoolctl is installed, and results may differ in their last digits"
        )
    if choices.fitting < choices.wanted > 1 and note is None:
        notes.append(_memory_note(job, machine, choices))
    return tuple(notes)


def _thread_hint(job: JobCosts, machine: MachineCosts, choices: Choices) -> list[str]:
    """What threads would give to calls that wait, where nobody said that they are safe."""
    if job.thread_blockers != (THREADS_NOT_ALLOWED,) or job.cpu_share >= WAITING_CPU_SHARE or job.n_items < 2:
        return []
    n_threads = min(MAX_WAITING_THREADS, job.n_items)
    seconds, _ = thread_seconds(job, machine, n_threads, 1)
    if 2 * seconds > choices.best.seconds:
        return []
    what = f"{n_threads} threads would take about {format_seconds(seconds)}, because calls mostly wait"
    return [f"{what}: give threads=True if the function may run in several at once"]


def _with_best(choices: Choices, executor: Executor, n_jobs: int, chunksize: int) -> Choices:
    """The same, with another best of that executor."""
    known = {choice.executor: choice for choice in choices.possible}
    best = known.get(executor, choices.serial)._replace(executor=executor, n_jobs=n_jobs, chunksize=chunksize)
    if executor == "serial":
        return choices._replace(best=best)
    if executor == "thread":
        return choices._replace(best=best, threads=best)
    return choices._replace(best=best, processes=best)


def _interval(job: JobCosts, machine: MachineCosts, seconds: float, n_processes: int = 0) -> tuple[float, float]:
    """Where a time predicted as `seconds` lies in nine of ten runs; `n_processes` for a plan with processes.

    At the upper end a process pays for what is done for the first time. Where calls may use several cores already,
    nothing but serial time is sure.
    """
    error = min(_mean_error(job), MOST_ERROR) + MODEL_ERROR
    start = machine.start_error * machine.start_of(n_processes) if n_processes else 0.0
    highest = max(seconds, job.serial_seconds if job.cpu_share > PARALLEL_CPU_SHARE else seconds)
    lowest = max(0.0, seconds / ((1 + error) * job.uncertainty) - start)
    return lowest, highest * (1 + error + _missed_error(job)) + start + job.warm_up_seconds + COLD_SECONDS


def _mean_error(job: JobCosts) -> float:
    """How far the mean may be off in nine of ten samples, ratio; more where few parts of the data tell the spread."""
    n_parts = job.n_parts if job.n_parts > 0 else job.n_sampled
    if not n_parts or not job.mean_seconds:
        return 0.0
    variation = max(job.std_seconds / job.mean_seconds, MIN_SPREAD)
    few = NINE_OF_TEN_OF_FEW[max(0, n_parts - 2) :]
    return (few[0] if few else NINE_OF_TEN) * variation * math.sqrt(_unseen_share(job, n_parts) / n_parts)


def _missed_error(job: JobCosts) -> float:
    """How much more calls may take because of a dear kind of items that the sample has missed, ratio.

    Of the next item one has to expect by the rule of succession (Laplace) that it is of a kind which was never seen.
    """
    n_seen = job.n_sampled
    return (DEARER - 1) * _unseen_share(job, n_seen) / (n_seen + 2) if n_seen else 0.0


def _unseen_share(job: JobCosts, n_seen: int) -> float:
    return max(0.0, 1 - n_seen / max(1, job.n_items))
