"""Combinations in the order of their rows, against all of a small problem."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import score_totals, total_columns
from equipment_optimizer.questions import _rows_in_order
from equipment_optimizer.questions._branch_search import BranchSearch
from equipment_optimizer.questions._rows_in_order import NotFoundOut, in_order


@pytest.mark.parametrize("filled", [0, 256])
@pytest.mark.parametrize("seed", range(80))
def test_all_that_score_enough_come_in_order(seed: int, filled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows_in_order, "_FILLED", filled)
    job = random_job(random.Random(seed), decorations=False, n_most=4)
    problem = compile_problem(job.table, job.config)
    if not 0 < problem.space.n_combinations <= 400 or max(problem.space.counts) > 1:
        return
    rows = list(itertools.product(*(range(len(part.linear)) for part in problem.parts)))
    scores = score_totals(problem, total_columns(problem, list(np.array(rows).T)))
    least = int(np.sort(scores)[len(scores) // 2])
    search = BranchSearch(problem, least)

    def kept(picks: Sequence[np.ndarray]) -> np.ndarray:
        columns = [part.first[chosen] for part, chosen in zip(search.classes, picks, strict=True)]
        return score_totals(problem, total_columns(problem, columns)) >= least

    expected = [row for row, score in zip(rows, scores.tolist(), strict=True) if score >= least]
    assert list(in_order(search, kept, ())) == expected


def test_a_stopped_search_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows_in_order, "_FILLED", 0)
    job = next(
        job
        for job in (random_job(random.Random(seed), decorations=False, n_most=4) for seed in range(99))
        if job.table.n_pieces > 6 and compile_problem(job.table, job.config).space.n_combinations > 20
    )
    search = BranchSearch(compile_problem(job.table, job.config), -99, should_stop=lambda: True)
    with pytest.raises(NotFoundOut):
        list(in_order(search, lambda picks: np.zeros(len(picks[0]), dtype=np.bool_), ()))
