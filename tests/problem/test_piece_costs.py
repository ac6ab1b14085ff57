"""Problems with prices: scores are the old ones, times a factor, less the prices."""

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.piece_costs import divisor, magnified, priced, without_pieces
from equipment_optimizer.search.engines import SearchOptions, search

SEEDS = range(40)


def problem_of(seed):
    job = random_job(random.Random(seed), full=seed % 2 == 0, decorations=seed % 4 < 2)
    return compile_problem(job.table, job.config)


def scores_of(problem, engine="auto"):
    """Score of every build that meets the minima, by its pieces."""
    if not problem.space.n_combinations:
        return {}
    outcome = search(problem, problem.space.n_combinations, SearchOptions(engine=engine, workers=1, backend="serial"))
    builds = zip(*(column.tolist() for column in outcome.columns), strict=True)
    return dict(zip(builds, outcome.scores.tolist(), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_magnified_problem_has_the_old_scores_times_the_factor(seed):
    problem = problem_of(seed)
    larger = magnified(problem, 12)
    assert scores_of(larger) == {build: 12 * score for build, score in scores_of(problem).items()}
    assert larger.score_bound == 12 * problem.score_bound


@pytest.mark.parametrize("engine", ["bounded", "exhaustive"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_build_pays_for_its_pieces(seed, engine):
    problem, dice = problem_of(seed), np.random.default_rng(seed)
    prices = [dice.integers(0, 200, len(part.linear)) for part in problem.parts]
    expected = {
        build: score - sum(int(prices[part][piece]) for part, piece in zip(problem.positions, build, strict=True))
        for build, score in scores_of(problem).items()
    }
    costing = priced(problem, prices)
    assert scores_of(costing, engine) == expected
    assert all(abs(score) <= costing.score_bound for score in expected.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_without_pieces_are_the_builds_that_have_none_of_them(seed):
    problem, dice = problem_of(seed), np.random.default_rng(seed)
    kept = [np.flatnonzero(dice.random(len(part.linear)) < 0.7) for part in problem.parts]
    named = {
        tuple(int(kept[part][piece]) for part, piece in zip(problem.positions, build, strict=True)): score
        for build, score in scores_of(without_pieces(problem, kept)).items()
    }
    allowed = [set(own.tolist()) for own in kept]
    assert named == {
        build: score
        for build, score in scores_of(problem).items()
        if all(piece in allowed[part] for part, piece in zip(problem.positions, build, strict=True))
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_divisor_divides_every_score(seed):
    problem = magnified(problem_of(seed), 6)
    unit = divisor(problem)
    assert unit % 6 == 0 or unit == 1
    assert all(score % unit == 0 for score in scores_of(problem).values())
