"""Which rows are a build: the empty place, pieces in several parts, the first assignment."""

from __future__ import annotations

import random
from collections import Counter

import oracle
import pytest
from random_limits import with_limits
from random_problems import Job, random_job

from equipment_optimizer.records.equipment import NO_PIECE
from equipment_optimizer.verify._builds import Builds, Rows
from equipment_optimizer.verify._conditions import allowed_rows


def builds_of(job: Job) -> Builds:
    return Builds(job.table, allowed_rows(job.table, job.config))


def by_brute_force(job: Job) -> list[Rows]:
    starts = job.table.part_start
    return [
        tuple(int(starts[part]) + i for part, i in zip(job.table.positions, indices, strict=True))
        for indices, _ in oracle.combinations(job.pieces, job.config)
    ]


def small_job(seed: int, wanted: set[str]) -> Job:
    return with_limits(random.Random(seed), random_job(random.Random(seed), full=seed % 2 == 0, n_most=3), wanted)


@pytest.mark.parametrize("wanted", [set(), {"optional", "several"}, {"drawn"}, {"drawn", "optional", "several"}])
@pytest.mark.parametrize("seed", range(15))
def test_every_build_is_there_in_rank_order(seed: int, wanted: set[str]) -> None:
    job = small_job(seed, wanted)
    truth = by_brute_force(job)
    if len(truth) > 3_000:
        return
    builds = builds_of(job)
    assert list(builds.every()) == truth
    for choices, count in zip(builds._choices, builds.counts, strict=True):  # all may stay empty, and no more
        assert sum(map(builds.is_empty, choices)) in (0, count)
    for rows in random.Random(seed).sample(truth, min(20, len(truth))):
        assert builds.first_assignment(rows) == rows
        near = [other for other in builds.neighbours(rows) if other != rows]
        assert set(near) <= set(truth)
        assert all(n_apart(job, rows, other) == 1 for other in near)
    drawn = {builds.random(random.Random(k)) for k in range(20)} - {None}
    assert drawn <= set(truth)


def n_apart(job: Job, one: Rows, other: Rows) -> int:
    """Pieces, empty places among them, that a build has and the other has not."""
    origin = job.table.origin.tolist()
    return (Counter(origin[row] for row in one) - Counter(origin[row] for row in other)).total()


def test_all_neighbours_are_there_where_no_part_draws() -> None:
    job = small_job(4, {"optional", "several"})
    truth = by_brute_force(job)
    here = truth[0]
    near = {other for other in builds_of(job).neighbours(here) if other != here}
    assert near == {other for other in truth if n_apart(job, here, other) == 1 and other != here} | {
        other for other in near if n_apart(job, here, other) == 1
    }
    assert NO_PIECE in job.table.origin
