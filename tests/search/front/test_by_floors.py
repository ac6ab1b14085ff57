"""Fronts of filled slots by searches above floors: the same outcomes, builds and proofs as by boxes and brute force."""

from __future__ import annotations

import dataclasses
import itertools
import random
from fractions import Fraction

import pytest
from oracle_front import Outcome, front
from random_problems import Job, random_job

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.output.outcomes import objective_values
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.results import BuildResults
from equipment_optimizer.search.front import _by_floors as by_floors
from equipment_optimizer.search.front import front as fronts


def rows_of(results: BuildResults) -> list[Outcome]:
    columns = [[Fraction(x, 10**digits) for x in own.tolist()] for _, own, digits in objective_values(results)]
    scores = [Fraction(score, 10**results.score_digits) for score in results.scaled_scores.tolist()]
    indices = [one.indices for one in results.combinations]
    return [Outcome(*row) for row in zip(zip(*columns, strict=True), scores, indices, strict=True)]


def decorated_job(seed: int) -> tuple[Job, Config, list[tuple[str, str, int]]]:
    """A small job with decorations, and a front of totals that only pieces decide, beside the score or not."""
    rng = random.Random(f"floors {seed}")
    job = random_job(rng, full=seed % 2 > 0, decorations=True, n_most=3)
    known = [("defence", "Defence", "Defence")]
    known += [("resistance", name, f"{name} Res") for name in job.resistance_names]
    chosen = [("score", "Score", "Score"), *rng.sample(known, min(len(known), rng.choice([1, 2, 2])))]
    signs = [rng.choice([1, 1, -1]) for _ in chosen]
    texts = tuple("-" * (sign < 0) + text for (_, _, text), sign in zip(chosen, signs, strict=True))
    wanted = [(kind, name, sign) for (kind, name, _), sign in zip(chosen, signs, strict=True)]
    return job, dataclasses.replace(job.config, front=texts), wanted


@pytest.fixture(params=[("_MOST_FILLED", -1), ("_MOST_FILLED", 4), ("_MOST_LOOKED_AT", 10)])
def floors_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Boxes are given up at once, or soon; how many searches above floors each front took."""
    monkeypatch.setattr(fronts, *request.param)
    monkeypatch.setattr(by_floors, "_LISTED", 2)
    runs: list[int] = []
    run = by_floors.FloorRegions.run

    def counted(self: by_floors.FloorRegions) -> None:
        run(self)
        runs.append(self.n_bounded)

    monkeypatch.setattr(by_floors.FloorRegions, "run", counted)
    return runs


def test_above_floors_the_front_is_that_of_brute_force(floors_only: list[int]) -> None:
    n_rows = 0
    for seed in range(30):
        job, config, wanted = decorated_job(seed)
        truth = front(job.pieces, config, wanted, job.resistance_names)
        try:
            results = optimize(job.table, config, engine="bounded")
        except InfeasibleError:
            assert not truth
            continue
        assert rows_of(results) == truth
        assert results.report.proved
        assert sum(results.report.counts.values()) == results.report.n_combinations
        n_rows = max(n_rows, len(truth))
    assert n_rows > 4
    assert max(floors_only) > 4


def test_what_is_proved_of_a_front_that_was_stopped_above_floors_belongs_to_it(floors_only: list[int]) -> None:
    n_stopped = n_proved = 0
    for seed in range(16):
        job, config, _ = decorated_job(seed)
        polls = itertools.count()
        try:
            whole = rows_of(optimize(job.table, config, engine="bounded", should_stop=lambda p=polls: next(p) < 0))
        except InfeasibleError:
            continue
        for n_polls in range(0, next(polls), 5):
            polls = itertools.count()
            results = optimize(job.table, config, engine="bounded", should_stop=lambda p=polls, n=n_polls: next(p) >= n)
            rows = rows_of(results)
            assert results.report.proved == (results.proved_rows is None)
            if results.proved_rows is None:
                assert rows == whole
                continue
            n_stopped += 1
            assert results.report.unsettled
            certain = [row for row, is_proved in zip(rows, results.proved_rows.tolist(), strict=True) if is_proved]
            assert all(row.values in {other.values for other in whole} for row in certain)
            n_proved += len(certain)
    assert n_stopped > 5
    assert n_proved
    assert floors_only
