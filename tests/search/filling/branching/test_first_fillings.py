"""Of all best fillings the first in the order of steps is written: by branching the same as by walking."""

from __future__ import annotations

import numpy as np
import pytest
from filled import problem_with_slots

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.filler import Filler


@pytest.mark.parametrize("seed", range(60))
def test_branching_writes_what_walking_writes(seed: int) -> None:
    problem, totals = problem_with_slots(seed)
    walking, branching = Filler(problem, walks_only=True), Filler(problem)
    scores = walking.scores(totals)
    chosen = totals.take(np.flatnonzero(scores > NO_BUILD))
    assert branching.scores(totals).tolist() == scores.tolist()
    assert branching.fillings(chosen.levels, chosen.slots) == walking.fillings(chosen.levels, chosen.slots)
