"""Tables of what open totals must fall short by."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from equipment_optimizer.search.bounded._shortfalls import sliding_max


@given(values=st.lists(st.integers(-9, 9), min_size=1, max_size=30), data=st.data())
def test_a_sliding_maximum_is_that_of_each_window(values: list[int], data: st.DataObject) -> None:
    window = data.draw(st.integers(1, len(values)))
    want = [max(values[i : i + window]) for i in range(len(values) - window + 1)]
    assert sliding_max(np.array(values), window).tolist() == want
