"""The filling of slots against every filling, and both engines with decorations against the oracle."""

from __future__ import annotations

import random
from fractions import Fraction

import oracle
import pytest
from random_problems import random_job

from equipment_optimizer.compilation import compile_problem
from equipment_optimizer.search import SearchOptions, search


@pytest.mark.parametrize("engine", ["exhaustive", "bounded"])
@pytest.mark.parametrize("seed", range(120))
def test_both_engines_equal_the_oracle_with_decorations(seed: int, engine: str) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 3), decorations=True)
    problem = compile_problem(job.table, job.config)
    builds = oracle.best_builds(job.pieces, job.config, job.config.limit, job.resistance_names)
    outcome = search(problem, job.config.limit, SearchOptions(engine=engine, workers=1))
    scores = [Fraction(score, 10**problem.digits) for score in outcome.scores.tolist()]
    columns = [column.tolist() for column in outcome.columns]
    assert list(zip(scores, zip(*columns, strict=True), strict=True)) == [(b.score, b.indices) for b in builds]
