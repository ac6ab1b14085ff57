"""Boxes divide the space; leaves raise the best score of their own class, and only what may do so is filled."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import score_columns, total_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import _piece_class_boxes as scoring
from equipment_optimizer.search.bounded._piece_class_boxes import NEVER, BestOfClasses, ClassBox, ClassScorer, partition
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.relaxation.bounds import root_box, usual_precision
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


@pytest.mark.parametrize("seed", range(40))
def test_all_leaves_give_each_class_its_best(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_MOST_ROWS", 5)
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=True, decorations=seed % 2 == 0)
        problem = compile_problem(job.table, job.config)
        if problem.space.n_combinations and set(problem.space.counts) == {1}:
            break
    classes = merge_pieces(problem)
    grid = np.indices([len(part) for part in classes]).reshape(len(classes), -1)
    filler = None if problem.decorations is None else Filler(problem)
    columns = [part.first[pick] for part, pick in zip(classes, grid, strict=True)]
    scores = score_columns(problem, columns, None if filler is None else filler.scores)
    best = BestOfClasses(problem, classes, [np.ones(len(part), dtype=np.bool_) for part in classes])
    scorer = ClassScorer(problem, classes, best, filler=filler, extra=None, should_stop=lambda: False)
    b = rng.randrange(len(classes))
    scorer.fill([(b, grid.astype(np.int32), np.full(grid.shape[1], problem.score_bound))])
    for i in range(len(classes[b])):
        assert best.known[b][i] == scores[grid[b] == i].max()
    assert all((own == NO_BUILD).all() for number, own in enumerate(best.known) if number != b)


@pytest.mark.parametrize("seed", range(60))
def test_every_build_that_keeps_the_minima_is_in_one_box(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=True)
        problem = compile_problem(job.table, job.config)
        if problem.space.n_combinations:
            break
    boxes = partition(problem, merge_pieces(problem), usual_precision(problem))
    totals = total_columns(problem, problem.space.block(0, problem.space.n_combinations))
    finished = np.concatenate([totals.levels, totals.bonus_counts])

    def inside(box):
        low, high = np.array(box.low)[:, None], np.array(box.high)[:, None]
        return ((finished >= low) & (finished <= high)).all(axis=0)

    times = np.sum([inside(box) for box in boxes], axis=0)
    assert times.tolist() == inside(root_box(problem)).astype(int).tolist()


def test_what_is_listed_lowers_a_bound_and_no_build_stays_none() -> None:
    box = ClassBox(None, [np.array([50, NEVER])], [], [], [np.array([9, -1])])
    assert box.unlisted_scaled(0).tolist() == [40, NEVER]
