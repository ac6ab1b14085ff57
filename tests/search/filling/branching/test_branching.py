"""Branching gives what walking gives, or leaves a build open; its fillings are worth what it says."""

from __future__ import annotations

import numpy as np
import pytest
from programs import setting

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching.branching import Branching
from equipment_optimizer.search.filling.branching.completion import Completion


@pytest.mark.parametrize("seed", range(60))
def test_the_best_is_that_of_walking_or_open(seed):
    _, bounds, cases, best = setting(seed)
    completion = Completion(bounds.program)
    floor = np.full(len(cases), NO_BUILD, dtype=np.int64)
    branching = Branching(bounds, completion, cases, floor=floor)
    branching.run(lambda known: floor, lambda: False)
    is_closed = ~branching.is_open
    assert branching.best[is_closed].tolist() == best[is_closed].tolist()
    assert (branching.best <= best).all()
    is_filled = branching.best > NO_BUILD
    worth = completion.scores(cases, branching.counts)
    assert worth[is_filled].tolist() == branching.best[is_filled].tolist()
