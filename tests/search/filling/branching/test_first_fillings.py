"""The filling found from prices of its build is the one that walking all finds first."""

import numpy as np
from fillings import settings

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching.branching import Branching
from equipment_optimizer.search.filling.branching.first_fillings import FirstFillings
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.walking.staged_walk import WalkedFillings


def test_both_ways_find_the_same_options_at_every_step():
    n_known = n_unknown = 0
    for own in settings(150):
        branching = Branching(own.bounds, own.completion, own.cases, floor=np.full(len(own.cases), NO_BUILD))
        branching.run(lambda best: np.full_like(best, NO_BUILD), lambda: False)
        rows = np.flatnonzero(~branching.is_open & (branching.best > NO_BUILD))
        if not rows.size:
            continue
        levels, slots = own.totals.levels[:, rows], own.totals.slots[:, rows]
        best = branching.best[rows]
        first = FirstFillings(own.model, own.bounds, own.completion, levels, slots)
        first.follow(best, branching.counts[rows], branching.owner[rows], lambda: False)
        pool = [FillingPrices(own.model, own.bounds.multipliers(n)) for n in sorted(set(branching.owner.tolist()))]
        paths = WalkedFillings(own.model, levels, slots, floor=best, pool=pool).paths(best, lambda: False)
        for g in range(len(rows)):
            if first.is_known[g]:
                assert tuple(first.path[:, g].tolist()) == paths[g]
        n_known += int(first.is_known.sum())
        n_unknown += int((~first.is_known).sum())
    assert n_known > 100
    assert n_known > 5 * n_unknown
