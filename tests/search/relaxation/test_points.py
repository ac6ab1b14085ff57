"""Outcomes that are known: what beats what, by comparing each with each."""

from __future__ import annotations

import random

import numpy as np
import pytest

from equipment_optimizer.search.relaxation import points as points_module
from equipment_optimizer.search.relaxation.points import NONE_KNOWN, Points


def by_hand(rows: set[tuple[int, ...]], n_others: int) -> set[tuple[int, ...]]:
    """Of rows (first, others..., rank) those that no other reaches; of equal ones the first rank."""
    best: dict[tuple[int, ...], int] = {}
    for *values, rank in rows:
        best[tuple(values)] = min(rank, best.get(tuple(values), rank))
    kept = [v for v in best if not any(w != v and all(a >= b for a, b in zip(w, v, strict=True)) for w in best)]
    return {(*values, best[values]) for values in kept}


@pytest.mark.parametrize("n_others", [0, 1, 2, 3])
@pytest.mark.parametrize("most_cells", [1 << 21, 2])
def test_what_is_left_is_what_nobody_reaches(n_others: int, most_cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points_module, "_MOST_CELLS", most_cells)
    rng = random.Random(n_others)
    for _ in range(20):
        points, offered = Points(n_others, 1), set()
        for _ in range(rng.randint(1, 5)):
            rows = np.array([[rng.randint(0, 4) for _ in range(n_others + 2)] for _ in range(rng.randint(1, 12))]).T
            offered |= set(map(tuple, rows.T.tolist()))
            points.add(rows[0], rows[1:-1], rows[-1:])
            found = set(zip(points.first.tolist(), *points.others.tolist(), *points.words.tolist(), strict=True))
            assert found == by_hand(offered, n_others)
        asked = np.array([[rng.randint(-1, 5) for _ in range(30)] for _ in range(n_others)], dtype=np.int64)
        asked = asked.reshape(n_others, 30)
        most = points.most(asked)
        for k in range(30):
            reached = [
                row[0] for row in found if all(a >= b for a, b in zip(row[1:-1], asked[:, k].tolist(), strict=True))
            ]
            assert most[k] == max(reached, default=NONE_KNOWN)


def test_an_equal_outcome_of_a_lower_rank_is_not_beaten() -> None:
    points = Points(1, 1)
    points.add(np.array([5]), np.array([[3]]), np.array([[7]]))
    first, others = np.array([5, 5, 5, 6]), np.array([[3, 3, 2, 3]])
    assert points.are_beaten(first, others).tolist() == [True, True, True, False]
    assert points.are_beaten(first, others, np.array([[6, 7, 6, 9]])).tolist() == [False, True, True, False]


def test_of_equal_outcomes_the_first_by_rank_is_kept() -> None:
    points = Points(1, 1)
    points.add(np.array([1, 1, 0]), np.array([[2, 2, 2]]), np.array([[5, 4, 0]]))
    assert points.words.tolist() == [[4]]
