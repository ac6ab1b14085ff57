"""What a proof claims of a list."""

from __future__ import annotations

import numpy as np

from equipment_optimizer import Config, EquipmentPiece, EquipmentTable
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.proof._claim import Claim
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces

PIECES = [EquipmentPiece("Cap", "Head", 5), EquipmentPiece("Helm", "Head", 9), EquipmentPiece("Mail", "Body", 7)]


def test_a_full_list_claims_its_last_row_and_a_short_one_everything() -> None:
    problem = compile_problem(EquipmentTable.from_pieces(PIECES), Config(defence_weight=1))
    columns, scores = [np.array([1, 0]), np.array([0, 0])], np.array([16, 12])
    full = Claim(problem, columns, scores, limit=2)
    assert (full.least, full.last) == (12, [0, 0])
    short = Claim(problem, columns, scores, limit=3)
    assert (short.least, short.last) == (-problem.score_bound, None)


def test_a_row_is_known_by_the_classes_of_its_pieces() -> None:
    problem = compile_problem(EquipmentTable.from_pieces(PIECES), Config(defence_weight=1))
    claim = Claim(problem, [np.array([1]), np.array([0])], np.array([16]), limit=1)
    classes = merge_pieces(problem)
    (score,) = claim.row_by_class([classes[part] for part in problem.positions]).values()
    assert score == 16
