"""Boxes come best first, none that may hold a wanted build is dropped, and halves divide what they are made of."""

from __future__ import annotations

import random

import numpy as np
import pytest
from listings import PRECISION
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.problem.scoring import score_columns, total_columns
from equipment_optimizer.records.space import RankCode
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.best.best_list import TopK
from equipment_optimizer.search.bounded._boxes import Boxes, OpenBox
from equipment_optimizer.search.bounded._candidates import Listing, Lookahead, TakenRows
from equipment_optimizer.search.bounded._enumerate import Enumeration
from equipment_optimizer.search.relaxation.bounds import Box, Multipliers, root_box
from equipment_optimizer.search.relaxation.box_lp import LpAdvice, solve_box
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def random_solver(seed: int):
    """Any prices will do."""
    dice = random.Random(seed)

    def solve(problem: Problem, classes: object, box: Box, precision: int) -> LpAdvice:
        totals = [dice.uniform(low, high) for low, high in zip(box.low, box.high, strict=True)]
        prices = Multipliers(tuple(dice.randint(-300, 300) for _ in totals))
        return LpAdvice(prices, totals, dice.random() < 0.8)

    return solve


def setting(seed: int, limit: int = 5) -> tuple[Problem, Boxes, TopK, np.ndarray, list[np.ndarray]]:
    """A problem without decorations, its boxes, and the score of every combination."""
    for attempt in range(100):
        job = random_job(random.Random(100 * seed + attempt), full=bool(seed % 2), decorations=False)
        problem = compile_problem(job.table, job.config)
        box = root_box(problem)
        if problem.space.n_combinations and all(low <= high for low, high in zip(box.low, box.high, strict=True)):
            break
    top = TopK(limit, RankCode(problem.space.position_sizes).n_words)
    boxes = Boxes(problem, merge_pieces(problem), top, solver=random_solver(seed), filler=None, precision=PRECISION)
    columns = problem.space.block(0, problem.space.n_combinations)
    return problem, boxes, top, score_columns(problem, columns), columns


@pytest.mark.parametrize("seed", range(40))
def test_what_is_not_enumerated_scores_no_more_than_is_said(seed: int) -> None:
    problem, boxes, _, scores, columns = setting(seed)
    boxes.add(root_box(problem))
    totals = total_columns(problem, columns)
    best = int(scores.max())
    assert len(boxes) == 1 or best == NO_BUILD
    for _ in range(6):
        if not len(boxes):
            break
        opened = boxes.pop()
        inside = boxes.holds(opened.box, totals) & (scores > NO_BUILD)
        if inside.any():
            assert boxes.best_unlisted_score(opened) >= scores[inside].max()
        split = boxes.worst_split(opened) or boxes.first_split(opened)
        if split is None:
            break
        boxes.split(opened, split)
        # The halves hold every build of the box, each in one of them, or are settled: none of theirs can matter.
        halves = [half.box for half in boxes if half.order[1] >= boxes.n_bounded - 2]
        held = sum(boxes.holds(half, totals).astype(int) for half in halves) if halves else np.zeros(len(scores), int)
        assert (held[inside] <= 1).all()
        if len(halves) == 2:
            assert (held[inside] == 1).all()


@pytest.mark.parametrize("seed", range(20))
def test_while_the_list_is_not_full_all_builds_are_listed_and_nothing_that_limits_rule_out(seed: int) -> None:
    problem, boxes, _, scores, _ = setting(seed)
    boxes.add(root_box(problem))
    if not len(boxes):
        return
    opened, classes = boxes.pop(), merge_pieces(problem)
    enumeration = Enumeration(problem, classes, opened.box, opened.relaxed)
    lookahead = Lookahead(TakenRows(problem, classes, None), opened.relaxed.loss, enumeration.steps)
    bound_scaled = opened.relaxed.bound_scaled
    allowance = Listing(
        lookahead, bound_scaled, bound_scaled - boxes.slack(opened), most=2**40, is_stopped=lambda: False
    )
    n_builds = 0
    for chunk in enumeration.leaves(allowance):
        picks = chunk.picks[enumeration.step_of_position]
        parts = [classes[b] for b in problem.positions]
        pieces = [part.first[pick] for part, pick in zip(parts, picks, strict=True)]
        assert boxes.holds(opened.box, total_columns(problem, pieces)).all()
        n_builds += int(np.prod([part.sizes[pick] for part, pick in zip(parts, picks, strict=True)], axis=0).sum())
    assert n_builds == np.count_nonzero(scores > NO_BUILD)


