"""Which builds need an exact filling: what they must score, rising while good ones are found.

Array axes: N builds, G groups of builds that are filled alike.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...records.vocabulary import NO_BUILD
from .branching.branching import NEVER_NEEDED

__all__ = ["Goal"]

IntArray = npt.NDArray[np.int64]


class Goal:
    """What is needed of the fillings of G groups, of N builds together.

    `unfilled`, shape (N,), are scores that no filling changes, `NO_BUILD` where a limit is missed by it. `first` has
    of each group the build that asks least of its filling, `group` the group of each build. Builds that score less
    than `least_score` do not matter, nor do those that score less than `n_wanted` others. Where the least `is_enough`,
    any filling that scores so much will do, and once so many builds as are wanted have one no others matter.
    """

    def __init__(
        self,
        unfilled: IntArray,
        first: npt.NDArray[np.intp],
        group: npt.NDArray[np.intp],
        *,
        least_score: int,
        n_wanted: int | None,
        is_enough: bool = False,
    ) -> None:
        self._is_enough = is_enough
        #: Whether there will be thousands of builds, all of them wanted.
        self.in_bulk = False
        self._unfilled = unfilled
        self._group = group
        self._n_wanted = n_wanted if n_wanted is not None and n_wanted <= len(unfilled) else None
        self.least_score = least_score
        self.best_unfilled = unfilled[first]  # shape (G,): the best such score of a group
        #: What fillings are known to score, and what they have to, shape (G,).
        self.best = np.full(len(first), NO_BUILD, dtype=np.int64)
        self.floor = self._floor()

    def _floor(self) -> IntArray:
        if self.least_score == NO_BUILD:
            return np.where(self.best_unfilled == NO_BUILD, NEVER_NEEDED, NO_BUILD)
        return np.where(self.best_unfilled == NO_BUILD, NEVER_NEEDED, self.least_score - self.best_unfilled)

    def _worst_unfilled(self) -> IntArray:
        """The least of the scores that no filling changes of each group's builds, shape (G,)."""
        worst = np.full(len(self.best), NEVER_NEEDED)
        known = self._unfilled > NO_BUILD
        np.minimum.at(worst, self._group[known], self._unfilled[known])
        return worst

    def scores(self) -> IntArray:
        """What builds are known to score, shape (N,); `NO_BUILD` where nothing is known."""
        value = self.best[self._group]
        return np.where((value == NO_BUILD) | (self._unfilled == NO_BUILD), NO_BUILD, value + self._unfilled)

    def raise_best(self, groups: npt.NDArray[np.intp], best: IntArray) -> IntArray:
        """Take in what some groups are known to score; returns their floors, which may have risen."""
        self.best[groups] = best
        if self._is_enough:
            # Of builds that are filled alike the others ask for more of their filling.
            has_enough = (self.best > NO_BUILD) & (self.best >= self.least_score - self._worst_unfilled())
            all_wanted = self._n_wanted is not None and int((self.scores() >= self.least_score).sum()) >= self._n_wanted
            self.floor = np.where(has_enough | all_wanted, NEVER_NEEDED, self.floor)
        elif self._n_wanted is not None:
            better = self.scores()
            better = better[better > self.least_score]
            # Of those that are no better one would not raise what is needed.
            if (place := len(better) - self._n_wanted) >= 0:
                self.least_score = int(np.partition(better, place)[place])
                self.floor = self._floor()
        return self.floor[groups]
