"""Parts that draw from the same rows: every set of rows is one combination, the first by rank."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from equipment_optimizer.records.space import CombinationSpace


def random_space(seed: int) -> CombinationSpace:
    rng = random.Random(seed)
    origins, counts, optional = [], [], []
    for _ in range(rng.choice([2, 3, 4])):
        may_be_empty = rng.random() < 0.3
        rows = sorted(rng.sample(range(6), rng.choice([2, 2, 3, 4])))
        origins.append(np.array(rows + [-1] * may_be_empty, dtype=np.int64))
        counts.append(rng.choice([1, 1, 2]))
        optional.append(may_be_empty)
    return CombinationSpace([len(own) for own in origins], counts, optional=optional, origins=origins)


def first_of_each(space: CombinationSpace, origins: list[list[int]]) -> list[tuple[int, ...]]:
    """By trying every rank."""
    parts = [b for b, count in enumerate(space.counts) for _ in range(count)]
    found, seen = [], set()
    for rank in range(space.n_ranks):
        indices = space.indices(rank)
        rows = sorted(row for row in (origins[b][i] for b, i in zip(parts, indices, strict=True)) if row >= 0)
        if len(set(rows)) == len(rows) and tuple(rows) not in seen:
            seen.add(tuple(rows))
            found.append(indices)
    return found


@pytest.mark.parametrize("seed", range(150))
def test_combinations_are_counted_and_recognised(seed: int) -> None:
    space = random_space(seed)
    columns = space.block(0, space.n_ranks)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == [
        space.indices(rank) for rank in range(space.n_ranks)
    ]
    assert all(space.rank(space.indices(rank)) == rank for rank in range(space.n_ranks))
    if not space.origins:
        assert space.are_first(columns) is None
        assert space.n_combinations == space.n_ranks
        return
    wanted = first_of_each(space, [own.tolist() for own in space.origins])
    is_first = space.are_first(columns)
    assert [space.indices(rank) for rank in np.flatnonzero(is_first).tolist()] == wanted
    assert space.n_combinations == len(wanted)
    assert set(space.shared_parts) <= set(range(len(space.sizes)))


@pytest.mark.parametrize("seed", range(60))
def test_what_clashes_is_in_no_combination(seed: int) -> None:
    space = random_space(seed)
    places = [b for b, count in enumerate(space.counts) for _ in range(count)]
    columns = space.block(0, space.n_ranks)
    is_first = space.are_first(columns)
    for p, q in itertools.combinations(range(len(places)), 2):
        clashes = space.clashes(places[p], places[q])
        if clashes is not None and is_first is not None:
            assert not (clashes[columns[p], columns[q]] & is_first).any()


def test_a_part_may_be_left_empty_in_several_places() -> None:
    space = CombinationSpace([3], [2], optional=[True])
    assert [space.indices(rank) for rank in range(space.n_ranks)] == [(0, 1), (0, 2), (1, 2), (2, 2)]
    assert space.of_rows([np.array([0, 1])]).n_combinations == 1
