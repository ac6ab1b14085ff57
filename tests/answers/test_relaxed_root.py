"""What the relaxation of all builds points at: a build that there is, and no better than the best."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.answers import _relaxed_root as relaxed_root
from equipment_optimizer.answers._relaxed_root import KnownPrices, RelaxedRoot, highest_score
from equipment_optimizer.answers._weights import with_weights
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded.run import BoundedSearch
from equipment_optimizer.search.relaxation.box_lp import solve_box


@pytest.mark.parametrize("seed", range(30))
def test_the_rounded_build_is_one_that_there_is(seed: int) -> None:
    job = random_job(random.Random(seed), full=seed % 3 > 0, decorations=seed % 2 == 0)
    problem = compile_problem(job.table, job.config)
    root = RelaxedRoot(problem)
    rounded = root.rounded_build()
    run = BoundedSearch(problem, 1, classes=root.classes, solver=root.solve)
    run.run()
    scores, words = run.top.sorted()
    if len(scores):
        assert highest_score(problem) * 10**problem.digits >= scores[0]
    if rounded is None or not len(scores):
        return
    assert rounded.score <= scores[0]
    # A build's classes lead back to pieces that are alike.
    columns = np.array(run.code.decode(words))
    run.scorer.offer_all(root.picks(columns))
    assert run.top.sorted()[0][0] == scores[0]
    if rounded.score > NO_BUILD and rounded.fillings is not None and run.filler is not None:
        assert (rounded.fillings.free_slots >= 0).all()
        assert rounded.fillings.start[-1] == len(rounded.fillings.count)


def searched(problem, known, unit):
    """The best score of all builds, found with known prices."""
    root = RelaxedRoot(problem, known=known, unit=unit)
    run = BoundedSearch(problem, 1, classes=root.classes, solver=root.solve)
    root.serve(run)
    root.run(run)
    return run.top.sorted()[0].tolist()


@pytest.mark.parametrize("seed", range(30))
def test_known_prices_of_other_weights_change_no_answer(seed: int) -> None:
    job = random_job(random.Random(seed), full=True, decorations=seed % 2 == 0)
    known = KnownPrices()
    for factor in (1, 3, 7, 1):
        config = with_weights(job.config, lambda path, weight, k=factor: weight * (k if "skills" in path else 2))
        problem = compile_problem(job.table, config)
        assert searched(problem, known, 2 * 10**problem.digits) == searched(problem, None, 1)


def raised_job() -> tuple[EquipmentTable, Config]:
    """A maximum that pieces of a dozen may raise: what is divided first."""
    rng = random.Random(2)
    pieces = [
        EquipmentPiece(f"{part} {n}", part, rng.randint(0, 9), skills=((rng.choice(["Fury", "Calm"]), 1), *more))
        for part in ("Head", "Body", "Legs")
        for n in range(4)
        for more in [(("Secret", 1),) if n == 3 else ()]
    ]
    fury = SkillRule(weight=9, maximum=None, locked_maximum=1, raised_maximum=3, raised_by="Secret")
    return EquipmentTable.from_pieces(pieces), Config(
        skills={"Fury": fury, "Calm": SkillRule(weight=4, maximum=2)}, over_max="cap", defence_weight=1
    )


def test_boxes_that_known_prices_rule_out_are_not_relaxed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []
    monkeypatch.setattr(relaxed_root, "solve_box", lambda *given: solved.append(given) or solve_box(*given))
    problem = compile_problem(*raised_job())
    known, counts = KnownPrices(), []
    for _ in range(2):
        root = RelaxedRoot(problem, known=known, unit=10**problem.digits)
        run = BoundedSearch(problem, 1, classes=root.classes, solver=root.solve)
        root.serve(run)
        (best, *_) = searched(problem, None, 1)
        run.look_above(best)
        solved.clear()
        run.run()
        counts.append(len(solved))
    assert counts[0] > counts[1]
