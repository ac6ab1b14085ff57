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
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...progress import SCORING, Progress
from ..best.best_list import TopK
from ..tuning import (
    ALWAYS_SERIAL,
    ALWAYS_SERIAL_SEPARABLE,
    FILLED_BLOCK_LENGTH,
    FILLED_TASK_COMBINATIONS,
    FIRST_TASK_SECONDS,
    MIN_TASKS,
    PLAIN_TASK_COMBINATIONS,
    SLICED_TASK_OUTER,
    TASK_COMBINATIONS,
)
from ._blocks import Layout
from ._scan import Scan
from .options import SearchOptions
from .separable import is_supported

__all__ = ["runs_alone", "score_everything"]

IntArray = npt.NDArray[np.int64]


def runs_alone(problem: Problem, options: SearchOptions) -> bool:
    """Whether an exhaustive search runs in this process without asking the sampler."""
    if options.backend == "serial" or options.workers in (0, 1):
        return True
    total = problem.space.n_ranks
    if options.workers != "auto" or options.backend is not None or total > ALWAYS_SERIAL_SEPARABLE:
        return False
    # Whether a score is separable takes half a millisecond to tell, a tenth of a small job.
    return total <= ALWAYS_SERIAL or (options.block_scores is None and is_supported(problem))


def score_everything(problem: Problem, limit: int, options: SearchOptions) -> tuple[TopK, int]:
    """The best `limit` of all combinations, and how many were scored, those that a checkpoint accounts for included."""
    options = _with_filler(problem, options)
    layout = Layout.of(problem, options.block_length, plain=options.block_scores is not None)
    scan = Scan(problem, layout, block_scores=options.block_scores, cache_bytes=options.cache_bytes)
    run = _Run(scan, limit, options)
    if runs_alone(problem, options):
        run.alone()
    else:
        run.divided()
    run.end()
    return run.top, run.n_counted


def _with_filler(problem: Problem, options: SearchOptions) -> SearchOptions:
    """The options with a scorer that fills slots, where decorations are given."""
    if problem.decorations is None or options.block_scores is not None:
        return options
    from ..filling.filled_scores import FilledScores

    if options.checkpoint is not None:
        options = options._replace(block_length=min(options.block_length, FILLED_BLOCK_LENGTH))
    return options._replace(block_scores=FilledScores(problem))


