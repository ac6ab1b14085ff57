"""The list of products: order, ties, builds that are offered again."""

from __future__ import annotations

import numpy as np

from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.product._products import Products
from equipment_optimizer.search.relaxation.piece_classes import PartClasses


def classes_of(*members: list[int]) -> PartClasses:
    zeros = np.zeros(len(members), dtype=np.int64)
    start = np.cumsum([0, *map(len, members)])
    return PartClasses(1, zeros, zeros[:, None], zeros[:, None][:, :0], start, np.concatenate(members))


def products(limit: int) -> Products:
    part = classes_of([0, 2], [1, 3])
    return Products(limit, RankCode([4, 4]), [part, part])


def exact(*scores: int) -> np.ndarray:
    found = np.empty(len(scores), dtype=object)
    found[:] = scores
    return found


def test_classes_are_expanded_and_ties_go_by_rank() -> None:
    top = products(5)
    top.offer(np.array([[1, 0], [0, 0]], dtype=np.int32), exact(7, 10**30))
    scores, words, _ = top.sorted()
    assert scores == [10**30] * 4 + [7]
    # The second part's pieces 0 and 2 beside piece 0, then beside 2, then the first of class 1.
    assert words.tolist() == [[0, 2, 8, 10, 4]]
    assert top.last == (7, (4,)) and top.is_full


def test_of_a_build_that_is_offered_twice_the_better_counts() -> None:
    top = products(2)
    top.hold(np.array([[5, 6, 7]]), [3, 4, 1])
    top.hold(np.array([[7, 5]]), [9, 2])
    assert top.sorted()[:1] == ([9, 4],)


def test_nothing_is_ruled_out_by_products_that_are_not_positive() -> None:
    top = products(1)
    assert not top.is_full
    top.hold(np.array([[5]]), [-3])
    assert not top.is_full and top.least_log < -(2**60)
    top.hold(np.array([[6]]), [1])
    assert top.is_full and -4 < top.least_log < 0
