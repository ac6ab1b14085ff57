"""Both engines keep every kind of limit, alone and with others: the lists are those of brute force."""

from __future__ import annotations

import random
from fractions import Fraction

import oracle
import pytest
from random_limits import LIMITS, with_limits
from random_problems import Job, random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.search.engines import SearchOptions, SearchOutcome, search
from equipment_optimizer.search.filling.filler import Filler

#: Combinations and slots up to which brute force takes some hundredths of a second.
_MOST_RANKS = {False: 1_000, True: 50}
_MOST_SLOTS = 5


def limited_job(seed: int, wanted: set[str] | None) -> tuple[Job, Problem] | None:
    """A random job with limits, where brute force is affordable."""
    decorated = seed % 4 == 0
    job = with_limits(
        random.Random(seed), random_job(random.Random(seed), full=seed % 3 != 0, decorations=decorated), wanted
    )
    problem = compile_problem(job.table, job.config)
    n_slots = sum(
        count * int(part.slots.sum(axis=1).max(initial=0))
        for count, part in zip(problem.space.counts, problem.parts, strict=True)
    )
    is_small = problem.space.n_ranks <= _MOST_RANKS[decorated] and n_slots <= _MOST_SLOTS
    return (job, problem) if is_small and problem.space.n_combinations else None


def rows_of(problem: Problem, outcome: SearchOutcome) -> list[tuple[Fraction, tuple[int, ...]]]:
    indices = zip(*[column.tolist() for column in outcome.columns], strict=True)
    scores = [Fraction(score, 10**problem.digits) for score in outcome.scores.tolist()]
    return list(zip(scores, indices, strict=True))


def check(job: Job, problem: Problem, limit: int) -> bool:
    """Hold both engines against brute force; whether some build keeps all limits."""
    names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
    truth = oracle.best_builds(job.pieces, job.config, limit, **names)
    if not job.config.pin_all:
        assert problem.space.n_combinations == sum(1 for _ in oracle.combinations(job.pieces, job.config))
    for engine in ("exhaustive", "bounded"):
        outcome = search(problem, limit, SearchOptions(engine=engine, workers=1))
        assert rows_of(problem, outcome) == [(build.score, build.indices) for build in truth], engine
        assert sum(outcome.report.counts.values()) == problem.space.n_combinations, engine
        if problem.decorations is not None and len(outcome.scores):
            # Raises where a filling does not score what was found.
            (outcome.filler or Filler(problem)).written(outcome.columns, outcome.scores)
    return bool(truth)


@pytest.mark.parametrize("kind", [*LIMITS, "any"])
def test_engines_keep_limits_as_brute_force_does(kind: str) -> None:
    n_answered = 0
    for seed in range(60):
        if found := limited_job(seed, None if kind == "any" else {kind}):
            n_answered += check(*found, limit=(1, 3, 40)[seed % 3])
    assert n_answered >= 15
