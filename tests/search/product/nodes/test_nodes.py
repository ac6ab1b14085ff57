"""What is known of the factors in a part of all builds, and how parts are divided."""

from __future__ import annotations

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.search.product.nodes.nodes import (
    factors_of,
    largest_factors,
    may_fall_short,
    root_node,
    worst_split,
)

PIECES = [EquipmentPiece(f"Cap {i}", "Head", skills=(("Attack", i), ("Luck", i % 3))) for i in range(5)]


def formula_of(*factors: Factor) -> FormulaProblem:
    config = Config(body_parts={"Head": 1}, formula=Formula(factors=factors))
    return compile_formula(EquipmentTable.from_pieces(PIECES, body_parts={"Head": 1}), config)


def attack(weight: int) -> Term:
    return Term(name="Attack", kind="skill", weight=weight)


def test_what_may_be_zero_or_less_is_known_and_divided() -> None:
    formula = formula_of(Factor(name="raw", base=-2, terms=[attack(1)]))
    root = root_node(formula)
    assert may_fall_short(formula) and largest_factors(formula, root) == [2]
    parts = worst_split(formula, root)
    assert parts is not None and [part.sums for part in parts] == [(((-2, 0),),), (((1, 2),),)]
    assert not may_fall_short(formula_of(Factor(name="raw", base=1, terms=[attack(1)])))


def test_a_sum_of_one_skill_is_divided_by_its_values_and_then_a_curve() -> None:
    luck = Sum(base=1, terms=[Term(name="Luck", kind="skill", table=[0, 2, 5])])
    formula = formula_of(Factor(name="pair", base=10, times=(Sum(terms=[attack(1)]), luck)))
    parts = worst_split(formula, root_node(formula))
    assert parts is not None
    assert [part.sums[0][1] for part in parts] == [(1, 1), (3, 3), (6, 6)]
    assert [part.levels_of(formula, formula.sums[0][1].worths[0].feature) for part in parts] == [(0, 0), (1, 1), (2, 2)]
    (factor,) = factors_of(formula, parts[2])
    assert factor.curve is not None and factor.varying == 0 and factor.curve.clipped(4) == 10 + 6 * 4


def test_a_product_that_spans_much_is_divided_until_its_chord_is_near() -> None:
    pair = Factor(name="pair", base=5, times=(Sum(base=1, terms=[attack(3)]), Sum(base=1, terms=[attack(7)])))
    formula = formula_of(pair)
    nodes, n_parts = [root_node(formula)], 0
    while nodes:
        parts = worst_split(formula, nodes.pop())
        n_parts += parts is None
        nodes += parts or ()
    assert 1 < n_parts < 40


def test_a_sum_that_is_known_after_its_product_was_cut_is_divided_by_sign() -> None:
    luck = Sum(base=1, terms=[Term(name="Luck", kind="skill", table=[0, 2, 5])])
    formula = formula_of(Factor(name="pair", base=-3, times=(Sum(base=1, terms=[attack(1)]), luck)))
    root = root_node(formula)
    node = root.with_product(0, (4, 18)).with_sum(0, 1, (1, 1))
    (factor,) = factors_of(formula, node)
    assert factor.curve is not None and factor.span[0] >= 1 and not factor.is_logarithmic and not factor.priced()
    parts = worst_split(formula, node)
    assert parts is None or all(factors_of(formula, part)[0].ranges[0] != node.sums[0][0] for part in parts)
    assert worst_split(formula, root.with_sum(0, 0, (3, 2))) == ()
