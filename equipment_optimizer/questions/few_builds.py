"""All combinations that may keep the limits of a problem, where those are few.

A search for the best builds lists combinations by their scores. Where limits leave
fewer builds than are wanted no score rules anything out, so it would list everything;
here the limits do, and what is left has only to be filled and scored.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem

__all__ = ["few_builds"]

#: Combinations that are few: filled and scored in some seconds at worst.
_MOST = 200_000

#: Relaxations, one to two milliseconds each, after which it is given up.
_MOST_STEPS = 2_000


def few_builds(problem: Problem, should_stop: Callable[[], bool]) -> npt.NDArray[np.intp] | None:
    """One column of rows for each combination, shape (parts, N), none of which is left out that keeps the limits.

    None where there are many, where that is not found out soon, or where parts take several pieces.
    """
    # Every search can ask this, few do: the questions are loaded by those.
    from ._limit import limits_of
    from ._limit_questions import LimitQuestions

    n_left = _MOST_STEPS

    def is_over() -> bool:
        nonlocal n_left
        n_left -= 1
        return n_left < 0 or should_stop()

    return LimitQuestions(problem, limits_of(problem.features), None, merges=False).all_kept(_MOST, is_over)
