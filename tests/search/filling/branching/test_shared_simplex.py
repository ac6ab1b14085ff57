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


def solve(simplex, side, low, high, basis=None, kind=0):
    """The optimum and its basis; None where there is no solution."""
    number = np.array([basis or 0])
    for _ in range(100):
        resting, values = simplex.values(number, side[None], low[None], high[None])
        row, above, is_optimal = simplex.violations(number, values, low[None], high[None])
        if is_optimal[0]:
            x = resting[0]
            x[simplex.basic[number[0]]] = values[0]
            return x, int(number[0])
        number = simplex.following(number, row, above, np.array([kind]))
        if number[0] < 0:
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


@pytest.mark.parametrize("seed", range(20))
def test_bases_of_cases_with_fixed_columns_are_starts_for_others(seed):
    simplex, rng = program(100 + seed)
    n_columns = len(simplex.cost)
    simplex.kind(np.arange(n_columns) < 2)
    for _ in range(8):
        low, high = np.zeros(n_columns), rng.integers(0, 6, n_columns).astype(np.float64)
        fixed = np.where(np.arange(n_columns) < 2, 0.0, high)
        side = simplex.matrix @ np.floor(rng.random(n_columns) * (fixed + 1))
        _, basis = solve(simplex, side, low, fixed, kind=1)
        x, _ = solve(simplex, side, low, high, basis)
        assert simplex.cost @ x == pytest.approx(by_highs(simplex, side, low, high))
    reduced = simplex.prices[: simplex.n_bases] @ simplex.matrix - simplex.cost
    status = simplex.status[: simplex.n_bases]
    assert (reduced[status == _shared_simplex._AT_HIGH] <= 1e-6).all()
    assert (reduced[status == _shared_simplex._AT_LOW] >= -1e-6).all()


def test_closed_columns_never_enter():
    simplex = SharedSimplex(np.array([[1.0, 1.0, 1.0]]), np.array([1.0, 2.0, 0.0]), np.array([2]))
    closed = simplex.kind(np.array([False, True, False]))
    number = np.array([0])
    for _ in range(9):
        assert 1 not in simplex.basic[number[0]]
        number = simplex.following(number, np.array([0]), np.array([False]), np.array([closed]))
        if number[0] < 0:
            break


def test_inverses_come_back_and_forgotten_bases_are_gone(monkeypatch):
    monkeypatch.setattr(_shared_simplex, "_MOST_INVERSES", 2)
    monkeypatch.setattr(_shared_simplex, "_BLOCK", 1)
    simplex, rng = program(3)
    high = np.full(len(simplex.cost), 5.0)
    low = np.zeros_like(high)
    sides = [simplex.matrix @ rng.integers(0, 6, len(high)).astype(np.float64) for _ in range(10)]
    before = [solve(simplex, side, low, high) for side in sides]
    last = before[-1][1]
    assert simplex.n_bases > 2
    prices = simplex.prices[last].tolist()
    renamed = simplex.forget_but([last])
    assert simplex.n_bases == len(renamed) <= 2
    assert simplex.prices[renamed[last]].tolist() == pytest.approx(prices)
    after = [solve(simplex, side, low, high) for side in sides]
    assert [simplex.cost @ x for x, _ in after] == pytest.approx([simplex.cost @ x for x, _ in before])


@pytest.mark.parametrize("n_updates", [0, 1, 24])
def test_inverses_are_those_of_their_bases_however_they_came_about(n_updates, monkeypatch):
    monkeypatch.setattr(_shared_simplex, "_MOST_UPDATES", n_updates)
    for seed in range(20):
        simplex, rng = program(seed)
        low = np.zeros(len(simplex.cost))
        for _ in range(6):
            solve(simplex, rng.integers(0, 8, simplex.matrix.shape[0]).astype(np.float64), low, low + 5)
        for number in range(simplex.n_bases):
            inverse = simplex.inverses(np.array([number]))[0]
            expected = np.linalg.inv(simplex.matrix[:, simplex.basic[number]])
            assert inverse.ravel().tolist() == pytest.approx(expected.ravel().tolist())
            assert len(set(simplex.status[number, simplex.basic[number]].tolist())) == 1


def test_cases_at_several_bases_go_on_as_each_alone():
    for seed in range(20):
        simplex, rng = program(seed)
        high = np.full(len(simplex.cost), 5.0)
        low = np.zeros_like(high)
        sides = rng.integers(-3, 8, (12, simplex.matrix.shape[0])).astype(np.float64)
        for side in sides:
            solve(simplex, side, low, high)
        numbers = rng.integers(0, simplex.n_bases, len(sides))
        _, together = simplex.values(numbers, sides, low[None], high[None])
        for case, number in enumerate(numbers.tolist()):
            _, alone = simplex.values(np.array([number]), sides[case][None], low[None], high[None])
            assert together[case].tolist() == pytest.approx(alone[0].tolist())


@pytest.mark.parametrize("seed", range(20))
def test_a_basis_near_the_prices_of_one_has_those_prices(seed):
    simplex, rng = program(seed)
    low, high = np.zeros(len(simplex.cost)), np.full(len(simplex.cost), 5.0)
    for _ in range(6):
        solve(simplex, rng.integers(0, 8, simplex.matrix.shape[0]).astype(np.float64), low, high)
    for prices in simplex.prices[: simplex.n_bases].copy():
        number = simplex.basis_near(prices)
        assert simplex.prices[number].tolist() == pytest.approx(prices.tolist())
    # From whatever prices: a basis, from which optima are found.
    number = simplex.basis_near(rng.normal(size=simplex.matrix.shape[0]))
    side = simplex.matrix @ rng.integers(0, 6, len(low)).astype(np.float64)
    x, _ = solve(simplex, side, low, high, number)
    assert simplex.cost @ x == pytest.approx(simplex.cost @ solve(simplex, side, low, high)[0])


@pytest.mark.parametrize("seed", range(30))
def test_a_count_that_is_moved_loses_at_least_what_is_said(seed):
    simplex, rng = program(seed)
    low, high = np.zeros(len(simplex.cost)), np.full(len(simplex.cost), 5.0)
    for _ in range(4):
        side = simplex.matrix @ rng.uniform(0, 5, len(high))
        x, number = solve(simplex, side, low, high)
        for column in simplex.basic[number].tolist():
            sinks, rises = simplex.losses(np.array([number]), np.array([column]), np.array([0]))
            for lost, name, value in ((sinks[0], "high", x[column] - 0.25), (rises[0], "low", x[column] + 0.25)):
                bounds = {"low": low.copy(), "high": high.copy()}
                bounds[name][column] = value
                moved = solve(simplex, side, **bounds) if 0 <= value <= 5 else None
                if moved is not None:
                    assert simplex.cost @ moved[0] <= simplex.cost @ x - 0.25 * lost + 1e-6
