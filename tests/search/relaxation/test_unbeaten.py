"""What no other values reach, by comparing all; what steps left can do, by trying every way."""

import itertools
import random

import numpy as np
import pytest
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.search.relaxation import unbeaten as unbeaten_values
from equipment_optimizer.search.relaxation.bounds import Multipliers, relax, root_box, usual_precision
from equipment_optimizer.search.relaxation.piece_classes import merge_pieces
from equipment_optimizer.search.relaxation.unbeaten import Completions, reached, unbeaten


@pytest.mark.parametrize("block", [256, 3])
def test_what_is_kept_reaches_all_and_no_other_reaches_it(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unbeaten_values, "_BLOCK", block)
    monkeypatch.setattr(unbeaten_values, "_AT_ONCE", 7 * block)
    rng = np.random.default_rng(block)
    for n in (0, 1, 5, 40):
        values, words = rng.integers(0, 4, (3, n)), rng.permutation(n)[None]
        kept = set(unbeaten(values, words).tolist())
        for k in range(n):
            equal_first = [j for j in range(n) if (values[:, j] == values[:, k]).all() and words[0, j] < words[0, k]]
            above = [
                j for j in range(n) if (values[:, j] >= values[:, k]).all() and (values[:, j] > values[:, k]).any()
            ]
            assert (k in kept) == (not equal_first and not above)
        assert reached(values, values[:, sorted(kept)]).all()


@pytest.mark.parametrize("most", [2_000, 3])
def test_no_way_to_go_on_does_better_than_all_that_are_told_apart(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unbeaten_values, "_MOST_WAYS", most)
    n_checked = 0
    for seed in range(12):
        job = random_job(random.Random(seed), full=True, n_most=5)
        problem = compile_problem(job.table, job.config)
        if problem.n_features < 2 or not problem.space.n_combinations:
            continue
        classes, box = merge_pieces(problem), root_box(problem)
        nothing = Multipliers((0,) * (problem.n_features + len(problem.bonus_names)))
        relaxed = relax(problem, classes, box, nothing, usual_precision(problem))
        steps, signs = list(problem.positions), np.array([1, -1])
        completions = Completions(classes, relaxed, steps, features=[0, 1], signs=signs)
        for step in range(1, len(steps) + 1):
            lost, given = completions.after(step)
            assert len(lost) <= most
            for picks in itertools.islice(itertools.product(*(range(len(classes[b])) for b in steps[step:])), 60):
                loss = sum(int(relaxed.loss[b][pick]) for b, pick in zip(steps[step:], picks, strict=True))
                more = [
                    sign * sum(int(classes[b].totals[pick, f]) for b, pick in zip(steps[step:], picks, strict=True))
                    for f, sign in enumerate(signs.tolist())
                ]
                assert any(
                    least <= loss and (most_of >= more).all() for least, most_of in zip(lost, given, strict=True)
                )
                n_checked += 1
    assert n_checked > 100
