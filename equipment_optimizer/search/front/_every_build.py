"""The outcomes of every build, for spaces that are sooner looked through than bounded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..bounded.region_boxes import Other
from ..filling.filler import Filler
from ..relaxation.points import Points
from ..tuning import FILLED_BLOCK_LENGTH, PLAIN_BLOCK_LENGTH

__all__ = ["look_at_everything"]


def look_at_everything(
    problem: Problem, others: tuple[Other, ...], points: Points, *, should_stop: Callable[[], bool]
) -> bool:
    """Take the outcomes of all builds into `points`; whether it came to the end."""
    code, space = RankCode(problem.space.position_sizes), problem.space
    filler = None if problem.decorations is None else Filler(problem)
    features = [other.feature for other in others]
    signs = np.array([other.sign for other in others], dtype=np.int64)[:, None]
    for start, stop in space.blocks(PLAIN_BLOCK_LENGTH if filler is None else FILLED_BLOCK_LENGTH):
        if should_stop():
            return False
        columns = space.block(start, stop)
        is_first = space.are_first(columns)
        if is_first is not None:
            columns = [column[is_first] for column in columns]
        totals = total_columns(problem, columns)
        values = totals.levels[features] * signs
        if filler is None:
            scores = score_totals(problem, totals)
        else:
            # What is beaten without regard to rank needs no exact score.
            floor = np.maximum(points.most(values), -problem.score_bound - 1)
            above = BlockTotals(totals.linear - floor, totals.levels, totals.bonus_counts, totals.slots)
            scores = filler.scores(above, 0, should_stop=should_stop)
            scores = np.where(scores > NO_BUILD, scores + floor, NO_BUILD)
        rows = np.flatnonzero(scores > NO_BUILD)
        if rows.size:
            points.add(scores[rows], values[:, rows], code.encode(columns)[:, rows])
    return not should_stop()
