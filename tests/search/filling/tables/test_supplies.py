"""Levels that decorations supply cost the least that some counts of them do, and lead where the tables say."""

from itertools import product

import numpy as np
import pytest
from fillings import settings

from equipment_optimizer.search.filling.tables import supplies as supplies_module
from equipment_optimizer.search.filling.tables.supplies import Reach, Supplies


def least_costs(setting, e, slot_values):
    """By definition: for each supply the least that counts of the decorations cost."""
    ways = [range(most + 1) for _, _, most in setting.model.choices[e]]
    costs: dict[int, int] = {}
    for counts in product(*ways):
        supply = cost = 0
        for (d, kinds, _), count in zip(setting.model.choices[e], counts, strict=True):
            each = min(int(slot_values[k]) for k in kinds)
            cost += count * (each - setting.model.precision * int(setting.model.decorations.linear[d]))
            supply += count * int(setting.model.decorations.levels[d, e])
        costs[supply] = min(cost, costs.get(supply, cost))
    return costs


def test_each_supply_costs_the_least_of_all_counts() -> None:
    rng, n_several = np.random.default_rng(3), 0
    for setting in settings(60):
        slot_values = rng.integers(-5_000, 20_000, len(setting.problem.slot_levels))
        supplies = Supplies(setting.model.decorations, setting.model.choices)
        costs = supplies.costs(slot_values, setting.model.precision)
        for (e, levels), cost in zip(supplies.levels.items(), costs, strict=True):
            n_several += len(setting.model.choices[e]) > 1
            assert dict(zip(levels.tolist(), cost.tolist(), strict=True)) == least_costs(setting, e, slot_values)
    assert n_several > 3


@pytest.mark.parametrize("most_places", [0, 65_536])
def test_the_best_of_an_entry_is_that_of_some_supply(monkeypatch: pytest.MonkeyPatch, most_places: int) -> None:
    monkeypatch.setattr(supplies_module, "_MOST_PLACES", most_places)
    rng, n_reached = np.random.default_rng(4), 0
    for setting in settings(40):
        model = setting.model
        slot_values = rng.integers(-2_000, 3_000, len(setting.problem.slot_levels))
        costs = model.supplies.costs(slot_values, model.precision)
        best = Reach(model.supplies, model.rows, model.last).best(model.values_scaled, costs)
        for (e, _), start in model.rows.items():
            table = model.values_scaled[start : start + model.last(e) + 1].tolist()
            for level, value in enumerate(table):
                by_supply = least_costs(setting, e, slot_values) if e in model.supplies.levels else {}
                reached = [table[min(max(level + n, 0), len(table) - 1)] - cost for n, cost in by_supply.items()]
                assert best[start + level] == max([value, *reached])
                n_reached += bool(reached) and max(reached) > value
    assert n_reached > 50
