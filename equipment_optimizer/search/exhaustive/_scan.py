"""Exhaustive search: every combination is scored, none is stored.

In comes a `Problem`, out comes its best list. Ranges of ranks are independent
tasks, so they may run anywhere in any order; the best list's total order makes
the result the same. Memory is one block and the list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import ChoiceColumns, score_columns
from ...records.best_list import TopK
from ...records.space import CombinationSpace, RankCode
from ._blocks import BLOCK_LENGTH, ExhaustiveTask, Layout, exhaustive_tasks, layout_of
from .separable import SeparableBlock

__all__ = ["BlockScores", "ExhaustiveTask", "TaskResult", "exhaustive_tasks", "run_task", "scan_task"]

IntArray = npt.NDArray[np.int64]

#: Scores, shape (N,), of combinations given as L columns of piece indices.
BlockScores = Callable[[Sequence[IntArray]], IntArray]

#: Combinations of a block that is scored one combination at a time.
_PLAIN_BLOCK_LENGTH = 4_096

#: Kept vectors of a separable block, bytes: 64 of 64 KiB, enough for a dozen
#: features with ten levels each.
CACHE_BYTES = 4 << 20

#: Seconds between looks at the clock and the stop flag.
_POLL_SECONDS = 0.05


class _Poll:
    """Looks at the stop flag and reports progress now and then, not at every block."""

    def __init__(self, total: int, should_stop: Callable[[], bool] | None, on_done: Callable[[int], None] | None):
        self.total = total
        self.done = 0
        self.stopped = False
        self._should_stop = should_stop
        self._on_done = on_done
        self._next = time.monotonic()

    def advance(self, n_done: int) -> bool:
        """Count `n_done` more combinations; true when the search shall stop."""
        self.done += n_done
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _POLL_SECONDS
            if self._on_done is not None:
                self._on_done(self.done)
            self.stopped = self._should_stop is not None and self._should_stop() and self.done < self.total
        return self.stopped


@dataclass(frozen=True, eq=False)
class TaskResult:
    """Best list of one task.

    Attributes
    ----------
    scores : ndarray of int64, shape (K,)
    words : ndarray of int64, shape (W, K)
        Rank words (`RankCode` of the space's position sizes).
    n_done : int
        Combinations scored; less than the task's when stopped.
    """

    scores: IntArray
    words: IntArray
    n_done: int


def run_task(
    problem: Problem,
    task: ExhaustiveTask,
    limit: int,
    *,
    block_scores: BlockScores | None = None,
    block_length: int = BLOCK_LENGTH,
    cache_bytes: int = CACHE_BYTES,
) -> TaskResult:
    """Score every combination of `task` and keep the best `limit`; arguments as for `scan_task`."""
    top = TopK(limit, RankCode(problem.space.position_sizes).n_words)
    n_done = scan_task(
        problem, task, top, block_scores=block_scores, block_length=block_length, cache_bytes=cache_bytes
    )
    return TaskResult(*top.sorted(), n_done)


def scan_task(
    problem: Problem,
    task: ExhaustiveTask,
    top: TopK,
    *,
    block_scores: BlockScores | None = None,
    block_length: int = BLOCK_LENGTH,
    cache_bytes: int = CACHE_BYTES,
    should_stop: Callable[[], bool] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> int:
    """Score every combination of `task` and offer it to a list.

    Parameters
    ----------
    problem : Problem
    task : ExhaustiveTask
        Made by `exhaustive_tasks` with the same `block_length`.
    top : TopK
        Takes the best of them; modified in place.
    block_scores : callable, optional
        Scores blocks of index columns in place of the problem's own score; needed
        where the score is not separable.
    block_length : int
        Combinations scored together.
    cache_bytes : int
        For the kept vectors of a block.
    should_stop : callable, optional
        Polled a few times a second; true ends the task early.
    on_done : callable, optional
        Told the combinations scored so far, a few times a second; all of them
        have been offered by then.

    Returns
    -------
    int
        Combinations scored; less than the task's when stopped.

    Notes
    -----
    Memory: one block, its kept vectors, and the list; whatever the task's size.
    """
    code = RankCode(problem.space.position_sizes)
    layout = None if block_scores is not None else layout_of(problem, block_length)
    if layout is None:
        if block_scores is None:
            block_scores = partial(score_columns, problem)
        poll = _Poll(task.stop - task.start, should_stop, on_done)
        for start, stop in problem.space.blocks(min(block_length, _PLAIN_BLOCK_LENGTH), task.start, task.stop):
            columns = problem.space.block(start, stop)
            top.add(block_scores(columns), code.encode(columns))
            if poll.advance(stop - start):
                break
    else:
        n_blocks = task.stop - task.start
        poll = _Poll(n_blocks * layout.inner.n_combinations, should_stop, on_done)
        for start, stop in layout.inner.blocks(block_length):
            _scan_slice(problem, layout, (start, stop), task, _State(top, code, poll, cache_bytes))
            if poll.stopped:
                break
    return poll.done


@dataclass(frozen=True, eq=False)
class _State:
    """What all slices of one task share."""

    top: TopK
    code: RankCode
    poll: _Poll
    cache_bytes: int


def _scan_slice(
    problem: Problem,
    layout: Layout,
    inner_range: tuple[int, int],
    task: ExhaustiveTask,
    state: _State,
) -> None:
    """Score one slice of the inner space under all outer combinations of `task`."""
    top, code, poll = state.top, state.code, state.poll
    inner_columns = layout.inner.block(*inner_range)
    length = inner_range[1] - inner_range[0]
    linear = np.zeros(length, dtype=np.int64)
    levels = np.zeros((problem.n_features, length), dtype=np.int64)
    n_outer_positions = len(layout.outer.position_sizes)
    for part, column in zip(problem.positions[n_outer_positions:], inner_columns, strict=True):
        linear += problem.parts[part].linear[column]
        levels += problem.parts[part].levels.T[:, column]
    outer = [_choices(problem, part) for part in range(layout.n_outer)]
    block = SeparableBlock(problem, outer, linear, levels, state.cache_bytes)
    # Rank words are sums: those of the inner positions are the same in every block.
    inner_words = code.encode([np.zeros(length, dtype=np.int64)] * n_outer_positions + inner_columns)
    del inner_columns, linear, levels
    blocks = block.scores(_choice_digits(layout.outer, task.start), task.stop - task.start)
    rank = task.start
    for scores, constant in blocks:
        best = int(scores.max()) + constant
        if best >= block.floor and best >= top.nth_score:
            outer_words = code.encode_front(layout.outer.indices(rank))
            _offer((scores, constant, max(block.floor, top.nth_score)), (outer_words, inner_words), top)
        rank += 1
        if poll.advance(length):
            return


def _choices(problem: Problem, part: int) -> ChoiceColumns:
    """The ways to fill body part number `part`."""
    own = CombinationSpace(problem.space.sizes[part : part + 1], problem.space.counts[part : part + 1])
    return ChoiceColumns(problem.parts[part], own.block(0, own.n_combinations))


def _choice_digits(outer: CombinationSpace, rank: int) -> list[int]:
    """Choice of each outer part at `rank` of the outer space."""
    digits: list[int] = []
    for n_choices in reversed(outer.choice_counts):
        rank, digit = divmod(rank, n_choices)
        digits.append(digit)
    return digits[::-1]


def _offer(block: tuple[npt.NDArray[Any], int, int], words: tuple[list[int], IntArray], top: TopK) -> None:
    """Offer the scores of one block that reach the list.

    `block` is scores, the constant to add, and the least score that counts;
    `words` are rank words of the outer positions and, shape (W, M), the inner ones.
    """
    scores, constant, least = block
    outer_words, inner_words = words
    threshold = least - constant
    if top.nth_words is not None and least == top.nth_score:
        first = tuple(outer + int(inner) for outer, inner in zip(outer_words, inner_words[:, 0], strict=True))
        if first > top.nth_words:
            threshold += 1  # ties rank after the last build held
    hits = np.flatnonzero(scores >= threshold)
    if hits.size:
        own_words = inner_words[:, hits] + np.array(outer_words, dtype=np.int64)[:, None]
        top.add(scores[hits].astype(np.int64) + constant, own_words)