class _Run:
    """One exhaustive search under way.

    Every combination of a rank below `n_done` has been offered to `top`; `n_counted` were scored, which
    is more where a task was stopped half-way.
    """

    def __init__(self, scan: Scan, limit: int, options: SearchOptions) -> None:
        self._scan, self._layout, self._options = scan, scan.layout, options
        self._total = scan.problem.space.n_ranks
        self._planned = False
        self.top = TopK(limit, scan.code.n_words, code=scan.code)
        self.n_done = 0
        saved = None if options.checkpoint is None else options.checkpoint.begin((limit, scan.problem), scan.code)
        if saved is not None:
            # Back to where an outer rank begins; what was found beyond is found again.
            self.n_done = saved.n_done - saved.n_done % self._layout.inner.n_combinations
            for scores, words in saved.kept:
                below = self._ranked_below(words, self.n_done)
                self.top.add(scores[below], words[:, below])
            self.top.settle()
        self.n_counted = self.n_done

    @property
    def _first_outer(self) -> int:
        return self.n_done // self._layout.inner.n_combinations

    def _ranked_below(self, words: IntArray, rank: int) -> npt.NDArray[np.bool_]:
        """Which builds, given by rank words, have a rank below `rank`; shape (K,)."""
        n_rows = words.shape[1]
        if rank == self._total:
            return np.ones(n_rows, dtype=bool)
        below, tied = np.zeros(n_rows, dtype=bool), np.ones(n_rows, dtype=bool)
        first = self._scan.code.encode([np.array([index]) for index in self._scan.problem.space.indices(rank)])
        for word, (edge,) in zip(words, first.tolist(), strict=True):
            below |= tied & (word < edge)
            tied &= word == edge
        return below

    def _advance(self, n_counted: int, n_done: int) -> None:
        """So much is scored: report it, and hand it over where it is time."""
        self.n_counted, self.n_done = n_counted, n_done
        if self._options.on_progress is not None:
            self._options.on_progress(Progress(SCORING, n_counted, self._total))
        if self._options.checkpoint is not None and self._options.checkpoint.is_due():
            self._options.checkpoint.save(self.n_done, self.top.kept())

    def end(self) -> None:
        """Nothing more will be scored: where that is an early stop, hand over how far it came."""
        self._advance(self.n_counted, self.n_done)
        if self._options.checkpoint is not None and self.n_done < self._total:
            self._options.checkpoint.save(self.n_done, self.top.kept())

    # --- in this process ---------------------------------------------------

    def alone(self) -> None:
        """Score what is left, here."""
        in_order, inner = self._layout.is_in_order, self._layout.inner.n_combinations
        for task in self._tasks_here():
            before = self.n_done

            def on_done(n_scored: int, before: int = before) -> None:
                self._advance(before + n_scored, before + n_scored if in_order else before)

            n_scored = self._scan.offer(task, self.top, should_stop=self._options.should_stop, on_done=on_done)
            is_whole = n_scored == (task.stop - task.start) * inner
            self._advance(before + n_scored, before + n_scored if in_order or is_whole else before)
            if not is_whole:
                break

    def _tasks_here(self) -> Iterator[range]:
        """What is left: one task where any moment will do for a checkpoint, else tasks of some seconds."""
        start, stop = self._first_outer, self._layout.outer.n_combinations
        at_any_moment = self._options.checkpoint is None or self._layout.is_in_order
        length = stop if at_any_moment else SLICED_TASK_OUTER
        while start < stop:
            yield range(start, min(start + length, stop))
            start += length

    # --- among processes -----------------------------------------------------

    def divided(self) -> None:
        """Score what is left in tasks, wherever the options say: no more at a time than may wait for their turn."""
        workers, was_stopped = self._options.workers, False
        n_outer = self._layout.outer.n_combinations - self._first_outer
        task_outer = -(-n_outer // self._n_tasks())
        while self.n_done < self._total and not was_stopped:
            n_left = self._layout.outer.n_combinations - self._first_outer
            tasks = self._layout.tasks(-(-n_left // task_outer), self._first_outer)
            workers, was_stopped = self._score(islice(tasks, self._options.max_tasks), workers)

    def _n_tasks(self) -> int:
        """Tasks that what is left is divided into."""
        options, n_left, most = self._options, self._total - self.n_done, TASK_COMBINATIONS
        if options.checkpoint is None:
            n_tasks = max(MIN_TASKS, n_left // most)
            # Lists so long that few may wait: handing one over costs more than a task should.
            return n_tasks if options.max_tasks is None else min(n_tasks, options.max_tasks)
        if self._layout.is_plain:
            is_filled = self._scan.problem.decorations is not None
            most = FILLED_TASK_COMBINATIONS if is_filled else PLAIN_TASK_COMBINATIONS
        # At least as many are looked at as may be handed over.
        return max(MIN_TASKS, n_left // max(most, self.top.limit))

    def _score(self, tasks: Iterator[range], workers: int | str) -> tuple[int, bool]:
        """Score tasks; how many workers there were, and whether it was stopped."""
        # Brings in threads and logging (0.7 MiB), which most jobs do without.
        from ...parallel.ordered_map import ordered_map

        options = self._options
        with ordered_map(
            partial(Scan.best, limit=self.top.limit),
            tasks,
            payload=self._scan,
            workers=workers,  # type: ignore[arg-type]
            backend=options.backend,  # type: ignore[arg-type]
            dask_scheduler=options.dask_scheduler,
            chunksize=1,
            should_stop=self._after_first_task(options.should_stop),
            on_notice=options.on_notice,
        ) as results:
            plan = results.plan
            if options.on_plan is not None and not self._planned:
                options.on_plan(str(plan))
            self._planned = True
            for result in results:
                self.top.merge(result.kept)
                self._advance(self.n_done + result.n_done, self.n_done + result.n_done)
                if options.should_stop is not None and options.should_stop():
                    return plan.n_workers, True
        # Asked to while workers are waited for, the map ends early, too.
        return plan.n_workers, options.should_stop is not None and options.should_stop()

    def _after_first_task(self, should_stop: Callable[[], bool] | None) -> Callable[[], bool] | None:
        """`should_stop`, but not before a first task is done, for some seconds.

        A resumed search with a short time limit might never advance otherwise: with
        every run, it would be over while its workers start.
        """
        if should_stop is None:
            return None
        before, asked = self.n_done, math.inf

        def is_time() -> bool:
            nonlocal asked
            if not should_stop():
                return False
            asked = min(asked, time.monotonic())
            return self.n_done > before or time.monotonic() - asked > FIRST_TASK_SECONDS

        return is_time
