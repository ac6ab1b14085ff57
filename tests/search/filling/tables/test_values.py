"""Tables hold the value of every level, and levels beyond them are worth no more."""

import numpy as np
from fillings import settings

from equipment_optimizer.problem.scoring import feature_values
from equipment_optimizer.records.vocabulary import NO_BUILD


def test_tables_sum_to_the_values_of_the_features():
    n_raised = 0
    for own in settings(90):
        model, levels = own.model, own.totals.levels
        modes, index = model.modes(levels), model.indices(levels)
        n_raised += len(modes)
        wanted = feature_values(own.problem, levels, model.involved)
        for build in range(levels.shape[1]):
            worth = []
            for e in model.involved:
                feature = own.problem.features[e]
                is_raised = feature.raised_value is not None and levels[feature.raised_by, build] >= 1
                mode = int(modes[e][build]) if e in modes else 0
                assert mode in (2, int(is_raised))
                worth.append(int(model.values_scaled[model.rows[e, int(is_raised)] + index[e, build]]))
            if wanted[build] == NO_BUILD:
                assert min(worth) <= model.never
            else:
                assert sum(worth) == model.precision * wanted[build]
    assert n_raised


def test_what_fillings_change_and_what_they_do_not_is_everything():
    for own in settings(60):
        model, levels = own.model, own.totals.levels
        both = [model.fixed_values(levels), feature_values(own.problem, levels, model.involved)]
        whole = feature_values(own.problem, levels)
        missed = (both[0] == NO_BUILD) | (both[1] == NO_BUILD)
        assert np.where(missed, NO_BUILD, both[0] + both[1]).tolist() == whole.tolist()


def test_targets_are_multiples_of_the_grain_below_the_bound():
    for own in settings(20):
        model = own.model
        bound = np.arange(-5, 40) * (model.precision * model.grain) // 3
        target = model.top_target(bound)
        assert (target % model.grain == 0).all()
        assert (target * model.precision <= bound).all()
        assert ((target + model.grain) * model.precision > bound).all()
