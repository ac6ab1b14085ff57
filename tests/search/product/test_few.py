"""Builds of at least a score keep the minima that are put on their totals, and few builds are asked for by classes."""

from __future__ import annotations

import random

import numpy as np
import pytest

from equipment_optimizer.problem.formula import FormulaProblem, compile_formula
from equipment_optimizer.problem.scoring import score_totals, total_columns
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.formula import Factor, Formula, Term
from equipment_optimizer.search.product._few import with_needed_levels
from equipment_optimizer.search.product._nodes import root_node
from equipment_optimizer.search.product._surrogate import slopes_at, surrogate

PARTS = {"Head": 1, "Body": 1}


def formula_of(rng: random.Random) -> FormulaProblem:
    pieces = [
        EquipmentPiece(f"{part} {i}", part, skills=(("Fury", rng.randint(0, 3)),), other=(str(rng.randint(0, 40)),))
        for part in PARTS
        for i in range(6)
    ]
    table = EquipmentTable.from_pieces(pieces, body_parts=PARTS, other_names=("Weight",))
    factors = [
        Factor(name="weight", base=rng.choice([1, 50]), terms=[Term(name="Weight", kind="column", weight=1)]),
        Factor(name="fury", base=9, terms=[Term(name="Fury", kind="skill", table=[0, 3, 4, 9])], maximum=16),
    ]
    skills = {"Fury": SkillRule(maximum=3)}
    return compile_formula(table, Config(body_parts=PARTS, skills=skills, formula=Formula(factors=factors)))


@pytest.mark.parametrize("seed", range(10))
def test_no_build_of_at_least_a_score_misses_a_minimum_that_follows_from_it(seed: int) -> None:
    formula = formula_of(random.Random(seed))
    node = root_node(formula)
    problem = surrogate(formula, node, slopes_at(formula, node, [[30.0], [12.0]])).problem
    totals = total_columns(problem, problem.space.block(0, 36))
    scores = score_totals(problem, totals)
    n_limited = 0
    for least in np.unique(scores).tolist():
        limited = with_needed_levels(problem, least)
        for feature, level in zip(limited.features, totals.levels, strict=True):
            n_limited += feature.minimum is not None
            assert feature.minimum is None or (level[scores >= least] >= feature.minimum).all()
    assert n_limited
