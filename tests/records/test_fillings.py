"""Fillings of some rows are those of the rows, however they are asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.records.fillings import Fillings

COUNTS = [2, 0, 3, 1, 0, 0, 4]
FILLINGS = Fillings(
    start=np.cumsum([0, *COUNTS]),
    decoration=np.arange(sum(COUNTS)),
    count=np.arange(sum(COUNTS)) + 100,
    free_slots=np.arange(4 * len(COUNTS)).reshape(-1, 4),
)


def taken_apart(fillings):
    rows = []
    for k in range(len(fillings.start) - 1):
        inside = slice(fillings.start[k], fillings.start[k + 1])
        rows.append(
            (fillings.decoration[inside].tolist(), fillings.count[inside].tolist(), fillings.free_slots[k].tolist())
        )
    return rows


@given(key=st.slices(len(COUNTS)))
def test_any_slice_takes_the_same_rows(key):
    chosen = FILLINGS.of_rows(range(len(COUNTS))[key])
    assert taken_apart(chosen) == taken_apart(FILLINGS)[key]
    assert len(chosen.free_slots) == len(chosen.start) - 1


def test_rows_that_follow_each_other_are_views():
    chosen = FILLINGS.of_rows(range(2, 5))
    assert np.shares_memory(chosen.decoration, FILLINGS.decoration)
    assert np.shares_memory(chosen.free_slots, FILLINGS.free_slots)


def test_lists_are_joined_one_after_the_other():
    halves = [FILLINGS.of_rows(range(2)), FILLINGS.of_rows(range(2, 2)), FILLINGS.of_rows(range(2, len(COUNTS)))]
    assert taken_apart(Fillings.joined(halves)) == taken_apart(FILLINGS)
