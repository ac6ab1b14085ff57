"""Surrogates are never below the logarithm of a product in their node, and parts of a node cover it."""

from __future__ import annotations

import random
from decimal import Decimal

import numpy as np
import pytest

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.scoring import score_totals, total_columns
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Sum, Term
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.engines import SearchOptions
from equipment_optimizer.search.product.nodes.curves import ONE, floor_log
from equipment_optimizer.search.product.nodes.nodes import Node, root_node, worst_split
from equipment_optimizer.search.product.nodes.surrogate import slopes_at, surrogate
from equipment_optimizer.search.product.run import search_product

PARTS = {"Head": 1, "Body": 1}

#: By how many builds in how many nodes lines are above.
N_ABOVE: list[int] = []


def formula_of(rng: random.Random, least: int) -> FormulaProblem:
    """Columns and a skill that reach below 0 where `least` does."""
    pieces = [
        EquipmentPiece(
            f"{part} {i}", part, skills=(("Luck", rng.choice([0, 1, 2])),),
            other=tuple(str(rng.randint(least, 9)) for _ in range(2)),
        )
        for part in PARTS
        for i in range(6)
    ]  # fmt: skip
    table = EquipmentTable.from_pieces(pieces, body_parts=PARTS, other_names=("A", "B"))
    first, second = (Term(name=name, kind="column", weight=1) for name in ("A", "B"))
    luck = Term(name="Luck", kind="skill", table=[1, 2, 4])
    base = Decimal(rng.choice(["1", "0", "-2", "0.5"]))
    maximum = rng.choice([None, Decimal(30)])
    pair = Factor(
        name="pair", base=base, times=(Sum(terms=[first, luck], maximum=11), Sum(terms=[second])), maximum=maximum
    )
    factors = [Factor(name="raw", base=rng.choice([3, 0]), terms=[first, second]), pair]
    return compile_formula(
        table, Config(body_parts=PARTS, skills={"Luck": SkillRule()}, formula=Formula(factors=factors))
    )


def holds(formula: FormulaProblem, node: Node, levels: np.ndarray) -> np.ndarray:
    """Which builds are in a node."""
    inside = np.ones(levels.shape[1], dtype=bool)
    for number, (sums, ranges) in enumerate(zip(formula.sums, node.sums, strict=True)):
        clipped = []
        for one, own, (low, high) in zip(sums, formula.scaled.sums[number], ranges, strict=True):
            values = formula.values(one, levels)
            clipped.append(own.clipped(values))
            inside &= (values >= low) & (values <= high)
        span = node.products[number]
        if span is not None:
            times = 10 ** (formula.scaled.digits[number] - sum(own.digits for own in formula.scaled.sums[number]))
            inside &= (times * clipped[0] * clipped[1] >= span[0]) & (times * clipped[0] * clipped[1] <= span[1])
    return inside


@pytest.mark.parametrize("least", [1, -4])
@pytest.mark.parametrize("seed", range(12))
def test_no_build_of_a_node_is_better_than_its_surrogate(seed: int, least: int) -> None:
    rng = random.Random(seed)
    formula = formula_of(rng, least)
    totals = total_columns(formula.problem, formula.problem.space.block(0, 36))
    scores = formula.scores(totals.levels)
    nodes, n_nodes, n_above = [root_node(formula)], 0, 0
    while nodes and n_nodes < 40:
        node = nodes.pop()
        n_nodes += 1
        inside = holds(formula, node, totals.levels) & (scores > 0)
        parts = worst_split(formula, node)
        if parts is not None and not parts:
            assert not inside.any()
            continue
        points = tuple(tuple(rng.uniform(0.5, 30) for _ in own) for own in formula.sums)
        made = surrogate(formula, node, slopes_at(formula, node, points))
        problem = made.problem
        bound = score_totals(problem, total_columns(problem, problem.space.block(0, 36)))
        for line in made.lines:
            # What it counts beyond where the sum is clipped is no part of the bound.
            excess = line.excess(formula.values(line.compiled, totals.levels), totals.levels)
            n_above += int((inside & (excess > 0)).sum())
            bound[bound > NO_BUILD] -= excess[bound > NO_BUILD]
        for row in np.flatnonzero(inside).tolist():
            assert bound[row] > NO_BUILD and bound[row] > floor_log(scores[row])
        if parts is not None:
            nodes += parts
            in_parts = np.sum([holds(formula, part, totals.levels) for part in parts], axis=0)
            assert (in_parts[inside] == 1).all()
    N_ABOVE.append(n_above)


def test_some_of_these_are_clipped_where_lines_are_not() -> None:
    assert not N_ABOVE or sum(N_ABOVE) > 10


@pytest.mark.parametrize("seed", range(4))
def test_a_sum_that_is_nearly_0_far_from_level_0_has_numbers_that_int64_holds(seed: int) -> None:
    rng = random.Random(seed)
    weights = ["0", "-0.5", "-1", "-1.5", *(f"-0.{'9' * rng.randint(1, 9)}{rng.randint(0, 9)}" for _ in range(8))]
    table = EquipmentTable.from_pieces(
        [EquipmentPiece(f"Cap {i}", "Head", other=(weight,)) for i, weight in enumerate(weights)],
        body_parts={"Head": 1},
        other_names=("Weight",),
    )
    term = Term(name="Weight", kind="column", weight=10)
    config = Config(body_parts={"Head": 1}, formula=Formula(factors=[Factor(name="raw", base=10, terms=[term])]))
    formula = compile_formula(table, config)
    totals = total_columns(formula.problem, formula.problem.space.block(0, len(weights)))
    scores, node = formula.scores(totals.levels), worst_split(formula, root_node(formula))
    assert node is not None
    problem = surrogate(formula, node[-1], slopes_at(formula, node[-1], [[1.0]])).problem
    bound = score_totals(problem, total_columns(problem, problem.space.block(0, len(weights))))
    assert bound.dtype == np.int64 and any(scores > 0)
    for row in np.flatnonzero(scores > 0).tolist():
        assert floor_log(scores[row]) < bound[row] < floor_log(scores[row]) + ONE // 2
    bounded, every = (search_product(formula, 20, SearchOptions(engine=engine)) for engine in ("bounded", "exhaustive"))
    assert bounded.scores.tolist() == every.scores.tolist()
