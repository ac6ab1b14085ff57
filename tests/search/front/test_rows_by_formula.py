"""Fronts of totals alone beside a formula: which build of an outcome is written, by every build and every filling."""

from __future__ import annotations

import dataclasses
import itertools
import random
from fractions import Fraction

import oracle_front
import pytest
from random_formulas import with_formula
from random_limits import with_limits
from random_problems import Job, random_job

from equipment_optimizer.output.outcomes import objective_values
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.results import BuildResults


def job_of(seed: int) -> tuple[Job, list[oracle_front.Wanted]]:
    """A job with a formula that some build satisfies, and objectives of it without the score."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=False, decorations=seed % 2 == 0, n_most=3)
        job = with_formula(rng, with_limits(rng, job, {"totals", "counts"}) if seed % 3 else job)
        known = [("defence", "Defence"), *(("resistance", name) for name in job.resistance_names)]
        known += [("total", name) for name in job.config.totals]
        known += [("count", name) for name, rule in job.config.counts.items() if rule.column is None]
        known += [("skill", name) for name in job.config.skills]
        chosen = rng.sample(known, min(len(known), rng.choice([2, 2, 3, 4])))
        wanted = [(kind, name, rng.choice([1, 1, -1])) for kind, name in chosen]
        names = {"resistance_names": job.resistance_names, "other_names": job.other_names}
        if len(wanted) > 1 and oracle_front.front(job.pieces, job.config, wanted, **names):
            texts = tuple(itertools.starmap(objective_text, wanted))
            return dataclasses.replace(job, config=dataclasses.replace(job.config, front=texts)), wanted


def objective_text(kind: str, name: str, sign: int) -> str:
    suffix = {"total": " (total)", "count": " (count)", "skill": " (skill)", "resistance": " Res"}.get(kind, "")
    return f"{'-' * (sign < 0)}{name}{suffix}"


def rows_of(results: BuildResults) -> list[oracle_front.Outcome]:
    columns = [[Fraction(x, 10**digits) for x in values.tolist()] for _, values, digits in objective_values(results)]
    scores = [Fraction(score, 10**results.score_digits) for score in results.scaled_scores.tolist()]
    indices = [one.indices for one in results.combinations]
    return [oracle_front.Outcome(*row) for row in zip(zip(*columns, strict=True), scores, indices, strict=True)]


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
