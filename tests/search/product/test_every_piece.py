"""The best product with every piece where weapons are asked for apart: against every build."""

from __future__ import annotations

import random

import numpy as np
import pytest
from weapon_jobs import all_builds, weapon_formula

from equipment_optimizer.questions.few_builds import any_build, kept_pieces
from equipment_optimizer.search.product import each_piece_class, every_piece
from equipment_optimizer.search.product.every_piece import EveryProduct, without_beaten


def usable_of(rng: random.Random, formula, share: float) -> list[np.ndarray]:
    usable = [np.array([rng.random() < share for _ in part.linear]) for part in formula.problem.parts]
    for each in usable:
        each[rng.randrange(len(each))] = True
    return usable


def best_with(formula, usable, columns, products, b: int, piece: int) -> int:
    fits = np.ones(len(products), dtype=bool)
    for number, column in zip(formula.problem.positions, columns, strict=True):
        fits &= (column == piece) if number == b else usable[number][column]
    return max([0, *(products[k] for k in np.flatnonzero(fits).tolist())])


def expect_all(found: EveryProduct, formula, usable, columns, products) -> None:
    for b, part in enumerate(formula.problem.parts):
        for piece in range(len(part.linear)):
            assert found.of_piece(b, piece) == (best_with(formula, usable, columns, products, b, piece), None)


@pytest.mark.parametrize("seed", range(24))
def test_every_piece_is_settled_by_questions_alone(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(each_piece_class, "_LISTED_COMBINATIONS", 0)
    monkeypatch.setattr(every_piece, "_FEWER", 1)
    formula = weapon_formula(seed)
    usable = usable_of(random.Random(seed), formula, 1.0 if seed % 4 == 0 else 0.7)
    columns, products = all_builds(formula)
    found = EveryProduct(formula, usable, should_stop=lambda: False, any_build=any_build, kept_pieces=kept_pieces)
    found.run([])
    expect_all(found, formula, usable, columns, products)


@pytest.mark.parametrize("seed", range(12))
def test_the_best_builds_to_begin_with_change_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(each_piece_class, "_LISTED_COMBINATIONS", 0)
    formula = weapon_formula(seed, n_weapons=30)
    usable = [np.ones(len(part.linear), dtype=bool) for part in formula.problem.parts]
    columns, products = all_builds(formula)
    order = sorted((k for k, product in enumerate(products) if product), key=lambda k: (-products[k], k))[:3]
    found = EveryProduct(formula, usable, should_stop=lambda: False, any_build=any_build, kept_pieces=kept_pieces)
    own = [column[order] for column in columns]
    scores = np.array([products[k] for k in order], dtype=object)
    (found.settle if seed % 2 else found.note)(own, scores)
    found.run(own)
    expect_all(found, formula, usable, columns, products)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_out_is_in_no_build_that_none_of_the_others_reaches(seed: int) -> None:
    formula = weapon_formula(seed, n_weapons=40)
    usable = usable_of(random.Random(seed), formula, 0.8)
    beaten = without_beaten(formula, usable)
    if beaten is None:
        return
    part, kept = beaten
    columns, products = all_builds(formula)
    weapons = np.asarray(columns[formula.problem.positions.index(part)])
    best: dict[tuple[int, ...], list[int]] = {}
    for row, others in enumerate(zip(*(c.tolist() for b, c in enumerate(columns) if b != part), strict=True)):
        pair = best.setdefault(others, [0, 0])
        if usable[part][weapons[row]]:
            pair[0] = max(pair[0], products[row])
        if weapons[row] in kept:
            pair[1] = max(pair[1], products[row])
    assert len(kept) < usable[part].sum()
    assert all(of_all == of_kept for of_all, of_kept in best.values())
