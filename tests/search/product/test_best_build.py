"""The best build of a configuration by its formula, and the best filling of one that is given."""

from __future__ import annotations

import random

import numpy as np
import pytest
from oracle import best_builds
from random_formulas import with_formula
from random_problems import random_job

from equipment_optimizer.search.engines import SearchOptions
from equipment_optimizer.search.product.best_build import best_build


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_first_of_every_build_and_its_filling_that_of_the_build(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        job = with_formula(rng, random_job(rng, decorations=seed % 2 == 0, n_most=3))
        builds = best_builds(job.pieces, job.config, None, job.resistance_names, other_names=job.other_names)
        if builds:
            break
    found = best_build(job.table, SearchOptions(), job.config)
    assert [int(column[0]) for column in found.columns] == list(builds[0].indices)
    chosen = rng.choice(builds)
    columns = [np.array([index], dtype=np.int64) for index in chosen.indices]
    filled = best_build(job.table, SearchOptions(), job.config, columns)
    assert filled.report.proved
    # Scores of one job have one scale.
    assert chosen.score * int(found.scores[0]) == builds[0].score * int(filled.scores[0])
