"""Random builds with slots, and what their best fillings score: by trying every one."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import numpy as np
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import BlockTotals, feature_values, total_columns
from equipment_optimizer.records.vocabulary import NO_BUILD


def problem_with_slots(
    seed: int, accepts: Callable[[Problem, BlockTotals], bool] = lambda problem, totals: True
) -> tuple[Problem, BlockTotals]:
    """A random problem with decorations, and finished totals of some of its builds; one that `accepts` takes."""
    for attempt in range(1_000):
        job = random_job(random.Random(1_000 * seed + attempt), full=bool(seed % 2), decorations=True)
        problem = compile_problem(job.table, job.config)
        if problem.decorations is None or not problem.space.n_combinations or not problem.slot_levels:
            continue
        totals = total_columns(problem, problem.space.block(0, min(problem.space.n_combinations, 30)))
        if accepts(problem, totals):
            return problem, totals
    raise AssertionError("none has slots")


def best_by_trying(problem: Problem, levels: np.ndarray, slots: list[int]) -> int:
    """The best score of a filling of one build, its linear part left out; `NO_BUILD` where each misses a minimum."""
    jewels = problem.decorations
    assert jewels is not None
    kinds = [k for k, count in enumerate(slots) for _ in range(count)]
    choices = [[None, *np.flatnonzero(jewels.fits[:, k]).tolist()] for k in kinds]
    best = NO_BUILD
    for filling in itertools.product(*choices):
        had = np.bincount([d for d in filling if d is not None], minlength=len(jewels.linear))
        if ((jewels.stock >= 0) & (had > jewels.stock)).any():
            continue
        free = sum(int(problem.slot_weights[k]) for k, d in zip(kinds, filling, strict=True) if d is None)
        worth = int(feature_values(problem, (levels + had @ jewels.levels)[:, None])[0])
        if worth > NO_BUILD:
            best = max(best, worth + int(had @ jewels.linear) + free)
    return best
