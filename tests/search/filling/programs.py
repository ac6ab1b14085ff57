"""Programs of random problems, with the cases of some builds and what their best fillings score."""

from __future__ import annotations

import numpy as np
from filled import problem_with_slots

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching.build_bounds import BuildBounds
from equipment_optimizer.search.filling.branching.build_lp import BuildLp
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.filling.tables.steps import FillingModel


def setting(seed):
    """A program with the cases of some builds, and what their best fillings score."""
    # Decorations that all score by themselves alone need no branching.
    problem, totals = problem_with_slots(seed, lambda problem, _: not FillingModel(problem).is_plain.all())
    model = FillingModel(problem, 16)
    bounds = BuildBounds(BuildLp(model))
    walking = Filler(problem, precision=16, walks_only=True)
    scores, unfilled = walking.scores(totals), walking.unfilled_scores(totals)
    rows = np.flatnonzero(unfilled > NO_BUILD)
    best = np.where(scores[rows] > NO_BUILD, scores[rows] - unfilled[rows], NO_BUILD)
    entry = model.indices(totals.levels)[list(model.involved)][:, rows]
    modes = {e: mode[rows] for e, mode in model.modes(totals.levels).items()}
    return model, bounds, bounds.program.cases(entry, modes, totals.slots[:, rows]), best