@pytest.mark.parametrize("seed", range(20))
def test_the_box_with_the_best_prospect_comes_first(seed: int) -> None:
    problem, boxes, _, _, _ = setting(seed)
    boxes.add(root_box(problem))
    for _ in range(5):
        if not len(boxes):
            return
        opened = boxes.pop()
        assert all(other.order >= opened.order for other in boxes)
        split = boxes.worst_split(opened)
        if split is None:
            return
        boxes.split(opened, split)


@pytest.mark.parametrize("seed", range(12))
def test_a_part_that_the_solver_knows_nothing_of_is_bounded_no_higher_than_what_it_is_part_of(seed: int) -> None:
    problem, dice, asked = setting(seed)[0], random.Random(seed), []

    def solve(problem: Problem, classes: object, box: Box, precision: int) -> LpAdvice:
        asked.append(box)
        if len(asked) == 1:
            return solve_box(problem, merge_pieces(problem), box, precision)
        return LpAdvice(Multipliers(tuple(dice.choice((0, 2)) for _ in box.low)), [], False)

    boxes = Boxes(problem, merge_pieces(problem), TopK(1), solver=solve, filler=None, precision=PRECISION)
    boxes.add(root_box(problem))
    if not len(boxes):
        return
    opened = boxes.pop()
    split = boxes.worst_split(opened)
    if split is not None:
        boxes.split(opened, split)
    assert all(part.relaxed.bound_scaled <= opened.relaxed.bound_scaled for part in boxes)


def test_a_box_matters_until_the_list_is_better() -> None:
    problem, boxes, top, scores, columns = setting(2, limit=1)
    boxes.add(root_box(problem))
    (opened,) = boxes
    assert isinstance(opened, OpenBox)
    assert boxes.matters(opened)
    assert boxes.slack(opened) == opened.relaxed.bound_scaled + PRECISION * problem.score_bound
    code = RankCode(problem.space.position_sizes)
    best = int(np.argmax(scores))
    top.add(scores[best : best + 1], code.encode([column[best : best + 1] for column in columns]))
    assert boxes.slack(opened) == opened.relaxed.bound_scaled - PRECISION * int(scores[best])
    # Ties may rank before what is held, so a box is settled only beyond them.
    opened.enumerated(opened.relaxed.bound_scaled - PRECISION * int(scores[best]))
    assert not boxes.matters(opened)
    opened.enumerated(opened.relaxed.bound_scaled - PRECISION * int(scores[best]) - 1)
    assert boxes.matters(opened)


@pytest.mark.parametrize("seed", range(12))
def test_what_differs_enough_from_rows_is_within_the_bound_that_charges_for_them(seed: int) -> None:
    problem, rng = setting(seed)[0], random.Random(seed)
    if max(problem.space.counts) > 1:
        return
    classes = merge_pieces(problem)
    boxes = Boxes(problem, classes, TopK(1), solver=solve_box, filler=None, precision=PRECISION)
    boxes.add(root_box(problem))
    if not len(boxes):
        return
    box, taken = boxes.pop(), TakenRows(problem, classes, 2)
    n_builds = problem.space.n_combinations
    for rank in rng.sample(range(n_builds), min(n_builds, 6)):
        taken.take(problem.space.indices(rank))
        boxes.price_again(box, taken, -problem.score_bound)
        bound = box.relaxed.bound_scaled // PRECISION
        columns = problem.space.block(0, n_builds)
        scores = score_columns(problem, columns)
        rows = np.array(taken._builds)
        n_common = (rows[:, :, None] == np.array(columns)[None]).sum(axis=1).max(axis=0)
        scores[n_common > len(columns) - 2] = NO_BUILD
        assert bound >= scores.max()
