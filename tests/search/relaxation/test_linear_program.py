"""Linear programs gathered by columns and solved, cold and warm."""

from __future__ import annotations

import builtins
from functools import partial

import numpy as np
import pytest

from equipment_optimizer.errors import UsageError, is_memory_shortage
from equipment_optimizer.search.relaxation.linear_program import LinearProgram, LpSolution, LpSolver


def knapsack() -> LinearProgram:
    """Most of 3 x + 2 y + z; row 0 bounds 2 x + y + z, row 1 bounds x."""
    program = LinearProgram()
    program.add([3.0, 2.0], [(0, [2.0, 1.0]), (1, [1.0, 0.0])])
    program.add([1.0], [(0, 1.0)])
    return program


def test_the_best_solution_and_the_prices_of_its_rows() -> None:
    solution = knapsack().solver(np.array([-np.inf, -np.inf]), np.array([10.0, 4.0])).solve()
    assert solution.status == "optimal"
    assert solution.values == pytest.approx([0.0, 10.0, 0.0])
    assert np.abs(solution.prices) == pytest.approx([2.0, 0.0])


def test_bounds_may_change_between_solutions() -> None:
    solver = knapsack().solver(np.array([-np.inf, -np.inf]), np.array([10.0, 4.0]), presolve=False)
    solver.solve()
    solver.bound_columns(np.array([1], dtype=np.int32), np.array([3.0]))
    assert solver.solve().values == pytest.approx([3.5, 3.0, 0.0])


def test_columns_may_be_limited_together() -> None:
    solver = knapsack().solver(np.array([-np.inf, -np.inf]), np.array([10.0, 4.0]), presolve=False)
    solver.solve()
    solver.limit_columns(np.array([1, 2], dtype=np.int32), 3.0)
    solution = solver.solve()
    assert solution.values == pytest.approx([3.5, 3.0, 0.0])
    assert np.abs(solution.prices) == pytest.approx([1.5, 0.0, 0.5])


def test_what_has_no_solution_gives_a_ray_or_nothing() -> None:
    solution = knapsack().solver(np.array([5.0, -np.inf]), np.array([4.0, 4.0]), presolve=False).solve()
    assert solution.status in ("infeasible", "unknown")
    assert solution.values.size == 0
    assert len(solution.prices) in (0, 2)


@pytest.mark.parametrize(
    ("error", "is_shortage"),
    [
        (ImportError("No module named 'highspy'"), False),
        (ImportError("libhighs.so: failed to map segment from shared object"), True),
    ],
)
def test_why_the_solver_cannot_be_loaded_is_told_as_it_is(
    error: ImportError, is_shortage: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_import = builtins.__import__

    def imports(name: str, *arguments: object) -> object:
        if name == "highspy":
            raise error
        return real_import(name, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", imports)
    with pytest.raises((UsageError, ImportError)) as caught:
        knapsack().solver(np.zeros(2), np.ones(2))
    assert isinstance(caught.value, UsageError) != is_shortage
    assert is_memory_shortage(caught.value) == is_shortage
    assert is_shortage or "highspy" in str(caught.value)


def random_program(seed: int) -> tuple[LpSolver, int]:
    """A program as boxes have: parts of which one column each is chosen, with totals, and some bounds of columns."""
    rng = np.random.default_rng(seed)
    program, n_parts, n_totals = LinearProgram(), 4, 5
    for part in range(n_parts):
        totals = rng.integers(-2, 4, (12, n_totals))
        program.add_matrix(
            rng.integers(0, 10 ** rng.integers(1, 9), 12).astype(float),
            [n_totals + part, *range(n_totals)],
            np.hstack([np.ones((12, 1)), totals]),
        )
    lower = np.append(np.full(n_totals, -np.inf), np.ones(n_parts))
    upper = np.append(rng.integers(2, 9, n_totals).astype(float), np.ones(n_parts))
    return program.solver(lower, upper, presolve=bool(seed % 2)), 12 * n_parts


@pytest.mark.parametrize("seed", range(12))
def test_an_answer_that_is_right_is_taken_whatever_changes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    solver, n_columns = random_program(seed)
    rng = np.random.default_rng(seed)
    for change in range(8):
        columns = rng.choice(n_columns, 9, replace=False).astype(np.int32)
        if change % 4 == 1:
            solver.bound_columns(columns, rng.random(9))
        elif change % 4 == 2:
            solver.limit_columns(columns, 0.5)
        elif change % 4 == 3:
            solver.cost_columns(columns, rng.integers(0, 1000, 9).astype(float))
        solver._is_trusted = False  # so that each is looked at
        honest, answer = solver.solve(), solver.answer()
        assert (answer.status, len(answer.prices)) == (honest.status, len(honest.prices))
        assert answer.status == "infeasible" or answer.values == pytest.approx(honest.values)
        if answer.status != "optimal":
            continue
        for lie in (-honest.prices, 2 * honest.prices + 1, honest.prices[:-1], np.full_like(honest.prices, np.nan)):
            monkeypatch.setattr(solver, "solve", partial(LpSolution, "optimal", honest.values, lie))
            assert solver.answer().status == "unknown"
            monkeypatch.undo()


def test_answers_are_looked_at_less_and_less_until_one_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    solver = knapsack().solver(np.array([-np.inf, -np.inf]), np.array([10.0, 4.0]))
    honest, said = solver.solve(), []
    wrong = LpSolution("optimal", honest.values, -honest.prices)
    monkeypatch.setattr(LpSolver, "solve", lambda _: said[-1])
    for solution in (honest, honest, wrong, honest, wrong, wrong, wrong, wrong, wrong, honest, wrong):
        said.append(solution)
        is_taken = solver.answer() is solution
        # The first, second, fourth and eighth are looked at, and all from the first that is found to be wrong.
        assert is_taken == (solution is honest or len(said) < 8)


def test_the_solver_is_silent_before_it_does_anything(monkeypatch, capfd) -> None:
    import highspy

    setting_up, told = highspy.Highs.enableCallbacks, []

    def set_up(self) -> None:
        told.append(self.getOptionValue("output_flag")[1])
        setting_up(self)

    monkeypatch.setattr(highspy.Highs, "enableCallbacks", set_up)
    knapsack().solver(np.array([-np.inf, -np.inf]), np.array([10.0, 4.0])).solve()
    assert (told, tuple(capfd.readouterr())) == ([False], ("", ""))
