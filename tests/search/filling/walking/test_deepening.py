"""Walking finds the best filling of every build that matters, held against trying all of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from filled import best_by_trying, problem_with_slots

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.tables.steps import FillingModel
from equipment_optimizer.search.filling.walking.deepening import WalkedFillings
from equipment_optimizer.search.relaxation.bounds import Multipliers

#: Slots of a build beyond which not every filling is tried.
FEW = 4


def few_slots(seed):
    problem, totals = problem_with_slots(seed, lambda _, totals: bool((totals.slots.sum(axis=0) <= FEW).any()))
    rows = np.flatnonzero(totals.slots.sum(axis=0) <= FEW)[:6]
    truth = [best_by_trying(problem, totals.levels[:, row], totals.slots[:, row].tolist()) for row in rows]
    return problem, totals.take(rows), np.array(truth, dtype=np.int64)


@pytest.mark.parametrize("seed", range(25))
def test_the_best_filling_is_that_of_all(seed):
    problem, totals, truth = few_slots(seed)
    dice = random.Random(seed)
    model = FillingModel(problem, 16)
    fixed = model.fixed_values(totals.levels)
    pool = [
        FillingPrices(model, Multipliers(tuple(dice.randint(-99, 99) * n for _ in problem.features))) for n in (0, 1, 1)
    ]
    never = np.full(len(truth), NO_BUILD, dtype=np.int64)
    walked = WalkedFillings(model, totals.levels, totals.slots, floor=never, pool=pool)
    walked.run(lambda: False)
    is_build = (truth > NO_BUILD) & (fixed > NO_BUILD)
    assert (walked.best + fixed)[is_build].tolist() == truth[is_build].tolist()
    # With a floor, what reaches it is exact and nothing else is claimed.
    floor = (truth - fixed) + np.array([dice.choice([-5, 0, 1, 7]) for _ in truth])
    again = WalkedFillings(model, totals.levels, totals.slots, floor=floor, pool=pool)
    again.run(lambda: False)
    reached = is_build & (truth - fixed >= floor)
    assert again.best[reached].tolist() == (truth - fixed)[reached].tolist()
    assert (again.best[is_build & ~reached] < floor[is_build & ~reached]).all()


def test_who_is_told_to_stop_claims_nothing():
    problem, totals, truth = few_slots(3)
    model = FillingModel(problem, 16)
    pool = [FillingPrices(model, Multipliers((0,) * problem.n_features))]
    never = np.full(len(truth), NO_BUILD, dtype=np.int64)
    walked = WalkedFillings(model, totals.levels, totals.slots, floor=never, pool=pool)
    walked.run(lambda: True)
    assert (walked.best == NO_BUILD).all()
