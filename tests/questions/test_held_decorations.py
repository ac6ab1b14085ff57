"""No filling that keeps to what is held is worth more than its slots at their prices and the constant."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.questions._held_decorations import UNLIMITED, HeldDecorations
from equipment_optimizer.search.relaxation.bounds import Multipliers, root_box

PRECISION = 16


def problem_of(seed: int) -> Problem:
    """A problem with at least one decoration that fits somewhere."""
    for attempt in range(1_000):
        job = random_job(random.Random(1_000 * seed + attempt), full=bool(seed % 2), decorations=True)
        problem = compile_problem(job.table, job.config)
        if problem.decorations is not None and problem.decorations.fits.any():
            return problem
    raise AssertionError("none")


@pytest.mark.parametrize("seed", range(60))
def test_no_filling_is_worth_more(seed: int) -> None:
    problem, dice = problem_of(seed), random.Random(seed)
    jewels = problem.decorations
    assert jewels is not None
    places = [(int(d), int(k)) for d, k in np.argwhere(jewels.fits)]
    prices = Multipliers(
        tuple(dice.randint(-200, 200) for _ in root_box(problem).low),
        tuple(dice.choice([0, dice.randint(0, 300)]) if stock >= 0 else 0 for stock in jewels.stock.tolist()),
    )
    least = np.array([dice.choice([0, 0, 0, 1]) for _ in places])
    most = np.array([int(low) + dice.choice([0, 1, 3, UNLIMITED]) for low in least])
    slot_prices = [dice.randint(-50, 400) for _ in problem.slot_weights]
    held = HeldDecorations(problem, places, prices, slot_prices, PRECISION, least=least, most=most)
    held_between = least.tolist(), most.tolist()
    assert not held.changes(0)
    level_price = np.array(prices.price[: problem.n_features], dtype=np.int64)
    worth = PRECISION * jewels.linear + jewels.levels @ level_price
    for _ in range(40):
        counts = np.array([dice.randint(low, min(high, low + 4)) for low, high in zip(*held_between, strict=True)])
        had = np.zeros(len(jewels.linear), dtype=np.int64)
        used = np.zeros(len(problem.slot_levels), dtype=np.int64)
        for (d, k), count in zip(places, counts.tolist(), strict=True):
            had[d] += count
            used[k] += count
        if ((jewels.stock >= 0) & (had > jewels.stock)).any():
            continue
        free = np.array([dice.randint(0, 3) for _ in used])
        value = int(worth @ had) + PRECISION * int(problem.slot_weights @ free)
        assert value <= held.constant + int(held.slot_values @ (used + free))


def test_higher_slots_cost_at_least_what_lower_ones_do() -> None:
    for seed in range(20):
        problem = problem_of(seed)
        assert problem.decorations is not None
        places = [(int(d), int(k)) for d, k in np.argwhere(problem.decorations.fits)]
        nothing = np.zeros(len(places), dtype=np.int64)
        held = HeldDecorations(
            problem,
            places,
            Multipliers(tuple(0 for _ in root_box(problem).low)),
            [100 - 10 * k for k in range(len(problem.slot_levels))],
            PRECISION,
            least=nothing,
            most=nothing,
        )
        for k in range(1, len(problem.slot_levels)):
            if problem.slot_levels[k] > 1:
                assert held.slot_values[k] >= held.slot_values[k - 1]
