"""Exhaustive search: every combination of a task is scored, none is stored.

Tasks are independent, so they may run anywhere in any order; the best list's total
order makes the result the same. Memory is one block, its kept vectors and the list,
whatever the task's size.

Array axes: N combinations of a block, L positions, W words of a rank.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import ChoiceColumns, score_columns
from ...records.space import CombinationSpace, RankCode
from ..best.best_list import TopK
from ..best.runs import Runs
from ..tuning import CACHE_BYTES, PLAIN_BLOCK_LENGTH
from ._blocks import Layout
from .separable import SeparableBlock

__all__ = ["BlockScores", "Scan", "TaskResult"]

IntArray = npt.NDArray[np.int64]

#: Scores, shape (N,), of combinations given as L columns of piece indices.
BlockScores = Callable[[Sequence[IntArray]], IntArray]

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


class TaskResult(NamedTuple):
    """Best list of one task, packed; `n_done` combinations were scored."""

    kept: Runs
    n_done: int


class Scan:
    """Scores tasks, made by `layout`, of one problem; sent to each worker once.

    `block_scores` scores blocks of index columns in place of the problem's scores_of score; the layout is plain then.
    """

    def __init__(
        self,
        problem: Problem,
        layout: Layout,
        *,
        block_scores: BlockScores | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.problem = problem
        self.layout = layout
        self.code = RankCode(problem.space.position_sizes)
        self._block_scores = block_scores
        self._cache_bytes = cache_bytes

    def best(self, task: range, *, limit: int) -> TaskResult:
        """Score every combination of `task` and keep the best `limit`."""
        top = TopK(limit, self.code.n_words, code=self.code)
        n_done = self.offer(task, top)
        return TaskResult(top.kept(), n_done)

    def offer(
        self,
        task: range,
        top: TopK,
        *,
        should_stop: Callable[[], bool] | None = None,
        on_done: Callable[[int], None] | None = None,
    ) -> int:
        """Score every combination of `task` and offer it to `top`, which is modified in place; how many were scored.

        `should_stop` is polled a few times a second, but not before the first block is scored; `on_done` is
        told as often how many combinations have been offered.
        """
        layout = self.layout
        n_outer = task.stop - task.start  # not its length, which must fit a word
        poll = _Poll(n_outer * layout.inner.n_combinations, should_stop, on_done)
        if layout.is_plain:
            for start, stop in layout.outer.blocks(min(layout.block_length, PLAIN_BLOCK_LENGTH), task.start, task.stop):
                columns = layout.outer.block(start, stop)
                is_first = self.problem.space.are_first(columns)
                if is_first is not None:
                    columns = [column[is_first] for column in columns]
                if is_first is None or is_first.any():
                    scores_of = self._block_scores
                    scores = score_columns(self.problem, columns) if scores_of is None else scores_of(columns)
                    top.add(scores, self.code.encode(columns))
                if poll.advance(stop - start):
                    break
        else:
            for start, stop in layout.inner.blocks(layout.block_length):
                self._offer_slice(task, top, poll, start=start, stop=stop)
                if poll.stopped:
                    break
        return poll.done

    def _offer_slice(self, task: range, top: TopK, poll: _Poll, *, start: int, stop: int) -> None:
        """Score the inner combinations ``start:stop`` under all outer ones of `task`."""
        problem, layout = self.problem, self.layout
        inner_columns = layout.inner.block(start, stop)
        length = stop - start
        linear = np.zeros(length, dtype=np.int64)
        levels = np.zeros((problem.n_features, length), dtype=np.int64)
        n_outer_positions = len(layout.outer.position_sizes)
        for part, column in zip(problem.positions[n_outer_positions:], inner_columns, strict=True):
            linear += problem.parts[part].linear[column]
            levels += problem.parts[part].levels.T[:, column]
        outer = [self._choices(part) for part in range(layout.n_outer)]
        block = SeparableBlock(problem, outer, linear, levels, self._cache_bytes)
        # Rank words are sums: those of the inner positions are the same in every block.
        inner_words = self.code.encode([np.zeros(length, dtype=np.int64)] * n_outer_positions + inner_columns)
        del inner_columns, linear, levels
        blocks = block.scores(_choice_digits(layout.outer, task.start), task.stop - task.start)
        for rank, (scores, constant) in zip(task, blocks, strict=True):
            best = int(scores.max()) + constant
            if best >= block.floor and best >= top.nth_score:
                outer_words = self.code.encode_front(layout.outer.indices(rank))
                least = max(block.floor, top.nth_score)
                _offer(scores, constant, top, least=least, outer_words=outer_words, inner_words=inner_words)
            if poll.advance(length):
                return

    def _choices(self, part: int) -> ChoiceColumns:
        """The ways to fill body part number `part`."""
        space = self.problem.space
        of_part = space.of_parts(slice(part, part + 1))
        return ChoiceColumns(self.problem.parts[part], of_part.block(0, of_part.n_combinations))


def _choice_digits(outer: CombinationSpace, rank: int) -> list[int]:
    """Choice of each outer part at `rank` of the outer space."""
    digits: list[int] = []
    for n_choices in reversed(outer.choice_counts):
        rank, digit = divmod(rank, n_choices)
        digits.append(digit)
    return digits[::-1]


def _offer(
    scores: npt.NDArray[Any],
    constant: int,
    top: TopK,
    *,
    least: int,
    outer_words: Sequence[int],
    inner_words: IntArray,
) -> None:
    """Offer those of a block to `top` whose score, `constant` added, is at least `least`; words add up."""
    threshold = least - constant
    if top.nth_words is not None and least == top.nth_score:
        first = tuple(outer + int(inner) for outer, inner in zip(outer_words, inner_words[:, 0], strict=True))
        if first > top.nth_words:
            threshold += 1  # ties rank after the last build held
    hits = np.flatnonzero(scores >= threshold)
    if hits.size:
        words = inner_words[:, hits] + np.array(outer_words, dtype=np.int64)[:, None]
        top.add(scores[hits].astype(np.int64) + constant, words)
