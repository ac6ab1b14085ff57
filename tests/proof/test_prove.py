"""Proofs of small random lists: whole trees of boxes, and none after a stop."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.proof._box_proof import LeafPrices
from equipment_optimizer.proof._claim import Claim
from equipment_optimizer.proof.prove import Proof, find_proof
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.search.relaxation.bounds import root_box, usual_precision
from equipment_optimizer.search.relaxation.box_lp import solve_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def problem_of(seed: int) -> Problem | None:
    """A small problem with slots to fill in two of three seeds."""
    job = random_job(random.Random(seed), full=True, decorations=seed % 3 > 0)
    problem = compile_problem(job.table, job.config)
    return problem if problem.space.n_combinations else None


def proof_of(
    problem: Problem, limit: int
) -> tuple[Proof, list[np.typing.NDArray[np.int64]], np.typing.NDArray[np.int64]]:
    """A proof of the best builds, and those."""
    outcome = search(problem, limit, SearchOptions(engine="exhaustive", workers=1))
    columns = [np.asarray(column, dtype=np.int64) for column in outcome.columns]
    proof = find_proof(problem, columns, outcome.scores, limit)
    assert proof is not None
    return proof, columns, outcome.scores


@pytest.mark.parametrize("seed", range(40))
def test_every_box_is_cut_in_two_or_a_leaf_with_prices(seed: int) -> None:
    problem = problem_of(seed)
    if problem is None:
        return
    proof, _, _ = proof_of(problem, 3)
    n_open = 1
    for kind, numbers in proof.tree:
        assert n_open > 0
        n_open += 1 if kind == "cut" else -1
        if kind == "leaf":
            assert numbers and all(0 <= number < len(proof.vectors) for number in numbers)
    assert n_open == 0


@pytest.mark.parametrize("seed", range(40))
def test_rows_are_never_ruled_out(seed: int) -> None:
    problem = problem_of(seed)
    if problem is None:
        return
    _, columns, scores = proof_of(problem, 4)
    classes, precision, box = merge_pieces(problem), usual_precision(problem), root_box(problem)
    claim = Claim(problem, columns, scores, 4)
    assert claim.least == (scores[-1] if len(scores) >= 4 else -problem.score_bound)
    assert all(score % claim.unit == scores[0] % claim.unit for score in scores.tolist())
    positions = [classes[part] for part in problem.positions]
    by_class = claim.row_by_class(positions)
    leaf = LeafPrices(problem, classes, box, claim=claim, precision=precision)
    leaf._add(solve_box(problem, classes, box, precision).multipliers)
    picks = leaf._leaves(2**60)
    if picks is not None:
        assert set(by_class) <= set(map(tuple, picks.T.tolist()))


def test_a_stop_leaves_no_proof() -> None:
    problem = next(p for p in map(problem_of, range(9)) if p is not None)
    columns = [np.zeros(0, dtype=np.int64) for _ in problem.positions]
    assert find_proof(problem, columns, np.zeros(0, dtype=np.int64), 1, lambda: True) is None
