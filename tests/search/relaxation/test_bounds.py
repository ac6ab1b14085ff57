"""The identity that everything rests on: score = bound - loss - shortfall."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.config import Config, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.relaxation.bounds import (
    NOTHING,
    Box,
    Multipliers,
    bonus_worth_scaled,
    loss_cap,
    price_limit,
    relax,
    root_box,
    rounded_price,
    total_functions,
    usual_precision,
)
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces

#: Two parts with two pieces each; Attack is worth 3 up to level 2, defence 1.
WORKED = [
    EquipmentPiece("A", "Head", defence=5, skills=(("Attack", 1),)),
    EquipmentPiece("B", "Head", defence=9),
    EquipmentPiece("C", "Body", defence=0, skills=(("Attack", 2),)),
    EquipmentPiece("D", "Body", defence=8),
]


def worked_example() -> Problem:
    table = EquipmentTable.from_pieces(WORKED, body_parts=(("Head", 1), ("Body", 1)))
    rule = SkillRule(weight=Decimal(3), maximum=2)
    config = Config(skills={"Attack": rule}, over_max="cap", body_parts=(("Head", 1), ("Body", 1)))
    return compile_problem(table, config)


def test_score_is_bound_less_loss_less_shortfall_in_the_worked_example() -> None:
    problem = worked_example()
    relaxed = relax(problem, merge_pieces(problem), root_box(problem), Multipliers((3,)), 1)
    assert relaxed.bound_scaled == 17
    assert [loss.tolist() for loss in relaxed.loss] == [[1, 0], [2, 0]]
    assert relaxed.total_best == (0,)
    (attack,) = problem.features
    scores = {}
    for head, body in itertools.product(range(2), range(2)):
        level = int(problem.parts[0].levels[head, 0] + problem.parts[1].levels[body, 0])
        shortfall = 0 - (attack.value.at(level) - 3 * level)
        loss = int(relaxed.loss[0][head] + relaxed.loss[1][body])
        score = int(score_columns(problem, [np.array([head]), np.array([body])])[0])
        assert score == relaxed.bound_scaled - loss - shortfall
        scores[WORKED[head].name + WORKED[2 + body].name] = (loss, shortfall, score)
    assert scores == {"AC": (3, 3, 11), "AD": (1, 0, 16), "BC": (2, 0, 15), "BD": (0, 0, 17)}


@pytest.mark.parametrize("seed", range(80))
def test_score_is_bound_less_loss_less_shortfall_for_every_build_at_any_prices(seed: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=False, n_most=3)
    problem = compile_problem(job.table, job.config)
    if problem.decorations is not None or problem.space.n_combinations > 500 or max(problem.space.counts) > 1:
        return
    classes, box = merge_pieces(problem), root_box(problem)
    multipliers = Multipliers(tuple(rng.randint(-500, 500) for _ in box.low))
    precision = rng.choice([1, 7, 1024])
    relaxed = relax(problem, classes, box, multipliers, precision)
    n_features = problem.n_features
    for indices in itertools.product(*(range(size) for size in problem.space.position_sizes)):
        pieces = [problem.parts[b] for b in problem.positions]
        counts = problem.base_bonus_counts + sum(p.bonus_counts[i] for p, i in zip(pieces, indices, strict=True))
        levels = problem.base_levels + sum(p.levels[i] for p, i in zip(pieces, indices, strict=True))
        plain = levels.copy()
        for c, n in enumerate(counts.tolist()):
            levels = levels + problem.bonus_levels[c, n]
        owner = [
            next(g for g in range(len(part)) if i in part.members[part.member_start[g] : part.member_start[g + 1]])
            for part, i in zip((classes[b] for b in problem.positions), indices, strict=True)
        ]
        loss = sum(int(relaxed.loss[b][g]) for b, g in zip(problem.positions, owner, strict=True))
        shares = [
            max(precision * f.at(int(x)) for f in total_functions(problem.features[e], box))
            - multipliers.price[e] * int(x)
            for e, x in enumerate(levels)
        ]
        shares += [bonus_worth_scaled(problem, c, multipliers, precision)[n] for c, n in enumerate(counts.tolist())]
        shortfall = sum(best - share for best, share in zip(relaxed.total_best, shares, strict=True))
        score = int(score_columns(problem, [np.array([i]) for i in indices])[0])
        if score == NO_BUILD or any(f.raised_value is not None for f in problem.features):
            continue
        assert score * precision == relaxed.bound_scaled - loss - shortfall
        assert len(plain) == n_features


def test_a_box_with_an_empty_range_holds_nothing() -> None:
    problem = worked_example()
    box = root_box(problem).with_range(0, 3, 2)
    assert relax(problem, merge_pieces(problem), box, Multipliers((3,)), 1).bound_scaled == NOTHING
    assert NOTHING < -(2**63)


@pytest.mark.parametrize(("least", "most"), [(None, 1), (1, None), (1, 2), (None, None)])
def test_the_box_of_all_builds_is_within_the_limits(least: int | None, most: int | None) -> None:
    table = EquipmentTable.from_pieces(WORKED, body_parts=(("Head", 1), ("Body", 1)))
    rule = SkillRule(weight=Decimal(3), maximum=2, minimum=least, at_most=most)
    problem = compile_problem(table, Config(skills={"Attack": rule}, body_parts=(("Head", 1), ("Body", 1))))
    assert root_box(problem) == Box((least or 0,), (3 if most is None else most,))


def test_prices_are_rounded_within_their_limits() -> None:
    problem = worked_example()
    assert rounded_price(float("nan"), 5) == 0
    assert rounded_price(float("inf"), 5) == 5
    assert rounded_price(-1e300, 5) == -5
    assert rounded_price(2.6, 5) == 3
    assert price_limit(problem, 0) * 2 * 3 <= 2**58
    assert usual_precision(problem) == 1024


@pytest.mark.parametrize("bits", [10, 30, 45, 55])
def test_a_ray_leads_above_every_score_as_far_as_64_bits_allow(bits: int) -> None:
    problem = replace(worked_example(), score_bound=2**bits)
    precision = usual_precision(problem)
    n_totals = problem.n_features + len(problem.bonus_names)
    limit = min(price_limit(problem, e) for e in range(n_totals))
    wanted = min(8 * problem.score_bound * precision, limit)
    assert wanted < limit or precision == 1
    ray = Multipliers((-3, *[2] * (n_totals - 1)))
    far = ray.farthest(problem, precision)
    assert wanted - 3 < 3 * far <= wanted
    # None of the prices is cut off: it is the same direction.
    assert ray.scaled(problem, far).price == tuple(far * price for price in ray.price)
    assert Multipliers((0,) * n_totals).farthest(problem, precision) == 0


def test_another_range_of_one_total_leaves_the_others() -> None:
    box = Box((1, 2, 3, 4), (5, 6, 7, 8))
    for e in range(4):
        low, high = list(box.low), list(box.high)
        low[e], high[e] = 0, 9
        assert box.with_range(e, 0, 9) == Box(tuple(low), tuple(high))


def test_losses_of_all_totals_are_within_64_bits_together() -> None:
    for seed in range(20):
        job = random_job(random.Random(seed), full=True)
        problem = compile_problem(job.table, job.config)
        n_summands = len(problem.positions) + len(problem.features) + len(problem.bonus_names)
        assert n_summands * loss_cap(problem) <= 2**61


def test_scores_that_fill_64_bits_are_priced_in_whole_ones() -> None:
    assert usual_precision(replace(worked_example(), score_bound=2**50)) == 1
    assert usual_precision(replace(worked_example(), score_bound=2**60)) == 1
    assert usual_precision(replace(worked_example(), score_bound=2**48)) == 4
