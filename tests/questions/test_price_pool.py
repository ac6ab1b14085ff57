"""Bounds by prices, against the bounds of the search and every build of small problems."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.questions import _price_pool
from equipment_optimizer.questions._price_pool import PricePool
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.relaxation.bounds import Multipliers, relax, root_box, usual_precision
from equipment_optimizer.search.relaxation.piece_classes import PartClasses, merge_pieces


def problem_of(seed: int) -> Problem | None:
    """A problem with decorations and set bonuses whose parts take one piece each."""
    job = random_job(random.Random(seed), full=True, decorations=True, n_most=4)
    problem = compile_problem(job.table, job.config)
    is_small = 0 < problem.space.n_combinations <= 300 and max(problem.space.counts) == 1
    return problem if is_small and problem.decorations is not None and problem.decorations.index else None


def random_prices(problem: Problem, rng: random.Random, precision: int) -> Multipliers:
    n_totals = problem.n_features + len(problem.bonus_names)
    assert problem.decorations is not None
    stock = [rng.choice([0, precision]) if n >= 0 else 0 for n in problem.decorations.stock.tolist()]
    return Multipliers(tuple(rng.randint(-2, 5) * precision for _ in range(n_totals)), tuple(stock))


def everything(classes: tuple[PartClasses, ...]) -> tuple[np.ndarray, ...]:
    return tuple(np.arange(len(part)) for part in classes)


@pytest.mark.parametrize("seed", range(80))
def test_nothing_that_scores_enough_is_ruled_out(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem, rng = problem_of(seed), random.Random(seed)
    if problem is None:
        return
    monkeypatch.setattr(_price_pool, "_MOST_SETS", 3)
    classes, box, precision = merge_pieces(problem), root_box(problem), usual_precision(problem)
    pool = PricePool(problem, classes, box, precision)
    for _ in range(5):
        prices = random_prices(problem, rng, precision)
        bound, loss = pool.add(prices, None)
        relaxed = relax(problem, classes, box, prices, precision)
        assert bound == relaxed.bound_scaled
        assert loss.tolist() == np.concatenate(relaxed.loss).tolist()
    grid = np.indices([len(part) for part in classes]).reshape(len(classes), -1)
    columns = [part.first[place] for part, place in zip(classes, grid, strict=True)]
    scores = Filler(problem).scores(total_columns(problem, columns))
    known = scores[scores > NO_BUILD]
    for least in (int(known.max()), int(np.median(known))) if known.size else (0,):
        good = {tuple(picks) for picks in grid[:, scores >= least].T.tolist()}
        left = pool.left(everything(classes), precision * least)
        assert left is not None or not good
        listed = pool.combinations(left or everything(classes), precision * least, 10**6)
        assert listed is not None
        assert good <= set(zip(*(part.tolist() for part in listed), strict=True))
        assert pool.used <= set(range(problem.n_features))


def test_counts_of_set_bonuses_lower_the_bound_and_too_many_combinations_are_not_listed() -> None:
    problem = next(p for p in map(problem_of, range(400)) if p is not None and p.bonus_names and p.n_features)
    classes, box, precision = merge_pieces(problem), root_box(problem), usual_precision(problem)
    pool = PricePool(problem, classes, box, precision)
    prices = Multipliers((precision,) * (problem.n_features + len(problem.bonus_names)))
    none = np.zeros(len(problem.bonus_names), dtype=np.int64)
    low, high = (*box.low[: problem.n_features], *none.tolist()), (*box.high[: problem.n_features], *none.tolist())
    bound, _ = pool.add(prices, (none, none))
    assert bound == relax(problem, classes, type(box)(low, high), prices, precision).bound_scaled
    assert pool.combinations(everything(classes), -(10**9) * precision, 1) is None or problem.space.n_combinations == 1
