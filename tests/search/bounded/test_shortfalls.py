"""Tables of what open totals must fall short by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from listings import setting

from equipment_optimizer.search.bounded import _shortfalls as shortfalls
from equipment_optimizer.search.bounded._shortfalls import sliding_max


@given(values=st.lists(st.integers(-9, 9), min_size=1, max_size=30), data=st.data())
def test_a_sliding_maximum_is_that_of_each_window(values: list[int], data: st.DataObject) -> None:
    window = data.draw(st.integers(1, len(values)))
    want = [max(values[i : i + window]) for i in range(len(values) - window + 1)]
    assert sliding_max(np.array(values), window).tolist() == want


@pytest.mark.parametrize("entries", [4, 2])
def test_tables_are_as_long_as_they_may_be_and_no_longer(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortfalls, "_MAX_TABLE", entries)
    tables = [table for seed in range(0, 60, 2) for step in setting(seed)[2]._tables for table in step]
    lengths = {len(table.shortfall) for table in tables if table.shift}
    assert max(lengths) <= entries
    assert min(lengths) > entries // 2
