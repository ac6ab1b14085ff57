"""A proof as text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from equipment_optimizer import Config, EquipmentPiece, EquipmentTable, PartRule, SkillRule, TotalRule
from equipment_optimizer.errors import UsageError
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.proof._proof_text import VERSION, check_provable, proof_lines
from equipment_optimizer.proof.prove import find_proof

PIECES = [EquipmentPiece("Cap", "Head", 5, skills=(("Two  words", 2),)), EquipmentPiece("Helm", "Head", 9)]
CONFIG = Config(defence_weight=1, skills={"Two  words": SkillRule(maximum=1, penalty=0)})


def test_a_proof_says_what_it_is_of_and_ends() -> None:
    problem = compile_problem(EquipmentTable.from_pieces(PIECES), CONFIG)
    proof = find_proof(problem, [np.array([1])], np.array([9]), 1)
    assert proof is not None
    lines = proof_lines(problem, proof, limit=1, inputs=["aa", "bb", "cc"], builds="dd")
    assert lines[:6] == [VERSION, "equipment aa", "config bb", "file cc", "list dd", "limit 1"]
    assert "total skill Two words" in lines
    assert lines[-1] == "end"
    assert "list none" in proof_lines(problem, proof, limit=1, inputs=["aa", "bb"], builds=None)


def test_totals_of_columns_are_written_with_their_step() -> None:
    pieces = [EquipmentPiece("Cap", "Head", other=("2.5",)), EquipmentPiece("Helm", "Head", other=("0.5",))]
    table = EquipmentTable.from_pieces(pieces, other_names=("Two  words",))
    problem = compile_problem(table, Config(totals={"Two  words": TotalRule(weight=1, maximum=1)}))
    proof = find_proof(problem, [np.array([1])], np.array([15]), 1)
    assert proof is not None
    assert "total column 1/2 Two words" in proof_lines(problem, proof, limit=1, inputs=["aa", "bb"], builds="dd")


@pytest.mark.parametrize(
    "changes",
    [
        {"variants": "one"}, {"different_pieces": 2}, {"different_skills": True}, {"share": 0.4},
        {"front": ("Score", "Defence")}, {"body_parts": {"Head": 1, "Free": PartRule(drawn_from="Head")}},
    ],
)  # fmt: skip
def test_what_the_format_has_no_words_for_is_refused(changes: dict[str, Any]) -> None:
    config = Config(**changes)
    with pytest.raises(UsageError, match="a proof cannot be had yet for a job with"):
        check_provable(compile_problem(EquipmentTable.from_pieces(PIECES), config), config)
