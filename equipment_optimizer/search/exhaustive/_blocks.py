"""How the space of an exhaustive search is cut: blocks inside, tasks outside.

The last body parts form the inner space, which is scored as one block; what is
left in front is the outer space, and tasks are ranges of that. Which parts are
inner is a matter of speed alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...problem.problem import Problem
from ...records.space import CombinationSpace
from .separable import is_supported

__all__ = ["BLOCK_LENGTH", "Cut", "ExhaustiveTask", "Layout", "cut_of", "exhaustive_tasks", "layout_of"]

#: Inner combinations scored together. 16,384 int32 scores are 64 KiB: they, one
#: operand and a dozen kept vectors stay in a second-level cache of 1 MiB, the fixed
#: cost of an array operation (about 1 us) is spread thin, and four parts of ten
#: pieces make one block. benchmarks/search/scoring.py.
BLOCK_LENGTH = 16_384

#: Ways to fill one part (several pieces of it) that are listed; beyond, the plain path runs.
_MAX_CHOICES = 1 << 17


@dataclass(frozen=True)
class ExhaustiveTask:
    """A half-open range of outer combinations; tiny, so it travels cheaply.

    Attributes
    ----------
    start, stop : int
        Ranks in the space of the outer parts (separable), or in the whole space.
    """

    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class Layout:
    """How the space is cut: outer parts, and inner parts scored as one block.

    Attributes
    ----------
    n_outer : int
        Body parts in front; the rest are inner.
    outer, inner : CombinationSpace
    """

    n_outer: int
    outer: CombinationSpace
    inner: CombinationSpace


def layout_of(problem: Problem, block_length: int) -> Layout | None:
    """The cut whose inner space is largest within `block_length`; None where the plain path must run."""
    if not is_supported(problem) or max(problem.space.choice_counts, default=1) > _MAX_CHOICES:
        return None
    choices, n_outer, length = problem.space.choice_counts, len(problem.space.sizes), 1
    while n_outer and length * choices[n_outer - 1] <= block_length:
        n_outer -= 1
        length *= choices[n_outer]
    if n_outer and length < block_length // 16:
        # One more part would overshoot, but a tiny block wastes its fixed costs:
        # the inner space is then scored in slices.
        n_outer -= 1
    sizes, counts = problem.space.sizes, problem.space.counts
    return Layout(
        n_outer,
        CombinationSpace(sizes[:n_outer], counts[:n_outer]),
        CombinationSpace(sizes[n_outer:], counts[n_outer:]),
    )


@dataclass(frozen=True)
class Cut:
    """What tasks are made of.

    Attributes
    ----------
    n_steps : int
        Steps in the whole space; a task is a range of them.
    step_length : int
        Combinations of a step: step ``i`` begins at rank ``i * step_length``.
    in_order : bool
        Whether a task takes its combinations in rank order, so that those it has
        counted are the first ones.
    """

    n_steps: int
    step_length: int
    in_order: bool


def cut_of(problem: Problem, *, block_length: int = BLOCK_LENGTH, plain: bool = False) -> Cut:
    """How the space is cut; `plain` says that a scorer of its own is used in place of the problem's."""
    layout = None if plain else layout_of(problem, block_length)
    if layout is None:
        return Cut(problem.space.n_combinations, 1, in_order=True)
    length = layout.inner.n_combinations
    return Cut(layout.outer.n_combinations, length, in_order=length <= block_length)


def exhaustive_tasks(
    problem: Problem, n_tasks: int, *, block_length: int = BLOCK_LENGTH, plain: bool = False, start: int = 0
) -> Iterator[ExhaustiveTask]:
    """About `n_tasks` tasks of equal size that cover the space from step `start` on, made one at a time."""
    n_steps = cut_of(problem, block_length=block_length, plain=plain).n_steps - start
    n_tasks = min(max(1, n_tasks), n_steps)
    for i in range(n_tasks):
        yield ExhaustiveTask(start + n_steps * i // n_tasks, start + n_steps * (i + 1) // n_tasks)
