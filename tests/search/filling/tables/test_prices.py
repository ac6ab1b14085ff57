"""Whatever the prices, no filling scores more than its bound."""

from __future__ import annotations

import random

import numpy as np
import pytest
from filled import problem_with_slots

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.walking.deepening import entries_of
from equipment_optimizer.search.relaxation.bounds import Multipliers


@pytest.mark.parametrize("seed", range(60))
def test_no_filling_scores_more_than_its_bound(seed: int) -> None:
    problem, totals = problem_with_slots(seed)
    dice = random.Random(seed)
    filler = Filler(problem, precision=16, walks_only=True)
    unfilled, scores = filler.unfilled_scores(totals), filler.scores(totals)
    rows = np.flatnonzero(scores > NO_BUILD)
    stock = problem.decorations.stock.tolist()
    for _ in range(5):
        multipliers = Multipliers(
            tuple(dice.randint(-200, 200) for _ in problem.features),
            tuple(dice.randint(0, 200) if n >= 0 else 0 for n in stock) if any(n >= 0 for n in stock) else (),
        )
        prices = FillingPrices(filler.model, multipliers)
        bound = prices.bounds(entries_of(filler.model, totals.levels), totals.slots)
        assert (filler.model.top_target(bound)[rows] >= (scores - unfilled)[rows]).all()
        assert (prices.slot_values >= filler.model.precision * problem.slot_weights).all()
