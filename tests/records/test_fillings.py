"""Fillings of some rows are those of the rows, however they are asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.records import fillings
from equipment_optimizer.records.fillings import Fillings

COUNTS = [2, 0, 3, 1, 0, 0, 4]
FILLINGS = Fillings(
    start=np.cumsum([0, *COUNTS]),
    decoration=np.arange(sum(COUNTS)),
    count=np.arange(sum(COUNTS)) + 100,
    free_slots=np.arange(4 * len(COUNTS)).reshape(-1, 4),
)


def taken_apart(several):
    rows = []
    for k in range(len(several.start) - 1):
        inside = slice(several.start[k], several.start[k + 1])
        rows.append(
            (several.decoration[inside].tolist(), several.count[inside].tolist(), several.free_slots[k].tolist())
        )
    return rows


@given(key=st.slices(len(COUNTS)), is_narrow=st.booleans())
def test_any_slice_takes_the_same_rows(key, is_narrow):
    chosen = (FILLINGS.narrow() if is_narrow else FILLINGS).of_rows(range(len(COUNTS))[key])
    assert taken_apart(chosen) == taken_apart(FILLINGS)[key]
    assert {array.dtype for array in vars(chosen).values()} == {np.dtype(np.int64)}
    assert len(chosen.free_slots) == len(chosen.start) - 1


def test_rows_that_follow_each_other_are_views():
    chosen = FILLINGS.of_rows(range(2, 5))
    assert np.shares_memory(chosen.decoration, FILLINGS.decoration)
    assert np.shares_memory(chosen.free_slots, FILLINGS.free_slots)


def test_lists_are_joined_one_after_the_other():
    halves = [FILLINGS.of_rows(range(2)), FILLINGS.of_rows(range(2, 2)), FILLINGS.of_rows(range(2, len(COUNTS)))]
    assert taken_apart(Fillings.joined(halves)) == taken_apart(FILLINGS)


def test_narrow_ones_are_the_same_in_few_bytes():
    narrow = FILLINGS.narrow()
    assert taken_apart(narrow) == taken_apart(FILLINGS)
    assert {array.dtype for array in vars(narrow).values()} == {np.dtype(np.uint8)}
    assert all(
        again is array for again, array in zip(vars(narrow.narrow()).values(), vars(narrow).values(), strict=True)
    )
    halves = [FILLINGS.of_rows(range(3)).narrow(), FILLINGS.of_rows(range(3, len(COUNTS))).narrow()]
    assert taken_apart(Fillings.joined(halves)) == taken_apart(FILLINGS)
    large = Fillings(np.array([0, 1]), np.array([70_000]), np.array([256]), np.array([[0, 0, 300, 0]]))
    assert taken_apart(large.narrow()) == taken_apart(large)


def test_decorations_that_occur_are_told_once_and_in_order(monkeypatch):
    monkeypatch.setattr(fillings, "_AT_ONCE", 3)
    numbers = np.array([7, 2, 2, 0, 7, 5, 2, 300])
    assert Fillings(np.array([0, 8]), numbers, numbers, np.zeros((1, 4))).decorations() == [0, 2, 5, 7, 300]
    assert FILLINGS.of_rows(range(0)).decorations() == []
