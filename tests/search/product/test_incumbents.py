"""The relaxation's solution, rounded, is a combination; where the sums of the best build lie."""

from __future__ import annotations

import numpy as np

from equipment_optimizer.problem.formula import compile_formula
from equipment_optimizer.records.config import Config, PartRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.product._incumbents import best_sums, rounded
from equipment_optimizer.search.product._nodes import root_node
from equipment_optimizer.search.product._products import Products
from equipment_optimizer.search.product._surrogate import slopes_at, surrogate
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def test_the_rounded_solution_takes_the_best_pieces_and_as_many_as_a_build_has() -> None:
    pieces = [EquipmentPiece(f"Ring {i}", "Ring", skills=(("Attack", i),)) for i in range(5)]
    pieces += [EquipmentPiece(f"Cap {i}", "Head", skills=(("Attack", 2 * i),)) for i in range(4)]
    parts = {"Ring": PartRule(count=2), "Head": PartRule()}
    factor = Factor(name="raw", base=1, terms=[Term(name="Attack", kind="skill", table=list(range(20)))])
    config = Config(body_parts=parts, formula=Formula(factors=[factor]))
    formula = compile_formula(EquipmentTable.from_pieces(pieces, body_parts=parts), config)
    node = root_node(formula)
    problem = surrogate(formula, node, slopes_at(formula, node, [[5.0]])).problem
    classes = merge_pieces(problem)
    picks = rounded(problem, classes)
    assert picks is not None and picks[:, 0].tolist() == [3, 4, 3]
    code = RankCode(problem.space.position_sizes)
    products = Products(3, code, [classes[part] for part in problem.positions])
    assert best_sums(formula, products, code) is None
    products.offer(picks, np.array([14], dtype=object))
    assert best_sums(formula, products, code) == ((14.0,),)
