"""What is known of each class of pieces, told apart by exact products where logarithms are equal."""

from __future__ import annotations

import numpy as np

from equipment_optimizer.problem.formula import compile_formula
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.search.product._best_products import BestProducts
from equipment_optimizer.search.product.nodes.curves import floor_log
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def best_products() -> BestProducts:
    """Of two parts with two pieces each, of which the second one is usable only where it is asked for."""
    pieces = [EquipmentPiece(f"{part} {n}", part, other=(str(n),)) for part in ("Head", "Body") for n in (1, 2)]
    table = EquipmentTable.from_pieces(pieces, other_names=("Power",))
    factor = Factor(name="raw", base=1, terms=(Term(kind="column", name="Power", weight=1),))
    zeros = {"slot_weights": (0, 0, 0, 0), "slot_count_weight": 0, "defence_weight": 0, "unlisted_skill_weight": 0}
    formula = compile_formula(table, Config(formula=Formula(factors=(factor,)), skills={}, **zeros))
    return BestProducts(formula, merge_pieces(formula.problem), [np.array([True, False]), np.array([True, True])])


def test_of_products_that_no_logarithm_tells_apart_the_larger_one_is_known() -> None:
    best, huge = best_products(), 10**40
    best.take(0, np.array([0, 0, 0]), np.array([huge, huge + 1, huge - 1], dtype=object))
    assert best.products[0] == [huge + 1, 0]
    assert best.known[0].tolist() == [floor_log(huge + 2), -1]


def test_what_is_not_above_0_is_none() -> None:
    best = best_products()
    best.take(1, np.array([0, 1]), np.array([0, -5], dtype=object))
    assert best.products[1] == [0, 0]
    assert best.known[1].tolist() == [-1, -1]


def test_builds_count_for_classes_beside_which_all_is_usable() -> None:
    best = best_products()
    best.note([np.array([1]), np.array([0])], np.array([7], dtype=object))
    assert best.products == [[0, 7], [0, 0]]
