"""Blocks of combinations are scored alike, by one filler or by copies of what it fills for."""

import pickle

import numpy as np
from fillings import setting

from equipment_optimizer.search.filling.filled_scores import FilledScores


def test_what_was_pickled_scores_the_same() -> None:
    own = next(known for known in map(setting, range(9)) if known is not None)
    columns = own.problem.space.block(0, min(own.problem.space.n_combinations, 50))
    scores = FilledScores(own.problem)
    wanted = scores(columns)
    assert np.array_equal(pickle.loads(pickle.dumps(scores))(columns), wanted)
    assert np.array_equal(scores([column[::-1] for column in columns]), wanted[::-1])
