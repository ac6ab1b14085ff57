"""Builds that differ in one decoration: each is a build that may be, and scores no more than the best."""

from __future__ import annotations

import dataclasses
import random

import pytest
from oracle import best_builds
from random_problems import random_job

from equipment_optimizer.answers._other_fillings import joined, one_decoration_exchanged, one_decoration_taken_out
from equipment_optimizer.output.score_terms import score_terms
from equipment_optimizer.pipeline import optimize
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


@pytest.mark.parametrize("seed", range(12))
def test_exchanged_decorations_never_beat_the_best(seed: int) -> None:
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 2 > 0, decorations=True, n_most=3)
        if best_builds(job.pieces, job.config, 1, job.resistance_names):
            break
    results = optimize(job.table, job.config, limit=1)
    others = one_decoration_exchanged(compile_problem(job.table, job.config), results)
    together = joined(results, others)
    assert len(together) == 1 + len(others)
    worth = sum(term.worth for term in score_terms(dataclasses.replace(together, config=job.config)))
    assert int(worth[0]) == int(results.scaled_scores[0])
    assert int(worth.max()) == int(worth[0])
    assert (together.free_slots(0, len(together)).sum(axis=1) == together.free_slots(0, 1).sum()).all()


def test_without_decorations_there_is_nothing_to_exchange() -> None:
    job = random_job(random.Random(1), full=False)
    results = optimize(job.table, job.config, limit=1)
    assert not len(one_decoration_exchanged(compile_problem(job.table, job.config), results))


@pytest.mark.parametrize(("minimum", "n_others"), [(None, 1), (1, 0)])
def test_a_decoration_that_a_minimum_needs_is_not_taken_out(minimum, n_others: int) -> None:
    table = EquipmentTable.from_pieces([EquipmentPiece("Cap", "Head", slots=(0, 1, 0, 0))])
    jewel = Decoration(name="Jewel", slot_level=2, skills=(("Luck", 1),))
    rule = SkillRule(weight=2 if minimum is None else -3, maximum=1, minimum=minimum)
    config = Config(skills={"Luck": rule}, slot_weights=(0, 1, 0, 0), slot_count_weight=0, decorations=(jewel,))
    results = optimize(table, config, limit=1)
    assert results.decorations_text(0) == "1x Jewel"
    others = one_decoration_taken_out(compile_problem(table, config), results)
    assert [others.decorations_text(k) for k in range(len(others))] == [""] * n_others
