"""Small random problems with limits, and the totals of all their builds."""

from __future__ import annotations

import itertools
import random

import numpy as np

from equipment_optimizer.problem.problem import CompiledDecorations, Feature, PartColumns, Problem
from equipment_optimizer.problem.value_function import ValueFunction
from equipment_optimizer.records.space import CombinationSpace

BoolArray = np.typing.NDArray[np.bool_]


def random_problem(rng: random.Random) -> Problem:
    """Two or three parts of a few pieces, one to three totals with limits on both sides, in half of them slots."""
    n_features, n_parts = rng.randint(1, 3), rng.randint(2, 3)
    slots = rng.random() < 0.5
    sizes = [rng.randint(1, 5) for _ in range(n_parts)]
    counts = [2 if size > 1 and rng.random() < 0.2 else 1 for size in sizes]
    parts = tuple(
        PartColumns(
            np.zeros(size, dtype=np.int64),
            np.array([[rng.randint(-1, 4) for _ in range(n_features)] for _ in range(size)]),
            np.zeros((size, 0), dtype=np.int64),
            np.array([[rng.randint(0, 2)] for _ in range(size)]) if slots else np.zeros((size, 0), dtype=np.int64),
        )
        for size in sizes
    )
    decorations = CompiledDecorations(
        tuple(range(n_features)),
        np.zeros(n_features, dtype=np.int64),
        np.eye(n_features, dtype=np.int64),
        np.ones((n_features, 1), dtype=np.bool_),
        np.array([rng.choice([-1, 1, 2]) for _ in range(n_features)]),
    )
    features = []
    for f in range(n_features):
        minimum = rng.choice([None, rng.randint(1, 9)])
        maximum = rng.choice([None, rng.randint(0, 8)])
        blank = Feature(str(f), "skill", "$", ValueFunction.linear(0), None, -1, minimum, -9, 40, maximum)
        features.append(blank)
    return Problem(
        space=CombinationSpace(sizes, counts),
        digits=0,
        features=tuple(features),
        parts=parts,
        base_linear=0,
        base_levels=np.zeros(n_features, dtype=np.int64),
        base_bonus_counts=np.zeros(0, dtype=np.int64),
        base_slots=np.zeros(int(slots), dtype=np.int64),
        bonus_names=(),
        bonus_levels=np.zeros((0, 1, n_features), dtype=np.int64),
        bonus_linear=np.zeros((0, 1), dtype=np.int64),
        slot_weights=np.zeros(int(slots), dtype=np.int64),
        slot_levels=(1,) if slots else (),
        decorations=decorations if slots else None,
        score_bound=0,
    )


def all_totals(problem: Problem, allowed: list[BoolArray] | None) -> set[tuple[int, ...]]:
    """The totals of every build that the allowed pieces make."""
    usable = [
        [row for row in range(len(part.linear)) if allowed is None or allowed[b][row]]
        for b, part in enumerate(problem.parts)
    ]
    totals = set()
    for chosen in itertools.product(
        *(itertools.combinations(rows, count) for rows, count in zip(usable, problem.space.counts, strict=True))
    ):
        picks = [(b, row) for b, rows in enumerate(chosen) for row in rows]
        levels = sum((problem.parts[b].levels[row] for b, row in picks), np.zeros(problem.n_features, dtype=np.int64))
        n_slots = sum(int(problem.parts[b].slots[row].sum()) for b, row in picks)
        stock = [] if problem.decorations is None else problem.decorations.stock.tolist()
        most = [n_slots if s < 0 else min(s, n_slots) for s in stock]
        for placed in itertools.product(*(range(m + 1) for m in most)):
            if sum(placed) <= n_slots:
                totals.add(tuple((levels + np.array(placed)).tolist() if placed else levels.tolist()))
    return totals
