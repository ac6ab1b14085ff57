"""Packed columns compare and sort as the columns do; packed counts subtract and compare at once."""

import numpy as np
import pytest

from equipment_optimizer.search.filling.tables.packing import SlotCode, clipped, first_of_each, pack_columns


@pytest.mark.parametrize("seed", range(20))
def test_rows_are_equal_in_words_where_their_columns_are(seed):
    rng = np.random.default_rng(seed)
    widths = rng.integers(1, 40, int(rng.integers(1, 8))).tolist()
    columns = [rng.integers(0, min(2**width, 4), 30) for width in widths]
    words = pack_columns(columns, widths, 30)
    assert len(words) <= len(widths)
    rows, packed = np.array(columns).T, np.array(words).T
    assert ((rows[:, None] == rows[None]).all(axis=2) == (packed[:, None] == packed[None]).all(axis=2)).all()


def test_the_first_of_each_value_is_where_it_begins():
    words = [np.array([3, 1, 3, 1, 2]), np.array([0, 0, 0, 1, 0])]
    order = np.lexsort(words[::-1])
    assert order[first_of_each(words, order)].tolist() == [1, 3, 4, 0]
    assert first_of_each([np.zeros(0, dtype=np.int64)], np.zeros(0, dtype=np.intp)).tolist() == []


@pytest.mark.parametrize("most", [[3, 0, 5, 1], [10**9] * 5, [0]])
def test_slots_come_back_and_room_is_by_kind(most):
    rng = np.random.default_rng(0)
    code = SlotCode(np.array(most))
    have, take = (rng.integers(0, np.array(most)[:, None] + 1, (len(most), 40)) for _ in range(2))
    assert code.decode(code.encode(have)).tolist() == have.tolist()
    assert code.has_enough(code.encode(have), code.encode(take)).tolist() == (have >= take).all(axis=0).tolist()
    pairs = code.has_enough(code.encode(have)[:, :, None], code.encode(take)[:, None, :])
    assert pairs.tolist() == (have[:, :, None] >= take[:, None, :]).all(axis=0).tolist()


def test_a_mask_covers_the_counts_of_the_kinds_it_names():
    code = SlotCode(np.array([3, 5]))
    counts = np.array([[2, 2], [4, 4]])
    masked = code.encode(counts) & code.mask(np.array([[True, False], [False, True]]))
    assert code.decode(masked).tolist() == [[2, 0], [0, 4]]


def test_values_are_kept_within_their_range():
    assert clipped(np.array([-2, 1, 9]), 4).tolist() == [0, 1, 4]
    assert clipped(np.array([[5], [5]]), np.array([[3], [9]])).tolist() == [[3], [5]]
