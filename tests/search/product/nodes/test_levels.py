"""Parts by levels of skills cover a node, and no build of a part is better than its surrogate."""

from __future__ import annotations

import random

import numpy as np
import pytest

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.scoring import score_totals, total_columns
from equipment_optimizer.problem.value_function import ValueFunction
from equipment_optimizer.records.config import Config, SkillCap, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.product.nodes.curves import floor_log
from equipment_optimizer.search.product.nodes.levels import (
    clamped,
    divided,
    ends_of,
    fixed_worth,
    full_split,
    functions_of,
    has_lines,
    needed_sum,
    only_product,
    splittable,
    top_level,
    varying,
    widest,
)
from equipment_optimizer.search.product.nodes.nodes import Node, root_node
from equipment_optimizer.search.product.nodes.surrogate import slopes_at, surrogate

PARTS = {"Head": 1, "Body": 1}


def formula_of(rng: random.Random) -> FormulaProblem:
    """A plain column, two skills with tables, one of which another skill raises the maximum of."""
    pieces = [
        EquipmentPiece(
            f"{part} {i}", part, skills=tuple((name, rng.choice([0, 1, 2, 3])) for name in ("Fury", "Luck", "Secret")),
            other=(str(rng.randint(0, 40)),),
        )
        for part in PARTS
        for i in range(6)
    ]  # fmt: skip
    table = EquipmentTable.from_pieces(pieces, body_parts=PARTS, other_names=("Weight",))
    fury = Term(name="Fury", kind="skill", table=[0, 3, 4, 9, 12, 20])
    luck = Term(name="Luck", kind="skill", table=sorted(rng.randint(0, 9) for _ in range(4)))
    factors = [
        Factor(name="raw", base=20, terms=[Term(name="Weight", kind="column", weight=1), fury]),
        Factor(name="pair", base=3, times=(Sum(base=1, terms=[luck], maximum=rng.choice([None, 6])), Sum(base=2))),
    ]
    caps = {"Fury": SkillCap(maximum=5, locked_maximum=2, raised_by="Secret")}
    config = Config(
        body_parts=PARTS, skills={"Luck": SkillRule(maximum=3)}, skill_caps=caps, formula=Formula(factors=factors)
    )
    return compile_formula(table, config)


def holds(formula: FormulaProblem, node: Node, levels: np.ndarray) -> np.ndarray:
    """Which builds have levels that are counted in full."""
    inside = np.ones(levels.shape[1], dtype=bool)
    for e, low, high in node.levels:
        inside &= (levels[e] >= low) & ((levels[e] <= high) | (high == formula.problem.features[e].high))
    return inside


@pytest.mark.parametrize("seed", range(12))
def test_parts_by_levels_cover_a_node_and_are_bounded_by_their_surrogates(seed: int) -> None:
    rng = random.Random(seed)
    formula = formula_of(rng)
    totals = total_columns(formula.problem, formula.problem.space.block(0, 36))
    scores = formula.scores(totals.levels)
    nodes, n_exact = [root_node(formula)], 0
    while nodes:
        node = nodes.pop()
        points = tuple(tuple(rng.uniform(1, 60) for _ in sums) for sums in formula.sums)
        slopes = slopes_at(formula, node, points)
        inside = holds(formula, node, totals.levels)
        for is_rough in (False, True):
            problem = surrogate(formula, node, slopes, is_rough=is_rough).problem
            bound = score_totals(problem, total_columns(problem, problem.space.block(0, 36)))
            for row in np.flatnonzero(inside).tolist():
                assert bound[row] > NO_BUILD and bound[row] > floor_log(scores[row])
        if not has_lines(formula, node):
            # What is listed of a plain part is exact.
            problem = surrogate(formula, node, slopes, tells_apart=False).problem
            bound = score_totals(problem, total_columns(problem, problem.space.block(0, 36)))
            for row in np.flatnonzero(inside).tolist():
                assert floor_log(scores[row]) < bound[row] < floor_log(scores[row]) + 8
        reached = {e: rng.uniform(0, 6) for e in splittable(formula)}
        settled = [e for e in reached if rng.random() < 0.5]
        split = widest(formula, node, slopes, reached, settled)
        n_exact += split is None
        if split is not None:
            parts = divided(formula, node, *split)
            assert (np.sum([holds(formula, part, totals.levels) for part in parts], axis=0)[inside] == 1).all()
            nodes += parts
    assert n_exact > 4


