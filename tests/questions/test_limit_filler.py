"""Fillings that keep limits, against every filling of small problems."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from limit_problems import all_totals, random_problem

from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.questions._limit import limits_of
from equipment_optimizer.questions._limit_filler import LimitFiller


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
