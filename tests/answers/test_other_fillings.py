"""Builds that differ in one decoration: each is a build that may be, and scores no more than the best."""

from __future__ import annotations

import dataclasses
import random

import pytest
from oracle import best_builds
from random_problems import random_job

from equipment_optimizer.answers._other_fillings import joined, one_decoration_exchanged
from equipment_optimizer.output.score_terms import score_terms
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem


@pytest.mark.parametrize("seed", range(12))
def test_exchanged_decorations_never_beat_the_best(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 2 > 0, decorations=True, n_most=3)
        if best_builds(job.pieces, job.config, 1, job.resistance_names):
            break
    results = optimize(job.table, job.config, limit=1)
    others = one_decoration_exchanged(compile_problem(job.table, job.config), results)
    together = joined(results, others)
    assert len(together) == 1 + len(others)
    worth = sum(term.worth for term in score_terms(dataclasses.replace(together, config=job.config)))
    assert int(worth[0]) == int(results.scaled_scores[0])
    assert int(worth.max()) == int(worth[0])
    assert (together.free_slots(0, len(together)).sum(axis=1) == together.free_slots(0, 1).sum()).all()


def test_without_decorations_there_is_nothing_to_exchange() -> None:
    job = random_job(random.Random(1), full=False)
    results = optimize(job.table, job.config, limit=1)
    assert not len(one_decoration_exchanged(compile_problem(job.table, job.config), results))