@pytest.mark.parametrize("seed", range(20))
def test_parts_by_whether_a_sum_is_full_cover_a_node(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [
        EquipmentPiece(
            f"{part} {i}", part, skills=tuple((name, rng.choice([0, 1, 2])) for name in ("Eye", "Luck")),
            other=(str(rng.choice([0, 5, 10])),),
        )
        for part in PARTS
        for i in range(6)
    ]  # fmt: skip
    table = EquipmentTable.from_pieces(pieces, body_parts=PARTS, other_names=("Chance",))
    terms = [Term(name=name, kind="skill", table=[0, 5, 15, 20, 30]) for name in ("Eye", "Luck")]
    terms.append(Term(name="Chance", kind="column", weight=1))
    chance = Sum(base=3, terms=terms, maximum=rng.choice([20, 33, 40]))
    pair = Factor(name="critical", base=100, times=(chance, Sum(base=2)))
    formula = compile_formula(table, Config(body_parts=PARTS, formula=Formula(factors=[pair])))
    (compiled, _), root = formula.sums[0], root_node(formula)
    levels = total_columns(formula.problem, formula.problem.space.block(0, 36)).levels
    sums, logs = formula.values(compiled, levels), [floor_log(score) for score in formula.scores(levels).tolist()]
    assert full_split(formula, root, {}) is None and needed_sum(formula, root) == ({}, 0)
    parts = full_split(formula, root, {(0, 0): 1e9})
    assert parts is not None
    (low, below), (full, high) = (part.sums[0][0] for part in parts)
    assert (low, high) == root.sums[0][0] and full >= chance.maximum and (below - 3) % 5 == 0
    assert all(low <= value <= below or full <= value <= high for value in sums.tolist())
    assert has_lines(formula, parts[0]) and not has_lines(formula, parts[1])
    assert full_split(formula, parts[1], {(0, 0): 1e9}) is None and needed_sum(formula, parts[0]) == ({}, 0)
    added, least = needed_sum(formula, parts[1]) or ({}, 0)
    has_enough = sum(function(levels[e]) for e, function in added.items()) >= least
    assert has_enough.tolist() == (sums >= full).tolist()
    for part, inside in zip(parts, (~has_enough, has_enough), strict=True):
        for is_rough, tells_apart, sign in ((True, True, 1), (True, True, -1), (False, True, 1), (False, False, 1)):
            # A bound may be told by lines that fall: less of a sum than levels come to is dear.
            slopes = ((sign * rng.uniform(0, 2.0**34), 0.0),)
            problem = surrogate(formula, part, slopes, is_rough=is_rough, tells_apart=tells_apart).problem
            bound = score_totals(problem, total_columns(problem, problem.space.block(0, 36)))
            assert all(bound[row] > logs[row] for row in np.flatnonzero(inside).tolist())


def test_what_is_known_of_a_worth_is_no_line() -> None:
    formula = formula_of(random.Random(1))
    (compiled,) = formula.sums[0]
    (worth,) = compiled.worths
    raiser = formula.problem.features[worth.feature].raised_by
    assert splittable(formula)[0] == raiser
    assert (top_level(formula, raiser), top_level(formula, worth.feature)) == (1, 5)
    low, high = divided(formula, root_node(formula), raiser, 1)
    assert functions_of(formula, low, worth) == [worth.value] and functions_of(formula, high, worth) != [worth.value]
    assert ends_of(formula, low, worth) == (0, 4) and ends_of(formula, high, worth) == (0, 20)
    known = divided(formula, low, worth.feature, 2)[1]
    assert not varying(formula, known, compiled) and fixed_worth(formula, known, compiled) == 4


def test_a_clamped_function_stays_what_it_is_at_its_ends() -> None:
    function = ValueFunction.listed([0, 3, 4, 9])
    assert [clamped(function, 1, 2).at(x) for x in range(-1, 6)] == [3, 3, 3, 4, 4, 4, 4]
    assert [clamped(function, 2, 2).at(x) for x in range(4)] == [4] * 4


def test_a_negative_sum_that_another_one_multiplies_tells_no_least_product() -> None:
    pieces = [EquipmentPiece(f"Head {n}", "Head", skills=(("Boost", n),), other=("-20",)) for n in range(3)]
    table = EquipmentTable.from_pieces(pieces, other_names=("Luck",))
    luck = Sum(terms=(Term(kind="column", name="Luck", weight=1),))
    boost = Sum(base=25, terms=(Term(kind="skill", name="Boost", table=(0, 5, 10)),))
    factor = Factor(name="critical", base=1_000, times=(luck, boost))
    zeros = {"slot_weights": (0, 0, 0, 0), "slot_count_weight": 0, "defence_weight": 0, "unlisted_skill_weight": 0}
    formula = compile_formula(table, Config(formula=Formula(factors=(factor,)), skills={}, **zeros))
    (feature,) = splittable(formula)
    # A build with two levels keeps the node's, and comes to 300.
    assert only_product(formula, root_node(formula).with_levels(feature, 0, 0)) is None
