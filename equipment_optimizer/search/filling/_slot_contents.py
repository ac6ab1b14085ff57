"""What is in the slots of builds, compressed, from the options of each step or from counts of decorations.

Array axes: G builds, K slot kinds, D decorations, X decoration columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...records.fillings import Fillings
from ...records.vocabulary import N_SLOT_LEVELS
from .branching.build_lp import BuildLp
from .tables.steps import FillingModel

__all__ = ["Contents", "contents_of_counts", "contents_of_paths", "together", "unknown_contents"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Contents:
    """Decorations of G builds and slots left free."""

    n_kinds: IntArray  # shape (G,): different decorations of each build
    decoration: IntArray  # of all builds, one after the other, as `count` is
    count: IntArray
    free: IntArray  # shape (G, K)
    is_known: BoolArray  # shape (G,): whether it is a filling with the best score
    is_first: BoolArray  # shape (G,): and the first of those in order

    def of(self, builds: npt.NDArray[np.intp]) -> Contents:
        """Some builds, as often as they are named."""
        n_kinds = self.n_kinds[builds]
        ends = np.cumsum(self.n_kinds)
        # Each entry's place: where its build begins here, and how far it is from where that begins there.
        shift = (ends - self.n_kinds)[builds] - (np.cumsum(n_kinds) - n_kinds)
        entries = np.repeat(shift, n_kinds) + np.arange(int(n_kinds.sum()))
        known, first = self.is_known[builds], self.is_first[builds]
        return Contents(n_kinds, self.decoration[entries], self.count[entries], self.free[builds], known, first)

    def written(self, model: FillingModel) -> Fillings:
        """As results keep them: decorations by their number in the configuration, free slots by level."""
        free = np.zeros((len(self.n_kinds), N_SLOT_LEVELS), dtype=np.int64)
        for k, level in enumerate(model.problem.slot_levels):
            free[:, level - 1] += self.free[:, k]
        start = np.concatenate([[0], np.cumsum(self.n_kinds)]).astype(np.int64)
        index = np.array(model.decorations.index, dtype=np.int64)
        return Fillings(start, index[self.decoration], self.count, free)


def together(model: FillingModel, parts: Sequence[Contents]) -> Contents:
    """All builds of some contents, one after the other."""
    parts = [unknown_contents(np.zeros((len(model.most_slots), 0), dtype=np.int64)), *parts]
    return Contents(
        np.concatenate([part.n_kinds for part in parts]),
        np.concatenate([part.decoration for part in parts]),
        np.concatenate([part.count for part in parts]),
        np.concatenate([part.free for part in parts]),
        np.concatenate([part.is_known for part in parts]),
        np.concatenate([part.is_first for part in parts]),
    )


def unknown_contents(slots: IntArray) -> Contents:
    """Of builds with slots, shape (K, G), of which no filling is known."""
    nothing = np.zeros(0, dtype=np.int64)
    no = np.zeros(slots.shape[1], dtype=np.bool_)
    return Contents(no.astype(np.int64), nothing, nothing, slots.T.copy(), no, no)


def contents_of_paths(model: FillingModel, path: IntArray, slots: IntArray) -> Contents:
    """From the option of each step, shape (steps, G), of builds with slots, shape (K, G)."""
    counts = np.zeros((path.shape[1], len(model.decorations.index)), dtype=np.int64)
    free = slots.T.copy()
    for step, option in zip(model.steps, path, strict=True):
        counts[:, list(step.decorations)] += step.options.counts[option]
        free -= step.options.use[option]
    return _compressed(model, counts, free, is_first=True)


def contents_of_counts(program: BuildLp, columns: IntArray, free: IntArray) -> Contents:
    """From counts by decoration column, shape (G, X), and slots left free, shape (K, G)."""
    counts = np.zeros((len(columns), len(program.model.decorations.index)), dtype=np.int64)
    np.add.at(counts.T, program.decoration, columns.T)
    return _compressed(program.model, counts, free.T.copy(), is_first=False)


def _compressed(model: FillingModel, counts: IntArray, free: IntArray, *, is_first: bool) -> Contents:
    """From counts, shape (G, D), and free slots, shape (G, K), of which some are filled by what scores by itself."""
    for k, d in enumerate(model.free_contents):
        if d >= 0:
            counts[:, d] += free[:, k]
            free[:, k] = 0
    build, decoration = np.nonzero(counts)
    n_kinds = np.bincount(build, minlength=len(counts)).astype(np.int64)
    yes = np.ones(len(counts), dtype=np.bool_)
    return Contents(n_kinds, decoration.astype(np.int64), counts[build, decoration], free, yes, yes & is_first)
