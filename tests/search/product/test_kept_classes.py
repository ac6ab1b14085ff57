"""Nodes that one part's pieces tell apart: what no question tells is left as it is."""

from __future__ import annotations

import numpy as np
import pytest
from weapon_jobs import weapon_formula

from equipment_optimizer.search.product._best_products import BestProducts
from equipment_optimizer.search.product._kept_classes import KeptClasses
from equipment_optimizer.search.product.nodes.told_apart import ToldApart
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


class Knows:
    """Says of all that are asked for the same."""

    def __init__(self, answer: bool | None) -> None:
        self.answer = answer

    def kept(self, asked, usable):
        return None if self.answer is None else [each & self.answer for each in asked]


@pytest.mark.parametrize("answer", [True, False, None])
def test_what_is_known_is_what_the_answer_says(answer: bool | None) -> None:
    formula = weapon_formula(1)
    classes = merge_pieces(formula.problem)
    usable = [np.ones(len(part), dtype=bool) for part in classes]
    best = BestProducts(formula, classes, usable)
    kept = KeptClasses(lambda problem, should_stop: Knows(answer), classes, usable, best, lambda: False)
    n_pieces = len(formula.problem.parts[2].linear)
    products = np.array([7] * n_pieces, dtype=object)
    told = ToldApart(2, products, np.ones(n_pieces, dtype=bool))
    assert kept.settle(formula.problem, told, [each.copy() for each in usable]) == (answer is not None)
    assert {product for of_part in best.products for product in of_part} == {7 if answer else 0}


def test_products_that_are_not_exact_tell_nothing() -> None:
    formula = weapon_formula(1)
    classes = merge_pieces(formula.problem)
    usable = [np.ones(len(part), dtype=bool) for part in classes]
    best = BestProducts(formula, classes, usable)
    kept = KeptClasses(lambda problem, should_stop: Knows(True), classes, usable, best, lambda: False)
    n_pieces = len(formula.problem.parts[2].linear)
    told = ToldApart(2, np.array([7] * n_pieces, dtype=object), np.zeros(n_pieces, dtype=bool))
    assert not kept.settle(formula.problem, told, usable)
    assert not any(product for of_part in best.products for product in of_part)
