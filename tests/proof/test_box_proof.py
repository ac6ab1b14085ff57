"""The price vectors of one box."""

from __future__ import annotations

import numpy as np

from equipment_optimizer import Config, EquipmentPiece, EquipmentTable, SkillRule
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.proof._box_proof import LeafPrices
from equipment_optimizer.proof._claim import Claim
from equipment_optimizer.search.relaxation.bounds import root_box, usual_precision
from equipment_optimizer.search.relaxation.box_lp import solve_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def test_prices_leave_the_rows_and_not_much_else() -> None:
    pieces = [
        EquipmentPiece(f"{part} {k}", part, k, skills=(("Guard", k % 3),))
        for part in ("Head", "Body")
        for k in range(6)
    ]
    config = Config(
        defence_weight=1, unlisted_skill_weight=0, skills={"Guard": SkillRule(maximum=2, weight=3, penalty=0)}
    )
    problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
    # Guard 2 and defence 10: 6 + 10.
    claim = Claim(problem, [np.array([5]), np.array([5])], np.array([10]), limit=1)
    classes, box, precision = merge_pieces(problem), root_box(problem), usual_precision(problem)
    leaf = LeafPrices(problem, classes, box, claim=claim, precision=precision)
    leaf._add(solve_box(problem, classes, box, precision).multipliers)
    everything, near = leaf._leaves(2**60), leaf._leaves(0)
    assert everything is not None and near is not None
    assert near.shape[1] <= everything.shape[1] <= 36
