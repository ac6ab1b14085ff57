"""The least and the most that every total can be, in parts that add up.

Array axes: B body parts, E coupled totals (features, then set bonuses), K slot kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .problem import Problem

__all__ = ["Ranges"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ranges:
    """What the totals of all builds of some pieces lie between; int64, for E totals, B parts, K kinds of slots."""

    least: IntArray  # (E,): of pieces, fixed weapon and set bonuses; decorations come on top
    most: IntArray  # (E,)
    part_least: IntArray  # (B, E): of a single piece of each part
    part_most: IntArray  # (B, E)
    bonus_least: IntArray  # (E,): what set bonuses add
    bonus_most: IntArray  # (E,)
    slot_least: IntArray  # (E,): what a slot can add: 0 lies between both, where it may stay free
    slot_most: IntArray  # (E,)
    most_slots: IntArray  # (K,): the build with most of one kind may have few of another
    n_slots: int  # of all kinds that one build can have

    @classmethod
    def of(
        cls,
        problem: Problem,
        *,
        totals: Sequence[IntArray] | None = None,
        slots: Sequence[IntArray] | None = None,
        counts: Sequence[int] | None = None,
    ) -> Ranges:
        """The ranges of a problem, or of other rows in place of its pieces; O(rows E) time.

        `totals`, each of shape (n, E), `slots`, (n, K), and `counts` have an entry for each part.
        """
        if totals is None or slots is None or counts is None:
            counts = problem.space.counts
            totals = [np.column_stack([part.levels, part.bonus_counts]) for part in problem.parts]
            slots = [part.slots for part in problem.parts]
        n_totals, n_bonuses = problem.n_features + len(problem.bonus_names), len(problem.bonus_names)
        empty = np.zeros((0, n_totals), dtype=np.int64)
        part_least = np.array([rows.min(axis=0) for rows in totals if len(rows)] or empty, dtype=np.int64)
        part_most = np.array([rows.max(axis=0) for rows in totals if len(rows)] or empty, dtype=np.int64)
        nothing = np.zeros(n_bonuses, dtype=np.int64)
        bonus_least = np.concatenate([problem.bonus_levels.min(axis=1, initial=0).sum(axis=0), nothing])
        bonus_most = np.concatenate([problem.bonus_levels.max(axis=1, initial=0).sum(axis=0), nothing])
        slot_least = slot_most = np.zeros(n_totals, dtype=np.int64)
        if problem.decorations is not None and problem.decorations.index:
            slot_least = np.concatenate([problem.decorations.levels.min(axis=0, initial=0), nothing])
            slot_most = np.concatenate([problem.decorations.levels.max(axis=0, initial=0), nothing])
        base = np.concatenate([problem.base_levels, problem.base_bonus_counts])
        repeats = np.array([n for n, rows in zip(counts, totals, strict=True) if len(rows)], dtype=np.int64)
        most_slots, n_slots = problem.base_slots.astype(np.int64), int(problem.base_slots.sum())
        for count, rows in zip(counts, slots, strict=True):
            most_slots = most_slots + count * rows.max(axis=0, initial=0)
            n_slots += count * int(rows.sum(axis=1).max(initial=0))
        return cls(
            base + repeats @ part_least + bonus_least,
            base + repeats @ part_most + bonus_most,
            part_least,
            part_most,
            bonus_least,
            bonus_most,
            slot_least,
            slot_most,
            most_slots,
            n_slots,
        )
