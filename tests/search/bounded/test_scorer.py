"""Of what is enumerated of a box, what lies inside and was not enumerated before is offered once, with its score."""

from __future__ import annotations

import random

import numpy as np
import pytest
from listings import PRECISION, Fixed
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded._boxes import Boxes
from equipment_optimizer.search.bounded._enumerate import Enumeration
from equipment_optimizer.search.bounded.scorer import Scorer
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.relaxation.bounds import root_box
from equipment_optimizer.search.relaxation.box_lp import solve_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


@pytest.mark.parametrize("decorations", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_everything_of_the_root_is_offered_with_its_best_score(seed: int, decorations: bool) -> None:
    dice = random.Random(seed)
    for _ in range(100):
        job = random_job(dice, full=bool(seed % 2), decorations=decorations)
        problem = compile_problem(job.table, job.config)
        root = root_box(problem)
        if problem.space.n_combinations and all(low <= high for low, high in zip(root.low, root.high, strict=True)):
            break
    classes = merge_pieces(problem)
    filler = None if problem.decorations is None else Filler(problem, precision=PRECISION)
    scorer = Scorer(problem, classes, 10**6, filler=filler, is_stopped=lambda: False)
    boxes = Boxes(problem, classes, scorer.top, solver=solve_box, filler=filler, precision=PRECISION)
    assert scorer.least_score == max(NO_BUILD, -problem.score_bound)
    boxes.add(root)
    for opened in list(boxes):
        enumeration = Enumeration(problem, classes, root, opened.relaxed)
        for chunk in enumeration.leaves(Fixed(2**61)):
            scorer.offer(opened, boxes, chunk.picks[enumeration.step_of_position], chunk.totals)
    columns = problem.space.block(0, problem.space.n_combinations)
    if filler is None:
        wanted = score_columns(problem, columns)
    else:
        from equipment_optimizer.search.filling.filled_scores import FilledScores

        wanted = FilledScores(problem)(columns)
    found, _ = scorer.top.sorted()
    assert found.tolist() == np.sort(wanted[wanted > NO_BUILD])[::-1].tolist()
