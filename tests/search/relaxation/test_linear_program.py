"""Linear programs gathered by columns and solved, cold and warm."""

from __future__ import annotations

import builtins

import numpy as np
import pytest

from equipment_optimizer.errors import UsageError, is_memory_shortage
from equipment_optimizer.search.relaxation.linear_program import LinearProgram


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
