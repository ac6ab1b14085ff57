"""Splits lie inside the box, on totals that pieces settle, where a hull is too high."""

from __future__ import annotations

import itertools
import math
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
    _bonus_excess,
    _feature_excess,
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
    excesses = [_feature_excess(problem, e, box, x) for e, x in enumerate(totals[: problem.n_features])]
    for e, x in enumerate(totals[problem.n_features :], problem.n_features):
        excesses.append(_bonus_excess(problem, e, box, x, advice=advice, precision=16))
    useful = [
        excess
        for e, excess in enumerate(excesses)
        if excess is not None and box.low[e] < box.high[e] and splittable[excess.split.total]
        if box.low[excess.split.total] < excess.split.value <= box.high[excess.split.total]
    ]
    most = max((excess.score for excess in useful), default=None)
    assert splits[0] == next((excess.split for excess in useful if excess.score == most), None)
    if splits[1] is not None:
        assert splits[1].value == 1
        assert splits[1].total in {f.raised_by for f in problem.features if f.raised_value is not None}


@pytest.mark.parametrize("seed", range(60))
def test_an_excess_is_how_far_the_hull_is_above_the_nearer_level(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=True, n_most=4)
    problem = compile_problem(job.table, job.config)
    box = root_box(problem)
    for e, feature in enumerate(problem.features):
        low, high, value = box.low[e], min(box.high[e], box.low[e] + 12), feature.value
        if feature.raised_value is not None or high <= low:
            continue
        x = rng.uniform(low, high)
        chords = itertools.product(range(low, math.floor(x) + 1), range(math.ceil(x), high + 1))
        hull = max(value.at(a) + (value.at(b) - value.at(a)) * (x - a) / (b - a) for a, b in chords)
        wanted = min((hull - value.at(level) for level in (math.floor(x), math.ceil(x))), key=abs)
        excess = _feature_excess(problem, e, box.with_range(e, low, high), x)
        # None where the function is its own hull between whole levels.
        if excess is not None:
            assert excess.score == pytest.approx(wanted)
            assert excess.split.total == e
            assert excess.split.value in value.start
            assert low < excess.split.value <= high


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


def worth_of_bonus(weight: str, minimum: int | None = None) -> Problem:
    """Three pieces of a set give a skill that weighs so much; defence is worth 1."""
    pieces = [
        EquipmentPiece(f"{part}{n}", part, defence=10 * (1 - n), set_bonuses=("Set",) if n else ())
        for part in ("Head", "Body", "Legs")
        for n in range(2)
    ]
    steps = (SetBonusStep(bonus="Set", pieces_required=3, skill="Guts", level=1),)
    rules = {"Guts": SkillRule(weight=Decimal(weight), minimum=minimum)}
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


def test_a_bonus_that_a_minimum_needs_is_split_on_while_the_minimum_has_no_price() -> None:
    problem = worth_of_bonus("60", minimum=1)
    box, classes = root_box(problem), merge_pieces(problem)
    e = problem.n_features
    for price in (0, 5, -5):
        advice = LpAdvice(Multipliers((price,) * len(box.low)), [0.0] * len(box.low), True)
        assert needed_bonus(problem, classes, box, advice) == (None if price else Split(e, 3))
    # Where the bonus is there, or cannot be, nothing is open.
    for low, high in ((3, 3), (0, 2)):
        advice = LpAdvice(Multipliers((0,) * len(box.low)), [0.0] * len(box.low), True)
        assert needed_bonus(problem, classes, box.with_range(e, low, high), advice) is None


def test_a_total_that_needs_one_of_two_bonuses_is_found_behind_one_that_needs_none() -> None:
    pieces = [
        EquipmentPiece(f"{part}{bonus}", part, set_bonuses=(bonus,) if bonus else ())
        for part in ("Head", "Body", "Legs")
        for bonus in ("", "One", "Two")
    ]
    steps = tuple(
        SetBonusStep(bonus=bonus, pieces_required=2, skill=skill, level=1)
        for bonus in ("One", "Two")
        for skill in ("Early", "Guts")
    )
    rules = {"Early": SkillRule(values=(Decimal(0), Decimal(1), Decimal(3))), "Guts": SkillRule(maximum=3, minimum=1)}
    problem = compile_problem(EquipmentTable.from_pieces(pieces), Config(skills=rules, set_bonuses=steps))
    box, classes = root_box(problem), merge_pieces(problem)
    assert open_giver(problem, classes, box) == Split(problem.n_features, 2)
    # Without the one, nothing is open any more: it has to be the other.
    has_one = box.with_range(problem.n_features, 2, 3)
    assert open_giver(problem, classes, has_one) is None
    advice = LpAdvice(Multipliers((0,) * len(box.low)), [0.0] * len(box.low), True)
    assert needed_bonus(problem, classes, box, advice) == Split(problem.n_features, 2)
    assert needed_bonus(problem, classes, has_one, advice) is None


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
