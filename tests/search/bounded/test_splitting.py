"""Splits lie inside the box, on totals that pieces settle, where a hull is too high."""

from __future__ import annotations

import random
from decimal import Decimal

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import total_columns
from equipment_optimizer.records.config import Config, SetBonusStep, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.bounded.splitting import (
    Split,
    needed_bonus,
    open_giver,
    splittable_totals,
    with_implied_counts,
    worst_raised,
    worst_total,
)
from equipment_optimizer.search.relaxation.bounds import Box, Multipliers, root_box
from equipment_optimizer.search.relaxation.box_lp import LpAdvice, solve_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


@pytest.mark.parametrize("seed", range(150))
def test_a_split_divides_the_box_on_a_total_that_pieces_settle(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=True, n_most=4)
    problem = compile_problem(job.table, job.config)
    if not problem.space.n_combinations:
        return
    box, classes, splittable = root_box(problem), merge_pieces(problem), splittable_totals(problem)
    if any(low > high for low, high in zip(box.low, box.high, strict=True)):
        return
    totals = [rng.uniform(low, high) for low, high in zip(box.low, box.high, strict=True)]
    advice = LpAdvice(Multipliers(tuple(rng.randint(-90, 90) for _ in totals)), totals, True)
    splits = [
        worst_total(problem, box, advice, splittable, 16),
        worst_raised(problem, box, advice, splittable),
        needed_bonus(problem, classes, box, advice),
    ]
    for split in splits:
        if split is not None:
            assert splittable[split.total]
            assert box.low[split.total] < split.value <= box.high[split.total]


def test_totals_that_decorations_change_are_not_split_on() -> None:
    job = next(
        job
        for job in (random_job(random.Random(seed), full=True, decorations=True) for seed in range(99))
        if (d := compile_problem(job.table, job.config).decorations) is not None and d.levels.any()
    )
    problem = compile_problem(job.table, job.config)
    assert problem.decorations is not None
    changed = problem.decorations.levels.any(axis=0)
    assert [not may for may in splittable_totals(problem)[: problem.n_features]] == changed.tolist()


def worth_of_bonus(weight: str) -> Problem:
    """Three pieces of a set give a skill that weighs so much; defence is worth 1."""
    pieces = [
        EquipmentPiece(f"{part}{n}", part, defence=10 * (1 - n), set_bonuses=("Set",) if n else ())
        for part in ("Head", "Body", "Legs")
        for n in range(2)
    ]
    steps = (SetBonusStep(bonus="Set", pieces_required=3, skill="Guts", level=1),)
    rules = {"Guts": SkillRule(weight=Decimal(weight))}
    return compile_problem(EquipmentTable.from_pieces(pieces), Config(skills=rules, set_bonuses=steps))


@pytest.mark.parametrize("precision", [1, 16, 1024])
def test_a_bonus_between_two_thresholds_is_split_on_whatever_the_precision(precision: int) -> None:
    problem = worth_of_bonus("60")
    box, classes = root_box(problem), merge_pieces(problem)
    e = problem.n_features
    advice = solve_box(problem, classes, box, precision)
    half = LpAdvice(advice.multipliers, [*advice.totals[:e], 1.5], True)
    split = worst_total(problem, box, half, splittable_totals(problem), precision)
    assert split == Split(e, 3)
    assert np.isfinite(split.value)


@pytest.mark.parametrize("seed", range(60))
def test_implied_counts_leave_no_build_out_and_a_giver_is_split_within_the_box(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=True, n_most=3)
    problem = compile_problem(job.table, job.config)
    if not problem.space.n_combinations:
        return
    classes, box = merge_pieces(problem), root_box(problem)
    settled = splittable_totals(problem)
    totals = total_columns(problem, problem.space.block(0, min(problem.space.n_ranks, 2_000)))
    finished = np.concatenate([totals.levels, totals.bonus_counts])
    for e in rng.sample(range(problem.n_features), min(3, problem.n_features)):
        if settled[e] and box.low[e] <= box.high[e]:
            box = box.with_range(e, rng.randint(box.low[e], box.high[e]), box.high[e])
    implied = with_implied_counts(problem, classes, box)

    def inside(within: Box) -> list[bool]:
        rows = [e for e in range(len(settled)) if settled[e]]
        return [all(within.low[e] <= build[e] <= within.high[e] for e in rows) for build in finished.T.tolist()]

    assert inside(implied) == inside(box)
    split = open_giver(problem, classes, implied)
    if split is not None:
        assert implied.low[split.total] < split.value <= implied.high[split.total]
