"""What the relaxation of all builds points at: a build that there is, and no better than the best."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.answers._relaxed_root import RelaxedRoot, highest_score
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded.run import BoundedSearch


@pytest.mark.parametrize("seed", range(30))
def test_the_rounded_build_is_one_that_there_is(seed: int) -> None:
    job = random_job(random.Random(seed), full=seed % 3 > 0, decorations=seed % 2 == 0)
    problem = compile_problem(job.table, job.config)
    root = RelaxedRoot(problem)
    rounded = root.rounded_build()
    run = BoundedSearch(problem, 1, classes=root.classes, solver=root.solve)
    run.run()
    scores, words = run.top.sorted()
    if len(scores):
        assert highest_score(problem) * 10**problem.digits >= scores[0]
    if rounded is None or not len(scores):
        return
    assert rounded.score <= scores[0]
    # A build's classes lead back to pieces that are alike.
    columns = np.array(run.code.decode(words))
    run.scorer.offer_all(root.picks(columns))
    assert run.top.sorted()[0][0] == scores[0]
    if rounded.score > NO_BUILD and rounded.fillings is not None and run.filler is not None:
        assert (rounded.fillings.free_slots >= 0).all()
        assert rounded.fillings.start[-1] == len(rounded.fillings.count)
