"""Highest counts of values, and what tells pieces apart."""

from __future__ import annotations

import numpy as np
import pytest

from equipment_optimizer.search.by_value import counted_values
from equipment_optimizer.search.by_value.counted_values import CountedValues, told_apart


@pytest.mark.parametrize("at_once", [1, 100])
def test_the_highest_count_is_of_one_value(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted_values, "_AT_ONCE", at_once)
    # Of three pieces of a part: one carries nothing, one a value of its own, one those of two others.
    of_part = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 1]])
    rule = CountedValues([of_part, of_part[[0, 1]]], 2)
    picks = np.array([[0, 1, 2, 2, 1], [0, 1, 1, 0, 0], [0, 0, 2, 1, 1]], dtype=np.int32)
    assert rule.highest([0, 1, 0], picks).tolist() == [0, 1, 2, 1, 1]


def test_pieces_are_told_apart_by_columns_and_values() -> None:
    columns = [np.array([[5], [6]]), np.array([[7]])]
    rule = CountedValues([np.array([[0, 1], [1, 0]]), np.array([[0, 0]])], None)
    assert [of_part.tolist() for of_part in told_apart(columns, [rule])] == [[[5, 0, 1], [6, 1, 0]], [[7, 0, 0]]]
    assert told_apart((), ()) == []
