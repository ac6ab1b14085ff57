"""Cells hold the fillings with which a build comes to its product, and no other ones."""

from __future__ import annotations

import numpy as np
import pytest
from equal_filling_jobs import every_filling, job_of, raised_job, rows_of, several_ways

from equipment_optimizer.problem.formula import FormulaProblem
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.filling.cells import cells as module
from equipment_optimizer.search.filling.cells.cells import NOT_ASKED, Cells, cells_of


def found(formula: FormulaProblem) -> tuple[Cells | None, np.ndarray, list[int], np.ndarray]:
    """The cells of the first rows, their levels, their products, and their slots."""
    rows = [row for row in rows_of(formula) if row[0] > 0]
    words = np.array([words for _, words, _ in rows], dtype=np.int64).T
    totals = total_columns(formula.problem, RankCode(formula.problem.space.position_sizes).decode(words))
    assert formula.problem.decorations is not None
    fitting = np.where(formula.problem.decorations.fits.T[:, :, None], formula.problem.decorations.levels[None], 0)
    most = totals.levels + fitting.max(axis=1, initial=0).T @ totals.slots
    scores = np.array([*(score for score, _, _ in rows), 0], dtype=object)[:-1]
    return cells_of(formula, totals.levels, most, scores), totals.levels, scores.tolist(), totals.slots


@pytest.mark.parametrize("make", [job_of, several_ways, raised_job])
@pytest.mark.parametrize("first", range(0, 40, 10))
def test_what_comes_to_the_product_is_in_a_cell_and_nothing_else(make, first: int) -> None:
    n_cells = n_inside = n_outside = 0
    for seed in range(first, first + 4):
        formula = make(seed)
        if not formula.rises or not any(row[0] > 0 for row in rows_of(formula)):
            continue
        cells, levels, scores, slots = found(formula)
        if cells is None:
            continue
        n_cells += len(cells.owner)
        asked = formula.sums[cells.of[0]][cells.of[1]]
        for build, score in enumerate(scores):
            filled, products = every_filling(formula, levels[:, build], slots[:, build])
            inside = np.zeros(len(products), dtype=np.bool_)
            for c in np.flatnonzero(cells.owner == build).tolist():
                has_levels = (filled >= np.maximum(cells.levels[:, [c]], levels[:, [build]])).all(axis=0)
                inside |= has_levels & (formula.values(asked, filled) >= cells.least[c]).astype(np.bool_)
            assert (inside == (products >= score)).all(), seed
            n_inside += int(inside.sum())
            n_outside += int((~inside).sum())
    assert n_cells and n_outside > n_inside > 0


def test_a_cell_asks_for_no_more_than_another_of_its_build() -> None:
    builds = np.array([1, 0, 0, 0, 0, 1])
    asked = np.array([[3, 2, 1, 2, 2, NOT_ASKED], [1, 5, 6, 5, 7, 1]])
    kept = module._lowest(builds, asked)
    assert kept is not None
    assert kept.tolist() == [2, 1, 5]


def test_where_cells_are_many_they_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = several_ways(1)
    assert found(formula)[0] is not None
    for name in ("_MOST_LEVELS", "_MOST_PARTIAL", "_MOST_MET", "_MOST_OF_BUILD"):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, 0)
            assert found(formula)[0] is None, name


def test_cells_by_further_sums_are_not_looked_for_once_each_build_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    by_sum = module._CellSearch.by_sum

    def noted(search: module._CellSearch, of: tuple[int, int]) -> Cells | None:
        asked.append((len(search._asked(of)), len(search.open_sums())))
        return by_sum(search, of)

    monkeypatch.setattr(module._CellSearch, "by_sum", noted)
    n_spared = 0
    for seed in range(24):
        formula = several_ways(seed)
        if not formula.rises or not any(row[0] > 0 for row in rows_of(formula)):
            continue
        asked.clear()
        cells, _, scores, _ = found(formula)
        n_asked = [n for n, _ in asked]
        assert n_asked == sorted(n_asked)
        if cells is not None and len(cells.owner) == len(scores):
            n_spared += asked[0][1] - len(asked)
    assert n_spared > 0
