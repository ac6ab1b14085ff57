"""Quick bounds: no build scores more once its slots are filled."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.filling.quick_bounds import most_scores


@pytest.mark.parametrize("seed", range(30))
def test_no_build_scores_more(seed: int) -> None:
    job = random_job(random.Random(seed), full=seed % 2 > 0, decorations=True, n_most=3)
    problem = compile_problem(job.table, job.config)
    if problem.decorations is None or not problem.space.n_combinations:
        return
    columns = problem.space.block(0, min(problem.space.n_ranks, 300))
    totals = total_columns(problem, columns)
    filler = Filler(problem)
    before = most_scores(filler, totals)
    scores = filler.scores(totals)
    for most in (before, most_scores(filler, totals)):
        assert (most >= scores).all()
        assert ((most == NO_BUILD) <= (scores == NO_BUILD)).all()
    assert np.array_equal(filler.scores(totals), scores)
