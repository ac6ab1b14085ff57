"""Slots are never worth less than any filling within the bounds makes of them, at any prices."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.questions._held_decorations import UNLIMITED, HeldDecorations
from equipment_optimizer.search.relaxation.bounds import Multipliers


@pytest.mark.parametrize("seed", range(300))
def test_no_filling_is_worth_more_than_its_slots_and_the_constant(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=True, decorations=True)
    problem = compile_problem(job.table, job.config)
    decorations = problem.decorations
    if decorations is None or not decorations.index:
        return
    places = [(d, k) for d in range(len(decorations.index)) for k in problem.decoration_places[d]]
    price = tuple(rng.randint(-20, 20) for _ in range(problem.n_features))
    stock_price = tuple(rng.randint(0, 9) if stock >= 0 else 0 for stock in decorations.stock.tolist())
    least = np.array([rng.choice([0, 0, 1]) for _ in places])
    most = least + np.array([rng.choice([0, 1, UNLIMITED]) for _ in places])
    most = np.where(most > 9, UNLIMITED, most)
    slot_prices = [rng.randint(-5, 30) for _ in problem.slot_levels]
    held = HeldDecorations(problem, places, Multipliers(price, stock_price), slot_prices, 3, least=least, most=most)
    worth = 3 * decorations.linear + decorations.levels @ np.array(price, dtype=np.int64)
    slots = [rng.choice([0, 0, 1, 2]) for _ in problem.slot_levels]
    if sum(slots) > 4:
        return
    kinds = [k for k, n in enumerate(slots) for _ in range(n)]
    best: int | None = None
    for contents in itertools.product(range(-1, len(decorations.index)), repeat=len(kinds)):
        used = [0] * len(places)
        value, is_right = 0, True
        for k, d in zip(kinds, contents, strict=True):
            if d < 0:
                value += 3 * int(problem.slot_weights[k])
                continue
            is_right &= bool(decorations.fits[d, k])
            value += int(worth[d])
            # The place of a slot is the highest lowest kind that is not above it.
            below = [j for j, (other, lowest) in enumerate(places) if other == d and lowest <= k]
            if below:
                used[below[-1]] += 1
        totals = np.bincount([d for d in contents if d >= 0], minlength=len(decorations.index))
        is_right &= bool(((decorations.stock < 0) | (totals <= decorations.stock)).all())
        if is_right and (np.array(used) >= least).all() and (np.array(used) <= most).all():
            best = value if best is None else max(best, value)
    assert best is None or best <= int(held.slot_values @ np.array(slots)) + held.constant
    assert not held.changes(0)
