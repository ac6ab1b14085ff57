"""Fillings that keep limits, against every filling of small problems."""

from __future__ import annotations

import dataclasses
import itertools
import random

import numpy as np
import pytest
from limit_problems import all_totals, random_problem

from equipment_optimizer.problem.problem import CompiledDecorations
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.questions._filled_within_limits import LimitFiller
from equipment_optimizer.questions._hard_limits import limits_of


@pytest.mark.parametrize("seed", range(200))
def test_a_build_is_found_where_there_is_one(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng)
    limits = limits_of(problem.features)
    places = [limit.feature for limit in limits]
    if problem.decorations is None or not limits:
        return
    filler = LimitFiller(problem, limits, places)
    space = problem.space
    columns = [np.array(column) for column in zip(*map(space.indices, range(space.n_combinations)), strict=True)]
    totals, builds = total_columns(problem, columns), all_totals(problem, None)
    for asked, goal in itertools.product(([], [0], range(len(limits))), (None, 0, len(limits) - 1)):
        away = rng.randint(0, 3) * (-1 if goal is not None and limits[goal].is_maximum else 1)
        kept = set(asked) - {goal}
        if not filler.knows(kept, goal):
            assert len(set(places)) < len(places)
            continue

        def keeps(total: tuple[int, ...], kept: set[int] = kept, goal: int | None = goal, away: int = away) -> bool:
            near = goal is None or limits[goal].keeps(total[limits[goal].feature] + away)
            return near and all(limits[i].keeps(total[limits[i].feature]) for i in kept)

        found = filler.first(totals, kept, None if goal is None else (goal, away))
        assert (found is not None) == any(map(keeps, builds))
        if found is not None:
            place, counts = found
            total = tuple((totals.levels[:, place] + counts @ problem.decorations.levels).tolist())
            assert total in builds and keeps(total)


@pytest.mark.parametrize("seed", range(150))
def test_sets_that_are_said_to_be_kept_are_kept_by_some_filling(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng)
    limits = limits_of(problem.features)
    if problem.decorations is None or not limits:
        return
    levels, kinds = rng.choice([0, 3]), 2
    given = np.array([[rng.choice([0, 1, 1, 2]) for _ in problem.features] for _ in range(levels + 2)])
    decorations = CompiledDecorations(
        tuple(range(len(given))),
        np.zeros(len(given), dtype=np.int64),
        given,
        np.array([[low, True] for low in rng.choices([True, False], k=len(given))]),
        np.array([rng.choice([-1, -1, -1, 1]) for _ in given]),
    )
    problem = dataclasses.replace(
        problem,
        decorations=decorations,
        slot_levels=(1, 2),
        slot_weights=np.zeros(kinds, dtype=np.int64),
        base_slots=np.zeros(kinds, dtype=np.int64),
        parts=tuple(
            dataclasses.replace(part, slots=np.column_stack([part.slots, part.slots[::-1]])) for part in problem.parts
        ),
    )
    filler = LimitFiller(problem, limits, [limit.feature for limit in limits])
    total = np.array([rng.randint(0, 4) for _ in problem.features])
    slots = np.array([rng.randint(0, 2) for _ in range(kinds)])
    sets = np.arange(2 ** len(limits))
    fillings = [
        np.array(counts)
        for counts in itertools.product(range(int(slots.sum()) + 1), repeat=len(given))
        if sum(counts) <= slots.sum()
        and sum(n for n, low in zip(counts, decorations.fits[:, 0], strict=True) if not low) <= slots[1]
        and all(n <= stock or stock < 0 for n, stock in zip(counts, decorations.stock, strict=True))
    ]
    begun = rng.choice([None, *fillings])
    # Of several combinations it is enough that one keeps them.
    others = [np.array([n for _ in range(3)]) for n in ([*total, *slots])]
    assert np.array_equal(
        filler.kept_sets(np.array(others[: len(total)]), np.array(others[len(total) :]), None, sets),
        filler.keeps(total[:, None], slots[:, None], sets)[0],
    )
    for bits, kept in zip(
        sets.tolist(), filler.kept_sets(total[:, None], slots[:, None], begun, sets).tolist(), strict=True
    ):
        chosen = [limit for i, limit in enumerate(limits) if bits >> i & 1]
        ends = [total + counts @ given for counts in fillings]
        is_kept = any(all(limit.keeps(int(end[limit.feature])) for limit in chosen) for end in ends)
        assert is_kept or not kept
        # A single limit that needs no several decorations is never missed.
        if len(chosen) == 1 and all(limit.keeps(int(total[limit.feature])) for limit in chosen) and begun is None:
            assert kept
