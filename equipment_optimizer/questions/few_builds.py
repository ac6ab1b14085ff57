"""Builds by the limits of a problem alone, where scores are no help.

A search for the best builds lists combinations by their scores. Where limits leave
fewer builds than are wanted no score rules anything out, so it would list everything;
here the limits do, and what is left has only to be filled and scored. Where all builds
score the same the best are the first that keep the limits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..records.equipment import smallest_unsigned
from ..records.results import SearchReport
from ..search.engines import SearchOutcome
from ..search.tuning import ASKED_FIRST
from ._hard_limits import limits_of

if TYPE_CHECKING:
    from ._each_row import EachRow
    from ._limit_questions import LimitQuestions
    from ._rows_in_order import ScoredLimits

__all__ = ["any_build", "few_builds", "first_builds", "kept_pieces", "within"]

#: Combinations that are few: filled and scored in some seconds at worst.
_MOST = 200_000

#: Relaxations, one to two milliseconds each, after which the first builds are given up: those of a part are tried one
#: after the other.
_FIRST_STEPS = 20_000
_MOST_FIRST = 10_000


def few_builds(problem: Problem, should_stop: Callable[[], bool], n_steps: int) -> npt.NDArray[np.intp] | None:
    """One column of rows for each combination, shape (parts, N), none of which is left out that keeps the limits.

    None where there are many, where so many relaxations, one to two milliseconds each, do not tell, or where parts
    take several pieces. Whether there is any at all may take as many again.
    """
    columns = _questions(problem).all_kept(_MOST, within(n_steps, should_stop))
    if columns is None and any_build(problem, within(n_steps, should_stop)) is False:
        return np.zeros((len(problem.parts), 0), dtype=np.intp)
    return columns


def any_build(problem: Problem, should_stop: Callable[[], bool], *, least: int | None = None) -> bool | None:
    """Whether any build keeps the limits; None where that was not found out.

    And scores at least so much, where `least` is given and more of a total never scores less.
    """
    if least is not None:
        scored = _scored(problem, least, merges=True)
        return None if scored is None else scored.has_any(should_stop)
    limits = limits_of(problem.features)
    answer = _questions(problem, merges=True).ask(range(len(limits)), should_stop=should_stop)
    return True if answer.levels is not None else False if answer.proved else None


def kept_pieces(problem: Problem, should_stop: Callable[[], bool]) -> EachRow | None:
    """What tells which pieces of each part any build has that keeps the limits; None where only other searches can."""
    return _questions(problem).each_row(should_stop)


def first_builds(
    problem: Problem,
    limit: int,
    should_stop: Callable[[], bool] | None,
    *,
    before: tuple[int, ...] | None = None,
    least: int | None = None,
) -> SearchOutcome | None:
    """The best `limit` builds of a large problem whose builds all score the same; None where that is not the answer.

    Once it shall stop, those that were found: they are the first. Of those that rank `before` some first rows of the
    parts alone, where these are given. Where `least` is, all that score so much count as the same, see `any_build`.
    """
    space = problem.space
    is_plain = not problem.exclusive and not space.shared_parts and max(space.counts, default=1) == 1
    is_large = before is not None or space.n_combinations > ASKED_FIRST
    score = None if not (is_plain and is_large) else _only_score(problem) if least is None else least
    if score is None or limit > _MOST_FIRST:
        return None
    started = time.perf_counter()
    builds: list[tuple[int, ...]] = []
    should_stop = should_stop or (lambda: False)
    for_first = within(_FIRST_STEPS, should_stop)
    questions = _questions(problem) if least is None else _scored(problem, least)
    # With a build at hand, no search by scores would be done sooner.
    proved = questions is not None and questions.list_first(
        limit, lambda: should_stop() if builds else for_first(), into=builds, before=before
    )
    if not proved and not builds:
        return None
    sizes = space.position_sizes
    total, n_rows = space.n_combinations, len(builds)
    rows = np.array(builds, dtype=np.int64).reshape(n_rows, len(sizes)).T
    columns = [column.astype(smallest_unsigned(size)) for column, size in zip(rows, sizes, strict=True)]
    report = SearchReport(
        engine="bounded",
        n_combinations=total,
        proved=proved,
        counts={
            "enumerated": n_rows,
            "pruned_by_bound": total - n_rows if proved else 0,
            "not_reached": 0 if proved else total - n_rows,
        },
        elapsed_seconds=time.perf_counter() - started,
    )
    proved_rows = None if proved else np.ones(n_rows, dtype=np.bool_)
    return SearchOutcome(columns, np.full(n_rows, score, dtype=np.int64), report, proved_rows)


def _only_score(problem: Problem) -> int | None:
    """What every build scores; None where some score otherwise, or nothing is limited."""
    values = [
        {x for function in (f.value, f.raised_value or f.value) for x in function.corner_values(f.low, f.high)}
        for f in problem.features
    ]
    values += [set(part.linear.tolist()) for part in problem.parts]
    others = [problem.bonus_linear, problem.slot_weights]
    others += [] if problem.decorations is None else [problem.decorations.linear]
    is_flat = all(len(value) == 1 for value in values) and not any(array.any() for array in others)
    is_limited = any(feature.n_limits for feature in problem.features)
    if not is_flat or not is_limited:
        return None
    return problem.base_linear + sum(min(value) for value in values)


def _questions(problem: Problem, *, merges: bool = False) -> LimitQuestions:
    """What knows the limits of a problem; every search can ask it, few do: those load it."""
    from ._limit_questions import LimitQuestions

    return LimitQuestions(problem, limits_of(problem.features), None, merges=merges)


def _scored(problem: Problem, least: int, *, merges: bool = False) -> ScoredLimits | None:
    """What knows the limits of a problem and a score; None where it does not."""
    from ._rows_in_order import ScoredLimits

    return ScoredLimits.of(problem, limits_of(problem.features), least, merges=merges)


def within(n_steps: int, should_stop: Callable[[], bool]) -> Callable[[], bool]:
    """True after so many questions, or once it shall stop."""

    def is_over() -> bool:
        nonlocal n_steps
        n_steps -= 1
        return n_steps < 0 or should_stop()

    return is_over
