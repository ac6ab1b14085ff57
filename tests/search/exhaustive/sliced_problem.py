"""A problem that is scored in slices."""

from __future__ import annotations

import random
from decimal import Decimal

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


def sliced_problem() -> Problem:
    """A problem whose inner space is larger than a block of 64, so that it is scored in slices."""
    dice = random.Random(5)
    pieces = [
        EquipmentPiece(f"{part} {i}", part, defence=dice.randint(0, 9), skills=(("Attack", dice.randint(0, 3)),))
        for part, n_pieces in (("Head", 5), ("Body", 4), ("Arms", 90), ("Waist", 2))
        for i in range(n_pieces)
    ]
    return compile_problem(
        EquipmentTable.from_pieces(pieces), Config(skills={"Attack": SkillRule(maximum=4, penalty=Decimal(0))})
    )
