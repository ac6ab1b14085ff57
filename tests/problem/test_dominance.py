"""What is left out always has a stand-in, and nothing is kept for nothing."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.dominance import never_harms, undominated
from equipment_optimizer.problem.problem import Feature
from equipment_optimizer.problem.value_function import ValueFunction


def stands_in(p: int, q: int, columns: np.ndarray, may_rise: np.ndarray, scarce: np.ndarray) -> bool:
    """By definition: whether row p does all that row q does."""
    return not scarce[p] and all(
        a >= b if rises else a == b for a, b, rises in zip(columns[p], columns[q], may_rise, strict=True)
    )


@pytest.mark.parametrize("seed", range(200))
def test_a_row_is_left_out_where_enough_others_do_all_that_it_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, q = int(rng.integers(0, 9)), int(rng.integers(0, 4))
    columns = rng.integers(0, 3, (n, q))
    may_rise, scarce = rng.random(q) < 0.7, rng.random(n) < 0.3
    count = int(rng.integers(1, 4))
    kept = undominated(columns, may_rise, scarce, count)
    for row in range(n):
        better = [
            p
            for p in range(n)
            if p != row
            and stands_in(p, row, columns, may_rise, scarce)
            and (p < row or not stands_in(row, p, columns, may_rise, scarce))
        ]
        assert kept[row] == (len(better) < count)


def feature(value: ValueFunction, raised: ValueFunction | None = None, raised_by: int = -1) -> Feature:
    return Feature("", "skill", "", value, raised, raised_by, None, 0, 9)


def test_more_harms_where_a_function_falls_or_raises_another_to_its_harm() -> None:
    rising, falling = ValueFunction.capped(3, 2), ValueFunction.penalised(3, 2, 0)
    assert never_harms([feature(rising), feature(falling)]).tolist() == [True, False]
    raises = feature(ValueFunction.linear(0))
    assert never_harms([raises, feature(rising, ValueFunction.capped(5, 2), 0)]).tolist() == [True, True]
    assert never_harms([raises, feature(ValueFunction.capped(5, 2), rising, 0)]).tolist() == [False, True]


@pytest.mark.parametrize("seed", range(60))
def test_a_level_more_is_never_worth_less_where_it_is_said_so(seed: int) -> None:
    job = random_job(random.Random(seed), full=True)
    problem = compile_problem(job.table, job.config)
    for f, harmless in zip(problem.features, never_harms(problem.features).tolist(), strict=True):
        if harmless:
            assert all(f.value.at(x) <= f.value.at(x + 1) for x in range(f.low, min(f.high, f.low + 40)))
