"""Which rows are a build: the empty place, pieces in several parts, the first assignment."""

from __future__ import annotations

import itertools
import random
import tracemalloc
from collections import Counter

import oracle
import pytest
from random_limits import with_limits
from random_problems import Job, random_job

from equipment_optimizer.records.config import Config, PartRule
from equipment_optimizer.records.equipment import NO_PIECE, EquipmentPiece
from equipment_optimizer.verify._builds import Builds, ListedBuilds, Rows
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


def test_an_assignment_has_every_piece() -> None:
    """With the weapon in the first place there is none left for the other piece, though the last may stay empty."""
    parts = {"Flex": PartRule(count=1, drawn_from=("Weapon",)), "Weapon": PartRule(count=1, optional=True)}
    job = Job([EquipmentPiece("Bow", "Weapon"), EquipmentPiece("Belt", "Flex")], Config(body_parts=parts))
    builds = builds_of(job)
    names = [[job.table.names[row] for row in rows] for rows in builds.every()]
    assert sorted(names) == [["Belt", ""], ["Belt", "Bow"], ["Bow", ""]]
    assert list(builds.every()) == by_brute_force(job)
    assert all(builds.first_assignment(rows) == rows for rows in builds.every())


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


@pytest.mark.parametrize("n_pieces", [5, 1 << 16, 1 << 17])
def test_a_list_holds_its_builds_in_order(n_pieces: int) -> None:
    draws = random.Random(n_pieces)
    # A last row of 0, or of 256 times something, ends in bytes of zeros.
    pool = [*range(4), n_pieces - 1, *([256, 512] if n_pieces > 512 else [])]
    builds = [(draws.choice(pool), draws.choice(pool), draws.choice(pool)) for _ in range(120)]
    listed = ListedBuilds(3, n_pieces)
    for build in builds:
        listed.append(build)
    assert (len(listed), list(listed), listed[7]) == (120, builds, builds[7])
    first = {build: builds.index(build) for build in builds}
    assert listed.repeated() == {k: first[build] for k, build in enumerate(builds) if first[build] != k}
    for build in itertools.product(pool, repeat=3):
        assert (build in listed) == (build in first)
    listed.append((1, 1, n_pieces - 1))
    assert (1, 1, n_pieces - 1) in listed


def test_a_list_of_nothing_holds_nothing() -> None:
    listed = ListedBuilds(2, 9)
    assert (len(listed), list(listed), listed.repeated(), (0, 0) in listed) == (0, [], {}, False)


def test_a_build_of_a_list_takes_some_bytes() -> None:
    def peak_bytes(n_builds: int) -> int:
        tracemalloc.start()
        try:
            listed = ListedBuilds(6, 600)
            for k in range(n_builds):
                listed.append((k % 100, 100 + k % 90, 200 + k % 7, 300, 400, 500 + k % 11))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert (peak_bytes(9_000) - peak_bytes(1_000)) / 8_000 < 30
