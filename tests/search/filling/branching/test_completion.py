"""Counts of decorations have their exact score, completed or not, and never more than the best."""

from __future__ import annotations

import numpy as np
import pytest
from programs import setting

from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.branching.completion import Completion


@pytest.mark.parametrize("seed", range(60))
def test_completed_counts_score_what_is_said_and_no_more_than_the_best(seed: int) -> None:
    _, bounds, cases, best = setting(seed)
    program, completion = bounds.program, Completion(bounds.program)
    builds = np.arange(len(cases))
    nothing = np.zeros((len(cases), program.n_decorated), dtype=np.int64)
    counts, score = completion.complete(cases, builds, nothing, program.most)
    assert completion.scores(cases, counts).tolist() == score.tolist()
    assert (counts <= program.most).all()
    assert (completion.scores(cases, nothing) <= best).all()
    assert (score <= best).all()
    assert (nothing == 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_more_than_there_are_slots_is_no_filling(seed: int) -> None:
    _, bounds, cases, _ = setting(seed)
    program, completion = bounds.program, Completion(bounds.program)
    many = np.zeros((len(cases), program.n_decorated), dtype=np.int64)
    many[:, 0] = int(cases.slots.sum(axis=0).max(initial=0)) + 1
    assert (completion.scores(cases, many) == NO_BUILD).all()
