"""Blocks of combinations are scored alike, by one filler or by copies of what it fills for."""

import pickle

import numpy as np
import pytest
from fillings import setting

from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.filled_scores import FilledScores
from equipment_optimizer.search.filling.filler import Filler


def test_what_was_pickled_scores_the_same() -> None:
    own = next(known for known in map(setting, range(9)) if known is not None)
    columns = own.problem.space.block(0, min(own.problem.space.n_combinations, 50))
    scores = FilledScores(own.problem)
    wanted = scores(columns)
    assert np.array_equal(pickle.loads(pickle.dumps(scores))(columns), wanted)
    assert np.array_equal(scores([column[::-1] for column in columns]), wanted[::-1])


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("walks_only", [False, True])
def test_which_builds_have_enough_is_told_without_the_best_of_each(seed: int, walks_only: bool) -> None:
    own = setting(seed)
    if own is None:
        return
    columns = own.problem.space.block(0, min(own.problem.space.n_combinations, 60))
    totals = total_columns(own.problem, columns)
    exact = Filler(own.problem).scores(totals)
    for least in sorted({*exact[exact > NO_BUILD].tolist()})[::3]:
        some = Filler(own.problem, walks_only=walks_only).scores(totals, least, is_enough=True)
        assert ((some >= least) == (exact >= least)).all() and (some <= exact).all()
        one = Filler(own.problem, walks_only=walks_only).scores(totals, least, n_wanted=1, is_enough=True)
        assert one.max() >= least and (one <= exact).all()
