"""Steps choose every decoration that is worth choosing, once, and slots without one are worth the best plain thing."""

import numpy as np
from fillings import settings


def test_every_decoration_has_its_step_or_is_in_what_free_slots_are_worth():
    for own in settings(90):
        model = own.model
        chosen = [d for step in model.steps for d in step.decorations]
        assert set(chosen) == set(np.flatnonzero(~model.is_plain).tolist())
        settled = {e for step in model.steps for e in step.settled} | {step.feature for step in model.steps}
        assert set(model.kept) <= settled | model.has_step
        assert model.has_step == {step.feature for step in model.steps if step.feature >= 0}


def test_options_of_steps_fit_the_most_slots_of_any_build():
    for own in settings(60):
        for step in own.model.steps:
            assert (step.options.use <= own.model.most_slots).all()
            fits = own.model.decorations.fits[list(step.decorations)]
            assert not step.options.use[:, ~fits.any(axis=0)].any() or not step.decorations


def test_free_slots_are_worth_the_best_plain_decoration_or_their_weight():
    n_filled = 0
    for own in settings(150):
        model, compiled = own.model, own.model.decorations
        for k, content in enumerate(model.free_contents):
            plain = [int(compiled.linear[d]) for d in np.flatnonzero(model.is_plain & compiled.fits[:, k]).tolist()]
            assert model.free_values[k] == max([int(own.problem.slot_weights[k]), *plain])
            n_filled += content >= 0
    assert n_filled


def test_the_cheapest_kind_is_a_choice_of_every_decoration_of_one_feature():
    for own in settings(60):
        model = own.model
        for e, choices in model.choices.items():
            assert {d for d, _, _ in choices} <= set(model.together[e])
            assert all(kinds and most >= 0 for _, kinds, most in choices)
