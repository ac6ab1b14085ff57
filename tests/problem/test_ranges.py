"""No build's totals lie outside the ranges, and what is not coupled reaches their ends."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.ranges import Ranges
from equipment_optimizer.problem.scoring import total_columns


@pytest.mark.parametrize("seed", range(120))
def test_every_build_lies_within_the_ranges(seed: int) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 2), n_most=3)
    problem = compile_problem(job.table, job.config)
    ranges = Ranges.of(problem)
    if not 0 < problem.space.n_combinations <= 400:
        return
    columns = np.array(
        list(itertools.starmap(problem.space.indices, ((n,) for n in range(problem.space.n_combinations))))
    )
    totals = total_columns(problem, list(columns.T))
    finished = np.concatenate([totals.levels, totals.bonus_counts]).T
    assert (ranges.least <= finished).all() and (finished <= ranges.most).all()
    assert (ranges.most_slots >= totals.slots.T).all()
    assert (totals.slots.sum(axis=0) <= ranges.n_slots).all()
    if max(problem.space.counts) == 1:
        # Membership in a bonus is a plain sum, and so is every slot kind.
        assert finished.max(axis=0)[problem.n_features :].tolist() == ranges.most[problem.n_features :].tolist()
        assert totals.slots.max(axis=1).tolist() == ranges.most_slots.tolist()
        assert int(totals.slots.sum(axis=0).max()) == ranges.n_slots


@pytest.mark.parametrize("seed", range(40))
def test_ranges_of_some_rows_are_those_of_a_smaller_problem(seed: int) -> None:
    job = random_job(random.Random(seed), full=True)
    problem = compile_problem(job.table, job.config)
    ranges = Ranges.of(problem, totals=[], slots=[], counts=[])
    base = np.concatenate([problem.base_levels, problem.base_bonus_counts])
    assert (ranges.most == base + ranges.bonus_most).all()
    assert ranges.n_slots == problem.base_slots.sum()
