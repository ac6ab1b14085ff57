"""No filling scores more than a basis allows, whichever it is."""

from __future__ import annotations

import numpy as np
import pytest
from programs import setting

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching.branching import Branching
from equipment_optimizer.search.filling.branching.completion import Completion


@pytest.mark.parametrize("seed", range(60))
def test_no_filling_scores_more_than_any_basis_allows(seed):
    model, bounds, cases, best = setting(seed)
    completion = Completion(bounds.program)
    floor = np.full(len(cases), NO_BUILD, dtype=np.int64)
    branching = Branching(bounds, completion, cases, floor=floor)
    branching.run(lambda known: floor, lambda: False)
    is_build = best > NO_BUILD
    for number, bound in bounds.by_starts(cases):
        assert (model.top_target(bound)[is_build] >= best[is_build]).all(), number
    if bounds.starts:
        least = bounds.least(bounds.starts, cases, np.arange(len(cases)), bounds.program.most)
        assert (least[is_build] >= best[is_build]).all()
