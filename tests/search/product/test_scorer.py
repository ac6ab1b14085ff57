"""Combinations that a surrogate lists are offered with their exact products, as far as these may count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from equipment_optimizer.problem.formula import compile_formula
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.search.filling.filler import Filler
from equipment_optimizer.search.product import _scorer
from equipment_optimizer.search.product._products import Products
from equipment_optimizer.search.product._scorer import ProductScorer, Threshold
from equipment_optimizer.search.product.nodes.curves import ONE, PRECISION, floor_log
from equipment_optimizer.search.product.nodes.nodes import root_node
from equipment_optimizer.search.product.nodes.surrogate import slopes_at, surrogate
from equipment_optimizer.search.relaxation.piece_classes import PartClasses, merge_pieces


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


def test_of_as_likely_builds_those_after_late_ones_are_offered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scorer, "_FILLED", 1)
    scorer, products, code, classes = filling_scorer([*((i, 6 - i) for i in range(6)), (1, 0), (0, 1)])
    for some in ((6, 7), (4, 1, 5, 0)):
        scorer.offer_all(np.array([classes[0].first.tolist().index(piece) for piece in some])[None])
    scores, words, _ = products.sorted()
    assert scores == [17, 17] and code.decode(words)[0].tolist() == [0, 1]


@pytest.mark.parametrize(("others", "expected"), [(None, 6), ([np.array([1, 3])], 3)])
def test_a_build_is_swapped_for_those_classes_alone_that_are_named(
    others: list[np.ndarray] | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, products, _, _ = filling_scorer([(i, 6 - i) for i in range(6)])
    offered, find = list[int](), scorer._find

    def noted(picks: np.ndarray, *args: Any, **options: Any) -> None:
        offered.append(picks.shape[1])
        find(picks, *args, **options)

    monkeypatch.setattr(scorer, "_find", noted)
    scorer.offer_swapped(np.array([[0]], dtype=np.int32), others)
    assert offered == [expected] and products.sorted()[0]


@pytest.mark.parametrize("above", [0, 1])
def test_fillings_that_are_enough_will_do_and_others_are_filled_as_well_as_possible(above: int) -> None:
    scorer, products, code, _ = filling_scorer([(0, 6), (1, 5), (2, 4)])
    # A product of 17 is reached by all, more by none.
    scorer.offer_likeliest(np.arange(3)[None], floor_log(17) + above * ONE)
    scores, words, contents = products.sorted()
    assert scores == [17, 17] and code.decode(words)[0].tolist() == [0, 1]
    assert contents == [(((0, 1),), (0, 0, 0, 0))] * 2


def filling_scorer(
    levels: Sequence[tuple[int, int]],
) -> tuple[ProductScorer, Products, RankCode, Sequence[PartClasses]]:
    """A scorer of caps with levels of two skills and a slot for a level more, its list of two, code and classes."""
    pieces = [
        EquipmentPiece(f"Cap {i}", "Head", skills=(("A", a), ("B", b)), slots=(1, 0, 0, 0))
        for i, (a, b) in enumerate(levels)
    ]
    terms = [Term(name=name, kind="skill", weight=1) for name in "AB"]
    config = Config(
        body_parts={"Head": 1},
        formula=Formula(factors=[Factor(name="raw", base=10, terms=terms)]),
        skills={name: SkillRule(maximum=None) for name in "AB"},
        decorations=(Decoration(name="Gem", slot_level=1, skills=(("A", 1),)),),
    )
    formula = compile_formula(EquipmentTable.from_pieces(pieces, body_parts={"Head": 1}), config)
    problem = surrogate(formula, root_node(formula), slopes_at(formula, root_node(formula), [[17.0]])).problem
    classes, code = merge_pieces(problem), RankCode(problem.space.position_sizes)
    products, filler = Products(2, code, classes), Filler(problem, precision=PRECISION)
    scorer = ProductScorer(
        problem, classes, 2, filler=filler, is_stopped=lambda: False, formula=formula, products=products
    )
    return scorer, products, code, classes
