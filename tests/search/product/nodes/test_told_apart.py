"""What one part's pieces tell apart, against exact products; lines for each class are above their curves."""

from __future__ import annotations

import random

import numpy as np
import pytest
from weapon_jobs import weapon_formula

from equipment_optimizer.search.product.nodes.curves import ONE, Curve
from equipment_optimizer.search.product.nodes.levels import splittable
from equipment_optimizer.search.product.nodes.nodes import root_node
from equipment_optimizer.search.product.nodes.told_apart import _intercepts, plain_part, told_apart


@pytest.mark.parametrize("seed", range(20))
def test_a_line_of_a_class_is_above_the_curve_on_its_totals(seed: int) -> None:
    rng = random.Random(seed)
    least, most = rng.choice([None, 1, 40]), rng.choice([None, 300, 500])
    curve = Curve(rng.randint(1, 5), least, most, offset=rng.randint(0, 50))
    slope = rng.randint(1, ONE // 20)
    low = np.array([rng.randint(1, 60) for _ in range(8)], dtype=np.float64)
    high = low + [rng.randint(0, 90) for _ in range(8)]
    for begin, end, intercept in zip(low, high, _intercepts(curve, slope, low, high), strict=True):
        above = [float(curve.at(t)) * ONE - slope * t for t in range(int(begin), int(end) + 1)]
        assert intercept >= max(above) - 1


@pytest.mark.parametrize("seed", range(6))
def test_products_are_those_of_the_levels_of_a_node(seed: int) -> None:
    formula = weapon_formula(seed)
    node = root_node(formula)
    assert told_apart(formula, node) is None
    assert plain_part(formula) == (2, sorted({c.plain for sums in formula.sums for c in sums if c.plain >= 0}))
    rng = random.Random(seed)
    for e in splittable(formula):
        level = rng.randint(0, 2)
        node = node.with_levels(e, level, level)
    told = told_apart(formula, node)
    assert told is not None and told.part == 2
    problem = formula.problem
    levels = np.array([[node.levels_of(formula, e)[0]] for e in range(problem.n_features)])
    for piece, product in enumerate(told.products.tolist()):
        for e in plain_part(formula)[1]:
            levels[e] = problem.parts[2].levels[piece, e]
        assert product == formula.scores(levels)[0]


def test_where_more_of_a_sum_makes_less_a_product_is_not_exact() -> None:
    formula = weapon_formula(1)
    node = root_node(formula)
    for e in splittable(formula):
        node = node.with_levels(e, 0, 0)
    told = told_apart(formula, node)
    assert told is not None
    luck = formula.sums[1][0].plain
    assert (told.exact == (formula.problem.parts[2].levels[:, luck] >= 0)).all()
