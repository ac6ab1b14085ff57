"""Boxes divide the space: every build is in one of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.search.bounded._class_boxes import NEVER, ClassBox, partition
from equipment_optimizer.search.relaxation.bounds import root_box, usual_precision
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


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
    assert box.unlisted(0).tolist() == [40, NEVER]
