"""Random boxes and everything that is enumerated of them."""

from __future__ import annotations

import random

import numpy as np
from random_problems import random_job

from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.problem import Problem
from equipment_optimizer.search.bounded._enumerate import Chunk, Enumeration
from equipment_optimizer.search.relaxation.bounds import NOTHING, Multipliers, Relaxed, relax, root_box
from equipment_optimizer.search.relaxation.piece_classes import PartClasses, merge_pieces

PRECISION = 64


class Fixed:
    """Allows everything within a slack."""

    def __init__(self, slack: int, least_scaled: int = 0) -> None:
        self._slack, self._least_scaled = slack, least_scaled

    def slack(self) -> int:
        return self._slack

    def keep(self, chunk: Chunk) -> np.ndarray | None:
        return None

    def least_scaled(self) -> int:
        return self._least_scaled


class OnlyFirst(Fixed):
    """Goes on with the first class of the first step only."""

    def keep(self, chunk: Chunk) -> np.ndarray | None:
        return chunk.picks[0] == 0


def setting(seed: int) -> tuple[Problem, tuple[PartClasses, ...], Enumeration, Relaxed]:
    """A random job under random multipliers."""
    rng = random.Random(seed)
    job = random_job(rng, full=bool(seed % 2))
    problem = compile_problem(job.table, job.config)
    classes, box = merge_pieces(problem), root_box(problem)
    price = tuple(rng.randint(-300, 300) for _ in box.low)
    relaxed = relax(problem, classes, box, Multipliers(price), PRECISION)
    if relaxed.bound_scaled <= NOTHING:  # a minimum that no build can meet: nobody lists such a box
        return setting(seed + 1_000)
    return problem, classes, Enumeration(problem, classes, box, relaxed), relaxed


def listed(listing: Enumeration, slack: int) -> dict[tuple[int, ...], int]:
    """Class of each position of everything listed, with loss and shortfall."""
    found: dict[tuple[int, ...], int] = {}
    for chunk in listing.leaves(Fixed(slack)):
        picks = chunk.picks[listing.step_of_position]
        measure = chunk.loss + chunk.shortfall
        assert (listing.measure(picks, chunk.totals) == measure).all()
        for pick, own in zip(zip(*picks.tolist(), strict=True), measure.tolist(), strict=True):
            assert pick not in found
            found[pick] = own
    return found
