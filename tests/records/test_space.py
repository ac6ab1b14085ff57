"""Ranks, piece indices and the words of a rank are inverse to each other, also beyond 64 bits."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import part_sizes, spaces

from equipment_optimizer.records.space import CombinationSpace, RankCode


def nested_loop(sizes: list[int], counts: list[int]) -> list[tuple[int, ...]]:
    """Every combination in the order that defines ranks."""
    own = [itertools.combinations(range(size), count) for size, count in zip(sizes, counts, strict=True)]
    return [tuple(itertools.chain.from_iterable(pick)) for pick in itertools.product(*own)]


def tuples(columns: list[np.ndarray]) -> list[tuple[int, ...]]:
    return list(zip(*[column.tolist() for column in columns], strict=True))


@given(parts=spaces)
def test_ranks_are_places_in_the_nested_loop(parts: list[tuple[int, int]]) -> None:
    sizes, counts = [size for size, _ in parts], [count for _, count in parts]
    space = CombinationSpace(sizes, counts)
    every = nested_loop(sizes, counts)
    assert space.n_combinations == len(every)
    assert math.prod(space.choice_counts) == len(every)
    for rank in {0, len(every) // 3, len(every) // 2, len(every) - 1}:
        assert space.indices(rank) == every[rank]
        assert space.rank(every[rank]) == rank


@given(parts=spaces, length=st.integers(1, 100))
def test_blocks_cover_the_nested_loop(parts: list[tuple[int, int]], length: int) -> None:
    sizes, counts = [size for size, _ in parts], [count for _, count in parts]
    space = CombinationSpace(sizes, counts)
    every = nested_loop(sizes, counts)
    start = len(every) // 5
    found = [row for block in space.blocks(length, start) for row in tuples(space.block(*block))]
    assert found == every[start:]


@given(sizes=part_sizes)
def test_positions_choose_from_their_part(sizes: list[int]) -> None:
    space = CombinationSpace(sizes)
    assert space.position_sizes == tuple(sizes) == space.choice_counts


def test_spaces_beyond_64_bits_have_exact_ranks_and_blocks() -> None:
    space = CombinationSpace([10**4] * 6)
    assert space.n_combinations == 10**24
    last = space.n_combinations - 1
    assert space.indices(last) == (9_999,) * 6
    for rank in (0, 2**63 - 1, 2**63, 123_456_789_012_345_678_901_234, last):
        assert space.rank(space.indices(rank)) == rank
    block = space.block(2**63 - 2, 2**63 + 3)
    assert tuples(block) == [space.indices(rank) for rank in range(2**63 - 2, 2**63 + 3)]
    assert list(space.blocks(10, last - 4)) == [(last - 4, last + 1)]


def test_many_pieces_of_one_part_have_exact_ranks() -> None:
    space = CombinationSpace([60, 7], [30, 2])
    assert space.n_combinations == math.comb(60, 30) * 21
    rng = random.Random(0)
    for _ in range(50):
        rank = rng.randrange(space.n_combinations)
        indices = space.indices(rank)
        assert list(indices[:30]) == sorted(set(indices[:30]))
        assert space.rank(indices) == rank
        assert tuples(space.block(rank, rank + 1)) == [indices]


@pytest.mark.parametrize("rank", [-1, 6, 10**30])
def test_a_rank_outside_the_space_is_refused(rank: int) -> None:
    with pytest.raises(IndexError, match=f"rank {rank} is outside 0 .. 5"):
        CombinationSpace([2, 3]).indices(rank)


def test_a_part_with_too_few_pieces_leaves_no_combination() -> None:
    space = CombinationSpace([3, 1], [1, 2])
    assert space.n_combinations == 0
    assert list(space.blocks(5)) == []


@pytest.mark.parametrize("sizes", [(3, 4), (1,), (2**31, 2**31, 2**31, 5), (2**62, 2), (2**62,), (300,) * 20])
def test_words_compare_as_index_tuples_do_and_decode_to_them(sizes: tuple[int, ...]) -> None:
    code = RankCode(sizes)
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, size, 200) for size in sizes]
    for column, size in zip(columns, sizes, strict=True):
        column[:2] = size - 1
        column[2] = 0
    words = code.encode(columns)
    assert words.shape == (code.n_words, 200)
    assert (words >= 0).all()
    decoded = code.decode(words)
    assert all((mine == theirs).all() for mine, theirs in zip(columns, decoded, strict=True))
    tuples = list(zip(*[column.tolist() for column in columns], strict=True))
    order = sorted(range(200), key=lambda i: tuples[i])
    assert [tuples[i] for i in np.lexsort(words[::-1])] == [tuples[i] for i in order]


def test_small_spaces_need_one_word() -> None:
    assert RankCode((335, 317, 316, 311, 316, 317)).n_words == 1
    assert RankCode(()).encode([]).tolist() == [[0]]
    assert RankCode((10**6,) * 6).n_words == 2


@given(parts=spaces)
def test_words_of_the_front_and_of_the_others_add_up(parts: list[tuple[int, int]]) -> None:
    space = CombinationSpace([size for size, _ in parts], [count for _, count in parts])
    code = RankCode(space.position_sizes)
    indices = space.indices(space.n_combinations // 2)
    for n_front in range(len(indices) + 1):
        others = [np.array([0 if i < n_front else index]) for i, index in enumerate(indices)]
        words = code.encode(others)[:, 0] + np.array(code.encode_front(indices[:n_front]))
        assert words.tolist() == code.encode([np.array([index]) for index in indices])[:, 0].tolist()
