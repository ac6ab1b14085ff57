"""Weights by name, and amounts that they are multiplied with: the scores of the definition."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from random_limits import with_limits
from random_problems import random_job

from equipment_optimizer.answers._weights import weights_of
from equipment_optimizer.verify._builds import Builds
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify.tables._weights import Weights


@pytest.mark.parametrize("seed", range(30))
def test_values_times_amounts_are_the_score(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=True, n_most=3)
    if seed % 2:
        job = with_limits(rng, job, {"totals", "counts"})
    definition = Definition(job.table, job.config)
    weights = Weights(definition)
    builds = Builds(job.table, allowed_rows(job.table, job.config))
    for _ in range(10):
        rows = builds.random(rng)
        if rows is None:
            break
        totals = definition.totals(rows)
        pairs = zip(weights.values, weights.amounts(totals), strict=True)
        score = sum((value * amount for value, amount in pairs), Fraction(0))
        assert score == Fraction(definition.scaled_score(totals), definition.denominator)


@pytest.mark.parametrize("seed", range(12))
def test_the_weights_are_those_whose_ranges_are_told(seed: int) -> None:
    """Two lists of their own, in the same order."""
    rng = random.Random(seed)
    job = with_limits(rng, random_job(rng, full=True, n_most=3), {"totals", "counts"})
    weights = Weights(Definition(job.table, job.config))
    assert dict(zip(weights.paths, weights.values, strict=True)) == weights_of(job.config)
    assert weights.paths == list(weights_of(job.config))
