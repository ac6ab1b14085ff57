"""Steps choose every decoration that is worth choosing, once, and slots without one are worth the best plain thing."""

from decimal import Decimal

import numpy as np
import pytest
from fillings import setting_of, settings
from random_problems import Job

from equipment_optimizer.errors import MemoryBudgetError
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.search.filling.tables import steps


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


def test_only_of_decorations_that_do_nothing_but_raise_levels_few_are_enough():
    gifts = {"Plain": ("Few", 2), "Rich": ("Few", 1), "Down": ("Bad", -1)}
    jewels = [
        Decoration(name=name, slot_level=1, skills=((skill, level), *[("Else", 1)] * (name == "Rich")))
        for name, (skill, level) in gifts.items()
    ]
    values = {"Few": (0, 1, 2), "Bad": (0, -1, -5, -6)}
    rules = {skill: SkillRule(values=tuple(map(Decimal, worth))) for skill, worth in values.items()}
    config = Config(
        skills=rules, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0), decorations=tuple(jewels),
        unlisted_skill_weight=Decimal(1),
    )  # fmt: skip
    own = setting_of(Job([EquipmentPiece("Cap", "Head", slots=(3, 0, 0, 0), skills=(("Bad", 3),))], config))
    assert own is not None
    levels = own.model.decorations.levels
    enough = {
        jewels[d].name: own.model._enough_of(k, np.flatnonzero(levels[k]).tolist())
        for k, d in enumerate(own.model.decorations.index)
    }
    assert enough == {"Plain": 1, "Rich": None, "Down": None}


def test_what_raises_a_maximum_is_raised_to_1_from_wherever_it_is():
    rules = {
        "Big": SkillRule(weight=Decimal(1), locked_maximum=1, raised_maximum=3, raised_by="Key", maximum=None),
        "Key": SkillRule(values=(Decimal(0),)),
    }
    jewels = tuple(Decoration(name=skill, slot_level=1, skills=((skill, 1),)) for skill in rules)
    config = Config(
        skills=rules, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0), decorations=jewels, over_max="cap"
    )
    for level in (-2, 0, 1):
        piece = EquipmentPiece("Cap", "Head", slots=(6, 0, 0, 0), skills=(("Key", level), ("Big", 1)))
        own = setting_of(Job([piece], config))
        assert own is not None
        (key,) = own.model.raisers
        members = tuple(k for k, row in enumerate(own.model.decorations.levels) if row[key])
        assert own.model.enough(key, members) == max(0, 1 - level)


def pairs_of_skills(stock=None):
    """Slots of two kinds, and decorations of two skills each for them."""
    rules = {skill: SkillRule(weight=Decimal(2), maximum=4) for skill in ("Guard", "Haste")}
    jewels = (
        Decoration(name="Both", slot_level=1, skills=(("Guard", 1), ("Haste", 1)), available=stock),
        Decoration(name="Large", slot_level=2, skills=(("Guard", 2), ("Haste", 1))),
    )
    config = Config(
        skills=rules, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0), decorations=jewels, over_max="cap"
    )
    return setting_of(Job([EquipmentPiece("Cap", "Head", slots=(3, 3, 0, 0))], config))


def test_what_has_too_many_ways_is_divided_by_the_kind_of_slot(monkeypatch):
    whole = pairs_of_skills()
    assert [step.options.use.any(axis=0).sum() for step in whole.model.steps] == [2, 1]
    monkeypatch.setattr(steps, "_MOST_OPTIONS", 5)
    divided = pairs_of_skills()
    kinds = [np.flatnonzero(step.options.use.any(axis=0)).tolist() for step in divided.model.steps]
    assert [own for own in kinds if own] == [[0], [1], [1]]
    with pytest.raises(MemoryBudgetError, match="give it no number that is available"):
        pairs_of_skills(stock=5)


def test_levels_are_enough_where_nothing_rises_any_more():
    own = pairs_of_skills()
    for (e, mode), start in own.model.rows.items():
        values = own.model.values_scaled[start : start + own.model.last(e) + 1]
        assert mode == 2 or values[own.model._last_rise[e]] == values.max() > values[own.model._last_rise[e] - 1]
    assert own.model.may_rise == [True, True]


def test_one_that_lowers_levels_is_enough_to_look_at_all():
    rules = {"Guard": SkillRule(weight=Decimal(2), maximum=2)}
    jewels = [Decoration(name=name, slot_level=1, skills=(("Guard", n),)) for name, n in (("Up", 1), ("Down", -1))]
    config = Config(
        skills=rules, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0), decorations=tuple(jewels)
    )
    own = setting_of(Job([EquipmentPiece("Cap", "Head", slots=(3, 0, 0, 0))], config))
    numbers = range(len(own.model.decorations.levels))
    is_only = [own.model._only_for_levels((d,)) for d in numbers]
    assert is_only.count(True) == 1
    assert not own.model._only_for_levels(tuple(numbers))
    assert own.model._only_for_levels(())
