"""The exhaustive engine against the oracle."""

from __future__ import annotations

import random
from fractions import Fraction

import oracle
import pytest
from random_problems import Job, random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.search.engines import SearchOptions, SearchOutcome, search


def rows(outcome: SearchOutcome, problem: Problem) -> list[tuple[Fraction, tuple[int, ...]]]:
    scores = [Fraction(score, 10**problem.digits) for score in outcome.scores.tolist()]
    columns = [column.tolist() for column in outcome.columns]
    return list(zip(scores, zip(*columns, strict=True), strict=True))


def expected(job: Job) -> list[tuple[Fraction, tuple[int, ...]]]:
    builds = oracle.best_builds(job.pieces, job.config, job.config.limit, job.resistance_names)
    return [(build.score, build.indices) for build in builds]


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("seed", range(150))
def test_exhaustive_equals_oracle_at_any_block_length(seed: int, full: bool) -> None:
    job = random_job(random.Random(seed), full=full)
    problem = compile_problem(job.table, job.config)
    want = expected(job)
    for block_length in (1, 7, 64, 8_192):
        options = SearchOptions(engine="exhaustive", workers=1, block_length=block_length)
        outcome = search(problem, job.config.limit, options)
        assert rows(outcome, problem) == want
        assert outcome.report.proved
        assert sum(outcome.report.counts.values()) == problem.space.n_combinations
