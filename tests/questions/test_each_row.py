"""Which rows stand in any build that keeps all limits, against every build of small problems."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.questions.few_builds import kept_pieces
from equipment_optimizer.search.engines import SearchOptions, search


def problem_of(seed: int) -> Problem | None:
    job = random_job(random.Random(seed), full=True, decorations=bool(seed % 2), n_most=4)
    problem = compile_problem(job.table, job.config)
    return problem if 0 < problem.space.n_combinations <= 1_000 else None


def masks_of(rng: random.Random, problem: Problem, share: float) -> list[np.ndarray]:
    return [np.array([rng.random() < share for _ in part.linear]) for part in problem.parts]


def by_brute_force(problem: Problem, asked, usable) -> list[list[bool]]:
    """Of the asked pieces those with a build of usable others among all that keep the limits."""
    found = search(problem, 10**4, SearchOptions(engine="exhaustive", workers=1))
    builds = list(zip(*(column.tolist() for column in found.columns), strict=True))
    kept = [[False] * len(part.linear) for part in problem.parts]
    for build, b in itertools.product(builds, range(len(problem.parts))):
        others_are = all(usable[number][piece] for number, piece in enumerate(build) if number != b)
        kept[b][build[b]] |= bool(others_are and asked[b][build[b]])
    return kept


@pytest.mark.parametrize("first", range(0, 160, 40))
def test_what_is_kept_is_what_some_build_has(first: int) -> None:
    n_answered = 0
    for seed in range(first, first + 40):
        problem = problem_of(seed)
        question = None if problem is None else kept_pieces(problem, lambda: False)
        if problem is None or question is None:
            continue
        rng = random.Random(seed)
        for share in (1.0, 0.7, 0.4):
            # One question is asked several times.
            asked, usable = masks_of(rng, problem, 0.8), masks_of(rng, problem, share)
            kept = question.kept(asked, usable)
            assert kept is not None
            assert [each.tolist() for each in kept] == by_brute_force(problem, asked, usable)
            n_answered += 1
    assert n_answered > 3


def test_a_stop_leaves_it_open() -> None:
    problem = next(p for p in map(problem_of, range(1, 99, 2)) if p is not None and any(f.n_limits for f in p.features))
    question = kept_pieces(problem, lambda: True)
    assert question is not None
    every = [np.ones(len(part.linear), dtype=bool) for part in problem.parts]
    kept = question.kept(every, every)
    assert kept is None or [each.tolist() for each in kept] == by_brute_force(problem, every, every)
