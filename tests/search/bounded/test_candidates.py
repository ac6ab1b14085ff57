"""Candidates of a sequence, and what beginnings still have to lose, against looking at every row."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded._candidates import Candidates, Lookahead, TakenRows
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces


def test_each_key_is_held_once_and_what_is_forgotten_stays_so() -> None:
    held = Candidates(1)
    picks = np.array([[0, 1, 2, 3]], dtype=np.int32)
    fresh = held.add(picks, np.array([9, 8, 7, 6]), np.array([[5, 5, 6, 7]]), np.ones(4), is_exact=False)
    assert fresh.tolist() == [0, 2, 3]
    held.forget(np.array([0]))
    assert held.add(picks, np.array([9, 8, 7, 6]), np.array([[5, 5, 6, 8]]), np.ones(4), is_exact=True).tolist() == [3]
    assert held.most.tolist() == [NO_BUILD, 7, 6, 6]
    assert held.best == 6
    assert held.open_above(7, 9).tolist() == [1]
    held.keep(held.most >= 7)
    assert held.picks.tolist() == [[2]]


@pytest.mark.parametrize("n_rows", [3, 70])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_still_to_lose_is_no_more_than_any_completion_loses(seed: int, n_rows: int) -> None:
    rng = random.Random(seed)
    job = random_job(rng, full=False, n_most=5)
    problem = compile_problem(job.table, job.config)
    classes = merge_pieces(problem)
    steps = tuple(reversed(problem.positions))
    sizes = [len(classes[b]) for b in steps]
    for n_different in range(1, len(steps) + 1):
        taken = TakenRows(problem, classes, n_different)
        for _ in range(n_rows):
            columns = [rng.randrange(problem.space.sizes[b]) for b in problem.positions]
            if all(count == 1 for count in problem.space.counts):
                taken.take(tuple(columns))
        losses = [np.array([rng.randrange(50) for _ in range(len(part))]) for part in classes]
        look = Lookahead(taken, losses, steps)
        if look.is_empty:
            continue
        for _ in range(30):
            whole = np.array([[rng.randrange(size)] for size in sizes], dtype=np.int32)
            is_near = look.needed(whole)[0][0]
            common = np.sum([taken.is_held[b][whole[k, 0]] for k, b in enumerate(steps)], axis=0)
            assert is_near == bool((common > len(steps) - n_different).any())
            by_position = np.array([whole[len(steps) - 1 - k] for k in range(len(steps))])
            assert taken.may_follow_last(by_position)[0] == (common[-1] <= len(steps) - n_different)
            if is_near:
                continue
            for done in range(len(steps) + 1):
                near, needed = look.needed(whole[:done])
                assert not near[0]
                assert needed[0] <= sum(int(losses[b][whole[k, 0]]) for k, b in enumerate(steps) if k >= done)


def test_a_used_up_piece_leaves_its_class_to_the_others() -> None:
    rng = random.Random(1)
    job = random_job(rng, full=False, n_most=3)
    problem = compile_problem(job.table, job.config)
    taken = TakenRows(problem, merge_pieces(problem), 1)
    n_before = [n.sum() for n in taken.n_usable]
    taken.use_up(0, 0)
    assert [n.sum() for n in taken.n_usable] == [n_before[0] - 1, *n_before[1:]]
