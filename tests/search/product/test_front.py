"""Exact products, held against bounds of their logarithms; whole fronts are in `search/front/test_by_boxes.py`."""

from __future__ import annotations

import numpy as np

from equipment_optimizer.search.product import front


def test_equal_products_and_those_that_logarithms_do_not_tell_apart() -> None:
    points = front.ProductPoints(1, 1, grain=1)
    huge = 10**40

    def take(products: list[int], others: list[int], words: list[int]) -> None:
        points.take(products, np.array([others]), np.array([words]), [None] * len(products))

    take([huge, huge + 1, huge], [5, 5, 7], [3, 9, 4])
    assert (points.products, points.others.tolist(), points.words.tolist()) == ([huge + 1, huge], [[5, 7]], [[9, 4]])
    take([huge, huge + 1], [7, 5], [2, 10])
    assert points.words.tolist() == [[9, 2]]
    bound, others = np.array([points.next_log(huge)] * 3), np.array([[7, 7, 8]])
    assert points.are_beaten(bound, others).tolist() == [True, True, False]
    assert points.are_beaten(bound, others, np.array([[1, 2, 1]])).tolist() == [False, True, False]
    assert points.are_beaten(bound + 1, others).tolist() == [False] * 3
    least = points.least(others).tolist()
    assert least[0] == least[1] < points.next_log(huge) + 1 and least[2] < 0
    assert points.least(others, np.array([[1, 2, 1]]))[1] == points.next_log(huge) + 1
