"""Fronts of totals alone beside a formula: which build of an outcome is written, by every build and every filling."""

from __future__ import annotations

import dataclasses
import itertools
import random

import oracle_front
import pytest
from random_formulas import with_formula
from random_fronts import known_objectives, objective_text, rows_of, with_signs
from random_limits import with_limits
from random_problems import Job, random_job

from equipment_optimizer.pipeline import optimize


def job_of(seed: int) -> tuple[Job, list[oracle_front.Wanted]]:
    """A job with a formula that some build satisfies, and objectives of it without the score."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=False, decorations=seed % 2 == 0, n_most=3)
        job = with_formula(rng, with_limits(rng, job, {"totals", "counts"}) if seed % 3 else job)
        known = known_objectives(job)
        chosen = rng.sample(known, min(len(known), rng.choice([2, 2, 3, 4])))
        wanted = with_signs(rng, chosen)
        names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
        if len(wanted) > 1 and oracle_front.front(job.pieces, job.config, wanted, **names):
            texts = tuple(itertools.starmap(objective_text, wanted))
            return dataclasses.replace(job, config=dataclasses.replace(job.config, front=texts)), wanted


@pytest.mark.parametrize("engine", ["auto", "bounded"])
@pytest.mark.parametrize("seed", range(40))
def test_it_is_the_front_of_every_build_each_with_its_highest_product(seed: int, engine: str) -> None:
    job, wanted = job_of(seed)
    names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
    results = optimize(job.table, job.config, engine=engine)
    assert rows_of(results) == oracle_front.front(job.pieces, job.config, wanted, **names)
    assert results.report.proved
    assert sum(results.report.counts.values()) == results.report.n_combinations


@pytest.mark.parametrize("seed", range(6))
def test_after_a_stop_rows_that_are_proved_belong(seed: int) -> None:
    job, _ = job_of(seed)
    every = rows_of(optimize(job.table, job.config, engine="bounded"))
    polls = itertools.count()
    optimize(job.table, job.config, engine="bounded", should_stop=lambda: next(polls) < 0)
    n_all = next(polls)
    for n_polls in range(0, n_all, max(1, n_all // 12)):
        polls = itertools.count()
        stop = lambda polls=polls, n=n_polls: next(polls) >= n
        results = optimize(job.table, job.config, engine="bounded", should_stop=stop)
        if not results.report.proved:
            assert results.report.unsettled
            assert results.proved_rows is not None
            for row, is_proved in zip(rows_of(results), results.proved_rows.tolist(), strict=True):
                assert not is_proved or row in every
