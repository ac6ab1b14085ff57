"""How the space of an exhaustive search is divided: blocks inside, tasks outside.

The last body parts form the inner space, whose combinations are scored together; what
is left in front is the outer space. A task is a range of outer ranks, and scores the
whole inner space under each of them:

    ranks     0 1 2 3 4 5 6 7 8 9 ...
    blocks    |-----|-----|-----|-----|-----|-----|    one for each outer rank
    tasks     |-----------|-----------|-----------|    here of two outer ranks each

Which parts are inner is a matter of speed alone. Where combinations can only be scored
one at a time, all parts are outer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...problem.problem import Problem
from ...records.space import CombinationSpace
from ..tuning import BLOCK_LENGTH, MAX_CHOICES
from .separable import is_supported

__all__ = ["Layout"]


class Layout(NamedTuple):
    """How the space is divided: `n_outer` body parts in front, and the inner ones.

    An inner space of more than `block_length` combinations is scored in slices.
    """

    n_outer: int
    outer: CombinationSpace
    inner: CombinationSpace
    block_length: int

    @classmethod
    def of(cls, problem: Problem, block_length: int = BLOCK_LENGTH, *, plain: bool = False) -> Layout:
        """The layout whose inner space is largest within `block_length`; all outer where `plain`, or where it must."""
        choices, n_outer, length = problem.space.choice_counts, len(problem.space.sizes), 1
        if not plain and is_supported(problem) and max(choices, default=1) <= MAX_CHOICES:
            while n_outer and length * choices[n_outer - 1] <= block_length:
                n_outer -= 1
                length *= choices[n_outer]
            if n_outer and length < block_length // 16:
                # One more part would overshoot, but a tiny block wastes its fixed costs.
                n_outer -= 1
        outer, inner = slice(0, n_outer), slice(n_outer, None)
        return cls(n_outer, problem.space.of_parts(outer), problem.space.of_parts(inner), block_length)

    @property
    def is_plain(self) -> bool:
        """Whether combinations are scored one at a time."""
        return not self.inner.sizes

    @property
    def is_in_order(self) -> bool:
        """Whether a task takes its combinations in rank order, so that those it has counted are the first ones."""
        return self.inner.n_combinations <= self.block_length

    def tasks(self, n_tasks: int, start: int = 0) -> Iterator[range]:
        """About `n_tasks` tasks of equal size that cover the outer ranks from `start` on, made one at a time."""
        n_outer = self.outer.n_combinations - start
        n_tasks = min(max(1, n_tasks), n_outer)
        for i in range(n_tasks):
            yield range(start + n_outer * i // n_tasks, start + n_outer * (i + 1) // n_tasks)
