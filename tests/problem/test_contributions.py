"""What pieces, weapon, bonuses and decorations add up to, against the records."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem._contributions import Totals
from equipment_optimizer.records.space import CombinationSpace


@pytest.mark.parametrize("seed", range(100))
def test_a_total_holds_what_each_piece_gives(seed: int) -> None:
    job = random_job(random.Random(seed), full=bool(seed % 2))
    totals = Totals(job.table, job.config)
    skills = sorted(totals.all_skills())
    for chosen in [[], *([name] for name in skills), skills]:
        total = totals.of_skills(chosen)
        dense = np.zeros(job.table.n_pieces, dtype=np.int64)
        dense[total.rows] = total.amounts
        wanted = [sum(level for name, level in piece.skills if name in chosen) for piece in job.table]
        assert dense.tolist() == wanted
        for i, (_, decoration) in enumerate(totals.decorations):
            assert total.decorations[i] == sum(level for name, level in decoration.skills if name in chosen)


@pytest.mark.parametrize("seed", range(100))
def test_the_range_of_a_total_holds_every_build(seed: int) -> None:
    job = random_job(random.Random(seed), full=False, n_most=3)
    totals, space = Totals(job.table, job.config), CombinationSpace.of(job.table)
    if not 0 < space.n_combinations <= 300:
        return
    starts = [int(job.table.part_start[b]) for b, count in enumerate(space.counts) for _ in range(count)]
    for name in sorted(totals.all_skills()):
        total = totals.of_skills([name])
        dense = np.zeros(job.table.n_pieces, dtype=np.int64)
        dense[total.rows] = total.amounts
        low, high = totals.range_of(total)
        most = totals.extent(total)
        for indices in itertools.starmap(space.indices, ((n,) for n in range(space.n_combinations))):
            level = total.base + sum(int(dense[start + i]) for start, i in zip(starts, indices, strict=True))
            least = level + int(total.bonuses.min(axis=1, initial=0).sum())
            assert low <= least
            assert level + int(total.bonuses.max(axis=1, initial=0).sum()) <= high
            assert abs(level) <= most


def test_totals_of_the_same_skills_are_found_once() -> None:
    job = random_job(random.Random(5), full=True)
    totals = Totals(job.table, job.config)
    names = sorted(totals.all_skills())
    total = totals.of_skills(names)
    assert totals.of_skills(tuple(names)) is total
    assert totals.of_skills(names[:1]) is not total
    # Another total of the same amounts is none of those that are kept.
    other = total._replace(base=total.base + 7)
    low, high = totals.range_of(total)
    for _ in range(2):
        assert totals.range_of(total) == (low, high)
        assert totals.range_of(other) == (low + 7, high + 7)
        assert totals.extent(total) == totals.extent(total._replace())
