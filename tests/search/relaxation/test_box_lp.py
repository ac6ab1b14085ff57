"""Prices from the LP: any are valid, these are good, and warm ones are as good as cold ones."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.records.config import Config, Decoration, SkillRule
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.search.engines import SearchOptions, search
from equipment_optimizer.search.relaxation.bounds import (
    Multipliers,
    prefers_low_slots,
    relax,
    root_box,
    usual_precision,
)
from equipment_optimizer.search.relaxation.box_lp import BoxLp, add_hulls, solve_box
from equipment_optimizer.search.relaxation.linear_program import LinearProgram
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def problem_of(seed: int) -> Problem:
    job = random_job(random.Random(seed), full=bool(seed % 2), n_most=4)
    return compile_problem(job.table, job.config)


def has_minima(problem: Problem) -> bool:
    return any(feature.minimum is not None for feature in problem.features)


@pytest.mark.parametrize("seed", range(80))
def test_the_bound_by_the_lps_prices_holds_and_is_no_worse_than_without(seed: int) -> None:
    problem = problem_of(seed)
    if not problem.space.n_combinations:
        return
    classes, box, precision = merge_pieces(problem), root_box(problem), usual_precision(problem)
    advice = solve_box(problem, classes, box, precision)
    if not advice.feasible:
        return
    relaxed = relax(problem, classes, box, advice.multipliers, precision)
    unpriced = relax(problem, classes, box, Multipliers((0,) * len(box.low)), precision)
    # Rounding may cost a unit of each price for each level.
    slack = sum(abs(f.low) + abs(f.high) + 1 for f in problem.features) + 10 * len(problem.bonus_names) + 100
    assert relaxed.bound_scaled <= unpriced.bound_scaled + slack
    scores = search(problem, 1, SearchOptions(engine="exhaustive", workers=1)).scores
    assert not len(scores) or relaxed.bound_scaled >= int(scores[0]) * precision
    assert len(advice.totals) == len(box.low)


@pytest.mark.parametrize("seed", range(40))
def test_forbidding_pieces_warm_gives_what_a_new_program_gives(seed: int) -> None:
    problem, rng = problem_of(seed), random.Random(seed)
    if not problem.space.n_combinations or max(problem.space.counts) > 1 or has_minima(problem):
        return
    classes, box, precision = merge_pieces(problem), root_box(problem), usual_precision(problem)
    warm = BoxLp(problem, classes, box, precision)
    for _ in range(4):
        rows = [np.array(sorted(rng.sample(range(len(part)), rng.randint(1, len(part))))) for part in classes]
        cold = BoxLp(problem, classes, box, precision)
        objectives = []
        for program in (warm, cold):
            program.prices_of(rows)
            objectives.append(program.shares)
            for part, chosen, start in zip(classes, rows, program.part_starts, strict=False):
                outside = np.setdiff1d(np.arange(len(part)), chosen)
                assert program.shares[start + outside] == pytest.approx(0.0, abs=1e-6)
            assert all(i < len(chosen) for i, chosen in zip(program.nearest(rows), rows, strict=True))
        assert objectives[0].sum() == pytest.approx(objectives[1].sum(), abs=1e-6)


def test_a_box_with_an_empty_range_is_not_solved() -> None:
    problem = problem_of(3)
    box = root_box(problem)
    advice = solve_box(problem, merge_pieces(problem), box.with_range(0, 2, 1), 16)
    assert not advice.feasible and set(advice.multipliers.price) == {0}


def test_a_hull_is_weighed_in_a_row_of_its_own() -> None:
    program = LinearProgram()
    (x,), ends = add_hulls(program, [0], 1, [[(0, 0.0), (2, 5.0), (4, 6.0)]])
    assert ends == [3]
    assert x.tolist() == [0.0, 2.0, 4.0]
    solution = program.solver(np.array([-3.0, 1.0]), np.array([np.inf, 1.0])).solve()
    assert solution.values @ [0.0, 5.0, 6.0] == pytest.approx(5.5)


@pytest.mark.parametrize("worth", [(7, 0, 0, 0), (2, 3, 7, 1), (1, 2, 2, 3)])
def test_a_slot_left_free_is_of_its_own_level(worth) -> None:
    rule = SkillRule(weight=4, maximum=1)
    jewel = Decoration(name="Jewel", slot_level=1, skills=(("A", 1),))
    pieces = [EquipmentPiece("One", "Head", slots=(1, 0, 1, 1))]
    config = Config(skills={"A": rule}, decorations=(jewel,), slot_weights=worth, slot_count_weight=0)
    problem = compile_problem(EquipmentTable.from_pieces(pieces), config)
    assert prefers_low_slots(problem, problem.slot_weights) == (worth != (1, 2, 2, 3))
    classes, box, precision = merge_pieces(problem), root_box(problem), usual_precision(problem)
    relaxed = relax(problem, classes, box, solve_box(problem, classes, box, precision).multipliers, precision)
    best = max(sum(worth[k] for k in (0, 2, 3) if k != taken) + 4 * (taken is not None) for taken in (None, 0, 2, 3))
    assert relaxed.bound_scaled == best * precision * 10**problem.digits


@pytest.mark.parametrize("seed", range(60))
def test_every_fitting_slot_is_reached_by_stepping_down(seed: int) -> None:
    problem = problem_of(seed)
    if problem.decorations is None:
        return
    for d, fits in enumerate(problem.decorations.fits):
        reached = set()
        for k in problem.decoration_places[d]:
            reached.add(k)
            while k + 1 < len(fits) and problem.slot_levels[k + 1] > 1:
                k += 1
                reached.add(k)
        assert reached == set(np.flatnonzero(fits).tolist())
