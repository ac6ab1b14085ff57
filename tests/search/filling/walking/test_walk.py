"""A walk finds the best filling within its slack, merged or in halves, and says nothing once it is stopped."""

import numpy as np
import pytest
from fillings import n_best_found, settings

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.walking import _walk
from equipment_optimizer.search.filling.walking._walk import FillingWalk, WalkedBuilds
from equipment_optimizer.search.filling.walking.staged_walk import entries_of
from equipment_optimizer.search.relaxation.bounds import Multipliers


def walk(own, target, **options):
    model, totals = own.model, own.totals
    prices = FillingPrices(model, Multipliers((0,) * own.problem.n_features))
    bound = prices.bounds(entries_of(model, totals.levels), totals.slots)
    slack = np.maximum(bound - model.precision * target, 0)
    builds = WalkedBuilds(model.indices(totals.levels), totals.slots, model.modes(totals.levels), slack, slack)
    done = FillingWalk(model, prices, builds, **options)
    done.run()
    reaches = (done.best >= 0) & (bound >= model.precision * target)
    best = np.where(reaches, (bound - slack + done.best) // model.precision, NO_BUILD)
    return done, best


@pytest.mark.parametrize("most", [1, 20, 16_384])
def test_the_best_within_the_room_is_found(most, monkeypatch):
    monkeypatch.setattr(_walk, "_MAX_ROWS", most)
    n_found = 0
    for own in settings(60):
        low = np.full(len(own.cases), -3 * own.problem.score_bound)
        n_found += n_best_found(own, walk(own, low)[1])
    assert n_found > 20


def test_nothing_is_found_above_the_best():
    for own in settings(30):
        low = np.full(len(own.cases), -3 * own.problem.score_bound)
        _, best = walk(own, low)
        _, above = walk(own, np.where(best > NO_BUILD, best + 1, 0))
        assert (above[best > NO_BUILD] <= best[best > NO_BUILD]).all()


def test_a_walk_that_is_stopped_found_nothing():
    for own in settings(20):
        if own.model.steps:
            done, _ = walk(own, np.full(len(own.cases), -3 * own.problem.score_bound), should_stop=lambda: True)
            assert (done.best == -1).all()
