"""Whatever the prices, their tables bound every filling, and no option of a step loses less than nothing."""

from decimal import Decimal

import numpy as np
from fillings import best_by_trying, setting_of, settings
from random_problems import Job

from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.filling.tables.prices import FillingPrices
from equipment_optimizer.search.filling.walking.staged_walk import entries_of
from equipment_optimizer.search.relaxation.bounds import Multipliers


def random_prices(own, rng, scale):
    price = tuple(int(p) for p in rng.integers(-scale, scale + 1, own.problem.n_features))
    stock = own.model.decorations.stock
    paid = tuple(int(p) if s >= 0 else 0 for p, s in zip(rng.integers(0, scale + 1, len(stock)), stock, strict=True))
    return FillingPrices(own.model, Multipliers(price, paid if (stock >= 0).any() else ()))


def test_no_filling_is_above_the_bound():
    rng = np.random.default_rng(6)
    n_checked = 0
    for own in settings(90):
        entries = entries_of(own.model, own.totals.levels)
        best = [best_by_trying(own, build) for build in range(min(len(own.cases), 3))]
        for scale in (0, 300, 30_000):
            bound = own.model.top_target(random_prices(own, rng, scale).bounds(entries, own.totals.slots))
            for build, most in enumerate(best):
                if most is not None and most > NO_BUILD:
                    assert bound[build] >= most
                    n_checked += 1
    assert n_checked > 100


def test_options_never_gain_against_the_bound():
    rng = np.random.default_rng(7)
    for own in settings(60):
        model, prices = own.model, random_prices(own, rng, 3_000)
        for number, step in enumerate(model.steps):
            if step.feature >= 0:
                start = model.rows[step.feature, 0]
                for level in range(model.last(step.feature) + 1):
                    losses, options = prices.sorted_losses(number, start, start, level)
                    assert (np.diff(losses) >= 0).all()
                    assert len(set(options.tolist())) == len(options)
                    assert (losses >= 0).all()


def test_levels_beyond_a_table_are_paid_for_as_well():
    values = {"Few": (0, 1), "Many": (0, 5, 10, 15)}
    skills = {skill: SkillRule(values=tuple(map(Decimal, worth))) for skill, worth in values.items()}
    jewel = Decoration(name="Jewel", slot_level=1, skills=(("Few", 1), ("Many", 1)))
    config = Config(skills=skills, slot_weights=(Decimal(0),) * 4, slot_count_weight=Decimal(0), decorations=(jewel,))
    own = setting_of(Job([EquipmentPiece("Cap", "Head", slots=(3, 0, 0, 0))], config))
    assert own is not None
    most = best_by_trying(own, 0)
    assert most is not None
    entries = entries_of(own.model, own.totals.levels)
    prices = FillingPrices(own.model, Multipliers((-700, most * 5 // 16 * own.model.precision), ()))
    assert len(own.problem.features) == len(own.model.kept) == 2
    # No price could make it less, and one level of the three in the table would.
    assert prices.bounds(entries, own.totals.slots).tolist() == [most * own.model.precision]
