"""Is this result right, by definition: in range, distinct, sorted, re-scored, nothing better left out.

Held against `oracle` alone; says nothing of how a result was found.
"""

from __future__ import annotations

from fractions import Fraction

import oracle
from random_problems import Job

from equipment_optimizer.records.results import BuildResults


def indices_of(results: BuildResults) -> list[tuple[int, ...]]:
    """Piece indices of every row."""
    return [combination.indices for combination in results.combinations]


def fractions_of(results: BuildResults) -> list[Fraction]:
    """Scores of every row, as fractions."""
    return [Fraction(score, 10**results.score_digits) for score in results.scaled_scores.tolist()]


def check_results(results: BuildResults, job: Job) -> None:
    """Assert every property that a proved result has."""
    results.combinations._check()
    results.table._check()
    scores, indices = fractions_of(results), indices_of(results)
    assert len(scores) == len(results) <= job.config.limit
    assert len(set(indices)) == len(indices)
    assert sorted(zip(scores, indices, strict=True), key=lambda row: (-row[0], row[1])) == list(
        zip(scores, indices, strict=True)
    )
    for score, combination in zip(scores, results.combinations, strict=True):
        assert score == oracle.score(combination.equipment, job.config, job.resistance_names)
    listed = set(indices)
    left_out = [
        build
        for build in oracle.best_builds(job.pieces, job.config, None, job.resistance_names)
        if build.indices not in listed
    ]
    if left_out:
        assert len(results) == job.config.limit
        assert (-left_out[0].score, left_out[0].indices) > (-scores[-1], indices[-1])


def check_early_stop(results: BuildResults, job: Job) -> None:
    """Assert what may be said of a search that was stopped: every claim is checked against the truth."""
    scores, indices = fractions_of(results), indices_of(results)
    truth = oracle.best_builds(job.pieces, job.config, job.config.limit, job.resistance_names)
    belongs = {build.indices for build in truth}
    assert results.proved_rows is not None
    assert len(results.proved_rows) == len(results)
    assert len(set(indices)) == len(indices)
    for proved, rows in zip(results.proved_rows.tolist(), indices, strict=True):
        assert not proved or rows in belongs
    missing = [build.score for build in truth if build.indices not in set(indices)]
    if missing and scores and results.report.gap.is_finite():
        assert max(missing) - scores[-1] <= Fraction(results.report.gap)
