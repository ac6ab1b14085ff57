"""What cells tell is what looking at every filling tells, and what they do not tell is left to others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from equal_filling_jobs import equal_fillings, job_of, raised_job, rows_of, several_ways

from equipment_optimizer.problem.formula import FormulaProblem
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.filling.cells import first_by_cells as by_cells
from equipment_optimizer.search.product import _first_of_equal
from equipment_optimizer.search.product._fillings import EveryOption
from equipment_optimizer.search.product._first_of_equal import with_first_fillings
from equipment_optimizer.search.product._outcome import Row


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """How many builds were told of how many, each time."""
    counts: list[tuple[int, int]] = []

    def counted(formula, model, builds, should_stop):
        found = first_by_cells(formula, model, builds, should_stop)
        counts.append((len(found[0]), len(builds.scores)))
        return found

    first_by_cells = by_cells.first_by_cells
    monkeypatch.setattr(_first_of_equal, "first_by_cells", counted)
    return counts


def with_first(formula: FormulaProblem, rows: list[Row], should_stop: Callable[[], bool] = lambda: False) -> list[Row]:
    found = with_first_fillings(formula, RankCode(formula.problem.space.position_sizes), rows, should_stop)
    assert found is not None
    return found


@pytest.mark.parametrize("make", [job_of, several_ways, raised_job])
@pytest.mark.parametrize("first", range(0, 40, 10))
def test_most_builds_are_told_by_cells_and_all_rightly(make, first: int, told: list[tuple[int, int]]) -> None:
    for seed in range(200 + first, 205 + first):
        formula = make(seed)
        rows = rows_of(formula)
        assert [contents for _, _, contents in with_first(formula, rows)] == [
            equal_fillings(formula, row)[0] for row in rows
        ], seed
    n_told, n_asked = map(sum, zip(*told, strict=True))
    assert n_told > 0.7 * n_asked > 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("exact_bounds", lambda _: (None, 0)), ("cells_of", lambda *_: None), ("_MOST_ASKED", 0)],
)
def test_what_is_not_told_is_found_otherwise(
    name: str, value: object, told: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [several_ways(seed) for seed in range(3)]
    lists = [rows_of(formula) for formula in jobs]
    wanted = [with_first(formula, rows) for formula, rows in zip(jobs, lists, strict=True)]
    assert sum(n for n, _ in told)
    told.clear()
    monkeypatch.setattr(by_cells, name, value)
    assert [with_first(formula, rows) for formula, rows in zip(jobs, lists, strict=True)] == wanted
    assert told and not any(n for n, _ in told)


def test_large_sums_are_bounded_by_coarser_prices(told: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    def exact(model):
        return exact_bounds(model) if model.precision <= 3 else (None, 3)

    formula = several_ways(1)
    rows = rows_of(formula)
    wanted = with_first(formula, rows)
    exact_bounds = by_cells.exact_bounds
    monkeypatch.setattr(by_cells, "exact_bounds", exact)
    assert with_first(formula, rows) == wanted
    assert told[0] == told[1] and told[0][0]


def test_what_branching_leaves_open_is_not_told(told: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    class Open(by_cells.Branching):
        def run(self, raise_floor, should_stop):
            super().run(raise_floor, lambda: True)

    formula = several_ways(1)
    rows = rows_of(formula)
    wanted = with_first(formula, rows)
    monkeypatch.setattr(by_cells, "Branching", Open)
    assert with_first(formula, rows) == wanted
    assert [n > 0 for n, _ in told] == [True, False]


def test_where_more_may_be_worth_less_nothing_is_told(told: list[tuple[int, int]]) -> None:
    formula = replace(several_ways(1), rises=False)
    rows = [row for row in rows_of(formula) if row[0] > 0]
    assert rows and with_first(formula, rows) == rows  # every filling was looked at before
    assert not told
    totals = total_columns(formula.problem, formula.problem.space.block(0, 1))
    builds = by_cells.CellBuilds(totals, totals.levels, np.array([10**6], dtype=object))
    known, path = by_cells.first_by_cells(formula, EveryOption.of(formula), builds, lambda: False)
    assert not known.size and not path.size
