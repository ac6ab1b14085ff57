"""Builds that hold certain pieces, and the best of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.answers._held_pieces import best_score, with_held
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.filler import Filler


@pytest.mark.parametrize("seed", range(60))
def test_the_best_with_two_pieces_is_that_of_all_builds(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=True, decorations=seed % 2 == 0)
        problem = compile_problem(job.table, job.config)
        if problem.space.n_combinations:
            break
    columns = problem.space.block(0, problem.space.n_combinations)
    scores = score_columns(problem, columns, None if problem.decorations is None else Filler(problem).scores)
    usable = [np.ones(len(part.linear), dtype=bool) for part in problem.parts]
    b = rng.randrange(len(problem.parts))
    held = {(b, rng.randrange(len(usable[b])))}
    b = rng.randrange(len(problem.parts))
    held.add((b, rng.randrange(len(usable[b]))))
    fits = np.ones(len(scores), dtype=bool)
    for part, piece in held:
        own = [c == piece for number, c in zip(problem.positions, columns, strict=True) if number == part]
        fits &= np.logical_or.reduce(own)
    expected = int(scores[fits].max(initial=NO_BUILD))
    small = with_held(problem, sorted(held), usable)
    if small is None:
        assert not fits.any()
        return
    assert best_score(small) == (expected, expected)
    for floor in (expected - 1, expected, expected + 1):
        if expected > NO_BUILD:
            assert best_score(small, floor)[0] == max(floor, expected)


def test_a_stop_leaves_a_bound_that_holds() -> None:
    job = random_job(random.Random(5), full=True)
    problem = compile_problem(job.table, job.config)
    best, bound = best_score(problem, should_stop=lambda: True)
    assert best <= bound
