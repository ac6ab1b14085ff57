"""Combinations that a surrogate lists are offered with their exact products, as far as these may count."""

from __future__ import annotations

import numpy as np

from equipment_optimizer.problem.formula import compile_formula
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.product._nodes import root_node
from equipment_optimizer.search.product._products import Products
from equipment_optimizer.search.product._scorer import ProductScorer, Threshold
from equipment_optimizer.search.product._surrogate import slopes_at, surrogate
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def test_only_what_keeps_the_limits_and_may_count_is_offered() -> None:
    pieces = [EquipmentPiece(f"Cap {i}", "Head", skills=(("Attack", i),)) for i in range(6)]
    factor = Factor(name="raw", base=10, terms=[Term(name="Attack", kind="skill", weight=1)])
    config = Config(
        body_parts={"Head": 1}, formula=Formula(factors=[factor]), skills={"Attack": SkillRule(maximum=None, at_most=4)}
    )
    formula = compile_formula(EquipmentTable.from_pieces(pieces, body_parts={"Head": 1}), config)
    problem = surrogate(formula, root_node(formula), slopes_at(formula, root_node(formula), [[12.0]])).problem
    classes = merge_pieces(problem)
    products = Products(2, RankCode(problem.space.position_sizes), classes)
    scorer = ProductScorer(
        problem, classes, 2, filler=None, is_stopped=lambda: False, formula=formula, products=products
    )
    threshold = Threshold(products)
    assert not threshold.is_full
    picks = np.arange(6, dtype=np.int32)[None]
    scorer._take(picks, total_columns(problem, [picks[0]]))
    assert products.sorted()[0] == [14, 13] and scorer.offers.n_builds == 6
    assert threshold.is_full and threshold.nth_score == scorer.least_score > 0
