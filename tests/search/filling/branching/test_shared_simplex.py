"""The shared simplex finds optima whatever the bounds, from any basis, and says where there is no solution."""

import numpy as np
import pytest

from equipment_optimizer.search.filling.branching import _shared_simplex
from equipment_optimizer.search.filling.branching._shared_simplex import SharedSimplex


def program(seed):
    """A random program with a slack in each row."""
    rng = np.random.default_rng(seed)
    n_rows, n_columns = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    matrix = np.hstack([rng.integers(-2, 4, (n_rows, n_columns)), np.eye(n_rows)]).astype(np.float64)
    cost = np.concatenate([rng.integers(-5, 9, n_columns), np.zeros(n_rows)]).astype(np.float64)
    simplex = SharedSimplex(matrix, cost, np.arange(n_columns, n_columns + n_rows))
    simplex.kind(np.zeros(len(cost), dtype=np.bool_))
    return simplex, rng


def solve(simplex, side, low, high, basis=None):
    """The optimum and its basis; None where there is no solution."""
    basis = basis or simplex.bases[0]
    for _ in range(100):
        resting, values = simplex.values(basis, side[None], low[None], high[None])
        row, above, is_optimal = simplex.violations(basis, values, low[None], high[None])
        if is_optimal[0]:
            x = resting[0]
            x[basis.basic] = values[0]
            return x, basis
        basis = simplex.pivot(basis, int(row[0]), bool(above[0]), 0)
        if basis is None:
            return None
    raise AssertionError("no end")


def by_highs(simplex, side, low, high):
    import highspy

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(simplex.cost), len(side)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = simplex.cost, low, high
    lp.row_lower_ = lp.row_upper_ = side
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.arange(len(side) + 1, dtype=np.int32) * len(simplex.cost)
    lp.a_matrix_.index_ = np.tile(np.arange(len(simplex.cost), dtype=np.int32), len(side))
    lp.a_matrix_.value_ = simplex.matrix.reshape(-1)
    highs.passModel(lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return highs.getObjectiveValue()


@pytest.mark.parametrize("seed", range(40))
def test_optima_are_those_of_another_solver_from_any_basis(seed):
    simplex, rng = program(seed)
    last = None
    for _ in range(8):
        side = rng.integers(-3, 8, simplex.matrix.shape[0]).astype(np.float64)
        low = rng.integers(0, 2, len(simplex.cost)).astype(np.float64)
        high = low + rng.integers(0, 6, len(simplex.cost))
        wanted = by_highs(simplex, side, low, high)
        for start in (None, last):
            found = solve(simplex, side, low, high, start)
            if wanted is None:
                assert found is None
                continue
            x, last = found
            assert simplex.cost @ x == pytest.approx(wanted)
            assert simplex.matrix @ x == pytest.approx(side)
            assert (x >= low - 1e-6).all()
            assert (x <= high + 1e-6).all()


def test_closed_columns_never_enter():
    simplex = SharedSimplex(np.array([[1.0, 1.0, 1.0]]), np.array([1.0, 2.0, 0.0]), np.array([2]))
    closed = simplex.kind(np.array([False, True, False]))
    basis = simplex.bases[0]
    while basis is not None:
        assert 1 not in basis.basic
        basis = simplex.pivot(basis, 0, False, closed) if len(simplex.bases) < 9 else None


def test_inverses_come_back_and_forgotten_bases_are_gone(monkeypatch):
    monkeypatch.setattr(_shared_simplex, "_MOST_INVERSES", 1)
    simplex, rng = program(3)
    high = np.full(len(simplex.cost), 5.0)
    low = np.zeros_like(high)
    sides = [simplex.matrix @ rng.integers(0, 6, len(high)).astype(np.float64) for _ in range(10)]
    before = [solve(simplex, side, low, high) for side in sides]
    last = before[-1][1].number
    assert sum(basis.kept_inverse is not None for basis in simplex.bases) <= 1
    prices = simplex.bases[last].prices.tolist()
    renamed = simplex.forget_but([last])
    assert len(simplex.bases) == len(renamed) <= 2
    assert simplex.bases[renamed[last]].prices.tolist() == pytest.approx(prices)
    after = [solve(simplex, side, low, high) for side in sides]
    assert [simplex.cost @ x for x, _ in after] == pytest.approx([simplex.cost @ x for x, _ in before])
