"""Of what is enumerated of a box, what lies inside and was not enumerated before is offered once, with its score."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from listings import PRECISION, Fixed
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded._boxes import Boxes
from equipment_optimizer.search.bounded._enumerate import Chunk, Enumeration
from equipment_optimizer.search.bounded.scorer import Scorer, gathered
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


def some_chunk(first: int, n_rows: int, used: tuple[object, ...] = ()) -> Chunk:
    rows = np.arange(first, first + n_rows)
    picks = np.stack([rows, -rows]).astype(np.int32)
    return Chunk(picks, 2 * rows, 3 * rows, np.stack([4 * rows]), used)  # type: ignore[arg-type]


@pytest.mark.parametrize("n_rows", [1, 4, 5, 7, 8, 100])
def test_chunks_are_gathered_until_they_are_large(n_rows: int) -> None:
    sizes = [2, 1, 3, 7, 1, 1]
    starts = np.cumsum([0, *sizes])
    # By which further prices a chunk was looked at may change on the way.
    chunks = [some_chunk(int(start), size, ("any",) * (size % 2)) for start, size in zip(starts, sizes, strict=False)]
    found = list(gathered(iter(chunks), n_rows))
    assert [len(chunk.loss) for chunk in found] == {
        1: sizes,
        4: [6, 7, 2],
        5: [6, 7, 2],
        7: [6, 7, 2],
        8: [13, 2],
        100: [15],
    }[n_rows]
    whole, expected = Chunk.joined([replace(chunk, used=()) for chunk in found]), some_chunk(0, 15)
    for name in ("picks", "loss", "shortfall", "totals"):
        assert (getattr(whole, name) == getattr(expected, name)).all()


def test_what_is_gathered_is_not_asked_for_before_it_is_needed() -> None:
    asked = []

    def chunks() -> Iterator[Chunk]:
        for number in range(4):
            asked.append(number)
            yield some_chunk(number, 1)

    found = gathered(chunks(), 2)
    assert len(next(found).loss) == 2
    assert asked == [0, 1]
