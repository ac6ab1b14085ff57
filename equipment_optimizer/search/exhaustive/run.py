"""An exhaustive search as a whole: here or among processes, from where it was left off.

In comes a `Problem`, out comes its best list. The search advances in rank order,
whatever it is divided into, so "every combination below this rank is done" and the
best list so far are all that a checkpoint needs: another division, another number
of workers or another block length can go on from there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...progress import SCORING, Progress
from ...records.best_list import TopK
from ...records.space import RankCode
from ._blocks import Cut, ExhaustiveTask, cut_of, exhaustive_tasks
from ._scan import BlockScores, TaskResult, run_task, scan_task
from .checkpoint import Saved, digest_of
from .options import SearchOptions
from .separable import is_supported

__all__ = ["runs_alone", "score_everything"]

IntArray = npt.NDArray[np.int64]

#: Below this many combinations nobody asks the sampler: one core is done before a
#: worker process has started (about 50 ms). benchmarks/search/scoring.py.
_ALWAYS_SERIAL = 20_000_000

#: The same where the score is separable: 10^8 combinations take 0.15 s on one core,
#: asking the sampler 0.08 s.
_ALWAYS_SERIAL_SEPARABLE = 200_000_000

#: Combinations per task of a divided search: a few tenths of a second, so that
#: stopping is prompt, a lost worker costs little, and a task's own preparation
#: (about 10 ms) does not show.
_TASK_COMBINATIONS = 100_000_000

#: The same with a checkpoint, where combinations are looked at one at a time (some
#: million a second), and where their slots are filled (some hundred to some ten
#: thousand a second): what is lost with a task is seconds then, not minutes.
_PLAIN_TASK_COMBINATIONS = 200_000
_FILLED_TASK_COMBINATIONS = 2_048

#: Combinations whose slots are filled between two looks at a checkpoint.
_FILLED_BLOCK_LENGTH = 1_024

#: Times as large as usual a task is that hands over a long list, with a checkpoint.
_LONG_LIST_TASKS = 10

#: At least so many tasks where the space is divided, so that workers end together.
_MIN_TASKS = 16

#: Steps of the first piece of a search that keeps a checkpoint and does not go in
#: rank order, and the most steps of a piece: then its preparation (10 ms a slice)
#: is below a percent of a slice's blocks.
_FIRST_PIECE = 16
_LONGEST_PIECE = 8_192

#: Seconds that a search which is to stop waits for the first of its tasks.
_FIRST_TASK_SECONDS = 3.0

#: Seconds after which a piece does not grow any more: what a kill may cost.
_PIECE_SECONDS = 30.0


def runs_alone(problem: Problem, options: SearchOptions) -> bool:
    """Whether an exhaustive search runs in this process without asking the sampler."""
    if options.backend == "serial" or options.workers in (0, 1):
        return True
    total = problem.space.n_combinations
    if options.workers != "auto" or options.backend is not None or total > _ALWAYS_SERIAL_SEPARABLE:
        return False
    # Whether a score is separable takes half a millisecond to tell, a tenth of a small job.
    return total <= _ALWAYS_SERIAL or (options.block_scores is None and is_supported(problem))


def score_everything(problem: Problem, limit: int, options: SearchOptions) -> TaskResult:
    """Score every combination that a checkpoint does not already account for.

    Parameters
    ----------
    problem : Problem
    limit : int
        Builds to keep.
    options : SearchOptions

    Returns
    -------
    TaskResult
        The best of all, and how many were scored, earlier runs included.
    """
    options = _with_filler(problem, options)
    cut = cut_of(problem, block_length=options.block_length, plain=options.block_scores is not None)
    run = _Run(problem, limit, options, cut)
    if runs_alone(problem, options):
        run.alone()
    else:
        run.divided()
    run.end()
    return TaskResult(*run.top.sorted(), run.n_counted)


def _with_filler(problem: Problem, options: SearchOptions) -> SearchOptions:
    """The options with a scorer that fills slots, where decorations are given."""
    if problem.decorations is None or options.block_scores is not None:
        return options
    from ..filling.filler import FilledScores

    if options.checkpoint is not None:
        options = replace(options, block_length=min(options.block_length, _FILLED_BLOCK_LENGTH))
    return replace(options, block_scores=FilledScores(problem))


class _Run:
    """One exhaustive search under way.

    Attributes
    ----------
    top : TopK
        The best so far.
    n_done : int
        Every combination of a lower rank has been offered to `top`.
    n_counted : int
        Combinations scored; more than `n_done` where a piece was stopped half-way.
    """

    def __init__(self, problem: Problem, limit: int, options: SearchOptions, cut: Cut) -> None:
        self._problem, self._options, self._cut = problem, options, cut
        self._planned = False
        self._task_steps: int | None = None
        code = RankCode(problem.space.position_sizes)
        self.top = TopK(limit, code.n_words)
        self.n_done = 0
        checkpoint = options.checkpoint
        saved = None if checkpoint is None else checkpoint.begin(digest_of(limit, problem))
        if saved is not None:
            # Back to where a step begins; what was found beyond is found again.
            self.n_done = saved.n_done - saved.n_done % cut.step_length
            below = _ranked_below(problem, code, saved.words, self.n_done)
            self.top.merge(saved.scores[below], saved.words[:, below])
        self.n_counted = self.n_done

    @property
    def _total(self) -> int:
        return self._problem.space.n_combinations

    @property
    def _first_step(self) -> int:
        return self.n_done // self._cut.step_length

    def _advance(self, n_counted: int, n_done: int) -> None:
        """So much is scored: report it, and hand it over where it is time."""
        self.n_counted, self.n_done = n_counted, n_done
        if self._options.on_progress is not None:
            self._options.on_progress(Progress(SCORING, n_counted, self._total))
        checkpoint = self._options.checkpoint
        if checkpoint is not None and checkpoint.is_due():
            self._save()

    def _save(self) -> None:
        assert self._options.checkpoint is not None
        self._options.checkpoint.save(Saved(self.n_done, *self.top.held()))

    def end(self) -> None:
        """Nothing more will be scored: where that is an early stop, hand over how far it came."""
        self._advance(self.n_counted, self.n_done)
        if self._options.checkpoint is not None and self.n_done < self._total:
            self._save()

    # --- in this process ---------------------------------------------------

    def alone(self) -> None:
        """Score what is left, here."""
        options, in_order = self._options, self._cut.in_order
        for task in self._pieces():
            before = self.n_done

            def on_done(n_scored: int, before: int = before) -> None:
                self._advance(before + n_scored, before + n_scored if in_order else before)

            n_scored = scan_task(
                self._problem,
                task,
                self.top,
                block_scores=options.block_scores,
                block_length=options.block_length,
                cache_bytes=options.cache_bytes,
                should_stop=options.should_stop,
                on_done=on_done,
            )
            is_whole = n_scored == (task.stop - task.start) * self._cut.step_length
            self._advance(before + n_scored, before + n_scored if in_order or is_whole else before)
            if not is_whole:
                break

    def _pieces(self) -> Iterator[ExhaustiveTask]:
        """What is left: as one task where any moment will do for a checkpoint, else in pieces of some seconds."""
        start, stop = self._first_step, self._cut.n_steps
        length = stop if self._options.checkpoint is None or self._cut.in_order else _FIRST_PIECE
        while start < stop:
            began = time.monotonic()
            yield ExhaustiveTask(start, min(start + length, stop))
            start += length
            if time.monotonic() - began < _PIECE_SECONDS / 2:
                length = min(2 * length, _LONGEST_PIECE)

    # --- among processes -----------------------------------------------------

    def divided(self) -> None:
        """Score what is left in tasks, wherever the options say."""
        workers, was_stopped = self._options.workers, False
        while self.n_done < self._total and not was_stopped:
            workers, was_stopped = self._round(workers)

    def _round(self, workers: int | str) -> tuple[int, bool]:
        """Score as many tasks as there may be at a time; how many workers there were, and whether it was stopped."""
        # Brings in threads and logging (0.7 MiB), which most jobs do without.
        from ...parallel.ordered_map import ordered_map

        problem, options = self._problem, self._options
        tasks = exhaustive_tasks(
            problem,
            self._n_tasks(),
            block_length=options.block_length,
            plain=options.block_scores is not None,
            start=self._first_step,
        )
        work = _Work(problem, self.top.limit, options.block_length, options.cache_bytes, options.block_scores)
        with ordered_map(
            _run,
            self._bounded(tasks),
            payload=work,
            workers=workers,  # type: ignore[arg-type]
            backend=options.backend,  # type: ignore[arg-type]
            dask_scheduler=options.dask_scheduler,
            chunksize=1,
            should_stop=self._patiently(options.should_stop),
            on_notice=options.on_notice,
        ) as results:
            plan = results.plan
            if options.on_plan is not None and not self._planned:
                options.on_plan(str(plan))
            self._planned = True
            for result in results:
                self.top.merge(result.scores, result.words)
                self._advance(self.n_done + result.n_done, self.n_done + result.n_done)
                if options.should_stop is not None and options.should_stop():
                    return plan.n_workers, True
        # Asked to while workers are waited for, the map ends early, too.
        return plan.n_workers, options.should_stop is not None and options.should_stop()

    def _patiently(self, should_stop: Callable[[], bool] | None) -> Callable[[], bool] | None:
        """Asked to stop before anything is done, wait for a first task: or a resumed run might never advance."""
        if should_stop is None:
            return None
        before, asked = self.n_done, math.inf

        def is_time() -> bool:
            nonlocal asked
            if not should_stop():
                return False
            asked = min(asked, time.monotonic())
            return self.n_done > before or time.monotonic() - asked > _FIRST_TASK_SECONDS

        return is_time

    def _n_tasks(self) -> int:
        """Tasks that what is left is divided into; of one size from round to round."""
        options, n_steps = self._options, self._cut.n_steps - self._first_step
        if self._task_steps is None:
            left = self._total - self.n_done
            n_tasks = max(_MIN_TASKS, left // _TASK_COMBINATIONS)
            if options.max_tasks is not None:
                # Lists so long that few may wait: handing one over costs more than a task should.
                n_tasks = min(n_tasks, options.max_tasks)
            if options.checkpoint is not None:
                most = self._most_combinations()
                n_tasks = max(n_tasks, left // (most if options.max_tasks is None else _LONG_LIST_TASKS * most))
            self._task_steps = -(-n_steps // n_tasks)
        return -(-n_steps // self._task_steps)

    def _most_combinations(self) -> int:
        """Combinations of a task that take some seconds at the most."""
        if self._problem.decorations is not None:
            return _FILLED_TASK_COMBINATIONS
        is_plain = self._options.block_scores is not None or self._cut.step_length == 1
        return _PLAIN_TASK_COMBINATIONS if is_plain else _TASK_COMBINATIONS

    def _bounded(self, tasks: Iterator[ExhaustiveTask]) -> Iterator[ExhaustiveTask]:
        """No more tasks than may wait for their turn under a ceiling; the rest is for the next round."""
        return tasks if self._options.max_tasks is None else islice(tasks, self._options.max_tasks)


@dataclass(frozen=True, eq=False)
class _Work:
    """What every task of a divided search needs; sent to each worker once."""

    problem: Problem
    limit: int
    block_length: int
    cache_bytes: int
    block_scores: BlockScores | None


def _run(work: _Work, task: ExhaustiveTask) -> TaskResult:
    """One task, in whatever process."""
    return run_task(
        work.problem,
        task,
        work.limit,
        block_scores=work.block_scores,
        block_length=work.block_length,
        cache_bytes=work.cache_bytes,
    )


def _ranked_below(problem: Problem, code: RankCode, words: IntArray, rank: int) -> npt.NDArray[np.bool_]:
    """Which builds, given by rank words, have a rank below `rank`; shape (K,)."""
    n_rows = words.shape[1]
    if rank == problem.space.n_combinations:
        return np.ones(n_rows, dtype=bool)
    below, tied = np.zeros(n_rows, dtype=bool), np.ones(n_rows, dtype=bool)
    first = code.encode([np.array([index]) for index in problem.space.indices(rank)])
    for own, (edge,) in zip(words, first.tolist(), strict=True):
        below |= tied & (own < edge)
        tied &= own == edge
    return below
