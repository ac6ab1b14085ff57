"""The lines that a node's program advises bound it as well as any, and its parts too."""

from __future__ import annotations

import random

import numpy as np
import pytest

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.search.product._node_program import NodeProgram, priced_node
from equipment_optimizer.search.product.nodes.curves import PRECISION, floor_log
from equipment_optimizer.search.product.nodes.levels import divided, full_split, splittable
from equipment_optimizer.search.product.nodes.nodes import root_node
from equipment_optimizer.search.product.nodes.surrogate import slopes_at, surrogate
from equipment_optimizer.search.relaxation.bounds import relax, root_box
from equipment_optimizer.search.relaxation.box_lp import solve_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces

#: In units: a solver's tolerance, and points between which a curve is taken as straight.
NEAR = 2**36 // 1000

PARTS = {"Head": 1, "Body": 1}


def formula_of(rng: random.Random) -> FormulaProblem:
    """Two sums of two skills with tables."""
    pieces = [
        EquipmentPiece(f"{part} {i}", part, skills=(("Fury", rng.randint(0, 3)), ("Luck", rng.randint(0, 3))))
        for part in PARTS
        for i in range(6)
    ]
    tables = [[0, 3, 4, 9, 12, 20], [0, 1, 4, 6]]
    factors = [
        Factor(
            name=f"factor {place}",
            base=10 + 7 * place,
            terms=[
                Term(name=name, kind="skill", table=[(1 + 3 * place) * x for x in table])
                for name, table in zip(("Fury", "Luck"), tables[:: 1 - 2 * place], strict=True)
            ],
            maximum=rng.choice([None, 26]),
        )
        for place in range(2)
    ]
    skills = {"Fury": SkillRule(maximum=5), "Luck": SkillRule(maximum=3)}
    table = EquipmentTable.from_pieces(pieces, body_parts=PARTS)
    return compile_formula(table, Config(body_parts=PARTS, skills=skills, formula=Formula(factors=factors)))


@pytest.mark.parametrize("seed", range(6))
def test_no_lines_bound_a_node_better_than_those_of_its_program(seed: int) -> None:
    rng = random.Random(seed)
    formula = formula_of(rng)
    node, classes = root_node(formula), merge_pieces(formula.problem)
    box = root_box(formula.problem)
    program = NodeProgram(formula, node, box, classes)
    scores = formula.scores(total_columns(formula.problem, formula.problem.space.block(0, 36)).levels)
    relaxation = program.solve(node)
    assert relaxation.is_solved and set(relaxation.levels) == set(splittable(formula))
    problem = surrogate(formula, node, relaxation.slopes, is_rough=True).problem
    bound = relax(problem, classes, root_box(problem), relaxation.multipliers, PRECISION).bound_scaled
    assert bound > floor_log(max(scores))
    for _ in range(4):
        points = tuple(tuple(rng.uniform(1, 60) for _ in sums) for sums in formula.sums)
        other = surrogate(formula, node, slopes_at(formula, node, points), is_rough=True).problem
        advice = solve_box(other, classes, root_box(other), PRECISION)
        assert bound <= relax(other, classes, root_box(other), advice.multipliers, PRECISION).bound_scaled + NEAR


def test_a_part_that_no_build_is_in_has_no_solution() -> None:
    formula = formula_of(random.Random(0))
    node = root_node(formula)
    program = NodeProgram(formula, node, root_box(formula.problem), merge_pieces(formula.problem))
    fury = formula.sums[0][0].worths[0].feature
    parts = divided(formula, node, fury, 5)
    assert program.solve(parts[0]).is_solved
    assert program.solve(parts[1]).is_solved == (formula.problem.features[fury].high >= 5)
    assert program.solve(node).is_solved


@pytest.mark.parametrize("seed", range(12))
def test_no_part_is_bounded_higher_than_the_whole_nor_below_its_builds(seed: int) -> None:
    rng = random.Random(seed)
    formula = formula_of(rng)
    classes = merge_pieces(formula.problem)
    levels = total_columns(formula.problem, formula.problem.space.block(0, 36)).levels
    logs = np.array([floor_log(score) for score in formula.scores(levels).tolist()])
    sums = [formula.values(compiled, levels) for (compiled,) in formula.sums]
    root, n_shared, n_cut = root_node(formula), 0, 0
    # Parts with less of a sum than counts, too: levels may come to more.
    cut = full_split(formula, root, {(place, 0): 1e9 for place in range(2)})
    for begun in (root, *(cut or ())):
        node, whole, bound = begun, None, 2**62
        while True:
            priced = priced_node(formula, node, classes, None if whole is None else whole.program)
            inside = np.ones(36, dtype=bool)
            for values, ((low, high),) in zip(sums, node.sums, strict=True):
                inside &= (values >= low) & (values <= high)
            for e, low, high in node.levels:
                inside &= (levels[e] >= low) & ((levels[e] <= high) | (high == formula.problem.features[e].high))
            assert logs[inside].max(initial=-1) <= priced.bound(classes)
            if not priced.levels:
                break  # no build is in it, whatever is said of it
            assert priced.bound(classes) <= bound + NEAR
            for e in sorted(priced.settled):
                level = round(priced.levels[e])
                assert abs(priced.levels[e] - level) < 1e-5
                low, high = node.levels_of(formula, e)
                if low < high and level <= 3:
                    shared = priced.within(
                        formula, node.with_levels(e, *((low, level), (level, high))[rng.random() < 0.5])
                    )
                    assert shared.bound(classes) <= priced.bound(classes) + NEAR
                    n_shared += 1
            open_features = [
                e for e in splittable(formula) if node.levels_of(formula, e)[0] < min(3, node.levels_of(formula, e)[1])
            ]
            if not open_features:
                break
            e = rng.choice(open_features)
            n_cut += begun is not root
            node, whole, bound = (
                divided(formula, node, e, node.levels_of(formula, e)[0] + 1)[1],
                priced,
                priced.bound(classes),
            )
    assert n_shared and (n_cut > 0) == (cut is not None)
