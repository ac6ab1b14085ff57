"""The first build of a list by the names of some of its pieces."""

from __future__ import annotations

import random

import pytest
from random_problems import random_job

from equipment_optimizer.errors import InfeasibleError
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.verify._builds import Builds
from equipment_optimizer.verify._conditions import allowed_rows
from equipment_optimizer.verify._definition import Definition
from equipment_optimizer.verify._named_builds import same_named
from equipment_optimizer.verify.tables._best_fillings import BestFillings
from equipment_optimizer.verify.tables._first_build import FirstBuild
from equipment_optimizer.verify.tables._weights import Weights


def looked_for(job) -> tuple[FirstBuild, Definition]:
    definition = Definition(job.table, job.config)
    builds = Builds(job.table, allowed_rows(job.table, job.config))
    by_part = same_named(definition, builds.allowed)
    weights = Weights(definition)
    fillings = BestFillings(definition, weights, lambda: None)
    return FirstBuild(
        definition, builds, weights, fillings, [by_part[part] for part in job.table.positions]
    ), definition


def listed(seed: int):
    """A random job, the first build of its list, and the rows of that."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 3 == 1, decorations=seed % 2 == 0, n_most=3)
        try:
            results = optimize(job.table, job.config, limit=1)
        except InfeasibleError:
            continue
        start = job.table.part_start
        columns = zip(job.table.positions, results.combinations.columns, strict=True)
        return job, results, tuple(int(start[part]) + int(column[0]) for part, column in columns)


@pytest.mark.parametrize("n_known", [0, 1, 2])
@pytest.mark.parametrize("seed", range(12))
def test_it_is_that_of_the_list(seed: int, n_known: int) -> None:
    job, results, rows = listed(seed)
    first, _ = looked_for(job)
    names = {position: job.table.names[rows[position]] for position in range(n_known)}
    first.find(names, 10_000, 10_000, lambda rows: None)
    assert first.is_certain
    assert {filled.rows for filled in first.filled} == {rows}
    assert {first.score(filled) for filled in first.filled} == {results.score(0)}
    assert rows in first.namesakes({position: job.table.names[row] for position, row in enumerate(rows)})


@pytest.mark.parametrize("seed", [1, 5, 7])
def test_where_builds_are_too_many_it_is_climbed_to(seed: int) -> None:
    job, _, rows = listed(seed)
    first, definition = looked_for(job)
    names = {0: job.table.names[rows[0]]}
    first.find(names, 2, 2, definition.feasible_score)
    assert not first.is_certain
    assert all(job.table.names[filled.rows[0]] == names[0] for filled in first.filled)
    first.find({0: "nobody"}, 2, 2, definition.feasible_score)
    assert first.is_certain  # there is none


@pytest.mark.parametrize("seed", [0, 2, 4, 8])
def test_where_not_all_that_may_be_it_are_filled_that_is_told(seed: int) -> None:
    job, _, _ = listed(seed)
    first, _ = looked_for(job)
    first.find({}, 10_000, 0, lambda rows: None)
    assert not first.is_certain
    assert first.filled == []
