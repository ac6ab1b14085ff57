"""Packed columns are equal, sorted and merged as the columns are; packed counts come back and are compared at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.search.filling.tables.packing import SlotCode, clipped, first_of_each, pack_columns

counts_and_most = st.lists(st.integers(0, 2**20), min_size=0, max_size=9)


@given(widths=st.lists(st.integers(1, 62), min_size=1, max_size=8), seed=st.integers(0, 99))
def test_words_are_equal_where_all_columns_are(widths: list[int], seed: int) -> None:
    dice = np.random.default_rng(seed)
    columns = [dice.integers(0, min(2**width, 3), 40) for width in widths]
    words = pack_columns(columns, widths, 40)
    assert len(words) <= len(widths)
    assert all((word >= 0).all() for word in words)
    rows, packed = list(zip(*columns, strict=True)), list(zip(*words, strict=True))
    assert [a == b for a in rows for b in rows] == [a == b for a in packed for b in packed]
    order = np.lexsort(words[::-1])
    firsts = first_of_each(words, order)
    assert len(firsts) == len(set(rows))
    assert len({rows[order[place]] for place in firsts}) == len(firsts)
    # Within a word the order is that of the columns, so that all of it is.
    assert sorted(rows) == [rows[place] for place in order]


def test_no_columns_need_no_words() -> None:
    assert pack_columns([], [], 3) == []
    assert first_of_each([], np.arange(0)).tolist() == []


@given(most=counts_and_most, seed=st.integers(0, 99))
def test_counts_come_back_and_room_is_told_kind_by_kind(most: list[int], seed: int) -> None:
    dice = np.random.default_rng(seed)
    code = SlotCode(np.array(most, dtype=np.int64))
    have, take = (dice.integers(0, np.array(most, dtype=np.int64)[:, None] + 1, (len(most), 30)) for _ in range(2))
    assert code.decode(code.encode(have)).tolist() == have.tolist()
    assert code.n_words == len(code.widths)
    room = np.broadcast_to(code.room(code.encode(have), code.encode(take)), 30)
    assert room.tolist() == (have >= take).all(axis=0).tolist()
    # What is taken where there is room leaves the difference.
    left = code.decode(code.encode(have) - code.encode(take))
    assert left[:, room].tolist() == (have - take)[:, room].tolist()


def test_a_mask_names_all_bits_of_a_count() -> None:
    code = SlotCode(np.array([3, 5]))
    words = code.encode(np.array([[3], [5]]))
    named = np.array([[True], [False]])
    assert code.decode(words & ~code.mask(named)).tolist() == [[0], [5]]
    assert (code.encode(np.array([[0], [5]])) & code.mask(named)).tolist() == [[0]]


@pytest.mark.parametrize(("values", "last", "result"), [([-3, 0, 9], 4, [0, 0, 4]), ([], 4, [])])
def test_values_are_clipped(values: list[int], last: int, result: list[int]) -> None:
    assert clipped(np.array(values, dtype=np.int64), last).tolist() == result
