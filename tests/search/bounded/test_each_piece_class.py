"""The best score with every class: against every build, whatever is usable beside it and however little is listed."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.scoring import score_columns
from equipment_optimizer.records.vocabulary import NO_BUILD
from equipment_optimizer.search.bounded import each_piece_class as each
from equipment_optimizer.search.bounded.each_piece_class import EachClass
from equipment_optimizer.search.filling.filler import Filler


def setting(seed: int, *, single: bool = True):
    """A problem, pieces that are usable, and all its builds with their scores."""
    rng = random.Random(seed)
    while True:
        job = random_job(rng, full=seed % 4 > 0, decorations=seed % 2 == 0, n_most=5)
        problem = compile_problem(job.table, job.config)
        if problem.space.n_combinations and (not single or set(problem.space.counts) == {1}):
            break
    usable = []
    for part in problem.parts:
        chosen = np.array([rng.random() < (0.7 if seed % 3 else 1.0) for _ in part.linear])
        chosen[rng.randrange(len(chosen))] = True
        usable.append(chosen)
    columns = problem.space.block(0, problem.space.n_combinations)
    fill = None if problem.decorations is None else Filler(problem).scores
    return problem, usable, columns, score_columns(problem, columns, fill)


def by_brute_force(problem, usable, columns, scores, b, piece):
    """The best score of builds that hold a piece beside usable ones."""
    fits = np.ones(len(scores), dtype=bool)
    holds = np.zeros(len(scores), dtype=bool)
    for number, column in zip(problem.positions, columns, strict=True):
        mine = (column == piece) & (number == b)
        holds |= mine
        fits &= usable[number][column] | mine
    chosen = scores[fits & holds]
    return int(chosen.max()) if chosen.size else NO_BUILD


@pytest.mark.parametrize("few_leaves", [False, True])
@pytest.mark.parametrize("seed", range(80))
def test_every_best_score_is_that_of_all_builds(seed: int, few_leaves: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if few_leaves:
        monkeypatch.setattr(each, "_FIRST_LEAVES", 0.5)
        monkeypatch.setattr(each, "_MOST_AT_ONCE", 8)
    problem, usable, columns, scores = setting(seed)
    found = EachClass(problem, usable=usable)
    found.run()
    for b, part in enumerate(problem.parts):
        for piece in range(len(part.linear)):
            best, bound = found.of_piece(b, piece)
            expected = by_brute_force(problem, usable, columns, scores, b, piece)
            assert best <= expected <= bound
            if not few_leaves:
                assert best == expected == bound


@pytest.mark.parametrize("seed", range(40))
def test_good_builds_to_begin_with_change_nothing(seed: int) -> None:
    problem, _, columns, scores = setting(seed)
    order = np.argsort(-scores, kind="stable")[:3]
    order = order[scores[order] > NO_BUILD]
    plain, warm = EachClass(problem), EachClass(problem)
    plain.run()
    own = [column[order] for column in columns]
    warm.settle(own, scores[order])
    warm.run(own)
    for mine, theirs in zip(plain.best, warm.best, strict=True):
        assert mine.tolist() == theirs.tolist()


@pytest.mark.parametrize("seed", range(40))
def test_two_pieces_together_are_never_above_their_bound(seed: int) -> None:
    problem, _, columns, scores = setting(seed)
    found = EachClass(problem)
    found.run()
    if len(problem.parts) < 2:
        return
    for i in range(len(problem.parts[0].linear)):
        for j in range(len(problem.parts[1].linear)):
            both = scores[(columns[0] == i) & (columns[1] == j)]
            assert both.max(initial=NO_BUILD) <= max(found.pair_bound((0, i), (1, j)), NO_BUILD)


@pytest.mark.parametrize("seed", range(20))
def test_a_stop_leaves_bounds_that_hold(seed: int) -> None:
    problem, usable, columns, scores = setting(seed)
    n_asked = 0

    def is_over() -> bool:
        nonlocal n_asked
        n_asked += 1
        return n_asked > 2

    found = EachClass(problem, usable=usable, should_stop=is_over)
    found.run()
    for b, part in enumerate(problem.parts):
        for piece in range(len(part.linear)):
            best, bound = found.of_piece(b, piece)
            assert best <= by_brute_force(problem, usable, columns, scores, b, piece) <= bound


@pytest.mark.parametrize("seed", range(20))
def test_parts_that_take_several_are_left_to_others(seed: int) -> None:
    problem, _, _, _ = setting(4 * seed + 1, single=False)
    found = EachClass(problem)
    found.run()
    for b, count in enumerate(problem.space.counts):
        assert count == 1 or (found.best[b] <= found.bound[b]).all()
